"""Deliveries by hand: a test, a replay of a part of the sequence, and another try of what failed.

What is put into the queue here keeps its event's id: a receiver that has seen it knows it again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from core.audit import record
from core.event_types import check_types
from core.events import publish
from core.relay import ring_bell
from core.tenancy import tenant
from webhooks.events import WebhookTested
from webhooks.models import Delivery, DeliveryState, Endpoint, EndpointStatus
from webhooks.queries import get_endpoint, lock_delivery
from webhooks.rules import (
    QUEUE_MAX,
    RETRY_MAX,
    DeliveryUnderWay,
    EndpointDisabled,
    QueueFull,
    check_replay,
)

# Each is due a microsecond after the one before it, so that they are sent in the order of the sequence.
_REPLAY: Final = """
INSERT INTO webhooks_delivery (id, tenant_id, endpoint_id, event_id, sequence, type, kind, subject, state,
                               attempts, attempts_before, next_at, created_at)
SELECT core_uuid7(), tenant_id, %(endpoint)s, event_id, sequence, type, 'replay', '', 'pending', 0, 0,
       %(at)s + (sequence - %(first)s) * interval '1 microsecond', %(at)s
FROM core_event e
WHERE tenant_id = %(tenant)s AND sequence BETWEEN %(first)s AND %(last)s AND type <> 'webhook.test'
  AND NOT EXISTS (SELECT FROM webhooks_delivery d
                  WHERE d.endpoint_id = %(endpoint)s AND d.sequence = e.sequence AND d.state = 'pending')
  AND (cardinality(%(types)s::text[]) = 0 OR type = ANY (%(types)s::text[]))
ORDER BY sequence
"""
_RETRY: Final = """
WITH chosen AS (
    SELECT id, row_number() OVER (ORDER BY sequence, id) AS place FROM (
        SELECT id, sequence FROM webhooks_delivery
        WHERE tenant_id = %(tenant)s AND endpoint_id = %(endpoint)s AND state = %(state)s
          AND (%(state)s <> 'pending' OR next_at > %(at)s)
          AND (%(from)s::timestamptz IS NULL OR created_at >= %(from)s)
          AND (%(to)s::timestamptz IS NULL OR created_at < %(to)s)
        ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED) AS found
)
UPDATE webhooks_delivery d
SET state = 'pending', attempts_before = attempts, finished_at = NULL, expires_at = NULL,
    next_at = %(at)s + chosen.place * interval '1 microsecond'
FROM chosen WHERE d.id = chosen.id
"""
_WAITING: Final = """
SELECT count(*)
FROM (SELECT FROM webhooks_delivery WHERE endpoint_id = %s AND state = 'pending' LIMIT %s) AS waiting
"""


def send_test(*, tenant_id: UUID, endpoint_id: UUID, asked_at: datetime) -> UUID:
    """Announce a `webhook.test`, which is sent to this endpoint alone; return the event's id.

    Raises NotFound and EndpointDisabled.
    """
    with tenant(tenant_id):
        endpoint = _get_open(tenant_id, endpoint_id)
        event_ids = publish(WebhookTested(tenant_id=tenant_id, occurred_at=asked_at, endpoint_id=endpoint.pk))
    ring_bell()
    return event_ids[0]


def replay_events(
    *,
    tenant_id: UUID,
    endpoint_id: UUID,
    from_sequence: int,
    to_sequence: int,
    types: Sequence[str] | None,
    asked_at: datetime,
) -> int:
    """Send the events of a part of the sequence once more, both ends included; return how many are queued.

    Not those that wait for this endpoint already. Of all types that the endpoint wants, unless `types` are
    given. Raises NotFound, EndpointDisabled, QueueFull, ReplayOutOfRange and UnknownEventType.
    """
    check_replay(from_sequence=from_sequence, to_sequence=to_sequence)
    chosen = None if types is None else check_types(types)
    with tenant(tenant_id):
        endpoint = _get_open(tenant_id, endpoint_id)
        _check_queue(endpoint)
        wanted = endpoint.types if chosen is None else chosen
        queued = _execute(
            _REPLAY,
            {
                "tenant": tenant_id,
                "endpoint": endpoint.pk,
                "first": from_sequence,
                "last": to_sequence,
                "types": list(wanted),
                "at": asked_at,
            },
        )
        record(
            action="replay events",
            subject=endpoint,
            recorded_at=asked_at,
            after={"from": from_sequence, "to": to_sequence, "types": list(wanted), "queued": queued},
        )
    return queued


def retry_delivery(*, tenant_id: UUID, delivery_id: UUID, asked_at: datetime) -> Delivery:
    """Send a delivery now, whatever became of it before; its schedule of retries begins anew.

    Raises NotFound, EndpointDisabled and DeliveryUnderWay.
    """
    with tenant(tenant_id):
        delivery = lock_delivery(tenant_id=tenant_id, delivery_id=delivery_id)
        if delivery.endpoint.status == EndpointStatus.DISABLED:
            raise EndpointDisabled
        if delivery.state == DeliveryState.LEASED:
            raise DeliveryUnderWay
        before = delivery.state
        delivery.state, delivery.attempts_before = DeliveryState.PENDING, delivery.attempts
        delivery.next_at, delivery.finished_at, delivery.expires_at = asked_at, None, None
        delivery.save(update_fields=["state", "attempts_before", "next_at", "finished_at", "expires_at"])
        record(
            action="retry delivery",
            subject=delivery,
            recorded_at=asked_at,
            before={"state": before},
            after={"state": delivery.state},
        )
    return delivery


def retry_deliveries(
    *,
    tenant_id: UUID,
    endpoint_id: UUID,
    state: str,
    asked_at: datetime,
    created_from: datetime | None = None,
    created_before: datetime | None = None,
) -> int:
    """Send all deliveries of a state once more, the oldest 10,000; return how many are queued.

    Of the pending ones those that wait for their next attempt, which is now.

    Raises NotFound, EndpointDisabled and QueueFull.
    """
    with tenant(tenant_id):
        endpoint = _get_open(tenant_id, endpoint_id)
        _check_queue(endpoint)
        queued = _execute(
            _RETRY,
            {
                "tenant": tenant_id,
                "endpoint": endpoint.pk,
                "state": state,
                "from": created_from,
                "to": created_before,
                "most": RETRY_MAX,
                "at": asked_at,
            },
        )
        record(
            action="retry deliveries",
            subject=endpoint,
            recorded_at=asked_at,
            after={"state": state, "queued": queued},
        )
    return queued


def _get_open(tenant_id: UUID, endpoint_id: UUID) -> Endpoint:
    endpoint = get_endpoint(tenant_id=tenant_id, endpoint_id=endpoint_id)
    if endpoint.status == EndpointStatus.DISABLED:
        raise EndpointDisabled
    return endpoint


def _check_queue(endpoint: Endpoint) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [endpoint.pk, QUEUE_MAX])
        if cursor.fetchone()[0] >= QUEUE_MAX:
            raise QueueFull


def _execute(statement: str, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
