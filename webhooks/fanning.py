"""Fanning out: each numbered event becomes a delivery for every endpoint that wants it.

The relay calls this in the transaction that numbers the events: of an event there are its number and all its
deliveries, or nothing. A tenant without endpoints costs its share of one look-up a batch.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import orjson
import psycopg
from django.conf import settings

from core.arrays import columns_of
from core.clock import now
from core.ids import NotAnId, parse_typeid, uuid7
from core.numbering import NumberedEvent
from webhooks.events import WebhookTested
from webhooks.models import SUBJECT_LENGTH_MAX, DeliveryKind, DeliveryState

ODDS: Final = "odds.changed"

_ENDPOINTS: Final = """
SELECT tenant_id, id, types FROM webhooks_endpoint WHERE tenant_id = ANY (%s) AND status <> 'disabled'
"""
_WRITE: Final = """
INSERT INTO webhooks_delivery (id, tenant_id, endpoint_id, event_id, sequence, type, kind, subject, state,
                               attempts, attempts_before, next_at, expires_at, created_at, finished_at)
SELECT id, tenant_id, endpoint_id, event_id, sequence, type, kind, subject, state,
       0, 0, made_at, expires_at, made_at, CASE state WHEN 'superseded' THEN made_at END
FROM unnest(%s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::text[], %s::text[],
            %s::text[], %s::timestamptz[], %s::timestamptz[])
     AS made (id, tenant_id, endpoint_id, event_id, sequence, type, kind, subject, state, made_at, expires_at)
"""
# What the pump is taking at this moment is left to it: nobody waits for anybody here.
_SUPERSEDE: Final = """
WITH newer AS (
    SELECT endpoint_id, subject, sequence FROM unnest(%s::uuid[], %s::text[], %s::bigint[])
        AS n (endpoint_id, subject, sequence)
), older AS (
    SELECT d.id FROM webhooks_delivery d JOIN newer USING (endpoint_id, subject)
    WHERE d.state = 'pending' AND d.subject <> '' AND d.sequence < newer.sequence
    FOR UPDATE OF d SKIP LOCKED
)
UPDATE webhooks_delivery d SET state = 'superseded', finished_at = %s FROM older WHERE d.id = older.id
"""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """An event that an endpoint wants; `subject` is the outcome whose odds it tells, else nothing."""

    endpoint_id: UUID
    event: NumberedEvent
    kind: str
    subject: str


def write_deliveries(connection: psycopg.Connection[Any], events: Sequence[NumberedEvent]) -> None:
    """Write the deliveries of freshly numbered events; a sink of the relay (`settings.EVENT_SINKS`).

    Odds have a short life and supersede older odds of the same outcome that still wait.
    """
    tenants = list({event.tenant_id for event in events})
    endpoints = connection.execute(_ENDPOINTS, [tenants], prepare=True).fetchall()
    if not endpoints:
        return
    by_tenant = defaultdict(list)
    for tenant_id, endpoint_id, types in endpoints:
        by_tenant[tenant_id].append((endpoint_id, frozenset(types)))
    ordered = sorted(events, key=lambda event: event.sequence)
    wanted = [each for event in ordered for each in _wanted(event, by_tenant.get(event.tenant_id, ()))]
    if wanted:
        _write(connection, wanted)


def _wanted(event: NumberedEvent, endpoints: Sequence[tuple[UUID, frozenset[str]]]) -> Iterator[_Wanted]:
    if not endpoints:
        return
    if event.type == WebhookTested.type:
        tested = _id_in(event, "endpointId")
        if any(typed == tested for typed, _ in endpoints):
            assert isinstance(tested, UUID)
            yield _Wanted(tested, event, DeliveryKind.TEST.value, "")
        return
    wanting = [endpoint_id for endpoint_id, types in endpoints if not types or event.type in types]
    subject = _text_in(event, "outcomeId") if wanting and event.type == ODDS else ""
    for endpoint_id in wanting:
        yield _Wanted(endpoint_id, event, DeliveryKind.EVENT.value, subject)


def _id_in(event: NumberedEvent, name: str) -> UUID | None:
    try:
        return parse_typeid("whe", _text_in(event, name))
    except NotAnId:
        return None


def _text_in(event: NumberedEvent, name: str) -> str:
    """Return a text of the event's data, never longer than an id: no event may hold up those after it."""
    return str(orjson.loads(event.data).get(name, ""))[:SUBJECT_LENGTH_MAX]


def _write(connection: psycopg.Connection[Any], wanted: Sequence[_Wanted]) -> None:
    made_at = now()
    expires_at = made_at + timedelta(seconds=settings.WEBHOOK_ODDS_LIFE_SECONDS)
    newest = {(each.endpoint_id, each.subject): each.event.sequence for each in wanted if each.subject}
    rows = [
        (
            uuid7(),
            each.event.tenant_id,
            each.endpoint_id,
            each.event.event_id,
            each.event.sequence,
            each.event.type,
            each.kind,
            each.subject,
            _state(each, newest),
            made_at + place * timedelta(microseconds=1),
            expires_at if each.subject else None,
        )
        for place, each in enumerate(wanted)
    ]
    if newest:
        superseding = [(*key, sequence) for key, sequence in newest.items()]
        connection.execute(_SUPERSEDE, [*columns_of(superseding, 3), made_at], prepare=True)
    connection.execute(_WRITE, columns_of(rows, 11), prepare=True)


def _state(wanted: _Wanted, newest: dict[tuple[UUID, str], int]) -> str:
    """Return the state a delivery begins in: odds that a later event of the batch changes are never sent."""
    last = newest.get((wanted.endpoint_id, wanted.subject))
    overtaken = last is not None and wanted.event.sequence < last
    return (DeliveryState.SUPERSEDED if overtaken else DeliveryState.PENDING).value
