"""The demo's own partner has been live from its first day; here it gets what a partner has proved by then.

The same services as for any partner, by the demo's staff: compliance enters what production rests on, its
manager the rest, and asks; compliance accepts, certifies by two people and approves the credentials for
production. That its system has called the API, the demo's own calls show.
"""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import transaction

from approvals.services import approve_request
from core.audit import acting
from core.models import StaffUser
from partners.compliance.models import EvidenceFile, EvidenceStatus
from partners.compliance.services import accept_evidence
from partners.models import Partner, Tenant, TenantKind
from partners.onboarding.models import Certification
from partners.onboarding.services import (
    add_contact,
    add_director,
    add_licence,
    add_owner,
    countersign_certification,
    enter_company,
    sign_certification,
)
from partners.onboarding.stages import PRODUCTION
from partners.rules import USUAL_SCOPES
from partners.services import create_client, create_tenant
from partners.services.four_eyes import issue_production_secret, request_production_secret
from partners.showcase.business import know_business
from partners.showcase.papers import hand_in_papers

OFFICERS: Final = ("compliance", "compliance_2")
LASTING: Final = timedelta(days=300)
ALLOWED_IPS: Final = ("192.0.2.0/24",)
"""Addresses for examples (RFC 5737): nobody calls the demo's production tenant."""


def prove_live_partner(*, partner_id: UUID, seeded_at: datetime) -> bool:
    """Prove all that a live partner has proved; return whether anything was missing.

    Done once, all of it or nothing: what staff take back later stays taken back. The partner has an account
    manager, a test tenant with a client, and the demo's staff are there.
    """
    partner = Partner.objects.select_related("account_manager").get(pk=partner_id)
    manager = partner.account_manager
    if manager is None or partner.stage not in PRODUCTION:
        return False
    if Certification.objects.filter(partner=partner).exists():
        return False
    officers = [StaffUser.objects.get(username=name) for name in OFFICERS]
    with transaction.atomic():
        with acting(officers[0].get_username()):
            _enter_grounds(partner, seeded_at)
        with acting(manager.get_username()):
            _enter(partner, seeded_at)
        _review(partner, officers[0], seeded_at)
        know_business(partner, manager, officers, seeded_at)
        _certify(partner, officers, seeded_at)
        _open_production(partner, manager, officers[0], seeded_at)
    return True


def _enter_grounds(partner: Partner, at: datetime) -> None:
    """Enter what production rests on, which compliance does."""
    enter_company(
        partner_id=partner.pk,
        registration_number="C 70001",
        jurisdictions=(partner.country,),
        entered_at=at,
    )
    add_licence(
        partner_id=partner.pk,
        jurisdiction=partner.country,
        authority="Gaming Authority",
        number="B2C/1",
        issued_on=at.date() - timedelta(days=200),
        expires_on=at.date() + LASTING,
        added_at=at,
    )


def _enter(partner: Partner, at: datetime) -> None:
    for role, is_primary in (("management", True), ("technical", False)):
        add_contact(
            partner_id=partner.pk,
            name=f"{role.capitalize()} desk",
            role=role,
            email=f"{role}@demo-operator.example",
            is_primary=is_primary,
            added_at=at,
        )
    add_owner(
        partner_id=partner.pk,
        name="Majority owner",
        birth_date=date(1970, 1, 1),
        country=partner.country,
        share_percent=Decimal(100),
        added_at=at,
    )
    add_director(
        partner_id=partner.pk,
        name="Managing director",
        birth_date=date(1975, 1, 1),
        country=partner.country,
        added_at=at,
    )
    hand_in_papers(partner, address=partner.legal_address, last_day=at.date() + LASTING, at=at)


def _review(partner: Partner, officer: StaffUser, at: datetime) -> None:
    waiting = EvidenceFile.objects.filter(partner=partner, status=EvidenceStatus.SUBMITTED)
    with acting(officer.get_username()):
        for evidence in list(waiting.order_by("id")):
            accept_evidence(evidence_id=evidence.pk, accepted_at=at)


def _certify(partner: Partner, officers: list[StaffUser], at: datetime) -> None:
    first, second = officers
    with acting(first.get_username()):
        signed = sign_certification(
            partner_id=partner.pk,
            tested_on=at.date(),
            notes="Every scenario of the test plan passed.",
            evidence="Report C-1",
            signed_by=first.pk,
            signed_at=at,
        )
    with acting(second.get_username()):
        countersign_certification(certification_id=signed.pk, countersigned_by=second.pk, countersigned_at=at)


def _open_production(partner: Partner, manager: StaffUser, officer: StaffUser, at: datetime) -> None:
    """Open the production tenant; its secret is asked for, approved, issued, and shown to nobody."""
    with acting(manager.get_username()):
        tenant = Tenant.objects.filter(partner=partner, kind=TenantKind.PRODUCTION).first() or create_tenant(
            partner_id=partner.pk,
            kind=TenantKind.PRODUCTION,
            currencies=("EUR", "USD"),
            allowed_ips=ALLOWED_IPS,
            created_at=at,
        )
        client = create_client(
            tenant_id=tenant.pk, name="Betting platform", scopes=USUAL_SCOPES, created_at=at
        )
        asked = request_production_secret(
            client_id=client.pk, reason="Certified; goes live.", requested_by=manager, requested_at=at
        )
    with acting(officer.get_username()):
        approve_request(request_id=asked.pk, digest=asked.payload_digest, decided_by=officer, decided_at=at)
    with acting(manager.get_username()):
        issue_production_secret(client_id=client.pk, issued_by=manager, issued_at=at)
