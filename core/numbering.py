"""Numbering: moves what was announced out of the outboxes into the sequences, and tells the sinks.

Taking and numbering are one statement, and what a sink writes (`settings.EVENT_SINKS`) belongs to the same
transaction: of a batch there is everything or nothing. Those who are only woken (`settings.EVENT_BELLS`) hear
of it after the commit, or never: they look again by themselves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

import psycopg
import structlog
from django.conf import settings
from django.utils.module_loading import import_string
from psycopg.rows import args_row

logger = structlog.get_logger(__name__)

BATCH_SIZE: Final = 500

_NUMBER_EVENTS: Final = """
WITH taken AS (
    DELETE FROM core_outbox
    WHERE id <= (SELECT max(id) FROM (SELECT id FROM core_outbox ORDER BY id LIMIT %s) AS oldest)
    RETURNING *
), last AS (
    SELECT t.tenant_id, coalesce((SELECT sequence FROM core_event e WHERE e.tenant_id = t.tenant_id
                                  ORDER BY sequence DESC LIMIT 1), 0) AS sequence
    FROM (SELECT DISTINCT tenant_id FROM taken) AS t
)
INSERT INTO core_event (tenant_id, sequence, event_id, type, occurred_at, data)
SELECT tenant_id, last.sequence + row_number() OVER (PARTITION BY tenant_id ORDER BY id),
       event_id, type, occurred_at, data
FROM taken JOIN last USING (tenant_id)
RETURNING tenant_id, sequence, event_id, type, occurred_at, data::text
"""
_NUMBER_FACTS: Final = """
WITH taken AS (
    DELETE FROM core_factoutbox
    WHERE id <= (SELECT max(id) FROM (SELECT id FROM core_factoutbox ORDER BY id LIMIT %s) AS oldest)
    RETURNING *
)
INSERT INTO core_fact (sequence, tenant_id, type, occurred_at, data)
SELECT coalesce((SELECT max(sequence) FROM core_fact), 0) + row_number() OVER (ORDER BY id),
       tenant_id, type, occurred_at, data
FROM taken
RETURNING tenant_id, sequence, type, occurred_at, data::text
"""


@dataclass(frozen=True, slots=True)
class NumberedEvent:
    """An event with its place in its tenant's sequence; `data` is JSON as text."""

    tenant_id: UUID
    sequence: int
    event_id: UUID
    type: str
    occurred_at: datetime
    data: str


@dataclass(frozen=True, slots=True)
class NumberedFact:
    """A fact with its place in the platform's sequence; `data` is JSON as text, `tenant_id` a sandbox's."""

    tenant_id: UUID | None
    sequence: int
    type: str
    occurred_at: datetime
    data: str


Sink = Callable[[psycopg.Connection[Any], Sequence[NumberedEvent]], None]
Bell = Callable[[Sequence[NumberedEvent], Sequence[NumberedFact]], None]


def number_batch(connection: psycopg.Connection[Any]) -> int:
    """Number up to 500 events and 500 facts, in the order of their causes; return how many there were.

    `connection` commits each statement by itself; here one transaction is opened around them.
    """
    with connection.transaction(), connection.cursor(row_factory=args_row(NumberedEvent)) as cursor:
        events = cursor.execute(_NUMBER_EVENTS, [BATCH_SIZE], prepare=True).fetchall()
        for sink in _named(tuple(settings.EVENT_SINKS)) if events else ():
            sink(connection, events)
    with connection.cursor(row_factory=args_row(NumberedFact)) as cursor:
        facts = cursor.execute(_NUMBER_FACTS, [BATCH_SIZE], prepare=True).fetchall()
    if events or facts:
        _ring(events, facts)
    return max(len(events), len(facts))


def _ring(events: Sequence[NumberedEvent], facts: Sequence[NumberedFact]) -> None:
    for bell in _named(tuple(settings.EVENT_BELLS)):
        try:
            bell(events, facts)
        except Exception:
            logger.exception("bell_failed", bell=f"{bell.__module__}.{bell.__qualname__}")


@cache
def _named(paths: tuple[str, ...]) -> tuple[Callable[..., None], ...]:
    return tuple(import_string(path) for path in paths)
