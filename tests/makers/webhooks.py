"""Makers of webhook endpoints and of events to send to them; committed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from core.clock import now
from core.events import publish
from core.ids import typeid, uuid7
from core.tenancy import tenant
from partners.models import Tenant
from tests.makers.roles import acting_as
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.services import NewEndpoint, create_endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """An event of any type, for tests."""

    type: ClassVar[str] = ""
    tenant_id: UUID
    occurred_at: datetime
    content: dict[str, Any]

    def data(self) -> dict[str, Any]:
        return self.content


def make_endpoint(
    tenant: Tenant,
    *,
    url: str = "https://hooks.example.com/events",
    types: Iterable[str] = (),
    **kw: Any,
) -> Endpoint:
    """Return an endpoint of a tenant; more as in `NewEndpoint`."""
    return make_secret_endpoint(tenant, url=url, types=types, **kw)[0]


def make_secret_endpoint(
    tenant: Tenant,
    *,
    url: str = "https://hooks.example.com/events",
    types: Iterable[str] = (),
    **kw: Any,
) -> tuple[Endpoint, str]:
    """Return an endpoint and its secret (`whsec_...`)."""
    with acting_as("b2b_api"):
        made = create_endpoint(
            tenant_id=tenant.pk, asked=NewEndpoint(url=url, types=list(types), **kw), created_at=now()
        )
    return made.endpoint, made.secret


def announce(tenant_id: UUID, *types: str, **content: Any) -> list[UUID]:
    """Announce an event of each type, all with this content; return their ids."""
    with acting_as("b2b_api"), tenant(tenant_id):
        return announced(tenant_id, *types, **content)


def announced(tenant_id: UUID, *types: str, **content: Any) -> list[UUID]:
    """Announce inside the running transaction of the tenant."""
    return publish(*(_event(tenant_id, type_, content) for type_ in types))


def announce_odds(tenant_id: UUID, outcome_id: UUID) -> UUID:
    """Announce new odds of an outcome; return the event's id."""
    return announce(tenant_id, "odds.changed", outcomeId=typeid("out", outcome_id))[0]


def make_delivery(endpoint: Endpoint, *, state: str = "pending", **kw: Any) -> Delivery:
    """Return a delivery to an endpoint, of an event that nobody announced; more as in the model."""
    made_at = now()
    finished = state not in ("pending", "leased")
    with acting_as("b2b_jobs"):
        return Delivery.objects.create(
            **{
                "tenant_id": endpoint.tenant_id,
                "endpoint": endpoint,
                "event_id": uuid7(),
                "sequence": 1,
                "type": "bet.placed",
                "state": state,
                "next_at": made_at,
                "created_at": made_at,
                "finished_at": made_at if finished else None,
                **kw,
            }
        )


def make_attempt(delivery: Delivery, **kw: Any) -> None:
    """Add an attempt to a delivery, which was answered by a 500 unless said otherwise."""
    with acting_as("b2b_jobs"):
        Attempt.objects.create(
            **{
                "tenant_id": delivery.tenant_id,
                "endpoint_id": delivery.endpoint_id,
                "delivery": delivery,
                "number": 1,
                "started_at": now(),
                "duration_ms": 12,
                "status": 500,
                "request_headers": {"webhook-id": typeid("evt", delivery.event_id)},
                "response_headers": {"server": "test"},
                "response_body": "oh no",
                **kw,
            }
        )


def deliveries_of(endpoint: Endpoint) -> list[Delivery]:
    """Return what is on its way to an endpoint or was, in the order of the sequence."""
    with acting_as("b2b_jobs"):
        return list(Delivery.objects.filter(endpoint=endpoint).order_by("sequence", "pk"))


def _event(tenant_id: UUID, type_: str, content: dict[str, Any]) -> Announced:
    kind = type("AnnouncedOne", (Announced,), {"type": type_, "__slots__": ()})
    event: Announced = kind(tenant_id=tenant_id, occurred_at=now(), content=content)
    return event
