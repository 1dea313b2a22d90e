"""Letters about endpoints that the platform disabled: written down first, then sent, and sent again when that
failed.

They go to the partner's technical contacts, else to its primary one, and to the account manager.
"""

from datetime import datetime
from functools import partial
from typing import Final

from core.ids import typeid
from core.letters import Mail, in_a_line, record_sending, send_each
from partners.models import Partner
from partners.onboarding.models import Contact
from partners.onboarding.stages import ContactRole
from webhooks.models import DisabledReason, Endpoint, Notice

_OURS: Final = (DisabledReason.GONE, DisabledReason.FAILING)
_WHY: Final = {
    DisabledReason.GONE: "it answered 410 Gone",
    DisabledReason.FAILING: "it has failed for five days",
}


def enter_notices(*, at: datetime) -> int:
    """Write down a notice for each endpoint that the platform disabled and nobody was told of; return how
    many.
    """
    disabled = Endpoint.objects.filter(disabled_reason__in=_OURS, removed_at=None)
    told = set(Notice.objects.filter(endpoint__in=disabled).values_list("endpoint_id", "disabled_at"))
    notices = [
        Notice(
            tenant_id=endpoint.tenant_id,
            endpoint=endpoint,
            disabled_at=endpoint.disabled_at,
            entered_at=at,
        )
        for endpoint in disabled
        if endpoint.disabled_at is not None and (endpoint.pk, endpoint.disabled_at) not in told
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    return len(notices)


def send_notices(*, at: datetime) -> int:
    """Send what is written down and not sent yet, what failed before included; return how many were sent."""
    letters = Notice.objects.select_related("endpoint__tenant__partner__account_manager").order_by(
        "entered_at", "pk"
    )
    return send_each(letters, _mail, at=at, note=partial(_note, at))


def list_recipients(partner: Partner) -> list[str]:
    """Return whom to write to about a partner's endpoints: its technical people, and who looks after it."""
    active = Contact.objects.filter(partner=partner, is_active=True)
    technical = active.filter(role=ContactRole.TECHNICAL).order_by("pk").values_list("email", flat=True)
    theirs = list(technical) or list(active.filter(is_primary=True).values_list("email", flat=True))
    manager = partner.account_manager
    ours = [manager.email] if manager is not None and manager.is_active and manager.email else []
    return list(dict.fromkeys([*theirs, *ours]))


def _mail(notice: Notice) -> Mail:
    endpoint = notice.endpoint
    endpoint_id = typeid("whe", endpoint.pk)
    why = _WHY.get(DisabledReason(endpoint.disabled_reason), "it failed") if endpoint.disabled_reason else ""
    again = "" if why else "It is active again since.\n\n"
    return Mail(
        subject=f"Webhook endpoint disabled: {endpoint.url[:120]}",
        body=(
            f"To {in_a_line(endpoint.tenant.partner)}\n\n"
            f"On {notice.disabled_at:%Y-%m-%d %H:%M} UTC the webhook endpoint {endpoint_id} of your "
            f"{endpoint.tenant.kind} tenant was disabled{f', because {why}' if why else ''}:\n\n"
            f"    {in_a_line(endpoint.url)}\n\n{again}"
            "Nothing is lost: every event is in the feed (GET /events). When your system is back, set the "
            f"endpoint's status to active (PATCH /webhook-endpoints/{endpoint_id}) and let it catch up by "
            f"POST /webhook-endpoints/{endpoint_id}/replays and /retries.\n"
        ),
        to=list_recipients(endpoint.tenant.partner),
        nobody="The partner has no contact to write to, and no account manager.",
    )


def _note(at: datetime, notice: Notice) -> None:
    record_sending(
        notice, what="notice", subject=notice.endpoint, at=at, after={"recipients": notice.recipients}
    )
