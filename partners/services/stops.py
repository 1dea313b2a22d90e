"""What keeps a production tenant stopped: seen here before the database refuses it by itself."""

from datetime import datetime

from core.errors import Conflict, Refusal
from partners.compliance.models import ComplianceSuspension
from partners.kyb.queries import MATCH, lapses_in_words, list_lapses
from partners.kyb.rules import ComplianceCheckOpen
from partners.models import Partner
from partners.onboarding.models import ComplianceArea
from partners.onboarding.stages import ENDED, PRODUCTION, Area, AreaStatus


class PartnerStopped(Conflict):
    """Production goes on at the stages of production alone, not while its partner is paused or goes back."""

    code = "PARTNER_STOPPED"
    message = "Production goes on from the stage Deployment on, and not while the partner is paused."


class PartnerEnded(Conflict):
    """A partner is declined or terminated: none of its tenants goes on, its records stay as they are."""

    code = "PARTNER_ENDED"
    message = (
        "The partner is declined or terminated: nothing of it goes on, and its records stay as they are."
    )


class ProductionNotCompliant(Conflict):
    """Compliance asks for more before production goes on; `details.areas` names what is not accepted."""

    code = "PRODUCTION_NOT_COMPLIANT"
    message = "Production waits for compliance."


def check_not_ended(partner: Partner) -> None:
    """Raise PartnerEnded for a partner that is declined or terminated."""
    if partner.stage in ENDED:
        raise PartnerEnded


def check_production(partner: Partner, *, at: datetime) -> None:
    """Raise PartnerStopped, ComplianceCheckOpen or ProductionNotCompliant unless production may go on.

    Nobody's word replaces what compliance asks for: the five areas, and nothing that has lapsed. What
    compliance itself stopped goes on by itself then.
    """
    if partner.stage not in PRODUCTION:
        raise PartnerStopped
    lapses = list_lapses([partner.pk], at=at)
    if any(each.what == MATCH for each in lapses):
        raise ComplianceCheckOpen
    missing = _missing_areas(partner)
    if missing:
        said = ", ".join(f"{area.label} ({status.label.lower()})" for area, status in missing.items())
        raise ProductionNotCompliant(
            f"Production goes on once all five areas of compliance are accepted. Open: {said}.",
            details={"areas": [area.value for area in missing]},
        )
    if lapses:
        raise ProductionNotCompliant(f"Production waits for compliance: {lapses_in_words(lapses)}.")
    stopped = ComplianceSuspension.objects.filter(partner=partner, lifted_at=None).first()
    if stopped is not None:
        raise ProductionNotCompliant(
            f"Compliance has stopped production, and lets it go on itself: {stopped.reason}"
        )


def find_obstacle(partner: Partner, *, at: datetime) -> Refusal | None:
    """Return what keeps a partner's production stopped, as `check_production` raises it; None where nothing
    does.
    """
    try:
        check_production(partner, at=at)
    except Refusal as refusal:
        return refusal
    return None


def _missing_areas(partner: Partner) -> dict[Area, AreaStatus]:
    """Return the areas that are not accepted, with how they stand, in their own order."""
    written = dict(ComplianceArea.objects.filter(partner=partner).values_list("area", "status"))
    found = {area: AreaStatus(written.get(area.value, AreaStatus.MISSING)) for area in Area}
    return {area: status for area, status in found.items() if status is not AreaStatus.ACCEPTED}
