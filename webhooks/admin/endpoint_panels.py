"""How an endpoint is doing, in words, and the tables under it: its newest deliveries and its secrets."""

from typing import Final

from django.utils.http import urlencode

from core.admin.cells import Panel, label, list_url, moment, row_link, status_label
from core.ids import typeid
from webhooks.models import Delivery, Endpoint, EndpointStatus, Secret
from webhooks.queries import COUNT_MAX

NEWEST: Final = 20


def health_label(row: Endpoint) -> str:
    """Return how an endpoint is doing, in a word and a colour."""
    if row.consecutive_failures:
        count = row.consecutive_failures
        times = "1 failure" if count == 1 else f"{count:,} failures in a row"
        return label("rejected" if row.breaker_until else "pending", times)
    return label("active", "Healthy") if row.last_delivered_at else label("draft", "Nothing sent yet")


def deliveries_url(row: Endpoint, **query: str) -> str:
    """Return the address of the list of an endpoint's deliveries."""
    return f"{list_url(Delivery)}?{urlencode({'q': typeid('whe', row.pk), **query})}"


def next_attempt(row: Delivery, endpoint: Endpoint) -> str:
    """Return when a delivery is tried next: at no moment while its endpoint is paused or disabled."""
    if row.finished_at is not None:
        return "-"
    if endpoint.status != EndpointStatus.ACTIVE:
        return "when the endpoint is on again"
    return moment(row.next_at)


def count_text(count: int) -> str:
    """Return a count that was capped at COUNT_MAX: `12`, `1,000 or more`."""
    return f"{COUNT_MAX:,} or more" if count >= COUNT_MAX else f"{count:,}"


def deliveries_panel(row: Endpoint) -> Panel:
    """Return the newest deliveries of an endpoint that has its counts."""
    newest = Delivery.objects.filter(tenant_id=row.tenant_id, endpoint=row).order_by("-pk")[:NEWEST]
    return Panel(
        "Newest deliveries",
        ("Made", "Type", "Sequence", "State", "Attempts", "Next attempt"),
        [
            (
                row_link(Delivery, one.pk, moment(one.created_at)),
                one.type,
                one.sequence,
                status_label(one, "state"),
                one.attempts,
                next_attempt(one, row),
            )
            for one in newest
        ],
        note=f"Waiting: {count_text(row.waiting_count)}. Dead: {count_text(row.dead_count)}.",  # type: ignore[attr-defined]
        empty="No event has come since the endpoint was added: send a test.",
        numeric=frozenset({"Sequence", "Attempts"}),
        add_url=deliveries_url(row),
        add_text="All deliveries",
    )


def secrets_panel(row: Endpoint) -> Panel:
    """Return what is known of an endpoint's secrets, and until when each signs."""
    secrets = Secret.objects.defer("encrypted").filter(tenant_id=row.tenant_id, endpoint=row).order_by("-pk")
    return Panel(
        "Secrets",
        ("Last four", "Made", "Signs until"),
        [
            (one.hint, moment(one.created_at), moment(one.expires_at) if one.expires_at else "it is rotated")
            for one in secrets
        ],
        empty="The endpoint was removed, and its secrets with it.",
    )
