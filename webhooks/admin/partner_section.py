"""The partner's page, Integration: its webhook endpoints and how each is doing."""

from uuid import UUID

from core.admin.cells import Panel, link, moment, row_link, status_label
from partners.models import Tenant
from webhooks.admin.endpoint_panels import deliveries_url, health_label
from webhooks.models import Endpoint
from webhooks.queries import COUNT_MAX, Queue, count_queues


def endpoints_panel(tenants: list[Tenant]) -> Panel:
    """Return the endpoints of a partner's tenants that were not removed."""
    by_id = {tenant.pk: tenant for tenant in tenants}
    found = Endpoint.objects.filter(tenant__in=by_id, removed_at=None).order_by("tenant", "-pk")
    endpoints = list(found)
    queues = count_queues(endpoints) if endpoints else {}
    return Panel(
        "Webhook endpoints",
        ("Endpoint", "Tenant", "Status", "Health", "Waiting", "Dead", "Last delivered", "Open"),
        [_row(one, by_id, queues[one.pk]) for one in endpoints],
        empty="The partner has added no endpoint yet: it does so by POST /webhook-endpoints.",
        numeric=frozenset({"Waiting", "Dead"}),
    )


def _row(one: Endpoint, tenants: dict[UUID, Tenant], queue: Queue) -> tuple[object, ...]:
    return (
        row_link(Endpoint, one.pk, one.url if len(one.url) <= 50 else f"{one.url[:49]}…"),
        status_label(tenants[one.tenant_id], "kind"),
        status_label(one, "status"),
        health_label(one),
        _counted(queue.waiting),
        _counted(queue.dead),
        moment(one.last_delivered_at) if one.last_delivered_at else "never",
        link(deliveries_url(one), "Deliveries"),
    )


def _counted(count: int) -> str:
    return f"{COUNT_MAX:,}+" if count >= COUNT_MAX else f"{count:,}"
