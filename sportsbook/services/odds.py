"""Odds and the state of markets, as they change.

Every change holds the fixture's lock, makes the market's version grow by one, and leaves a row of history for
each outcome whose odds it changed. What changes nothing writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import F

from core import audit
from core.errors import Conflict, NotFound
from sportsbook.models import Fixture, FixtureStatus, Market, MarketStatus, OddsChange, Outcome
from sportsbook.season import MarketOdds
from sportsbook.services.locks import lock_fixture
from sportsbook.services.telling import tell_markets, tell_new_markets

TRADED = (MarketStatus.OPEN, MarketStatus.SUSPENDED)
"""A market in one of these states can still be bet on, now or later, and has odds that move."""
DECIDED = (MarketStatus.SETTLED, MarketStatus.CANCELLED)


class MarketUnknown(NotFound):
    """There is no such market."""

    message = "There is no such market."


class OutcomeUnknown(NotFound):
    """The market has no such outcome."""

    message = "The market has no such outcome."


class MarketOver(Conflict):
    """The market is settled, closed or cancelled: it cannot be traded any more."""

    code = "MARKET_OVER"
    message = "The market is settled, closed or cancelled."


@dataclass(frozen=True, slots=True)
class _Move:
    """Outcomes of a market that carry odds other than the ones stored."""

    market: Market
    outcomes: list[Outcome]
    source: str


def change_odds(
    *, market_id: UUID, odds: Mapping[UUID, Decimal], source: str, changed_at: datetime
) -> Market:
    """Give outcomes of a market, named by their ids, new odds. Return the market with its version.

    Raises MarketUnknown, OutcomeUnknown, or MarketOver where nobody can bet on the market any more.
    """
    with transaction.atomic():
        market = _lock_market(market_id)
        if market.status not in TRADED:
            raise MarketOver
        names = {outcome.id: outcome.name for outcome in market.outcomes.all()}
        if not odds.keys() <= names.keys():
            raise OutcomeUnknown
        move = _find_move(market, {names[each]: value for each, value in odds.items()}, source)
        _write_moves([move] if move else [], changed_at)
        tell_markets([market.id] if move else [], changed_at=changed_at)
    return market


def set_market_status(*, market_id: UUID, status: MarketStatus, changed_at: datetime) -> Market:
    """Open, suspend or close a market. Return it with its version.

    Raises MarketUnknown, or MarketOver for a market that is settled or cancelled, or is to be: that is what
    results and cancellations do, and undo.
    """
    with transaction.atomic():
        market = _lock_market(market_id)
        if market.status == status:
            return market
        if market.status in DECIDED or status in DECIDED:
            raise MarketOver
        before = market.status
        _move_market(market, status)
        tell_markets([market.id], changed_at=changed_at)
        audit.record(
            action="set market status",
            subject=market,
            recorded_at=changed_at,
            before={"status": str(before)},
            after={"status": str(status)},
        )
    return market


def take_quotes(*, fixture_id: UUID, quotes: Sequence[MarketOdds], moment: str, changed_at: datetime) -> int:
    """Bring a fixture's markets to what the feed quotes now. Return how many markets changed.

    A quote at a line that the fixture does not have yet makes another market; markets of the same type at
    lines no longer quoted are suspended, since nobody keeps their odds. A suspended market stays suspended:
    whoever suspended it opens it. Fixtures that are no longer ahead keep their markets as they are.
    """
    with transaction.atomic():
        lock_fixture(fixture_id)
        fixture = Fixture.objects.get(id=fixture_id)
        if fixture.status != FixtureStatus.SCHEDULED:
            return 0
        markets = {
            (market.type, market.line): market for market in fixture.markets.prefetch_related("outcomes")
        }
        moves: list[_Move] = []
        added: list[MarketOdds] = []
        for quote in quotes:
            market = markets.get((quote.type.value, quote.line))
            if market is None:
                added.append(quote)
            elif market.status in TRADED:
                move = _find_move(market, dict(quote.odds), f"{quote.bookmaker} {moment}")
                moves.extend([move] if move else [])
        _write_moves(moves, changed_at)
        if added:
            add_markets([(fixture, quote) for quote in added], moment=moment, added_at=changed_at)
        quoted = {(quote.type.value, quote.line) for quote in quotes}
        types = {market_type for market_type, _ in quoted}
        dropped = [
            market
            for key, market in markets.items()
            if key not in quoted and key[0] in types and market.status == MarketStatus.OPEN
        ]
        for market in dropped:
            _move_market(market, MarketStatus.SUSPENDED)
        tell_markets(
            [*(move.market.id for move in moves), *(market.id for market in dropped)], changed_at=changed_at
        )
    return len(moves) + len(added) + len(dropped)


def add_markets(offered: Sequence[tuple[Fixture, MarketOdds]], *, moment: str, added_at: datetime) -> None:
    """Open markets on fixtures, with outcomes and the first rows of their history, all in four writes."""
    added: list[tuple[Fixture, Market, list[Outcome]]] = []
    history: list[OddsChange] = []
    for fixture, quote in offered:
        owner = fixture.owner_tenant_id
        market = Market(fixture=fixture, owner_tenant_id=owner, type=quote.type.value, line=quote.line)
        outcomes = [
            Outcome(market=market, owner_tenant_id=owner, name=name, position=position, odds=odds)
            for position, (name, odds) in enumerate(quote.odds)
        ]
        added.append((fixture, market, outcomes))
        source = f"{quote.bookmaker} {moment}"
        history.extend(_odds_change(market, outcome, source, added_at) for outcome in outcomes)
    Market.objects.bulk_create([market for _, market, _ in added], batch_size=2_000)
    Outcome.objects.bulk_create(
        [outcome for _, _, outcomes in added for outcome in outcomes], batch_size=2_000
    )
    OddsChange.objects.bulk_create(history, batch_size=2_000)
    tell_new_markets(added, added_at=added_at)


def _lock_market(market_id: UUID) -> Market:
    fixture_id = Market.objects.filter(id=market_id).values_list("fixture_id", flat=True).first()
    if fixture_id is None:
        raise MarketUnknown
    lock_fixture(fixture_id)
    return Market.objects.get(id=market_id)


def _move_market(market: Market, status: MarketStatus) -> None:
    market.status = status
    market.version += 1
    market.save(update_fields=("status", "version"))


def _find_move(market: Market, odds: Mapping[str, Decimal], source: str) -> _Move | None:
    """Return the outcomes, by name, whose odds differ from those that stand, with their new odds; or None."""
    moved = [
        outcome for outcome in market.outcomes.all() if odds.get(outcome.name, outcome.odds) != outcome.odds
    ]
    for outcome in moved:
        outcome.odds = odds[outcome.name]
    return _Move(market, moved, source) if moved else None


def _write_moves(moves: Sequence[_Move], changed_at: datetime) -> None:
    """Write new odds with their markets' next versions and their history, in three statements."""
    if not moves:
        return
    for move in moves:
        move.market.version += 1
    Market.objects.filter(id__in=[move.market.id for move in moves]).update(version=F("version") + 1)
    Outcome.objects.bulk_update([outcome for move in moves for outcome in move.outcomes], ("odds",))
    OddsChange.objects.bulk_create(
        _odds_change(move.market, outcome, move.source, changed_at)
        for move in moves
        for outcome in move.outcomes
    )


def _odds_change(market: Market, outcome: Outcome, source: str, changed_at: datetime) -> OddsChange:
    return OddsChange(
        outcome=outcome,
        owner_tenant_id=market.owner_tenant_id,
        odds=outcome.odds,
        market_version=market.version,
        source=source,
        changed_at=changed_at,
    )
