"""Results of fixtures: entered, corrected, taken back. The bets are settled by the workers afterwards.

A result is a row of its own and never edited: the highest number counts. The same score again changes
nothing; another score is a new row, and the bets are settled anew from it.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from core import audit
from core.errors import BadRequest, Conflict
from partners.models import TenantKind
from sportsbook.dispatch import settle_soon
from sportsbook.events.fixtures import SCORE, STATUS
from sportsbook.models import Fixture, FixtureStatus, Leg, Market, MarketStatus, Result
from sportsbook.queries.fixtures import FixtureUnknown
from sportsbook.services.locks import lock_fixture
from sportsbook.services.telling import tell_fixtures, tell_markets

GOALS_MAX = 99


class ScoreImpossible(BadRequest):
    """The score is not one that a fixture can have."""

    code = "SCORE_INVALID"
    message = f"A score has from 0 to {GOALS_MAX} goals on each side."


class FixtureNotStarted(Conflict):
    """The fixture has not kicked off, so it has no result; only a rehearsal may give it one."""

    code = "FIXTURE_NOT_STARTED"
    message = "The fixture has not kicked off yet; before that, a result can only be rehearsed."


class FixtureNotPlayed(Conflict):
    """The fixture was cancelled or abandoned, so it has no result."""

    code = "FIXTURE_NOT_PLAYED"
    message = "The fixture was cancelled or abandoned and has no result."


class RehearsalRefused(Conflict):
    """Players' own money is on the fixture: its result cannot be rehearsed."""

    code = "REHEARSAL_REFUSED"
    message = "A production tenant has bets on this fixture; its result cannot be rehearsed."


class NoResult(Conflict):
    """There is no result that could be taken back."""

    code = "NO_RESULT"
    message = "The fixture has no result."


def enter_result(
    *,
    fixture_id: UUID,
    home: int,
    away: int,
    entered_by: str,
    entered_at: datetime,
    rehearsal: bool = False,
    reason: str = "",
) -> Result:
    """Give a fixture its final score and have its bets settled. Return the result that counts.

    The score that counts already changes nothing; another one is a correction, after which bets are settled
    anew. Before kick-off a result is taken only with `rehearsal`, and only while no production tenant has a
    bet on the fixture.
    Raises ScoreImpossible, FixtureUnknown, FixtureNotPlayed, FixtureNotStarted, RehearsalRefused.
    """
    if not (0 <= home <= GOALS_MAX and 0 <= away <= GOALS_MAX):
        raise ScoreImpossible
    with transaction.atomic():
        fixture = _lock(fixture_id)
        latest = fixture.results.order_by("-number").first()
        if latest is not None and (latest.home, latest.away) == (home, away):
            return latest
        if fixture.status in (FixtureStatus.CANCELLED, FixtureStatus.ABANDONED):
            raise FixtureNotPlayed
        is_rehearsed = entered_at < fixture.starts_at
        if is_rehearsed:
            if not rehearsal:
                raise FixtureNotStarted
            if _has_production_bets(fixture_id):
                raise RehearsalRefused
        result = _add_result(
            fixture,
            home=home,
            away=away,
            rehearsal=is_rehearsed,
            reason=reason,
            entered_by=entered_by,
            entered_at=entered_at,
        )
        _move_fixture(fixture, status=FixtureStatus.FINISHED, result=result)
        _move_markets(fixture, MarketStatus.SETTLED, moved_at=entered_at)
    return result


def withdraw_result(*, fixture_id: UUID, entered_by: str, entered_at: datetime, reason: str) -> Result:
    """Take a fixture's result back; its bets are open again. Return the empty result that now counts.

    Before kick-off (after a rehearsal) the fixture is scheduled again with its markets suspended, for staff
    to open; afterwards it stays finished, without a score, and its markets closed.
    Raises FixtureUnknown, NoResult.
    """
    with transaction.atomic():
        fixture = _lock(fixture_id)
        latest = fixture.results.order_by("-number").first()
        if latest is None or latest.home is None:
            raise NoResult
        result = _add_result(
            fixture,
            home=None,
            away=None,
            rehearsal=latest.rehearsal,
            reason=reason,
            entered_by=entered_by,
            entered_at=entered_at,
        )
        if entered_at < fixture.starts_at:
            _move_fixture(fixture, status=FixtureStatus.SCHEDULED, result=result)
            _move_markets(fixture, MarketStatus.SUSPENDED, moved_at=entered_at)
        else:
            _move_fixture(fixture, status=FixtureStatus.FINISHED, result=result)
            _move_markets(fixture, MarketStatus.CLOSED, moved_at=entered_at)
    return result


def _lock(fixture_id: UUID) -> Fixture:
    lock_fixture(fixture_id)
    fixture = Fixture.objects.filter(id=fixture_id).first()
    if fixture is None:
        raise FixtureUnknown
    return fixture


def _has_production_bets(fixture_id: UUID) -> bool:
    return Leg.objects.filter(fixture_id=fixture_id, tenant__kind=TenantKind.PRODUCTION).exists()


def _add_result(
    fixture: Fixture,
    *,
    home: int | None,
    away: int | None,
    rehearsal: bool,
    reason: str,
    entered_by: str,
    entered_at: datetime,
) -> Result:
    result = Result.objects.create(
        fixture=fixture,
        owner_tenant_id=fixture.owner_tenant_id,
        number=fixture.result_number + 1,
        home=home,
        away=away,
        rehearsal=rehearsal,
        reason=reason,
        entered_by=entered_by,
        entered_at=entered_at,
    )
    audit.record(
        action="withdraw result" if home is None else "enter result",
        subject=fixture,
        recorded_at=entered_at,
        before={"homeScore": fixture.home_score, "awayScore": fixture.away_score},
        after={"homeScore": home, "awayScore": away, "rehearsal": rehearsal},
        reason=reason,
    )
    return result


def _move_fixture(fixture: Fixture, *, status: FixtureStatus, result: Result) -> None:
    before = {STATUS: fixture.status, SCORE: (fixture.home_score, fixture.away_score)}
    fixture.status = status
    fixture.home_score, fixture.away_score = result.home, result.away
    fixture.result_number = result.number
    fixture.save(update_fields=("status", "home_score", "away_score", "result_number"))
    after = {STATUS: status, SCORE: (result.home, result.away)}
    changed = [name for name, value in after.items() if value != before[name]]
    tell_fixtures([fixture], changed=changed, changed_at=result.entered_at)
    transaction.on_commit(lambda: settle_soon(fixture.id))


def _move_markets(fixture: Fixture, status: MarketStatus, *, moved_at: datetime) -> None:
    """Move every market that is not cancelled and not there already; each such move is a new version."""
    moving = Market.objects.filter(fixture=fixture).exclude(status__in=(status, MarketStatus.CANCELLED))
    market_ids = list(moving.values_list("id", flat=True))
    Market.objects.filter(id__in=market_ids).update(status=status, version=F("version") + 1)
    tell_markets(market_ids, changed_at=moved_at)
