"""What every tenant is told of the fixtures it sees: `odds.changed` and `fixture.updated`.

Odds are compared with those last announced to the tenant, never with the change before, so that a slow drift
is told as soon as it adds up to the threshold. Odds that a market opens with count as announced: every
partner can read them from then on, and nobody is told of them. Tenants that are suspended, or whose partner
is or does not offer the product, are told nothing; what moved meanwhile they are told at the next change.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import connection

from core.arrays import array_text
from core.events import publish_to
from core.ids import parse_typeid
from partners.models import Product
from sportsbook.events import FixtureUpdated, OddsChanged
from sportsbook.services.odds import TRADED

_LIVE: Final = """
    SELECT t.id, coalesce(t.odds_threshold, %(threshold)s) AS threshold
    FROM partners_tenant t JOIN partners_partner p ON p.id = t.partner_id
    WHERE t.status = 'active' AND p.status = 'active' AND p.enabled_products && {products}
        AND (%(owner)s::uuid IS NULL OR t.id = %(owner)s)
"""
# What bets on a fixture are of: in play once it has started.
_PRODUCTS_OF_FIXTURE: Final = """
    (SELECT ARRAY[CASE WHEN f.status = 'in_play' OR (f.status = 'scheduled' AND f.starts_at <= %(at)s)
                       THEN 'in_play' ELSE 'prematch' END]::varchar[]
     FROM sportsbook_fixture f WHERE f.id = %(fixture)s)
"""
_LIVE_FOR_ALL: Final = _LIVE.format(products="%(products)s::varchar[]")
_NOTE: Final = f"""
WITH live AS ({_LIVE.format(products=_PRODUCTS_OF_FIXTURE)}), moved AS (
    SELECT m.outcome_id, m.odds,
           (SELECT c.odds FROM sportsbook_oddschange c WHERE c.outcome_id = m.outcome_id
            ORDER BY c.id LIMIT 1) AS opening
    FROM unnest(%(outcomes)s::uuid[], %(odds)s::numeric[]) AS m(outcome_id, odds)
), compared AS (
    SELECT live.id AS tenant_id, live.threshold, moved.outcome_id, moved.odds,
           coalesce(a.odds, moved.opening) AS previous
    FROM moved CROSS JOIN live
    LEFT JOIN sportsbook_announcedodds a ON a.tenant_id = live.id AND a.outcome_id = moved.outcome_id
    WHERE a.market_version IS NULL OR a.market_version < %(version)s
), due AS (
    SELECT * FROM compared
    WHERE odds <> previous AND abs(odds - previous) >= threshold * previous
), noted AS (
    INSERT INTO sportsbook_announcedodds (tenant_id, outcome_id, odds, market_version, announced_at)
    SELECT tenant_id, outcome_id, odds, %(version)s, %(at)s FROM due
    ON CONFLICT (tenant_id, outcome_id) DO UPDATE
    SET odds = excluded.odds, market_version = excluded.market_version, announced_at = excluded.announced_at
)
SELECT outcome_id, previous, array_agg(tenant_id) FROM due GROUP BY outcome_id, previous
"""  # noqa: S608  (a constant)


def announce_odds(*, market: Mapping[str, Any], owner_tenant_id: UUID | None, changed_at: datetime) -> int:
    """Tell each tenant of the outcomes of a market whose odds have moved far enough; return how many events.

    `market` is the data of `market.changed`. A market that nobody can bet on any more tells nothing, and
    neither does a version before the one that was told last: a fact may be tried again late.
    """
    if market["status"] not in TRADED:
        return 0
    outcomes = {parse_typeid("out", outcome["outcomeId"]): outcome for outcome in market["outcomes"]}
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE,
            {
                "threshold": settings.ODDS_CHANGED_THRESHOLD,
                "fixture": parse_typeid("fix", market["fixtureId"]),
                "owner": owner_tenant_id,
                "outcomes": array_text(outcomes),
                "odds": array_text(outcome["odds"] for outcome in outcomes.values()),
                "version": market["version"],
                "at": changed_at,
            },
        )
        due: list[tuple[UUID, Decimal, list[UUID]]] = cursor.fetchall()
    by_outcome = {outcome_id: place for place, outcome_id in enumerate(outcomes)}
    for outcome_id, previous, tenant_ids in sorted(due, key=lambda row: (by_outcome[row[0]], row[1])):
        publish_to(
            tenant_ids,
            OddsChanged(
                occurred_at=changed_at, market=market, outcome=outcomes[outcome_id], previous_odds=previous
            ),
        )
    return sum(len(tenant_ids) for _, _, tenant_ids in due)


def announce_fixture(
    *, fixture: Mapping[str, Any], owner_tenant_id: UUID | None, changed_at: datetime
) -> None:
    """Tell every live tenant of a fixture that changed. `fixture` is the data of `fixture.changed`.

    A new fixture is none that changed: it is found in the list of fixtures, and on the stream.
    """
    if not fixture["changed"]:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM ({_LIVE_FOR_ALL}) AS live",  # noqa: S608  (a constant)
            {
                "threshold": settings.ODDS_CHANGED_THRESHOLD,
                "products": list(Product),
                "owner": owner_tenant_id,
            },
        )
        tenant_ids = [tenant_id for (tenant_id,) in cursor.fetchall()]
    publish_to(tenant_ids, FixtureUpdated(occurred_at=changed_at, fixture=fixture))
