"""What can be asked about compliance: what binds a partner, where its areas stand, what waits, what ends."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from core.models import AuditRecord, StaffUser
from partners.compliance import rules
from partners.compliance.models import (
    ComplianceRequirement,
    ComplianceSuspension,
    EvidenceFile,
    EvidenceStatus,
)
from partners.models import Partner, Status, Tenant, TenantKind
from partners.onboarding.models import ComplianceArea, Contact
from partners.onboarding.stages import ENDED, Area, ContactRole


@dataclass(frozen=True, slots=True)
class RequirementState:
    """A requirement that binds a partner, what its documents come to, and the latest of them."""

    requirement: ComplianceRequirement
    state: str
    latest: EvidenceFile | None


def jurisdictions_of(partner: Partner) -> list[str]:
    """Return where a partner takes bets: what its company says, else its own country."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT partners_jurisdictions(%s)", [partner.pk])
        (found,) = cursor.fetchone()
    return list(found or ())


def planned_jurisdictions_of(partner: Partner) -> list[str]:
    """Return where a partner is going to take bets, and does not yet."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT partners_planned_jurisdictions(%s)", [partner.pk])
        (found,) = cursor.fetchone()
    return list(found or ())


def list_asked(partner: Partner) -> list[ComplianceRequirement]:
    """Return what a partner may hand documents in for: what binds it where it takes bets or is going to."""
    return list_requirements(partner, places=[*jurisdictions_of(partner), *planned_jurisdictions_of(partner)])


def is_asked_now(partner: Partner, requirement: ComplianceRequirement) -> bool:
    """Whether a requirement binds a partner where it takes bets already."""
    return rules.is_bound(requirement.jurisdiction, jurisdictions_of(partner))


def list_requirements(
    partner: Partner, *, places: Sequence[str] | None = None
) -> list[ComplianceRequirement]:
    """Return what binds a partner where it takes bets, by area and type; `places` are other places, or these
    where they are known already.
    """
    places = jurisdictions_of(partner) if places is None else places
    asked = ComplianceRequirement.objects.filter(is_active=True)
    order = {area: place for place, area in enumerate(Area.values)}
    return sorted(
        (one for one in asked if rules.is_bound(one.jurisdiction, places)),
        key=lambda one: (order[one.area], not one.mandatory, one.document_type, one.jurisdiction),
    )


def list_states(
    partner: Partner,
    *,
    area: str = "",
    places: Sequence[str] | None = None,
    documents: Iterable[EvidenceFile] | None = None,
) -> list[RequirementState]:
    """Return where each requirement that binds a partner stands, of all areas or of one.

    `places` and `documents` are the partner's jurisdictions and documents where they are known already.
    """
    if documents is None:
        documents = EvidenceFile.objects.filter(partner=partner)
    papers: dict[UUID, list[EvidenceFile]] = defaultdict(list)
    for evidence in sorted(documents, key=lambda one: (one.uploaded_at, one.pk), reverse=True):
        papers[evidence.requirement_id].append(evidence)
    return [
        RequirementState(one, rules.requirement_state(map(_paper, papers[one.pk])), _shown(papers[one.pk]))
        for one in list_requirements(partner, places=places)
        if not area or one.area == area
    ]


def verdict_of(states: Iterable[RequirementState]) -> str:
    """Return what the requirements of one area come to."""
    known = list(states)
    return rules.area_verdict(
        [each.state for each in known if each.requirement.mandatory],
        [each.state for each in known if not each.requirement.mandatory],
    )


def areas_of(partner: Partner) -> dict[str, str]:
    """Return the status of each of the five areas, `missing` where nobody has written any."""
    written = dict(ComplianceArea.objects.filter(partner=partner).values_list("area", "status"))
    return {area: written.get(area, rules.MISSING) for area in Area.values}


def get_evidence(*, evidence_id: UUID) -> EvidenceFile:
    """Return a document. Raises DocumentNotFound."""
    found = EvidenceFile.objects.select_related("partner", "requirement").filter(pk=evidence_id).first()
    if found is None:
        raise rules.DocumentNotFound
    return found


def list_documents(*, partner_id: UUID, before: tuple[UUID, ...] | None = None) -> QuerySet[EvidenceFile]:
    """Return a partner's documents, newest first, beginning after a cursor's row."""
    found = EvidenceFile.objects.filter(partner_id=partner_id).select_related("requirement").order_by("-id")
    return found if before is None else found.filter(pk__lt=before[0])


def list_queue(partner_ids: QuerySet[Partner] | None = None) -> QuerySet[EvidenceFile]:
    """Return what waits for a decision, oldest first."""
    waiting = EvidenceFile.objects.filter(status=EvidenceStatus.SUBMITTED).order_by("uploaded_at", "pk")
    return waiting if partner_ids is None else waiting.filter(partner__in=partner_ids)


def find_next(*, after: EvidenceFile, partners: QuerySet[Partner] | None = None) -> EvidenceFile | None:
    """Return the document that waits next after one, else the oldest; None when none waits."""
    waiting = list_queue(partners).exclude(pk=after.pk)
    later = Q(uploaded_at__gt=after.uploaded_at) | Q(uploaded_at=after.uploaded_at, pk__gt=after.pk)
    return waiting.filter(later).first() or waiting.first()


def list_ending(*, today: date, within_days: int) -> QuerySet[EvidenceFile]:
    """Return accepted documents that end within so many days, and those that have expired and were not
    replaced; the nearest first.
    """
    current = Q(status=EvidenceStatus.ACCEPTED, expires_on__lte=today + timedelta(days=within_days))
    return (
        EvidenceFile.objects.filter(current | Q(status=EvidenceStatus.EXPIRED))
        .select_related("partner", "requirement")
        .prefetch_related("reminders")
        .order_by("expires_on", "pk")
    )


def list_lapsed(partner: Partner, *, today: date, grace_days: int) -> list[EvidenceFile]:
    """Return the expired documents whose grace is over and that nothing accepted has taken the place of."""
    lapsed = []
    for each in list_states(partner):
        if not each.requirement.mandatory or each.state == rules.ACCEPTED:
            continue
        last = (
            EvidenceFile.objects.filter(
                partner=partner, requirement=each.requirement, status=EvidenceStatus.EXPIRED
            )
            .order_by("-expires_on")
            .first()
        )
        if last is None or last.expires_on is None:
            continue
        if rules.grace_ends_on(last.expires_on, grace_days=grace_days) < today:
            lapsed.append(last)
    return lapsed


def is_production_active(partner_id: UUID) -> bool:
    """Whether a partner's production runs, so that something can stop it."""
    return active_production(partner_id).exists()


def active_production(partner_id: UUID) -> QuerySet[Tenant]:
    """Return a partner's production tenant as a list of one, or none where it does not run."""
    return Tenant.objects.filter(partner_id=partner_id, kind=TenantKind.PRODUCTION, status=Status.ACTIVE)


def production_stops_on(evidence: EvidenceFile) -> date | None:
    """Return the day on which production stops without a new copy of a document; None where it does not run,
    or goes on without one.
    """
    asked, last_day = evidence.requirement, evidence.expires_on
    if last_day is None or not asked.mandatory or not is_asked_now(evidence.partner, asked):
        return None
    if not is_production_active(evidence.partner_id):
        return None
    return rules.stops_on(last_day, grace_days=settings.COMPLIANCE_GRACE_DAYS)


def has_successor(evidence: EvidenceFile) -> bool:
    """Whether a newer copy of a document waits for review."""
    return EvidenceFile.objects.filter(
        partner=evidence.partner_id,
        requirement=evidence.requirement_id,
        status=EvidenceStatus.SUBMITTED,
        uploaded_at__gt=evidence.uploaded_at,
    ).exists()


def list_recipients(partner_id: UUID) -> list[str]:
    """Return whom to write to about documents: the partner's contacts for compliance, else the primary
    one.
    """
    active = Contact.objects.filter(partner_id=partner_id, is_active=True)
    own = list(active.filter(role=ContactRole.COMPLIANCE).order_by("pk").values_list("email", flat=True))
    return own or list(active.filter(is_primary=True).values_list("email", flat=True))


def list_watchers(partner: Partner) -> list[str]:
    """Return whom of our own staff to write to about a partner: compliance, and its account manager."""
    officers = StaffUser.objects.filter(groups__name="compliance", is_active=True)
    found = {each.email for each in officers}
    if partner.account_manager is not None and partner.account_manager.is_active:
        found.add(partner.account_manager.email)
    return sorted(found - {""})


def is_stopped() -> Exists:
    """Return the condition, of a list of partners, that compliance has stopped production."""
    return Exists(ComplianceSuspension.objects.filter(partner=OuterRef("pk"), lifted_at=None))


def stop_reason() -> Subquery:
    """Return why compliance has stopped production, of each of a list of partners; None where it has not."""
    open_ones = ComplianceSuspension.objects.filter(partner=OuterRef("pk"), lifted_at=None)
    return Subquery(open_ones.values("reason")[:1])


def list_stopped() -> QuerySet[Partner]:
    """Return the partners whose production compliance has stopped, of those that have not ended."""
    return Partner.objects.filter(is_stopped()).exclude(stage__in=ENDED)


def list_decisions(evidence: Sequence[EvidenceFile]) -> list[AuditRecord]:
    """Return what was done to some documents, oldest first: who, when and why."""
    keys = [str(one.pk) for one in evidence]
    found = AuditRecord.objects.filter(object_type=EvidenceFile._meta.label_lower, object_id__in=keys)
    return list(found.order_by("id"))


def today_of(at: datetime) -> date:
    """Return the day on which documents end or last: that of UTC."""
    return at.date()


def _paper(evidence: EvidenceFile) -> rules.Paper:
    return rules.Paper(evidence.status, evidence.uploaded_at, evidence.reopened_at is not None)


def _shown(newest_first: Sequence[EvidenceFile]) -> EvidenceFile | None:
    accepted = [one for one in newest_first if one.status == EvidenceStatus.ACCEPTED]
    return next(iter((*accepted, *newest_first)), None)
