"""Who or what has stopped a tenant and what keeps it so, in words; and what the buttons that stop check."""

from django.http import HttpRequest

from core.clock import now
from partners.compliance.models import ComplianceSuspension
from partners.models import Partner, Status, Tenant, TenantKind
from partners.onboarding.stages import ENDED
from partners.services.holds import PLATFORM, holds_of, in_words
from partners.services.stops import PartnerEnded, PartnerStopped, find_obstacle
from partners.services.suspending import check_resume, check_suspend


def stopped_in_words(tenant: Tenant) -> str:
    """Return who has suspended a tenant, why the platform has, and what production waits for; nothing while
    it is active.
    """
    if tenant.status == Status.ACTIVE:
        return ""
    holds = holds_of(tenant)
    said = [in_words((hold for hold in holds if hold != PLATFORM), what="tenant")]
    if tenant.partner.stage in ENDED:
        said.append(PartnerEnded.message)
    elif tenant.kind == TenantKind.PRODUCTION:
        said += _about_production(tenant.partner, is_shut=PLATFORM in holds)
    elif PLATFORM in holds:
        said.append(PLATFORM.sentence("tenant"))
    return " ".join(filter(None, said))


def _about_production(partner: Partner, *, is_shut: bool) -> list[str]:
    """Return why the platform has shut production, and what keeps it stopped whoever else resumes it."""
    stopped = ComplianceSuspension.objects.filter(partner=partner, lifted_at=None).first()
    obstacle = find_obstacle(partner, at=now())
    said = []
    if stopped is not None:
        said.append(
            f"Compliance has stopped production: “{stopped.reason}”. "
            "It goes on by itself once all that compliance asks for holds again."
        )
    elif is_shut:
        said.append(PLATFORM.sentence("tenant"))
    if obstacle is not None and (stopped is None or isinstance(obstacle, PartnerStopped)):
        said.append(obstacle.message)
    return said


def may_suspend(request: HttpRequest, row: Partner | Tenant) -> None:
    """Raise what keeps whoever asks from suspending a row, whatever they fill in."""
    check_suspend(row)


def may_resume(request: HttpRequest, row: Partner | Tenant) -> None:
    """Raise what keeps whoever asks from resuming a row, whatever they fill in."""
    check_resume(row, at=now())
