"""What identifiers of a company are well formed, and how the requirements of onboarding are told."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from stdnum import bic, get_cc_module, iban, lei
from stdnum.eu import vat as eu_vat
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidLength, ValidationError

from core.days import EARLIEST
from core.errors import BadRequest
from core.text import quoted
from partners.onboarding.countries import COUNTRIES

TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account_manager": "Account manager named",
        "company": "Legal name, address, registration number and jurisdictions entered",
        "primary_contact": "Primary contact entered",
        "owners": "Beneficial owners of 25 % and more listed",
        "kyc": "Know your customer accepted",
        "test_credentials": "Test credentials issued",
        "technical_contact": "Technical contact entered",
        "api_called": "API called in the test tenant",
        "compliance": "All five areas of compliance accepted",
        "certification": "Certification signed by two people",
        "directors": "Directors listed",
        "sanctions": "Company, owners and directors screened against sanctions lists",
        "bank_account": "Bank account verified",
        "processor_contract": "Contract on players' data (GDPR art. 28) entered",
        "kyb_review": "Review of the business up to date",
        "licences": "Valid licence for every jurisdiction",
        "production_tenant": "Production tenant active, with allowed IPs",
        "production_credentials": "Production credentials issued",
        "return": "The stage that it was paused at",
        "takeover": "Taken over by a job",
    }
)
"""The requirements of `partners_onboarding_facts`, in the order of the way, as people read them."""

SHARE_MIN: Final = Decimal("0.001")
"""In percent: the smallest that is kept."""
OWNER_LISTED_PERCENT_MIN: Final = 25
"""Who holds this much of a company or more is listed as its beneficial owner."""

AGE_OF_DIRECTORS_MIN: Final = 18
_PHONE: Final = re.compile(r"\+[1-9](?: ?[0-9]){6,14}")
_JURISDICTION: Final = re.compile(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?")


class BadIdentifier(BadRequest):
    """A number of a company or of its account is not one."""

    code = "IDENTIFIER_INVALID"
    message = "This is not a valid identifier."


class PhoneInvalid(BadRequest):
    """A contact's phone number is not one."""

    code = "PHONE_INVALID"
    message = "A phone number is + with the country and the number, digits and spaces alone: +356 2123 4567."


class ShareInvalid(BadRequest):
    """An owner's share is no part of a company."""

    code = "SHARE_INVALID"
    message = "An owner holds more than 0 % and at most 100 %."


class EmailInvalid(BadRequest):
    """A contact's e-mail address is not one."""

    code = "EMAIL_INVALID"
    message = "This is not an e-mail address, such as ada@partner.example."


class BirthDateInvalid(BadRequest):
    """Nobody who owns a company was born then."""

    code = "BIRTH_DATE_INVALID"
    message = "A birth date lies in the past, and after 1900."


def check_country(text: str) -> str:
    """Return a country's two letters. Raises BadIdentifier. Source: ISO 3166-1."""
    code = text.strip().upper()
    if code not in COUNTRIES:
        raise BadIdentifier(f"“{quoted(text)}” is no code of a country, as MT.", details={"field": "country"})
    return code


class DirectorUnderAge(BadRequest):
    """Who directs a company is of age."""

    code = "DIRECTOR_UNDER_AGE"
    message = "A director is 18 or older: check the year of birth."


def check_birth_date(birth_date: date, *, today: date) -> date:
    """Return a birth date. Raises BirthDateInvalid."""
    if not EARLIEST <= birth_date < today:
        raise BirthDateInvalid
    return birth_date


def check_share(percent: Decimal) -> Decimal:
    """Return an owner's share, in percent. Raises ShareInvalid."""
    if not SHARE_MIN <= percent <= 100:
        raise ShareInvalid(details={"field": "share_percent"})
    return percent


def is_under_age(birth_date: date, *, today: date) -> bool:
    """Whether a person is younger than 18. An owner may be, by inheritance; a director never."""
    years = today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
    return years < AGE_OF_DIRECTORS_MIN


def check_director_birth_date(birth_date: date, *, today: date) -> date:
    """Return the birth date of a director; the database says the same (`partners/sql/guard_director.sql`).

    Raises BirthDateInvalid and DirectorUnderAge.
    """
    if is_under_age(check_birth_date(birth_date, today=today), today=today):
        raise DirectorUnderAge
    return birth_date


def check_vat_number(number: str, country: str) -> None:
    """Check a VAT number by the rules of its country; an EU number begins with the country's own letters.

    Nothing is known of the numbers of some countries: they pass. Raises BadIdentifier.
    """
    if not number:
        return
    try:
        if country.lower() in eu_vat.MEMBER_STATES:
            named = eu_vat.validate(number)[:2].replace("EL", "GR")
            if named != country:
                raise _bad_vat(f"{quoted(number)} is a VAT number of {named}, not of {country}.")
        elif (known := get_cc_module(country.lower(), "vat")) is not None:
            known.validate(number)
    except ValidationError as error:
        raise _bad_vat(f"{quoted(number)} is no VAT number of {country}: {_why(error)}.") from None


def _bad_vat(message: str) -> BadIdentifier:
    return BadIdentifier(message, details={"field": "vat_number"})


def check_lei(text: str) -> str:
    """Return a legal entity identifier as it is stored. Raises BadIdentifier. Source: ISO 17442."""
    return _checked(lei.validate, text, "LEI")


def check_iban(text: str) -> str:
    """Return an IBAN without spaces. Raises BadIdentifier. Source: ISO 13616."""
    return _checked(iban.validate, text, "IBAN")


def check_bic(text: str) -> str:
    """Return a BIC of 8 or 11 characters. Raises BadIdentifier. Source: ISO 9362."""
    return _checked(bic.validate, text, "BIC")


def check_phone(text: str) -> str:
    """Return a phone number with single spaces. Raises PhoneInvalid. Source: ITU-T E.164."""
    number = " ".join(text.split())
    if number and not _PHONE.fullmatch(number):
        raise PhoneInvalid
    return number


def check_jurisdiction(text: str) -> str:
    """Return the code of a country or of a part of one (`MT`, `US-NJ`). Raises BadIdentifier.

    Source: ISO 3166.
    """
    code = text.strip().upper()
    if not _JURISDICTION.fullmatch(code) or code[:2] not in COUNTRIES:
        raise BadIdentifier(f"“{quoted(text)}” is no code of a country or of a part of it, as MT or US-NJ.")
    return code


def check_jurisdictions(codes: Sequence[str]) -> list[str]:
    """Return codes of jurisdictions, each once and sorted. Raises BadIdentifier."""
    return sorted({check_jurisdiction(code) for code in codes})


def _checked(validate: Callable[[str], str], text: str, kind: str) -> str:
    if not text:
        return ""
    try:
        return validate(text).upper()
    except ValidationError as error:
        raise BadIdentifier(f"{quoted(text)} is no {kind}: {_why(error)}.") from None


def _why(error: ValidationError) -> str:
    """Return in words what is wrong with an identifier."""
    match error:
        case InvalidLength():
            return "it has another length"
        case InvalidChecksum():
            return "its check digits do not fit, so a character may be mistyped"
        case InvalidComponent():
            return "a part of it does not exist"
        case _:
            return "it is written otherwise"
