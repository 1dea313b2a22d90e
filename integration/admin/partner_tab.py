"""The partner's page, Integration: how its systems called in the last day, and what was refused.

`b2b` puts these sections and those of the webhooks together.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

from core.admin.cells import NBSP, Panel, label, link, links_in_line, list_url, moment, row_link, status_label
from core.clock import now
from core.ids import typeid
from integration import queries
from integration.models import ApiRequest
from partners.models import Tenant

HOURS: Final = 24
NEWEST: Final = 20
ENDPOINTS_MAX: Final = 30
ERRORS_SHARE_HIGH: Final = 0.02
"""From this share of errors on, traffic is marked."""
_FIGURES: Final = ("By rule (422)", "Refused (4xx)", "Failed (5xx)", "Errors", "95 % within")


def requests_panels(request: HttpRequest, tenants: list[Tenant]) -> list[Panel]:
    """Return the requests of a partner's systems: how many, how fast, and which failed where."""
    since = now() - timedelta(hours=HOURS)
    ids = [tenant.pk for tenant in tenants]
    return [
        _traffic(request, tenants, queries.list_traffic(tenant_ids=ids, since=since)),
        _errors(queries.list_failed_endpoints(tenant_ids=ids, since=since, count=ENDPOINTS_MAX)),
        _newest(tenants, queries.list_newest(tenant_ids=ids, since=since, count=NEWEST)),
    ]


def _traffic(request: HttpRequest, tenants: list[Tenant], traffic: dict[UUID, queries.Traffic]) -> Panel:
    may_see_events = request.user.has_perm("core.view_event")
    rows = []
    for tenant in tenants:
        found = traffic.get(tenant.pk, queries.Traffic())
        shown = [link(_requests_url(tenant), "Requests")]
        if may_see_events:
            shown.append(link(_events_url(tenant), "Events"))
        rows.append(
            (
                status_label(tenant, "kind"),
                f"{found.count:,}",
                f"{found.by_rule_count:,}",
                f"{found.refused_count:,}",
                f"{found.failed_count:,}",
                errors_share(found),
                f"{found.slow_ms:,.0f}{NBSP}ms" if found.count else "-",
                moment(found.last_at) if found.last_at else "none",
                links_in_line(shown),
            )
        )
    unrouted = sum(found.unrouted_count for found in traffic.values())
    return Panel(
        f"API requests, last {HOURS} hours",
        ("Tenant", "Requests", *_FIGURES, "Last", "Open"),
        rows,
        empty="The partner has no tenant yet.",
        note="What a rule refused (422) is no error."
        + (f" Of these, beyond the ramp: {unrouted:,}." if unrouted else ""),
        numeric=frozenset({"Requests", *_FIGURES}),
    )


def errors_share(traffic: queries.Traffic) -> str:
    """Return the share of requests that were refused, but for what a rule refused, or failed; marked where it
    is high.
    """
    if not traffic.count:
        return "-"
    share = (traffic.refused_count + traffic.failed_count) / traffic.count
    shown = f"{share:.1%}"
    return label("pending", shown) if share >= ERRORS_SHARE_HIGH else shown


def _errors(found: list[queries.FailedEndpoint]) -> Panel:
    return Panel(
        f"Refused and failed by endpoint, last {HOURS} hours",
        ("Endpoint", "Status", "Code", "Times", "Last request"),
        [
            (
                f"{one.method} {one.route or 'an address that does not exist'}",
                label("rejected" if one.status >= 500 else "pending", str(one.status)),
                one.code or "-",
                f"{one.count:,}",
                link(f"{list_url(ApiRequest)}?{urlencode({'q': one.last_request_id})}", one.last_request_id),
            )
            for one in found
        ],
        note=f"The {ENDPOINTS_MAX} most frequent.",
        empty="No request was refused, and none failed.",
        numeric=frozenset({"Times"}),
    )


def _newest(tenants: list[Tenant], found: list[ApiRequest]) -> Panel:
    kinds = {tenant.pk: tenant for tenant in tenants}
    return Panel(
        "Newest requests",
        ("At", "Tenant", "Request", "Status", "Code", "Took", "Request id"),
        [
            (
                row_link(ApiRequest, one.pk, moment(one.received_at)),
                status_label(kinds[one.tenant_id], "kind") if one.tenant_id in kinds else "-",
                f"{one.method} {one.path}",
                label(_kind(one.status), str(one.status)),
                one.code or "-",
                f"{one.microseconds / 1000:,.1f}{NBSP}ms",
                one.request_id,
            )
            for one in found
        ],
        note=f"The newest {NEWEST} of the last {HOURS} hours.",
        empty=f"No system of the partner has called in the last {HOURS} hours.",
        numeric=frozenset({"Took"}),
    )


def _kind(status: int) -> str:
    return "active" if status < 400 else "pending" if status < 500 else "rejected"


def _requests_url(tenant: Tenant) -> str:
    return f"{list_url(ApiRequest)}?{urlencode({'q': typeid('tnt', tenant.pk)})}"


def _events_url(tenant: Tenant) -> str:
    return f"{reverse('office-events')}?{urlencode({'tenant': typeid('tnt', tenant.pk)})}"
