"""Seasons, odds and markets as the feed and the staff move them, against the real database."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections, transaction

from core.clock import now
from core.ids import uuid7
from sportsbook.models import Fixture, FixtureStatus, Market, MarketStatus, OddsChange, Outcome
from sportsbook.services.feed import SeasonHasOpenBets, load_season, load_season_anew
from sportsbook.services.following import enter_season_results, follow_closing_odds
from sportsbook.services.odds import (
    MarketOver,
    MarketUnknown,
    OutcomeUnknown,
    change_odds,
    set_market_status,
)
from sportsbook.services.results import enter_result
from tests.makers.bets import ask as ask_for
from tests.makers.bets import make_bettor, place, placed
from tests.makers.partners import make_tenant
from tests.makers.seasons import OPENING, ROWS, MadeSeason, Row, make_season
from tests.makers.sportsbook import make_fixture

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


def load(made: MadeSeason, first: date | None = None) -> None:
    load_season(season=made.season, first_kick_off_date=first, loaded_at=now())


def fixtures_of(made: MadeSeason, edition: int = 1) -> list[Fixture]:
    return list(Fixture.objects.filter(competition_id=made.division, edition=edition))


def play(made: MadeSeason) -> None:
    enter_season_results(season=made.season, until=None, rehearsal=True, entered_by="test", entered_at=now())


def run(command: str, *arguments: str) -> tuple[str, str]:
    """Run a management command and return what it wrote to both outputs."""
    out, err = StringIO(), StringIO()
    call_command(command, *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def odds_of(market: Market) -> dict[str, Decimal]:
    return dict(market.outcomes.values_list("name", "odds"))


class TestLoadSeason:
    def test_opens_three_markets_a_fixture_with_the_first_rows_of_their_history(self) -> None:
        made = make_season()
        load(made)
        fixtures = fixtures_of(made)
        assert [(each.home, each.away) for each in fixtures] == [(row.home, row.away) for row in ROWS]
        markets = {market.type: market for market in fixtures[0].markets.all()}
        assert {kind: market.line for kind, market in markets.items()} == {
            "match_result": None,
            "total_goals": Decimal("2.5"),
            "asian_handicap": Decimal("-0.25"),
        }
        assert odds_of(markets["match_result"]) == {
            "home": Decimal("2.10"),
            "draw": Decimal("3.40"),
            "away": Decimal("3.60"),
        }
        history = OddsChange.objects.filter(outcome__market__fixture=fixtures[0])
        assert history.count() == 7
        assert {(row.market_version, row.source) for row in history} == {(1, "B365 opening")}

    def test_twice_loads_once_whatever_the_shift(self) -> None:
        made = make_season()
        load(made)
        before = [(each.id, each.starts_at) for each in fixtures_of(made)]
        load(made, date(2030, 1, 1))
        assert [(each.id, each.starts_at) for each in fixtures_of(made)] == before
        assert not fixtures_of(made, edition=2)

    def test_two_at_once_load_once(self) -> None:
        made = make_season()

        def work(_: int) -> None:
            try:
                load(made)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(work, range(4)))
        assert len(fixtures_of(made)) == len(ROWS)

    def test_first_kick_off_is_tomorrow_and_the_others_keep_their_distance(self) -> None:
        made = make_season()
        load(made)
        starts = [each.starts_at for each in fixtures_of(made)]
        assert starts[0].date() == now().date() + timedelta(days=1)
        assert starts[0].time().isoformat() == "14:00:00"
        assert starts[1] - starts[0] == timedelta(days=1, hours=-2, minutes=-30)
        assert starts[2] - starts[0] == timedelta(days=7)

    def test_first_kick_off_may_be_named(self) -> None:
        made = make_season()
        load(made, date(2031, 5, 1))
        assert fixtures_of(made)[0].starts_at == datetime(2031, 5, 1, 14, 0, tzinfo=UTC)

    def test_rows_that_come_later_join_the_edition_and_move_as_it_did(self) -> None:
        made = make_season(ROWS[:1])
        load(made, date(2031, 5, 1))
        play(made)
        load(make_season(ROWS, division=made.division))
        fixtures = fixtures_of(made)
        assert len(fixtures) == 3
        assert fixtures[1].starts_at.date() == date(2031, 5, 2)

    def test_season_played_to_its_end_is_loaded_anew_as_the_next_edition(self) -> None:
        made = make_season()
        load(made)
        play(made)
        load(made)
        load(made)
        assert [each.status for each in fixtures_of(made)] == [FixtureStatus.FINISHED] * 3
        assert [each.status for each in fixtures_of(made, edition=2)] == [FixtureStatus.SCHEDULED] * 3
        assert not fixtures_of(made, edition=3)

    def test_whole_season_takes_a_handful_of_statements(self) -> None:
        made = make_season([Row(f"Home {n}", f"Away {n}") for n in range(100)])
        count = _Count()
        with connection.execute_wrapper(count):
            load(made)
        assert count.seen < 40

    def test_command_names_broken_rows_and_loads_the_rest(self, tmp_path: Path) -> None:
        broken = replace(ROWS[1], date="31/02/2026")
        made = make_season([ROWS[0], broken, ROWS[2], Row("Fir", "Gum", opening="2.1,x,3.6,,,,,")])
        out, err = run("load_season", made.written(tmp_path))
        assert f"{made.division} 2025-26: 2 fixtures loaded with 6 markets, 0 were there already" in out
        assert "line 3, Date: " in err
        assert "line 5, B365D: " in err
        assert "2 rows were left out." in err

    def test_command_names_markets_without_odds(self, tmp_path: Path) -> None:
        made = make_season([replace(ROWS[0], opening="2.10,3.40,3.60,,,,,")])
        out, err = run("load_season", made.written(tmp_path))
        assert "1 fixtures loaded with 1 markets" in out
        assert "line 2, Alder - Birch: total_goals, asian_handicap" in err

    @pytest.mark.parametrize("text", ["", "Div,Date\n", "\x00", "Alder,Birch\n"])
    def test_command_fails_where_nothing_can_be_read(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "season.csv"
        path.write_text(text, "utf-8")
        with pytest.raises(CommandError):
            run("load_season", str(path))

    def test_command_fails_where_every_row_is_broken(self, tmp_path: Path) -> None:
        made = make_season([replace(ROWS[0], date="yesterday")])
        with pytest.raises(CommandError, match="no row that can be read"):
            run("load_season", made.written(tmp_path))
        assert not fixtures_of(made)

    def test_command_fails_without_its_file(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="No such file"):
            run("load_season", str(tmp_path / "none.csv"))

    def test_sample_season_loads_whole(self) -> None:
        path = Path(__file__).parents[2] / "sportsbook" / "data" / "sample-season.csv"
        out, err = run("load_season", str(path))
        assert "S0 " in out
        assert err == ""


class TestLoadSeasonAnew:
    def test_what_was_left_is_cancelled(self) -> None:
        made = make_season()
        load(made)
        first = fixtures_of(made)[0]
        enter_result(fixture_id=first.id, home=1, away=0, entered_by="test", entered_at=now(), rehearsal=True)
        load_season_anew(season=made.season, first_kick_off_date=None, loaded_at=now())
        assert [each.status for each in fixtures_of(made)] == ["finished", "cancelled", "cancelled"]
        assert set(fixtures_of(made)[1].markets.values_list("status", "version")) == {("cancelled", 2)}
        assert len(fixtures_of(made, edition=2)) == 3

    def test_open_bets_refuse_it_and_nothing_changes(self) -> None:
        made = make_season()
        load(made)
        outcome = Outcome.objects.filter(market__fixture__competition_id=made.division).first()
        assert outcome is not None
        placed(make_bettor(make_tenant()), outcome)
        with pytest.raises(SeasonHasOpenBets):
            load_season_anew(season=made.season, first_kick_off_date=None, loaded_at=now())
        assert {each.status for each in fixtures_of(made)} == {"scheduled"}
        assert not fixtures_of(made, edition=2)


class TestChangeOdds:
    def test_writes_history_and_the_next_version(self) -> None:
        made = make_fixture()
        home = made.outcome()
        market = change_odds(
            market_id=home.market_id, odds={home.id: Decimal("2.25")}, source="desk", changed_at=now()
        )
        assert market.version == Market.objects.get(id=market.id).version == 2
        assert odds_of(market)["home"] == Decimal("2.25")
        last = OddsChange.objects.filter(outcome=home).order_by("-id").first()
        assert last is not None
        assert (last.odds, last.market_version, last.source) == (Decimal("2.25"), 2, "desk")

    def test_same_odds_write_nothing(self) -> None:
        home = make_fixture().outcome()
        market = change_odds(
            market_id=home.market_id, odds={home.id: Decimal("2.100")}, source="desk", changed_at=now()
        )
        assert market.version == 1
        assert OddsChange.objects.filter(outcome=home).count() == 1

    def test_outcome_of_another_market_is_unknown(self) -> None:
        made = make_fixture()
        with pytest.raises(OutcomeUnknown):
            change_odds(
                market_id=made.outcome().market_id,
                odds={made.outcome("total_goals", "over").id: Decimal(2)},
                source="desk",
                changed_at=now(),
            )

    def test_market_that_never_was_is_unknown(self) -> None:
        with pytest.raises(MarketUnknown):
            change_odds(market_id=uuid7(), odds={}, source="desk", changed_at=now())

    def test_settled_market_keeps_its_odds(self) -> None:
        made = make_fixture()
        enter_result(fixture_id=made.id, home=1, away=0, entered_by="test", entered_at=now(), rehearsal=True)
        with pytest.raises(MarketOver):
            change_odds(
                market_id=made.outcome().market_id,
                odds={made.outcome().id: Decimal(2)},
                source="desk",
                changed_at=now(),
            )

    def test_waits_for_placements_that_are_under_way(self) -> None:
        made = make_fixture()

        def change() -> None:
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL lock_timeout = '200ms'")
                    change_odds(
                        market_id=made.outcome().market_id,
                        odds={made.outcome().id: Decimal(2)},
                        source="desk",
                        changed_at=now(),
                    )
            finally:
                connections.close_all()

        with transaction.atomic(), connection.cursor() as cursor, ThreadPoolExecutor(1) as thread:
            cursor.execute(
                "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s::uuid::text, 7))", [made.id]
            )
            with pytest.raises(OperationalError, match="lock timeout"):
                thread.submit(change).result()


class TestSetMarketStatus:
    def test_suspended_market_takes_no_bet_until_it_is_opened(self) -> None:
        made, player = make_fixture(), make_bettor(make_tenant())
        market_id = made.outcome().market_id
        assert set_status(market_id, MarketStatus.SUSPENDED).version == 2
        (refused,) = place(player, ask_for(player, made.outcome()))
        assert refused.refusal is not None
        assert refused.refusal.code == "MARKET_SUSPENDED"
        assert set_status(market_id, MarketStatus.OPEN).version == 3
        placed(player, made.outcome())

    def test_same_status_changes_nothing(self) -> None:
        assert set_status(make_fixture().outcome().market_id, MarketStatus.OPEN).version == 1

    @pytest.mark.parametrize("status", [MarketStatus.SETTLED, MarketStatus.CANCELLED])
    def test_results_and_cancellations_alone_decide_a_market(self, status: MarketStatus) -> None:
        with pytest.raises(MarketOver):
            set_status(make_fixture().outcome().market_id, status)


class TestUpdateOdds:
    def test_closing_odds_stand_with_their_history(self) -> None:
        made = make_season()
        load(made)
        followed = follow_closing_odds(season=made.season, changed_at=now())
        assert (followed.quoted, followed.unknown) == (3, ())
        market = Market.objects.get(fixture=fixtures_of(made)[0], type="match_result")
        assert market.version == 2
        assert odds_of(market) == {"home": Decimal("2.20"), "draw": Decimal("3.40"), "away": Decimal("3.40")}
        changes = OddsChange.objects.filter(outcome__market=market, market_version=2)
        assert {(row.outcome.name, row.source) for row in changes} == {
            ("home", "B365 closing"),
            ("away", "B365 closing"),
        }

    def test_changed_line_is_another_market_and_the_old_one_is_suspended(self) -> None:
        made = make_season()
        load(made)
        follow_closing_odds(season=made.season, changed_at=now())
        handicaps = Market.objects.filter(fixture=fixtures_of(made)[0], type="asian_handicap").order_by("id")
        assert [(each.line, each.status, each.version) for each in handicaps] == [
            (Decimal("-0.25"), "suspended", 2),
            (Decimal("-0.50"), "open", 1),
        ]
        assert odds_of(handicaps[0]) == {"home": Decimal("1.91"), "away": Decimal("1.99")}

    def test_market_without_a_change_keeps_its_version(self) -> None:
        made = make_season()
        load(made)
        follow_closing_odds(season=made.season, changed_at=now())
        assert Market.objects.get(fixture=fixtures_of(made)[0], type="total_goals").version == 1

    def test_twice_changes_nothing_more(self, tmp_path: Path) -> None:
        made = make_season()
        load(made)
        run("update_odds", made.written(tmp_path))
        before = sorted(
            Market.objects.filter(fixture__competition_id=made.division).values_list("id", "version")
        )
        out, _ = run("update_odds", made.written(tmp_path))
        after = sorted(
            Market.objects.filter(fixture__competition_id=made.division).values_list("id", "version")
        )
        assert after == before
        assert "0 markets changed" in out

    def test_bet_at_the_odds_before_is_refused(self) -> None:
        made, player = make_season(), make_bettor(make_tenant())
        load(made)
        outcome = Outcome.objects.get(
            market__fixture=fixtures_of(made)[0], market__type="match_result", name="home"
        )
        follow_closing_odds(season=made.season, changed_at=now())
        (answer,) = place(player, ask_for(player, outcome))
        assert answer.refusal is not None
        assert answer.refusal.code == "ODDS_CHANGED"

    def test_finished_fixture_keeps_its_odds(self) -> None:
        made = make_season()
        load(made)
        play(made)
        followed = follow_closing_odds(season=made.season, changed_at=now())
        assert (followed.quoted, followed.over, followed.markets_changed) == (0, 3, 0)

    def test_row_without_closing_odds_is_counted(self) -> None:
        made = make_season([replace(ROWS[0], closing=",,,,,,,")])
        load(made)
        assert follow_closing_odds(season=made.season, changed_at=now()).without_odds == 1

    def test_season_that_was_never_loaded_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="none of the fixtures is loaded"):
            run("update_odds", make_season().written(tmp_path))

    def test_suspended_market_stays_suspended(self) -> None:
        made = make_season([replace(ROWS[0], closing=OPENING)])
        load(made)
        market = Market.objects.get(fixture=fixtures_of(made)[0], type="match_result")
        set_status(market.id, MarketStatus.SUSPENDED)
        follow_closing_odds(season=made.season, changed_at=now())
        market.refresh_from_db()
        assert (market.status, market.version) == ("suspended", 2)


class _Count:
    """Counts the statements that pass through it."""

    def __init__(self) -> None:
        self.seen = 0

    def __call__(self, execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        self.seen += 1
        return execute(sql, params, many, context)


def set_status(market_id: UUID, status: MarketStatus) -> Market:
    return set_market_status(market_id=market_id, status=status, changed_at=now())
