"""The partner's page, Timeline: everything that happened to the partner, in one list."""

from django.http import HttpRequest

from partners.admin.page import Shown, tab, tab_url
from partners.models import Partner
from partners.timeline import partner_timeline


@tab("timeline")
def timeline(request: HttpRequest, partner: Partner) -> Shown:
    """Show what happened to a partner, newest first, as far as the reader may see it."""
    before = request.GET.get("before", "").replace("\x00", "") or None
    return Shown(
        template="office/partner/timeline.html",
        context={
            "timeline": partner_timeline(partner, user=request.user, before=before),
            "timeline_url": tab_url(partner.pk, "timeline"),
            "timeline_before": before,
        },
    )
