"""Results: who may enter which, what they do to bets, and how the command waits for the workers."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import redis
from celery import current_app
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connections

import b2b.celery  # noqa: F401  (Celery's default app is the platform's)
from core.clock import now
from core.ids import uuid7
from core.models import AuditRecord
from sportsbook.models import Fixture, FixtureStatus, Market, Result
from sportsbook.queries.fixtures import FixtureUnknown
from sportsbook.queries.settling import list_unsettled_fixtures
from sportsbook.services.feed import load_season
from sportsbook.services.following import enter_season_results
from sportsbook.services.results import (
    FixtureNotPlayed,
    FixtureNotStarted,
    NoResult,
    RehearsalRefused,
    ScoreImpossible,
    enter_result,
    withdraw_result,
)
from tests.makers.bets import bet_of, make_bettor, placed, settle_fixture, wallet_of
from tests.makers.partners import make_tenant
from tests.makers.seasons import MadeSeason, make_season
from tests.makers.sportsbook import MadeFixture, make_fixture

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


def enter(made: MadeFixture, home: int, away: int, **kw: Any) -> Result:
    """Enter a score two hours after the kick-off, unless told otherwise."""
    kw.setdefault("entered_at", made.fixture.starts_at + timedelta(hours=2))
    return enter_result(fixture_id=made.id, home=home, away=away, entered_by="ada", **kw)


def withdraw(made: MadeFixture, **kw: Any) -> Result:
    kw.setdefault("entered_at", made.fixture.starts_at + timedelta(hours=3))
    return withdraw_result(fixture_id=made.id, entered_by="ada", reason="wrong fixture", **kw)


def state_of(made: MadeFixture) -> tuple[str, int | None, int | None, set[str]]:
    """Return a fixture's status and score, and the statuses of its markets."""
    fixture = Fixture.objects.get(id=made.id)
    markets = set(Market.objects.filter(fixture=fixture).values_list("status", flat=True))
    return fixture.status, fixture.home_score, fixture.away_score, markets


@contextmanager
def broker_at(url: str) -> Iterator[None]:
    """Let Celery's producers of this process speak to another broker."""
    before = current_app.conf.broker_url
    current_app.conf.broker_url, current_app.amqp._producer_pool = url, None
    try:
        yield
    finally:
        current_app.conf.broker_url, current_app.amqp._producer_pool = before, None


def loaded(made: MadeSeason, first: date | None = None) -> MadeSeason:
    load_season(season=made.season, first_kick_off_date=first, loaded_at=now())
    return made


class TestEnterResult:
    def test_finishes_the_fixture_and_settles_its_markets(self) -> None:
        made = make_fixture()
        result = enter(made, 2, 1)
        assert (result.number, result.rehearsal, result.entered_by) == (1, False, "ada")
        assert state_of(made) == ("finished", 2, 1, {"settled"})
        assert set(Market.objects.filter(fixture=made.fixture).values_list("version", flat=True)) == {2}
        assert list_unsettled_fixtures(among=[made.id]) == [made.id]

    def test_bets_are_paid_by_it(self) -> None:
        made, player = make_fixture(), make_bettor(make_tenant())
        won, lost = placed(player, made.outcome()), placed(player, made.outcome("match_result", "away"))
        enter(made, 2, 1)
        settle_fixture(made.id)
        assert bet_of(won, player).payout == Decimal("21.00")
        assert bet_of(lost, player).status == "lost"
        assert list_unsettled_fixtures(among=[made.id]) == []

    def test_same_score_again_changes_nothing(self) -> None:
        made = make_fixture()
        first = enter(made, 2, 1)
        assert enter(made, 2, 1) == first
        assert Result.objects.filter(fixture=made.fixture).count() == 1
        assert set(Market.objects.filter(fixture=made.fixture).values_list("version", flat=True)) == {2}

    def test_another_score_is_a_row_of_its_own_and_settles_anew(self) -> None:
        made, player = make_fixture(), make_bettor(make_tenant())
        bet = placed(player, made.outcome())
        enter(made, 2, 1)
        settle_fixture(made.id)
        corrected = enter(made, 1, 1, reason="a goal was taken back")
        settle_fixture(made.id)
        assert (corrected.number, corrected.reason) == (2, "a goal was taken back")
        assert state_of(made) == ("finished", 1, 1, {"settled"})
        assert (bet_of(bet, player).status, bet_of(bet, player).revision) == ("lost", 2)
        assert wallet_of(player)[0] == Decimal("90.00")

    def test_before_the_kick_off_it_is_refused(self) -> None:
        made = make_fixture()
        with pytest.raises(FixtureNotStarted):
            enter(made, 2, 1, entered_at=now())
        assert state_of(made) == ("scheduled", None, None, {"open"})

    def test_before_the_kick_off_it_may_be_rehearsed(self) -> None:
        made, player = make_fixture(), make_bettor(make_tenant("test"))
        placed(player, made.outcome())
        assert enter(made, 2, 1, entered_at=now(), rehearsal=True).rehearsal

    def test_real_money_on_the_fixture_refuses_the_rehearsal(self) -> None:
        made = make_fixture()
        placed(make_bettor(make_tenant("production", allowed_ips=("127.0.0.1/32",))), made.outcome())
        with pytest.raises(RehearsalRefused):
            enter(made, 2, 1, entered_at=now(), rehearsal=True)
        assert state_of(made) == ("scheduled", None, None, {"open"})

    def test_after_the_kick_off_nothing_is_a_rehearsal(self) -> None:
        made = make_fixture()
        placed(make_bettor(make_tenant("production", allowed_ips=("127.0.0.1/32",))), made.outcome())
        assert not enter(made, 2, 1, rehearsal=True).rehearsal

    @pytest.mark.parametrize("status", [FixtureStatus.CANCELLED, FixtureStatus.ABANDONED])
    def test_fixture_that_was_not_played_has_none(self, status: FixtureStatus) -> None:
        with pytest.raises(FixtureNotPlayed):
            enter(make_fixture(status=status), 1, 0)

    @pytest.mark.parametrize("score", [(-1, 0), (0, 100)])
    def test_impossible_score_is_refused(self, score: tuple[int, int]) -> None:
        with pytest.raises(ScoreImpossible):
            enter(make_fixture(), *score)

    def test_unknown_fixture_is_refused(self) -> None:
        with pytest.raises(FixtureUnknown):
            enter_result(fixture_id=uuid7(), home=1, away=0, entered_by="ada", entered_at=now())

    def test_cancelled_market_stays_cancelled(self) -> None:
        made = make_fixture()
        Market.objects.filter(id=made.outcome().market_id).update(status="cancelled")
        enter(made, 1, 0)
        assert Market.objects.get(id=made.outcome().market_id).status == "cancelled"

    def test_leaves_one_audit_record(self) -> None:
        made = make_fixture()
        enter(made, 2, 1, reason="by hand")
        enter(made, 2, 1)
        record = AuditRecord.objects.get(object_id=str(made.id))
        assert (record.action, record.reason) == ("enter result", "by hand")
        assert record.after == {"homeScore": 2, "awayScore": 1, "rehearsal": False}

    @pytest.mark.role("b2b_office")
    def test_office_may_enter_one(self) -> None:
        made = make_fixture()
        enter(made, 1, 0)
        assert state_of(made)[0] == "finished"

    def test_asks_the_workers_once_it_is_committed(self) -> None:
        queue = redis.from_url(settings.CELERY_BROKER_URL)
        before = queue.llen(settings.CELERY_TASK_DEFAULT_QUEUE)
        made = make_fixture()
        enter(made, 1, 0)
        enter(made, 1, 0)
        assert queue.llen(settings.CELERY_TASK_DEFAULT_QUEUE) == before + 1
        assert str(made.id) in str(queue.lindex(settings.CELERY_TASK_DEFAULT_QUEUE, 0))

    def test_dead_broker_delays_the_settlement_alone(self) -> None:
        made = make_fixture()
        with broker_at("redis://127.0.0.1:9/0"):
            enter(made, 1, 0)
        assert state_of(made)[0] == "finished"
        assert list_unsettled_fixtures(among=[made.id]) == [made.id]


class TestWithdrawResult:
    def test_bets_are_open_again(self) -> None:
        made, player = make_fixture(), make_bettor(make_tenant())
        bet = placed(player, made.outcome())
        enter(made, 2, 1)
        settle_fixture(made.id)
        result = withdraw(made)
        settle_fixture(made.id)
        assert (result.number, result.home, result.reason) == (2, None, "wrong fixture")
        assert bet_of(bet, player).status == "accepted"
        assert wallet_of(player)[:2] == (Decimal("90.00"), Decimal("10.00"))

    def test_played_fixture_waits_for_its_score_with_closed_markets(self) -> None:
        made = make_fixture()
        enter(made, 2, 1)
        withdraw(made)
        assert state_of(made) == ("finished", None, None, {"closed"})

    def test_rehearsed_fixture_is_ahead_again_with_suspended_markets(self) -> None:
        made = make_fixture()
        enter(made, 2, 1, entered_at=now(), rehearsal=True)
        withdraw(made, entered_at=now())
        assert state_of(made) == ("scheduled", None, None, {"suspended"})

    def test_score_may_be_entered_anew(self) -> None:
        made = make_fixture()
        enter(made, 2, 1)
        withdraw(made)
        assert enter(made, 2, 1).number == 3
        assert state_of(made) == ("finished", 2, 1, {"settled"})

    def test_without_a_result_it_is_refused(self) -> None:
        made = make_fixture()
        with pytest.raises(NoResult):
            withdraw(made)
        enter(made, 2, 1)
        withdraw(made)
        with pytest.raises(NoResult):
            withdraw(made)


class TestEnterSeasonResults:
    def test_enters_every_score_of_the_file_once(self) -> None:
        made = loaded(make_season())
        assert self.enter(made, rehearsal=True).entered == 3
        again = self.enter(made, rehearsal=True)
        assert (again.entered, again.unchanged, len(again.fixture_ids)) == (0, 3, 3)

    def test_fixtures_ahead_are_refused_and_the_played_ones_entered(self) -> None:
        made = loaded(make_season(), first=now().date() - timedelta(days=3))
        entered = self.enter(made)
        assert entered.entered == 2
        assert [(row.home, refusal.code) for row, refusal in entered.refused] == [
            ("Birch", "FIXTURE_NOT_STARTED")
        ]

    @pytest.mark.parametrize(("day", "count"), [("2031-05-01", 1), ("2031-05-02", 2), ("2031-05-08", 3)])
    def test_until_is_a_day_of_the_season_as_it_is_played_here(self, day: str, count: int) -> None:
        made = loaded(make_season(), first=date(2031, 5, 1))
        assert self.enter(made, until=date.fromisoformat(day), rehearsal=True).entered == count

    @pytest.mark.parametrize(("day", "count"), [("2025-08-16", 1), ("2025-08-17", 2), ("2025-08-23", 3)])
    def test_until_may_be_a_day_of_the_file(self, day: str, count: int) -> None:
        made = loaded(make_season(), first=date(2031, 5, 1))
        assert self.enter(made, until=date.fromisoformat(day), rehearsal=True).entered == count

    @pytest.mark.parametrize("day", ["2025-08-15", "2030-01-01"])
    def test_day_before_anything_was_played_enters_nothing(self, day: str) -> None:
        made = loaded(make_season(), first=date(2031, 5, 1))
        assert self.enter(made, until=date.fromisoformat(day), rehearsal=True).entered == 0

    def enter(self, made: MadeSeason, *, until: date | None = None, rehearsal: bool = False):  # type: ignore[no-untyped-def]
        return enter_season_results(
            season=made.season, until=until, rehearsal=rehearsal, entered_by="test", entered_at=now()
        )


class TestEnterResultsCommand:
    def test_waits_until_every_bet_is_settled(self, tmp_path: Path) -> None:
        made = loaded(make_season())
        out = StringIO()
        worker = threading.Thread(target=self.settle_all, args=(made,))
        worker.start()
        call_command("enter_results", made.written(tmp_path), "--rehearsal", stdout=out)
        worker.join()
        assert "3 results entered, 0 were there already, 0 refused." in out.getvalue()
        assert "The bets on all 3 fixtures are settled." in out.getvalue()

    def test_need_not_wait(self, tmp_path: Path) -> None:
        made = loaded(make_season())
        out = StringIO()
        call_command("enter_results", made.written(tmp_path), "--rehearsal", "--no-wait", stdout=out)
        assert "settled" not in out.getvalue()

    def test_fails_where_nothing_could_be_entered(self, tmp_path: Path) -> None:
        made = loaded(make_season())
        err = StringIO()
        with pytest.raises(CommandError, match="No result was entered"):
            call_command("enter_results", made.written(tmp_path), stderr=err)
        assert "line 2, Alder - Birch: The fixture has not kicked off yet" in err.getvalue()

    def test_names_fixtures_that_were_never_loaded(self, tmp_path: Path) -> None:
        err = StringIO()
        with pytest.raises(CommandError):
            call_command("enter_results", make_season().written(tmp_path), "--rehearsal", stderr=err)
        assert "Not loaded: line 2, Alder - Birch" in err.getvalue()

    def settle_all(self, made: MadeSeason) -> None:
        """Settle as the workers would, until every fixture of the season has its result and is settled."""
        try:
            settled = 0
            while settled < len(made.season.fixtures):
                ids = Fixture.objects.filter(competition_id=made.division).values_list("id", flat=True)
                for fixture_id in list_unsettled_fixtures(among=ids):
                    settle_fixture(fixture_id)
                    settled += 1
        finally:
            connections.close_all()
