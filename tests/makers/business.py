"""Makers of what is known of a partner's business: screenings, bank account, contract on players' data."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from approvals.services import approve_request
from core.clock import now
from core.models import StaffUser
from partners.kyb import queries, services
from partners.kyb.models import BankAccount, ProcessorContract, SanctionsList, Screening
from partners.models import Partner
from tests.makers.roles import acting_as
from tests.makers.staff import make_user

IBAN = "MT84MALT011000012345MTLCAST001S"
BIC = "MALTMTMT"


def make_officer() -> StaffUser:
    """Return a member of staff whom nobody else is; committed."""
    with acting_as("b2b_office"):
        return StaffUser.objects.create(username=f"officer-{secrets.token_hex(6)}", is_staff=True)


def screen(partner_id: UUID, *, at: datetime | None = None, **values: Any) -> Screening:
    """Return a screening of a partner's company, or of one of its people: clear unless said otherwise."""
    at = at or now()
    return services.enter_screening(
        partner_id=partner_id,
        **{
            "lists": SanctionsList.values,
            "lists_on": at.date(),
            "result": "clear",
            "screened_by": values.pop("screened_by", None) or make_officer().pk,
            "screened_at": at,
            **values,
        },
    )


def screen_all(partner_id: UUID, *, at: datetime | None = None) -> None:
    """Screen everybody who is due, all clear."""
    partner = Partner.objects.get(pk=partner_id)
    for subject in queries.list_subjects(partner, at=at or now()):
        if subject.is_due:
            screen(partner_id, at=at, owner_id=subject.owner_id, director_id=subject.director_id)


def approve_account(partner_id: UUID, *, holder: str = "", iban: str = IBAN) -> BankAccount:
    """Return an account that one asked for and another approved; it is not verified."""
    partner = Partner.objects.get(pk=partner_id)
    asker = make_user("partners.add_bankaccount")
    approver = make_user("approvals.change_approvalrequest", "approvals.decide_bank_account")
    asked = services.request_bank_account(
        partner_id=partner_id,
        holder=holder or partner.legal_name or partner.name,
        iban=iban,
        bic=BIC,
        reason="Letter of the bank",
        requested_by=asker,
        requested_at=now(),
    )
    approve_request(request_id=asked.pk, digest=asked.payload_digest, decided_by=approver, decided_at=now())
    account = queries.find_account(partner_id)
    assert account is not None
    return account


def enter_account(partner_id: UUID) -> BankAccount:
    """Return a verified account."""
    return services.verify_bank_account(
        account_id=approve_account(partner_id).pk,
        verification="bank_letter",
        verified_by=make_officer().pk,
        verified_at=now(),
    )


def terms(**values: Any) -> services.ContractTerms:
    """Return the terms of a contract on players' data."""
    return services.ContractTerms(
        **{
            "version": "1",
            "agreed_on": now().date(),
            "subject_matter": "Bets",
            "duration": "As the main contract",
            "data_categories": "Ids and bets",
            "data_subjects": "Players",
            "places": ("MT",),
            "breach_notice_hours": 24,
            "at_end": "deletion",
            "signed_by_partner": "Ann Partner",
            "signed_by_platform": "Bob Platform",
            **values,
        }
    )


def enter_terms(partner_id: UUID, **values: Any) -> ProcessorContract:
    """Return a contract on players' data."""
    return services.enter_contract(
        partner_id=partner_id, terms=terms(**values), entered_by=make_officer().pk, entered_at=now()
    )
