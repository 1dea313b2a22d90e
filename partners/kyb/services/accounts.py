"""A partner's bank account: asked for by one person, approved by a second, verified by who did not ask."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from approvals.kinds import proposed
from approvals.models import ApprovalRequest
from approvals.services import request_approval
from core.audit import record
from core.errors import Refusal
from core.models import StaffUser
from partners.kyb import queries, rules
from partners.kyb.models import BankAccount, Verification
from partners.models import Partner
from partners.onboarding.rules import BadIdentifier, check_bic, check_iban
from partners.onboarding.services.entries import EntryNotFound
from partners.services.locking import PartnerNotFound, lock_partner

BANK_ACCOUNT: Final = "bank_account"
SUBJECT: Final = "partners.partner"


def request_bank_account(
    *,
    partner_id: UUID,
    holder: str,
    iban: str,
    bic: str,
    reason: str,
    requested_by: StaffUser,
    requested_at: datetime,
) -> ApprovalRequest:
    """Ask a second person to enter an account, in place of the one before; it begins unverified.

    Raises PartnerNotFound, BankAccountIncomplete, BadIdentifier, and what `request_approval` raises.
    """
    partner = Partner.objects.filter(pk=partner_id).first()
    if partner is None:
        raise PartnerNotFound
    wanted = {"holder": holder.strip(), "iban": check_iban(iban), "bic": check_bic(bic)}
    if not all(wanted.values()):
        raise rules.BankAccountIncomplete
    return request_approval(
        kind=BANK_ACCOUNT,
        subject_type=SUBJECT,
        subject_id=str(partner_id),
        partner_id=partner_id,
        present=_view(queries.find_account(partner_id)),
        proposed=wanted,
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
    )


def title_of_account(request: ApprovalRequest) -> str:
    """Return whose account it is, and which."""
    partner = Partner.objects.get(pk=request.subject_id)
    return f"Bank account of {partner}: {masked_iban(proposed(request)['iban'])}"


def lock_account(request: ApprovalRequest) -> None:
    """Lock the partner, as whoever enters or verifies an account does."""
    lock_partner(UUID(request.subject_id))


def check_bank_account(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against an account as things are now."""
    asked = proposed(request)
    try:
        check_iban(asked["iban"]), check_bic(asked["bic"])
    except BadIdentifier as refusal:
        return refusal
    if _view(queries.find_account(UUID(request.subject_id))) != request.payload["present"]:
        return rules.BankAccountMoved()
    return None


def known_of_account(request: ApprovalRequest) -> list[tuple[str, str, str]]:
    """Return (what, what is known of it, warning or empty): holder beside legal name, the countries."""
    asked = proposed(request)
    legal_name = Partner.objects.values_list("legal_name", flat=True).get(pk=request.subject_id)
    differs = not rules.is_same_name(asked["holder"], legal_name)
    iban_country, bic_country = asked["iban"][:2], asked["bic"][4:6]
    return [
        ("Holder", asked["holder"], "It is not the legal name" if differs else ""),
        ("Partner's legal name", legal_name or "not entered", ""),
        ("Country of the IBAN", iban_country, ""),
        ("Country of the BIC", bic_country, "It is not the IBAN's" if bic_country != iban_country else ""),
    ]


def enter_bank_account(request: ApprovalRequest, at: datetime) -> None:
    """Enter the account that was approved, unverified; the one before it ends."""
    asked = proposed(request)
    partner_id = UUID(request.subject_id)
    lock_partner(partner_id)
    before = queries.find_account(partner_id, lock=True)
    if before is not None:
        before.ended_at = at
        before.save(update_fields=["ended_at"])
    account = BankAccount.objects.create(
        partner_id=partner_id,
        holder=asked["holder"],
        iban=asked["iban"],
        bic=asked["bic"],
        country=asked["iban"][:2],
        request=request,
        entered_by=request.requested_by,
        approved_by=request.decided_by,
        entered_at=at,
    )
    record(
        action="enter bank account",
        subject=account,
        recorded_at=at,
        before=None if before is None else {"iban": masked_iban(before.iban)},
        after={"holder": account.holder, "iban": masked_iban(account.iban), "bic": account.bic},
        reason=request.reason,
    )


def verify_bank_account(
    *,
    account_id: UUID,
    verification: str,
    verified_by: int,
    verified_at: datetime,
    holder_difference: str = "",
) -> BankAccount:
    """Note how it was found out whose account it is; its holder is compared with the legal name.

    Raises EntryNotFound, BankAccountVerified, BankAccountSecondPerson, and HolderDiffers unless
    `holder_difference` says why the holder has another name.
    """
    with transaction.atomic():
        partner_id = BankAccount.objects.filter(pk=account_id).values_list("partner_id", flat=True).first()
        if partner_id is None:
            raise EntryNotFound
        partner = lock_partner(partner_id)
        account = BankAccount.objects.select_for_update(of=("self",)).get(pk=account_id)
        if account.ended_at is not None or queries.is_verified(account, partner):
            raise rules.BankAccountVerified
        if account.entered_by_id == verified_by:
            raise rules.BankAccountSecondPerson
        differs = not rules.is_same_name(account.holder, partner.legal_name)
        if not partner.legal_name or (differs and not holder_difference.strip()):
            raise rules.HolderDiffers
        account.verification = Verification(verification)
        account.verified_by_id, account.verified_at = verified_by, verified_at
        account.verified_name = partner.legal_name
        account.holder_difference = holder_difference.strip() if differs else ""
        account.save(
            update_fields=["verification", "verified_by", "verified_at", "verified_name", "holder_difference"]
        )
        record(
            action="verify bank account",
            subject=account,
            recorded_at=verified_at,
            after={"verification": account.verification, "legalName": partner.legal_name},
            reason=account.holder_difference,
        )
    return account


def _view(account: BankAccount | None) -> dict[str, Any] | None:
    if account is None:
        return None
    return {"holder": account.holder, "iban": account.iban, "bic": account.bic}


def masked_iban(iban: str) -> str:
    """Return how an account is told: `MT84 … 001S`."""
    return f"{iban[:4]} … {iban[-4:]}"
