"""`GET /onboarding`: where a partner is on its way, what it still misses, and its certification."""

from datetime import date, datetime
from itertools import pairwise
from typing import Annotated

from django.http import HttpResponse
from msgspec import Meta

from core.api.answers import JsonAnswer
from core.api.bodies import Shown
from core.api.operation import operation
from core.api.views import PartnerRequest, PartnerView
from core.tenancy import tenant
from partners.models import Partner
from partners.onboarding.models import Certification, ComplianceArea
from partners.onboarding.queries import list_facts, list_transitions
from partners.onboarding.rules import TITLES
from partners.onboarding.stages import WAY, Area, Stage


class ChecklistItem(Shown, frozen=True, kw_only=True, rename="camel"):
    """Something that a stage requires."""

    check: Annotated[str, Meta(description="bank_account, certification, ...")]
    title: str
    stage: Annotated[str, Meta(description="The first stage that requires it.")]
    is_met: bool


class AreaView(Shown, frozen=True, kw_only=True, rename="camel"):
    """The verdict on one of the five areas of compliance."""

    area: Annotated[str, Meta(description="data_protection, aml, kyc, responsible_gambling, local_licence.")]
    status: Annotated[str, Meta(description="missing, submitted, in_review, accepted, rejected, expired.")]
    reason: str
    decided_at: datetime | None


class CertificationView(Shown, frozen=True, kw_only=True, rename="camel"):
    """A test run of the partner's integration."""

    tested_on: date
    status: Annotated[
        str, Meta(description="signed (by one person), certified (by two) or withdrawn, the newest first.")
    ]
    notes: str
    certified_at: datetime | None
    withdrawn_at: datetime | None


class OnboardingView(Shown, frozen=True, kw_only=True, rename="camel"):
    """The partner's way to production."""

    stage: Annotated[
        str,
        Meta(
            description="registered, compliance, credentials, documentation, development, testing, "
            "deployment, live or maintenance; or declined, paused, terminated."
        ),
    ]
    stage_since: datetime
    next_stage: Annotated[
        str | None, Meta(description="None at the end of the way, and while the partner is stopped.")
    ]
    missing: Annotated[list[str], Meta(description="What the next stage requires and is not met.")]
    checklist: list[ChecklistItem]
    compliance: list[AreaView]
    certifications: list[CertificationView]


class Onboarding(PartnerView):
    """Any of the partner's systems may ask, whatever its scopes."""

    required_scopes = {"GET": ""}

    @operation(summary="Stage, checklist and certification", answers={200: OnboardingView})
    def get(self, request: PartnerRequest) -> HttpResponse:
        principal = request.auth
        with tenant(principal.tenant_id):
            partner = Partner.objects.get(pk=principal.partner_id)
            facts = list_facts([partner.pk])[partner.pk]
            onward = _onward()
            areas = {row.area: row for row in ComplianceArea.objects.filter(partner=partner)}
            certifications = list(Certification.objects.filter(partner=partner))
        return JsonAnswer(
            onboarding_view(partner, facts=facts, onward=onward, areas=areas, certifications=certifications)
        )


def onboarding_view(
    partner: Partner,
    *,
    facts: dict[str, bool],
    onward: dict[Stage, tuple[str, ...]],
    areas: dict[str, ComplianceArea],
    certifications: list[Certification],
) -> OnboardingView:
    """Return the onboarding as the partner is shown it; `onward` says what each stage of the way requires."""
    stages: dict[str, Stage] = {}
    for stage, requires in onward.items():
        for fact in requires:
            stages.setdefault(fact, stage)
    present = Stage(partner.stage)
    entered = next((later for later in WAY[WAY.index(present) + 1 :]), None) if present in WAY else None
    return OnboardingView(
        stage=present.value,
        stage_since=partner.stage_since,
        next_stage=entered.value if entered else None,
        missing=[fact for fact in onward.get(entered, ()) if not facts[fact]] if entered else [],
        checklist=[
            ChecklistItem(check=fact, title=TITLES[fact], stage=stage.value, is_met=facts[fact])
            for fact, stage in stages.items()
        ],
        compliance=[
            AreaView(area=area, status=row.status, reason=row.reason, decided_at=row.decided_at)
            for area in Area.values
            if (row := areas.get(area)) is not None
        ],
        certifications=[_certification_view(row) for row in certifications],
    )


def _onward() -> dict[Stage, tuple[str, ...]]:
    transitions = list_transitions()
    return {entered: transitions[left][entered] for left, entered in pairwise(WAY)}


def _certification_view(row: Certification) -> CertificationView:
    return CertificationView(
        tested_on=row.tested_on,
        status=row.state,
        notes=row.notes,
        certified_at=row.countersigned_at,
        withdrawn_at=row.withdrawn_at,
    )
