"""What an address to pay to must be: a bank account or a place on a block chain, with its checksum."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.errors import BadRequest
from partners.onboarding.rules import BadIdentifier, check_bic, check_iban
from settlement.payouts.chains import NETWORKS, is_address

COOLING_OFF: Final = timedelta(hours=24)
"""How long after its approval nothing is paid to an address."""
BANK: Final = "bank"
CRYPTO: Final = "crypto"


class BadPayoutAddress(BadRequest):
    code = "PAYOUT_ADDRESS_INVALID"
    message = "This is no address that money can be paid to."


@dataclass(frozen=True, slots=True)
class Destination:
    """Where to pay to: an IBAN with its BIC, or an address on a network."""

    kind: str
    address: str
    bic: str = ""
    network: str = ""

    @property
    def masked(self) -> str:
        """The address as lists and records show it: its first and last four characters."""
        return masked(self.address)


def check_destination(*, kind: str, address: str, bic: str = "", network: str = "") -> Destination:
    """Return a destination as it is stored. Raises BadPayoutAddress."""
    if kind == BANK:
        return _bank(address, bic)
    if kind != CRYPTO or network not in NETWORKS:
        raise BadPayoutAddress(f"Choose a bank account, or an address on {', '.join(NETWORKS)}.")
    text = address.strip()
    if not is_address(text, network):
        raise _bad("address", f"This is no address on {network}: its checksum or its form is wrong.")
    return Destination(CRYPTO, text, network=network)


def masked(address: str) -> str:
    """Return an address with all but its first and last four characters hidden."""
    return f"{address[:4]}…{address[-4:]}"


def usable_from(approved_at: datetime) -> datetime:
    """Return when an address approved at a moment may be paid to."""
    return approved_at + COOLING_OFF


def _bank(address: str, bic: str) -> Destination:
    return Destination(
        BANK,
        _checked("address", check_iban, address, "A bank account has an IBAN."),
        bic=_checked("bic", check_bic, bic, "A bank account has a BIC."),
    )


def _checked(field: str, check: Callable[[str], str], text: str, missing: str) -> str:
    try:
        found = check(text)
    except BadIdentifier as refusal:
        raise _bad(field, refusal.message) from None
    if not found:
        raise _bad(field, missing)
    return found


def _bad(field: str, message: str) -> BadPayoutAddress:
    return BadPayoutAddress(message, details={"field": field})
