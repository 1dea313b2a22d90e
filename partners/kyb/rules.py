"""Know your business: how long a screening and a review hold, which names are the same, and what a
contract with a processor must say. Decided without Django.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final

from core.errors import BadRequest, Conflict, Forbidden

SCREENING, REVIEW, LICENCE = "screening", "review", "licence"
PERIODS_DAYS: Final[Mapping[str, Mapping[str, int]]] = MappingProxyType(
    {
        SCREENING: MappingProxyType({"low": 180, "standard": 90, "high": 30}),
        REVIEW: MappingProxyType({"low": 1095, "standard": 730, "high": 365}),
    }
)
"""For how many days a screening and a review hold, by the partner's risk profile.

`partners/sql/kyb.sql` says the same, and a test compares them.
"""
CLEAR, POSSIBLE, CONFIRMED = "clear", "possible_match", "confirmed_match"
MISSING, STALE = "missing", "stale"
LISTS_DAYS_MAX: Final = 31
"""So old may the lists be that somebody looked in; `partners/sql/guard_kyb.sql` says the same."""
GDPR_ON: Final = date(2016, 5, 24)
"""The day on which the GDPR entered into force (its article 99): no contract under it is older."""
BREACH_NOTICE_HOURS_MAX: Final = 72
"""A controller has so long to tell the authority (GDPR article 33(1)); its processor must be faster."""
_EEA: Final = """
AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK
"""
EEA: Final = frozenset(_EEA.split())
"""Where data may go without a ground of transfer: the EU with Iceland, Liechtenstein and Norway."""
_FORMS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "limited": "ltd", "incorporated": "inc", "corporation": "corp", "company": "co",
        "public": "p", "aktiengesellschaft": "ag", "and": "&", "und": "&", "et": "&",
    }
)  # fmt: skip


class ScreeningOpen(Conflict):
    """A possible match of the same person or company waits for its second look."""

    code = "SCREENING_OPEN"
    message = "A possible match waits for a second look; it is decided first."


class ScreeningKnown(Conflict):
    """The same person has entered the same screening already: the form was sent twice."""

    code = "SCREENING_KNOWN"
    message = "You have entered this very screening already; it stands once."


class ScreeningInvalid(BadRequest):
    """What was entered is no screening."""

    code = "SCREENING_INVALID"
    message = "A screening names the lists, their day, and for a match what was found."


class ScreeningDecided(Conflict):
    """There is no possible match to decide, or not any more."""

    code = "SCREENING_DECIDED"
    message = "There is nothing to decide: this is no possible match, or it is decided already."


class ScreeningSecondLook(Forbidden):
    """Who screened never decides what was found."""

    code = "SCREENING_SECOND_LOOK"
    message = "Another person than the one who screened must decide."


class ComplianceCheckOpen(Conflict):
    """A sanctions match is confirmed; said in words that tell nobody of it."""

    code = "COMPLIANCE_CHECK_OPEN"
    message = "A check of compliance is open; production waits for it."


class BankAccountIncomplete(BadRequest):
    """An account has a holder, an IBAN and a BIC."""

    code = "BANK_ACCOUNT_INCOMPLETE"
    message = "A bank account is entered with its holder, its IBAN and its BIC."


class BankAccountMoved(Conflict):
    """The account was changed since another one was asked for."""

    code = "BANK_ACCOUNT_MOVED"
    message = "The bank account has been changed since this was asked for."


class BankAccountVerified(Conflict):
    """There is no unverified account to verify."""

    code = "BANK_ACCOUNT_VERIFIED"
    message = "This account is verified already, or is not the partner's account any more."


class BankAccountSecondPerson(Forbidden):
    """Who entered an account never verifies it."""

    code = "BANK_ACCOUNT_SECOND_PERSON"
    message = "Another person than the one who entered the account must verify it."


class HolderDiffers(BadRequest):
    """The account's holder is not the partner's legal name, and nobody said why."""

    code = "BANK_ACCOUNT_HOLDER_DIFFERS"
    message = "The holder is not the partner's legal name: say why the account is the partner's all the same."


class ContractInvalid(BadRequest):
    """What was entered is no contract with a processor."""

    code = "PROCESSOR_CONTRACT_INVALID"
    message = "The contract lacks something that GDPR article 28 asks for."


def is_same_name(one: str, other: str) -> bool:
    """Whether two names of a company are the same but for case, accents, punctuation and how its form is
    written (`Ltd`, `Limited`).
    """
    return bool(_words(one)) and _words(one) == _words(other)


def holds_until(what: str, risk_profile: str, day: date) -> date:
    """Return the day from which a screening or a review of a day holds no more."""
    return day + timedelta(days=PERIODS_DAYS[what][risk_profile])


def stops_on(what: str, due_on: date, *, grace_days: int) -> date:
    """Return the first day on which production is stopped for what ended: a licence holds on its last day, a
    screening and a review hold no more on theirs.
    """
    return due_on + timedelta(days=grace_days + (what == LICENCE))


def check_screening(
    *,
    result: str,
    lists: Collection[str],
    required: Collection[str],
    lists_on: date,
    found: str,
    was_confirmed: bool,
    today: date,
) -> None:
    """Raise ScreeningInvalid unless this can be written down.

    A match is found in any list; a name is clear that was looked for in all `required` ones. After a
    confirmed match nobody clears alone: the next result is a match, which a second person may clear.
    """
    if not lists:
        raise ScreeningInvalid("Name at least one list.")
    left_out = [each for each in required if each not in lists]
    if result == CLEAR and left_out:
        others = ", ".join(left_out).upper()
        raise ScreeningInvalid(f"Clear is said of all required lists: look in {others} too.")
    if lists_on > today:
        raise ScreeningInvalid("The lists are of a day that has not come.")
    if lists_on < today - timedelta(days=LISTS_DAYS_MAX):
        raise ScreeningInvalid(f"Look in newer lists: these are older than {LISTS_DAYS_MAX} days.")
    if (result == CLEAR) == bool(found.strip()):
        raise ScreeningInvalid("A match says what was found; a clear result has nothing to say.")
    if was_confirmed and result == CLEAR:
        raise ScreeningInvalid(
            "A match was confirmed before: enter a possible match with what has changed, for a second look."
        )


def check_contract(
    *,
    agreed_on: date,
    places: Collection[str],
    transfer_ground: str,
    breach_notice_hours: int,
    sub_processing: str,
    sub_processors: str,
    today: date,
) -> None:
    """Raise ContractInvalid unless the terms are whole and fit. Source: GDPR articles 28, 33, 44."""
    if agreed_on > today:
        raise ContractInvalid(
            "The contract was agreed on a day that has not come.", details={"field": "agreed_on"}
        )
    if agreed_on < GDPR_ON:
        raise ContractInvalid(
            f"The contract was agreed on before there was a GDPR: {GDPR_ON} at the earliest.",
            details={"field": "agreed_on"},
        )
    if not places:
        raise ContractInvalid("Say in which countries the data are.")
    outside = sorted(set(places) - EEA)
    if outside and not transfer_ground:
        raise ContractInvalid(f"Say on which ground data go to {', '.join(outside)}.")
    if not outside and transfer_ground:
        raise ContractInvalid("All places are in the EEA: there is no transfer that needs a ground.")
    if not 1 <= breach_notice_hours <= BREACH_NOTICE_HOURS_MAX:
        raise ContractInvalid(f"A breach is told within 1 to {BREACH_NOTICE_HOURS_MAX} hours.")
    if (sub_processing == "none") == bool(sub_processors.strip()):
        raise ContractInvalid("Name the sub-processors that are allowed, or say that there are none.")


def _words(name: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", name).casefold().replace(".", "")
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return tuple(_FORMS.get(word, word) for word in re.findall(r"[\w&]+", kept))
