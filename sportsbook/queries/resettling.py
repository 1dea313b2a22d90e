"""What another result of a settled fixture would move: bets, and money by world and currency.

The figures are of the bets as they stand when they are asked for. They are summed by one statement, with the
arithmetic of `sportsbook.rules.settling`: a leg's factor is v + (1 - v) * r * o * d, and a multiple's payout
the exact product, rounded once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

SUMMED_MAX: Final = 25_000
"""Of more bets than these nothing is summed while somebody waits for a page: a second for 100,000."""
COUNTED_MAX: Final = 100_000
"""More bets than these are "over" so many."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What would move in one world (`kind`: test or production) and currency.

    `bet_count` bets have a leg that becomes something else; `moved_count` of them are paid otherwise. Amounts
    are in the currency: the payouts so far, what would be paid out more, and what would be taken back.
    """

    kind: str
    currency: str
    bet_count: int
    moved_count: int
    payouts: Decimal
    paid_more: Decimal
    taken_back: Decimal


_CHANGED: Final = """
    SELECT l.tenant_id, l.bet_id, l.position, l.odds, l.dead_heat, wanted.status
    FROM sportsbook_leg l
    JOIN unnest(%(outcomes)s::uuid[], %(statuses)s::text[]) AS wanted(outcome_id, status) USING (outcome_id)
    WHERE l.fixture_id = %(fixture)s AND l.status <> wanted.status
"""
_COUNT: Final = f"SELECT count(*) FROM ({_CHANGED} LIMIT %(most)s + 1) AS changed"  # noqa: S608
_MOVED: Final = f"""
WITH factor(status, result, void) AS (
    VALUES ('won', 1, 0), ('lost', 0, 0), ('void', 0, 1), ('half_won', 1, 0.5), ('half_lost', 0, 0.5)
), changed AS ({_CHANGED}), becoming AS (
    SELECT b.tenant_id, b.currency, coalesce(b.payout, 0) AS was,
        CASE WHEN c.status = 'lost' OR others.is_lost THEN 0
             WHEN c.status = 'open' OR others.is_open THEN 0
             ELSE round(b.stake * (f.void + (1 - f.void) * f.result * c.odds * c.dead_heat)
                        * others.product, y.scale)
        END AS becomes
    FROM changed c
    JOIN sportsbook_bet b ON b.tenant_id = c.tenant_id AND b.id = c.bet_id AND b.status <> 'cancelled'
    JOIN core_currency y ON y.code = b.currency
    LEFT JOIN factor f ON f.status = c.status
    LEFT JOIN LATERAL (
        SELECT bool_or(o.status = 'lost') AS is_lost, bool_or(o.status = 'open') AS is_open,
            sportsbook_product(array_agg(g.void + (1 - g.void) * g.result * o.odds * o.dead_heat)) AS product
        FROM sportsbook_leg o LEFT JOIN factor g ON g.status = o.status
        WHERE b.type = 'multiple' AND o.tenant_id = b.tenant_id AND o.bet_id = b.id
            AND o.position <> c.position
    ) AS others ON true
)
SELECT t.kind, m.currency, count(*), count(*) FILTER (WHERE m.becomes <> m.was), sum(m.was),
    coalesce(sum(m.becomes - m.was) FILTER (WHERE m.becomes > m.was), 0),
    coalesce(sum(m.was - m.becomes) FILTER (WHERE m.becomes < m.was), 0)
FROM becoming m JOIN partners_tenant t ON t.id = m.tenant_id
GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608


def count_changed(fixture_id: UUID, statuses: Mapping[UUID, str]) -> int:
    """Return how many bets have a leg that is not what `statuses` makes of the fixture's outcomes ('open':
    the result is taken back), counted to one more than COUNTED_MAX. Over all tenants.
    """
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {**_asked(fixture_id, statuses), "most": COUNTED_MAX})
        (count,) = cursor.fetchone()
    return int(count)


def list_moved(fixture_id: UUID, statuses: Mapping[UUID, str]) -> list[Moved]:
    """Return what would move if the outcomes of a fixture became `statuses`, production first. Over all
    tenants, for a process that sees them; for up to SUMMED_MAX bets.
    """
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, _asked(fixture_id, statuses))
        return [Moved(*row) for row in cursor.fetchall()]


def _asked(fixture_id: UUID, statuses: Mapping[UUID, str]) -> dict[str, Any]:
    return {"outcomes": list(statuses), "statuses": list(statuses.values()), "fixture": fixture_id}
