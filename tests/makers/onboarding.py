"""Makers of partners on their way to production, each as far as a test needs it."""

import secrets
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from core.clock import now
from core.models import StaffUser
from partners.kyb.services import enter_review
from partners.models import Partner, Tenant
from partners.onboarding import services
from partners.onboarding.models import Certification, ComplianceArea
from partners.onboarding.stages import WAY, Stage
from partners.services import change_partner, create_client, create_tenant, issue_secret
from reporting.models import DailyRequests
from tests.makers.business import enter_account, enter_terms, screen_all
from tests.makers.partners import ensure_platform
from tests.makers.roles import acting_as


def make_staff_user(name: str = "") -> StaffUser:
    """Return a member of staff whom nobody else is; committed."""
    with acting_as("b2b_office"):
        return StaffUser.objects.create(username=name or f"staff-{secrets.token_hex(6)}", is_staff=True)


def register(*, account_manager_id: int | None = None, days_ago: int = 0) -> Partner:
    """Return a partner that has registered now, or so many days ago; committed."""
    ensure_platform()
    with acting_as("b2b_office"):
        return services.register_partner(
            name=f"Partner {secrets.token_hex(6)}",
            country="MT",
            currencies=("EUR",),
            registered_at=now() - timedelta(days=days_ago),
            account_manager_id=account_manager_id,
        )


def meet(partner_id: UUID, fact: str) -> None:
    """Make one requirement hold, as staff and the partner's system would."""
    _MEETS[fact](partner_id)


def accept_areas(partner_id: UUID, *areas: str) -> None:
    """Accept these areas, or all."""
    rows = ComplianceArea.objects.filter(partner_id=partner_id)
    rows = rows.filter(area__in=areas) if areas else rows
    rows.update(status="accepted", decided_by="reviewer", decided_at=now())


def certify(partner_id: UUID) -> Certification:
    """Return a certification signed by two people."""
    first, second = make_staff_user(), make_staff_user()
    signed = services.sign_certification(
        partner_id=partner_id,
        tested_on=date(2026, 3, 1),
        notes="All scenarios of the test plan passed.",
        evidence="Report 2026-03-01",
        signed_by=first.pk,
        signed_at=now(),
    )
    return services.countersign_certification(
        certification_id=signed.pk, countersigned_by=second.pk, countersigned_at=now()
    )


def make_partner_at(stage: Stage) -> Partner:
    """Return a partner that has gone the whole way to a stage; committed."""
    partner = register()
    with acting_as("b2b_office"):
        for entered in WAY[1 : WAY.index(stage) + 1]:
            for fact in REQUIRED[entered]:
                meet(partner.pk, fact)
            services.move_partner(partner_id=partner.pk, to_stage=entered, moved_at=now(), reason="Done.")
        partner.refresh_from_db()
    return partner


BUSINESS = ("directors", "sanctions", "processor_contract", "kyb_review")
REQUIRED = {
    Stage.COMPLIANCE: ("account_manager", "company", "primary_contact"),
    Stage.CREDENTIALS: ("owners", "kyc"),
    Stage.DOCUMENTATION: ("test_credentials",),
    Stage.DEVELOPMENT: ("technical_contact",),
    Stage.TESTING: ("api_called",),
    Stage.DEPLOYMENT: ("compliance", "certification", "bank_account", "licences", *BUSINESS),
    Stage.LIVE: ("production_tenant", "production_credentials"),
    Stage.MAINTENANCE: (),
}
"""What a partner coming from the stage before must newly show, as the issue has it; the test of the
transitions holds the database's data against it.
"""


def _company(partner_id: UUID) -> None:
    change_partner(
        partner_id=partner_id,
        changes={"legal_name": "Partner Ltd", "legal_address": "1 Example Street, Valletta"},
        changed_at=now(),
    )
    services.enter_company(
        partner_id=partner_id, registration_number="C 12345", jurisdictions=("MT",), entered_at=now()
    )


def _contact(partner_id: UUID, role: str, *, is_primary: bool = False) -> None:
    services.add_contact(
        partner_id=partner_id,
        name="Contact",
        role=role,
        email=f"{secrets.token_hex(4)}@example.com",
        is_primary=is_primary,
        added_at=now(),
    )


def _credentials(partner_id: UUID, kind: str) -> None:
    tenant = Tenant.objects.get(partner_id=partner_id, kind=kind)
    with acting_as("b2b_jobs"):
        client = create_client(tenant_id=tenant.pk, name="system", scopes=("bets:read",), created_at=now())
        issue_secret(client_id=client.pk, issued_at=now())


def call_api(partner_id: UUID) -> None:
    """Count a request of the partner's test tenant that was answered, as the jobs do from the request log."""
    test = Tenant.objects.get(partner_id=partner_id, kind="test")
    with acting_as("b2b_jobs"):
        DailyRequests.objects.get_or_create(tenant=test, day=now().date(), defaults={"requests": 1})


def _open_production(partner_id: UUID) -> None:
    create_tenant(
        partner_id=partner_id,
        kind="production",
        currencies=("EUR",),
        allowed_ips=("192.0.2.0/24",),
        created_at=now(),
    )


_MEETS: dict[str, Callable[[UUID], object]] = {
    "account_manager": lambda partner_id: change_partner(
        partner_id=partner_id, changes={"account_manager_id": make_staff_user().pk}, changed_at=now()
    ),
    "company": _company,
    "primary_contact": lambda partner_id: _contact(partner_id, "management", is_primary=True),
    "owners": lambda partner_id: services.add_owner(
        partner_id=partner_id,
        name="Owner",
        birth_date=date(1970, 1, 1),
        country="MT",
        share_percent=Decimal("80"),
        added_at=now(),
    ),
    "kyc": lambda partner_id: accept_areas(partner_id, "kyc"),
    "test_credentials": lambda partner_id: _credentials(partner_id, "test"),
    "technical_contact": lambda partner_id: _contact(partner_id, "technical"),
    "api_called": call_api,
    "compliance": accept_areas,
    "certification": certify,
    "bank_account": enter_account,
    "directors": lambda partner_id: services.add_director(
        partner_id=partner_id, name="Director", birth_date=date(1970, 1, 1), country="MT", added_at=now()
    ),
    "sanctions": screen_all,
    "processor_contract": enter_terms,
    "kyb_review": lambda partner_id: enter_review(
        partner_id=partner_id, findings="Nothing.", reviewed_by=make_staff_user().pk, reviewed_at=now()
    ),
    "licences": lambda partner_id: services.add_licence(
        partner_id=partner_id,
        jurisdiction="MT",
        authority="Gaming Authority",
        number="B2C/1",
        issued_on=date(2025, 1, 1),
        added_at=now(),
    ),
    "production_tenant": _open_production,
    "production_credentials": lambda partner_id: _credentials(partner_id, "production"),
}
