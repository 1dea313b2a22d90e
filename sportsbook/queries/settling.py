"""What the latest result of a fixture leaves to be settled."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import F

from sportsbook.models import Fixture, Outcome, Result


@dataclass(frozen=True, slots=True)
class ResultMarket:
    """A market of the fixture; `outcomes` are names by id."""

    type: str
    line: Decimal | None
    outcomes: dict[UUID, str]


@dataclass(frozen=True, slots=True)
class LatestResult:
    """The result that counts. Without a score it was taken back."""

    fixture_id: UUID
    number: int
    home: int | None
    away: int | None
    reason: str
    markets: list[ResultMarket]


@dataclass(frozen=True, slots=True)
class LegToSettle:
    position: int
    fixture_id: UUID
    outcome_id: UUID
    odds: Decimal
    status: str
    dead_heat: Decimal


@dataclass(frozen=True, slots=True)
class BetToSettle:
    """A bet with all its legs, as they are before the settlement."""

    bet_id: UUID
    player_id: UUID
    reference: str
    status: str
    currency: str
    stake: Decimal
    payout: Decimal | None
    revision: int
    limit_stake: Decimal
    legs: list[LegToSettle] = field(default_factory=list)


def get_latest_result(fixture_id: UUID) -> LatestResult | None:
    """Return the result that counts, with the fixture's markets; None where there never was one."""
    fixture = Fixture.objects.filter(id=fixture_id).only("result_number").first()
    if fixture is None or fixture.result_number == 0:
        return None
    result = Result.objects.get(fixture_id=fixture_id, number=fixture.result_number)
    return LatestResult(
        fixture_id, result.number, result.home, result.away, result.reason, list_result_markets(fixture_id)
    )


def list_result_markets(fixture_id: UUID) -> list[ResultMarket]:
    """Return a fixture's markets with their outcomes."""
    markets: dict[UUID, ResultMarket] = {}
    for outcome in Outcome.objects.filter(market__fixture_id=fixture_id).select_related("market"):
        market = markets.setdefault(
            outcome.market_id, ResultMarket(outcome.market.type, outcome.market.line, {})
        )
        market.outcomes[outcome.id] = outcome.name
    return list(markets.values())


def list_unsettled_fixtures(
    *,
    among: Iterable[UUID] | None = None,
    entered_before: datetime | None = None,
    count: int | None = None,
) -> list[UUID]:
    """Return up to `count` fixtures whose latest result has not settled all bets yet.

    What is None does not narrow: `among` these fixtures, with a result `entered_before` a moment.
    """
    unsettled = Fixture.objects.filter(settled_number__lt=F("result_number"))
    if among is not None:
        unsettled = unsettled.filter(id__in=list(among))
    if entered_before is not None:
        unsettled = unsettled.filter(
            results__number=F("result_number"), results__entered_at__lt=entered_before
        )
    return list(unsettled.order_by("id").values_list("id", flat=True)[:count])


_BATCHES = """
    SELECT tenant_id, array_agg(bet_id ORDER BY bet_id)
    FROM (
        SELECT l.tenant_id, l.bet_id,
               (row_number() OVER (PARTITION BY l.tenant_id ORDER BY b.player_id, l.bet_id) - 1) / %s AS batch
        FROM sportsbook_leg l
        JOIN unnest(%s::uuid[], %s::text[]) AS wanted(outcome_id, status) USING (outcome_id)
        JOIN sportsbook_bet b ON b.tenant_id = l.tenant_id AND b.id = l.bet_id
        WHERE l.fixture_id = %s AND l.status <> wanted.status
    ) AS legs
    GROUP BY tenant_id, batch
    ORDER BY tenant_id, batch
"""


def find_batches(
    result: LatestResult, statuses: Mapping[UUID, str], size: int
) -> list[tuple[UUID, list[UUID]]]:
    """Return (tenant, bets) of batches of at most `size` bets that the result changes.

    A player's bets are next to each other, so that batches which run at the same time do not wait for one
    another's wallets. Over all tenants; for a process that sees them.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BATCHES, [size, list(statuses), list(statuses.values()), result.fixture_id])
        batches: list[tuple[UUID, list[UUID]]] = cursor.fetchall()
    return batches


_BETS = """
    WITH changed AS (
        SELECT l.bet_id
        FROM sportsbook_leg l
        JOIN unnest(%s::uuid[], %s::text[]) AS wanted(outcome_id, status) USING (outcome_id)
        WHERE l.fixture_id = %s AND l.bet_id = ANY (%s) AND l.tenant_id = %s
            AND l.status <> wanted.status
    )
    SELECT b.id, b.player_id, b.reference, b.status, b.currency, b.stake, b.payout, b.revision, b.limit_stake,
           l.position, l.fixture_id, l.outcome_id, l.odds, l.status, l.dead_heat
    FROM changed
    JOIN sportsbook_bet b ON b.tenant_id = %s AND b.id = changed.bet_id
    JOIN sportsbook_leg l ON l.tenant_id = %s AND l.bet_id = b.id
    ORDER BY b.id, l.position
"""


def get_bets_to_settle(
    *,
    tenant_id: UUID,
    fixture_id: UUID,
    statuses: Mapping[UUID, str],
    bet_ids: Sequence[UUID],
) -> list[BetToSettle]:
    """Return those of some bets with a leg that is not what `statuses` makes of it; inside `tenant()`."""
    bets: dict[UUID, BetToSettle] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            _BETS,
            [
                list(statuses),
                list(statuses.values()),
                fixture_id,
                list(bet_ids),
                tenant_id,
                tenant_id,
                tenant_id,
            ],
        )
        for row in cursor.fetchall():
            bet = bets.get(row[0])
            if bet is None:
                bet = bets[row[0]] = BetToSettle(*row[:9])
            bet.legs.append(LegToSettle(*row[9:]))
    return list(bets.values())
