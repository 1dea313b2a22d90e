"""Reads of endpoints, their deliveries and attempts; a partner never sees an endpoint that it removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Model, QuerySet

from core.errors import NotFound
from core.ids import typeid
from webhooks.bodies import make_body
from webhooks.models import Attempt, Delivery, Endpoint, Secret

Row = TypeVar("Row", bound=Model)

COUNT_MAX: Final = 1000
"""Counts go no further: a long queue must not make its own list slow."""

_COUNTS: Final = """
SELECT e.id,
       (SELECT count(*) FROM (SELECT FROM webhooks_delivery d
                              WHERE d.endpoint_id = e.id AND d.state = 'pending' LIMIT %(most)s) AS waiting),
       (SELECT count(*) FROM (SELECT FROM webhooks_delivery d
                              WHERE d.endpoint_id = e.id AND d.state = 'dead' LIMIT %(most)s) AS dead)
FROM unnest(%(ids)s::uuid[]) AS e (id)
"""

_EVENT: Final = """
SELECT e.occurred_at, e.data::text, t.partner_id
FROM core_event e JOIN partners_tenant t ON t.id = e.tenant_id WHERE e.tenant_id = %s AND e.sequence = %s
"""


@dataclass(frozen=True, slots=True)
class Queue:
    """How many deliveries of an endpoint wait, and how many are dead; each at most 1,000."""

    waiting: int = 0
    dead: int = 0


def get_endpoint(*, tenant_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Return an endpoint that was not removed. Raises NotFound."""
    return _one(Endpoint.objects.filter(tenant_id=tenant_id, pk=endpoint_id, removed_at=None))


def lock_endpoint(*, tenant_id: UUID, endpoint_id: UUID) -> Endpoint:
    """Return an endpoint that was not removed, which nobody else changes in this transaction. Raises
    NotFound.
    """
    found = Endpoint.objects.filter(tenant_id=tenant_id, pk=endpoint_id, removed_at=None)
    return _one(found.select_for_update())


def list_endpoints(*, tenant_id: UUID, after: UUID | None, count: int) -> list[Endpoint]:
    """Return endpoints that were not removed, the newest first."""
    found = Endpoint.objects.filter(tenant_id=tenant_id, removed_at=None)
    if after is not None:
        found = found.filter(pk__lt=after)
    return list(found.order_by("-pk")[:count])


def find_secrets(endpoints: Sequence[Endpoint]) -> dict[UUID, list[Secret]]:
    """Return what is told of the secrets of endpoints, the newest first: never a secret itself."""
    found: dict[UUID, list[Secret]] = {endpoint.pk: [] for endpoint in endpoints}
    for secret in Secret.objects.defer("encrypted").filter(endpoint__in=found).order_by("-pk"):
        found[secret.endpoint_id].append(secret)
    return found


def count_queues(endpoints: Sequence[Endpoint]) -> dict[UUID, Queue]:
    """Return how much waits for each endpoint and how much is dead."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"ids": [endpoint.pk for endpoint in endpoints], "most": COUNT_MAX})
        return {endpoint_id: Queue(waiting, dead) for endpoint_id, waiting, dead in cursor.fetchall()}


def list_deliveries(
    *,
    tenant_id: UUID,
    endpoint_id: UUID,
    state: str | None = None,
    type: str | None = None,
    sequence: int | None = None,
    after: UUID | None,
    count: int,
) -> list[Delivery]:
    """Return deliveries of an endpoint, the newest first."""
    found = Delivery.objects.filter(tenant_id=tenant_id, endpoint_id=endpoint_id)
    if state is not None:
        found = found.filter(state=state)
    if type is not None:
        found = found.filter(type=type)
    if sequence is not None:
        found = found.filter(sequence=sequence)
    if after is not None:
        found = found.filter(pk__lt=after)
    return list(found.order_by("-pk")[:count])


def get_delivery(*, tenant_id: UUID, delivery_id: UUID) -> Delivery:
    """Return a delivery, with its endpoint, which was not removed. Raises NotFound."""
    return _one(_deliveries(tenant_id, delivery_id))


def lock_delivery(*, tenant_id: UUID, delivery_id: UUID) -> Delivery:
    """Return a delivery as `get_delivery`, which nobody else changes in this transaction."""
    return _one(_deliveries(tenant_id, delivery_id).select_for_update(of=("self",)))


def list_attempts(delivery: Delivery) -> list[Attempt]:
    """Return the attempts of a delivery, the first one first."""
    return list(Attempt.objects.filter(tenant_id=delivery.tenant_id, delivery=delivery).order_by("number"))


def find_body(delivery: Delivery) -> str | None:
    """Return the body that is sent, to the byte what signatures cover; None once its event is forgotten."""
    with connection.cursor() as cursor:
        cursor.execute(_EVENT, [delivery.tenant_id, delivery.sequence])
        found = cursor.fetchone()
    if found is None:
        return None
    occurred_at, data, partner_id = found
    return make_body(
        type=delivery.type,
        occurred_at=occurred_at,
        sequence=delivery.sequence,
        partner=typeid("ptr", partner_id),
        data=data,
    ).decode()


def _deliveries(tenant_id: UUID, delivery_id: UUID) -> QuerySet[Delivery]:
    found = Delivery.objects.filter(tenant_id=tenant_id, pk=delivery_id, endpoint__removed_at=None)
    return found.select_related("endpoint")


def _one(rows: QuerySet[Row]) -> Row:
    found = rows.first()
    if found is None:
        raise NotFound
    return found
