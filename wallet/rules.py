"""What a player may be, what may be asked of a wallet, and how it is refused. No Django here."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from core.clock import is_time_zone
from core.errors import BadRequest, Conflict, Forbidden, Refusal, Rejected
from core.text import HiddenCharacter, check_line

BIRTH_DATE_MIN: Final = date(1900, 1, 1)

COUNTRIES: Final = frozenset(
    (  # noqa: SIM905  (249 quoted codes read worse)
        "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ "
        "BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM "
        "DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS "
        "GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN "
        "KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ "
        "MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
        "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
        "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI "
        "VN VU WF WS YE YT ZA ZM ZW "
    ).split()
)
"""ISO 3166-1 alpha-2."""

_EMAIL: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
    r"(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)+"
)


class InvalidPlayer(BadRequest):
    """A field of a player has a value that it cannot have."""

    code = "INVALID_FIELD"
    message = "A field of the player is not valid."


class CurrencyNotEnabled(Rejected):
    """Players of this tenant cannot have a wallet in that currency."""

    code = "CURRENCY_NOT_ENABLED"
    message = "This currency is not enabled for your tenant."


class CurrencyMismatch(Rejected):
    """The request names another currency than the wallet's; nothing is converted silently."""

    code = "CURRENCY_MISMATCH"
    message = "The player's wallet is in another currency."


class PlayerNotClosed(Conflict):
    """Who a player is is forgotten after the account is closed, not before."""

    code = "PLAYER_NOT_CLOSED"
    message = "Close the player's account first."


class PlayerErased(Conflict):
    """Nobody knows any more who the player is."""

    code = "PLAYER_ERASED"
    message = "This player was erased before."


class PlayerClosed(Forbidden):
    """The player's account is closed for good: nothing more is taken in; what is there can be withdrawn."""

    code = "PLAYER_CLOSED"
    message = "The player's account is closed."


class InsufficientFunds(Rejected):
    code = "INSUFFICIENT_FUNDS"
    message = "The wallet holds less than the amount."


class BalanceTooLarge(Rejected):
    """The wallet would hold more than can be written down."""

    code = "BALANCE_TOO_LARGE"
    message = "The wallet would hold more than 20 digits before the point."


class RolledBackBefore(Rejected):
    """The tombstone of a reference: its rollback came before it did."""

    code = "ROLLED_BACK_BEFORE"
    message = "This reference was rolled back before it arrived; it is refused for ever."


class OriginalUnknown(Rejected):
    """Nothing was posted under the reference that is rolled back. Partners see it as status `not_found`."""

    code = "ORIGINAL_UNKNOWN"
    message = "Nothing was posted under the original reference."


class RollbackNotPossible(Rejected):
    code = "ROLLBACK_NOT_POSSIBLE"
    message = "Only deposits and withdrawals can be rolled back."


class AlreadyRolledBack(Rejected):
    code = "ALREADY_ROLLED_BACK"
    message = "The original was rolled back before, under another reference."


class OriginalOfAnotherPlayer(Conflict):
    code = "ORIGINAL_OF_ANOTHER_PLAYER"
    message = "The original reference belongs to another player."


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPlayer:
    """A player as a partner asks for one."""

    reference: str
    currency: str
    country: str
    time_zone: str = ""
    vip: bool = False
    name: str = ""
    email: str = ""
    birth_date: date | None = None

    def check(self, *, today: date) -> None:
        """Raise InvalidPlayer, naming the first field that no person can have."""
        if self.country not in COUNTRIES:
            raise _invalid("country", "is not a country code of ISO 3166-1 alpha-2")
        if self.time_zone and not is_time_zone(self.time_zone):
            raise _invalid("timeZone", "is not a time zone of the IANA database")
        try:
            check_line(self.name)
        except HiddenCharacter as refusal:
            raise _invalid("name", f"holds {refusal.held}") from None
        if self.email and (len(self.email) > 254 or not _EMAIL.fullmatch(self.email)):
            raise _invalid("email", "is not an e-mail address")
        if self.birth_date and not BIRTH_DATE_MIN <= self.birth_date <= today:
            raise _invalid("birthDate", f"is not between {BIRTH_DATE_MIN} and today")

    def content(self) -> list[object]:
        """Return what makes two requests under one reference the same."""
        return [
            "player", self.currency, self.country, self.time_zone, self.vip, self.name, self.email,
            self.birth_date,
        ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wallet:
    """A wallet at one moment; amounts in its currency."""

    currency: str
    available: Decimal
    in_play: Decimal
    debt: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """A journal entry as it was answered: what it was about, and the wallet right after it."""

    entry_id: UUID
    player_id: UUID
    kind: str
    reference: str
    amount: Decimal
    wallet: Wallet
    posted_at: datetime
    is_replay: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollback:
    """How a rollback was answered; without a posting, the original was never posted."""

    posting: Posting | None
    is_replay: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement:
    """Money that comes into a wallet or goes out of it: which accounts, and when it is refused."""

    kind: str
    debit: str
    credit: str
    is_open_to_the_closed: bool
    refusals: dict[str, Refusal] = field(default_factory=dict)

    def find_refusal(self, *, currency: str, wallet_currency: str, status: str) -> Refusal | None:
        """Return why a wallet in this currency, of a player of this status, refuses it; or None."""
        if currency != wallet_currency:
            return CurrencyMismatch(details={"currency": wallet_currency})
        if status == "closed" and not self.is_open_to_the_closed:
            return PlayerClosed()
        return None


DEPOSIT: Final = Movement(
    kind="deposit",
    debit="partner_receivable",
    credit="available",
    is_open_to_the_closed=False,
    refusals={"full": BalanceTooLarge()},
)
WITHDRAWAL: Final = Movement(
    kind="withdrawal",
    debit="available",
    credit="partner_receivable",
    is_open_to_the_closed=True,
    refusals={"short": InsufficientFunds()},
)
ROLLBACK_REFUSALS: Final[dict[str, Refusal]] = {
    "unknown": OriginalUnknown(),
    "tombstone": RolledBackBefore(),
    "kind": RollbackNotPossible(),
    "twice": AlreadyRolledBack(),
}


Direction = Literal["credit", "debit"]
_CREDITS: Final = frozenset(("deposit", "bet_settled"))


def direction_of(kind: str, *, original_kind: str = "") -> Direction:
    """Return what an entry's amount does to the available balance: a `credit` adds it, a `debit` takes it.

    A rollback does the opposite of its original, whose kind is `original_kind`. What a wallet owed is part of
    its balance here: a credit that repays debt is a credit.
    """
    is_credit = original_kind not in _CREDITS if kind == "rollback" else kind in _CREDITS
    return "credit" if is_credit else "debit"


def check_status_change(*, before: str, after: str) -> None:
    """Raise PlayerClosed when a closed account is asked to open again."""
    if before == "closed" and after != "closed":
        raise PlayerClosed("A closed account stays closed.")


def _invalid(name: str, why: str) -> InvalidPlayer:
    return InvalidPlayer(f"The field {name} {why}.", details={"field": name})
