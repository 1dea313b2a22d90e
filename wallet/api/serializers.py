"""What partners send and see of players, wallets and the ledger."""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from core.api.bodies import AmountText, Body, Moment, Query, ReferenceText, Shown
from core.api.pagination import PageQuery
from core.currencies import scale_of
from core.ids import typeid
from core.money import amount_text
from wallet.models import JournalEntry, Player, PlayerStatus
from wallet.rules import Direction, NewPlayer, Posting, Rollback, Wallet

CurrencyCode = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z0-9]{2,10}([.][A-Z0-9]{2,5})?$(?!\n)",
        description="EUR, USDT.TRON",
        extra={"wanted": "the code of a currency, such as EUR or USDT.TRON"},
    ),
]
Status = Literal["active", "suspended", "closed"]
Suspender = Literal["partner", "platform"]
Kyc = Literal["none", "pending", "verified", "rejected"]
Kind = Literal["deposit", "withdrawal", "rollback", "bet_placed", "bet_settled", "bet_reversed"]


class RegisterPlayer(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    reference: ReferenceText
    currency: CurrencyCode
    country: Annotated[
        str,
        Meta(
            pattern=r"^[A-Z]{2}$(?!\n)",
            description="ISO 3166-1 alpha-2",
            extra={"wanted": "a country code of ISO 3166-1 alpha-2, such as MT"},
        ),
    ]
    time_zone: Annotated[str, Meta(max_length=64, description="A name of the IANA database")] = ""
    vip: bool = False
    name: Annotated[str, Meta(max_length=200)] = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    birth_date: date | None = None

    def asked(self) -> NewPlayer:
        """Return the player as the services take it."""
        return NewPlayer(**msgspec.structs.asdict(self))


class ChangePlayer(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    vip: bool | UnsetType = UNSET
    kyc_status: Kyc | UnsetType = UNSET
    status: Status | UnsetType = UNSET

    def asked(self) -> dict[str, Any]:
        """Return what is to change, by name."""
        given = msgspec.structs.asdict(self)
        return {name: value for name, value in given.items() if value is not UNSET}


class MoveMoney(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    reference: ReferenceText
    amount: AmountText
    currency: CurrencyCode


class RollBack(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    reference: ReferenceText
    original_reference: ReferenceText


class PlayersQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    reference: ReferenceText | None = None


class WalletQuery(Query, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    at: Moment | None = None


class EntriesQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    posted_from: Moment | None = msgspec.field(default=None, name="from")
    posted_before: Moment | None = msgspec.field(default=None, name="to")
    kind: Kind | None = None


class PlayerView(Shown, frozen=True, kw_only=True, rename="camel"):
    player_id: str
    reference: str
    currency: str
    country: str
    time_zone: str | None
    vip: bool
    status: Status
    suspended_by: Annotated[
        list[Suspender],
        Meta(
            description=(
                "Who suspends the player: you, the platform or both; empty unless the status is `suspended`. "
                "The player stays suspended while one is left; each lifts its own."
            )
        ),
    ]
    kyc_status: Kyc
    name: str | None
    email: str | None
    birth_date: date | None
    created_at: datetime


class PlayersPage(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[PlayerView]
    next_cursor: str | None


class WalletView(Shown, frozen=True, kw_only=True, rename="camel"):
    currency: str
    available: str
    in_play: str
    debt: str


class WalletAtView(WalletView, frozen=True, kw_only=True, rename="camel"):
    as_of: datetime


class MovementView(Shown, frozen=True, kw_only=True, rename="camel"):
    transaction_id: str
    reference: str
    player_id: str
    kind: Kind
    amount: str
    currency: str
    posted_at: datetime
    wallet: WalletView


class RollbackView(Shown, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    status: Literal["rolled_back", "not_found"]
    reference: str
    original_reference: str
    player_id: str
    transaction_id: str | UnsetType = UNSET
    amount: str | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    posted_at: datetime | UnsetType = UNSET
    wallet: WalletView | UnsetType = UNSET


class EntryView(Shown, frozen=True, kw_only=True, rename="camel"):
    transaction_id: str
    kind: Kind
    direction: Annotated[
        Direction,
        Meta(
            description=(
                "What `amount` does to the available balance, debt counted against it: `credit` adds it, "
                "`debit` takes it."
            )
        ),
    ]
    reference: str | None
    bet_id: str | None
    original_transaction_id: str | None
    amount: str
    currency: str
    posted_at: datetime
    wallet: WalletView


class EntriesPage(Shown, frozen=True, kw_only=True, rename="camel"):
    data: list[EntryView]
    next_cursor: str | None


PLAYER_EXAMPLE: Final = {
    "reference": "P-1001",
    "currency": "EUR",
    "country": "MT",
    "timeZone": "Europe/Malta",
}
DEPOSIT_EXAMPLE: Final = {"reference": "D-1001", "amount": "100.00", "currency": "EUR"}
ROLLBACK_EXAMPLE: Final = {"reference": "R-1001", "originalReference": "D-1001"}


def player_view(player: Player) -> PlayerView:
    """Return a player as partners see it; what was never said is null."""
    return PlayerView(
        player_id=typeid("plr", player.id),
        reference=player.reference,
        currency=player.currency_id,
        country=player.country,
        time_zone=player.time_zone or None,
        vip=player.vip,
        status=player.status,  # type: ignore[arg-type]  # the database knows no other
        suspended_by=_suspenders(player),
        kyc_status=player.kyc_status,  # type: ignore[arg-type]
        name=player.name or None,
        email=player.email or None,
        birth_date=player.birth_date,
        created_at=player.created_at,
    )


def _suspenders(player: Player) -> list[Suspender]:
    """Return who suspends a player; of the platform no more than that it does, so that nobody is warned."""
    if player.status != PlayerStatus.SUSPENDED:
        return []
    found: list[Suspender] = ["partner"] if player.suspended_by_partner else []
    return [*found, "platform"] if player.held_by else found


def wallet_view(wallet: Wallet) -> WalletView:
    """Return a wallet, its amounts at the currency's scale."""
    scale = scale_of(wallet.currency)
    return WalletView(
        currency=wallet.currency,
        available=amount_text(wallet.available, scale),
        in_play=amount_text(wallet.in_play, scale),
        debt=amount_text(wallet.debt, scale),
    )


def wallet_at_view(wallet: Wallet, as_of: datetime) -> WalletAtView:
    """Return a wallet as it was at a moment."""
    return WalletAtView(**msgspec.structs.asdict(wallet_view(wallet)), as_of=as_of)


def movement_view(posting: Posting) -> MovementView:
    """Return a deposit or withdrawal and the wallet right after it."""
    currency = posting.wallet.currency
    return MovementView(
        transaction_id=typeid("txn", posting.entry_id),
        reference=posting.reference,
        player_id=typeid("plr", posting.player_id),
        kind=posting.kind,  # type: ignore[arg-type]
        amount=amount_text(posting.amount, scale_of(currency)),
        currency=currency,
        posted_at=posting.posted_at,
        wallet=wallet_view(posting.wallet),
    )


def rollback_view(rollback: Rollback, asked: RollBack, player_id: str) -> RollbackView:
    """Return how a rollback ended; without a transaction where there was nothing to roll back."""
    if rollback.posting is None:
        return RollbackView(
            status="not_found",
            reference=asked.reference,
            original_reference=asked.original_reference,
            player_id=player_id,
        )
    moved = movement_view(rollback.posting)
    return RollbackView(
        status="rolled_back",
        reference=asked.reference,
        original_reference=asked.original_reference,
        player_id=player_id,
        transaction_id=moved.transaction_id,
        amount=moved.amount,
        currency=moved.currency,
        posted_at=moved.posted_at,
        wallet=moved.wallet,
    )


def entry_view(entry: JournalEntry, direction: Direction) -> EntryView:
    """Return a journal entry and the wallet right after it; `reference` is the partner's, not a bet's id."""
    is_bet = entry.kind.startswith("bet_")
    subject = entry.subject_id
    return EntryView(
        transaction_id=typeid("txn", entry.id),
        kind=entry.kind,  # type: ignore[arg-type]
        direction=direction,
        reference=entry.reference or None,
        bet_id=typeid("bet", subject) if subject and is_bet else None,
        original_transaction_id=typeid("txn", subject) if subject and not is_bet else None,
        amount=amount_text(entry.amount, scale_of(entry.currency)),
        currency=entry.currency,
        posted_at=entry.posted_at,
        wallet=wallet_view(Wallet(entry.currency, entry.available, entry.in_play, entry.debt)),
    )
