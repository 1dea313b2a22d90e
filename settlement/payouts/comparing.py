"""What a payout address is held against: the partner's verified bank account. It is shown, nothing refused.

An address of a cryptocurrency is held against nothing: no bank says whose it is.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from approvals.kinds import proposed
from approvals.models import ApprovalRequest
from core.admin.cells import moment_text
from partners.kyb.models import BankAccount
from partners.kyb.queries import is_verified
from partners.kyb.services.accounts import masked_iban
from settlement.payouts.rules import BANK

SAME: Final = "Same as the verified account"
OTHER_BIC: Final = "The verified account's IBAN with another BIC"
DIFFERS: Final = "Differs from the verified account"
NONE_VERIFIED: Final = "No account is verified"


def known_of_address(request: ApprovalRequest) -> list[tuple[str, str, str]]:
    """Return (what, what is known of it, warning or empty): the IBAN asked for beside the verified one."""
    if not _is_bank(request):
        return []
    asked, account = proposed(request), _accounts([request]).get(request.partner_id)
    said = _compared(request, account)
    return [
        (
            "IBAN asked for",
            f"{masked_iban(asked['address'])}: {_lowered(said)}",
            said if said != SAME else "",
        ),
        ("Verified bank account", _in_words(account), "" if _verified(account) else NONE_VERIFIED),
    ]


def compared_addresses(requests: Sequence[ApprovalRequest]) -> dict[UUID, str]:
    """Return for several requests how each address stands to the verified account; one query for all."""
    banks = [request for request in requests if _is_bank(request)]
    accounts = _accounts(banks)
    return {request.pk: _compared(request, accounts.get(request.partner_id)) for request in banks}


def _is_bank(request: ApprovalRequest) -> bool:
    return bool(proposed(request)["kind"] == BANK)


def _accounts(requests: Sequence[ApprovalRequest]) -> dict[UUID | None, BankAccount]:
    found = BankAccount.objects.filter(
        partner_id__in={request.partner_id for request in requests}, ended_at=None
    )
    return {account.partner_id: account for account in found.select_related("partner")}


def _verified(account: BankAccount | None) -> bool:
    return account is not None and is_verified(account, account.partner)


def _compared(request: ApprovalRequest, account: BankAccount | None) -> str:
    if account is None or not _verified(account):
        return NONE_VERIFIED
    asked = proposed(request)
    if asked["address"] != account.iban:
        return DIFFERS
    return SAME if asked["bic"] == account.bic else OTHER_BIC


def _in_words(account: BankAccount | None) -> str:
    if account is None:
        return "none is entered"
    if account.verified_at is None or not _verified(account):
        return f"none: {masked_iban(account.iban)} is entered, and not verified"
    how = _lowered(account.get_verification_display())
    return f"{masked_iban(account.iban)}, verified {moment_text(account.verified_at)} by {how}"


def _lowered(words: str) -> str:
    return words[:1].lower() + words[1:]
