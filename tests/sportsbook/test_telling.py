"""What is announced about fixtures and markets: each change once, in its transaction, in causal order."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from core.clock import instant_text, now
from core.ids import typeid
from core.models import FactOutbox
from sportsbook.models import Fixture, MarketStatus
from sportsbook.services.feed import load_season, load_season_anew
from sportsbook.services.following import follow_closing_odds
from sportsbook.services.odds import change_odds, set_market_status
from sportsbook.services.results import enter_result, withdraw_result
from tests.makers.seasons import ROWS, make_season
from tests.makers.sportsbook import MadeFixture, make_fixture

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


def told(fixture_id: UUID, kind: str = "") -> list[dict[str, Any]]:
    """Return the data of what waits to be numbered about a fixture, in the order of announcing."""
    facts = FactOutbox.objects.filter(data__fixtureId=typeid("fix", fixture_id)).order_by("id")
    return [fact.data for fact in facts if fact.type.startswith(kind)]


def order_told(fixture_id: UUID) -> list[str]:
    facts = FactOutbox.objects.filter(data__fixtureId=typeid("fix", fixture_id)).order_by("id")
    return list(facts.values_list("type", flat=True))


def enter(made: MadeFixture, home: int, away: int) -> None:
    at = made.fixture.starts_at + timedelta(hours=2)
    enter_result(fixture_id=made.id, home=home, away=away, entered_by="ada", entered_at=at)


class TestTellMarkets:
    def test_change_of_odds_tells_the_whole_market(self) -> None:
        made = make_fixture()
        market, home = made.markets["match_result"], made.outcome()
        change_odds(market_id=market.id, odds={home.id: Decimal("2.2")}, source="test", changed_at=now())
        assert told(made.id) == [
            {
                "fixtureId": typeid("fix", made.id),
                "sport": "football",
                "competition": "T0",
                "marketId": typeid("mkt", market.id),
                "type": "match_result",
                "line": None,
                "status": "open",
                "version": 2,
                "outcomes": [
                    {"outcomeId": typeid("out", home.id), "name": "home", "odds": "2.20"},
                    {
                        "outcomeId": typeid("out", made.outcome(name="draw").id),
                        "name": "draw",
                        "odds": "3.40",
                    },
                    {
                        "outcomeId": typeid("out", made.outcome(name="away").id),
                        "name": "away",
                        "odds": "3.60",
                    },
                ],
            }
        ]

    def test_what_changes_nothing_tells_nothing(self) -> None:
        made = make_fixture()
        market, home = made.markets["match_result"], made.outcome()
        change_odds(market_id=market.id, odds={home.id: home.odds}, source="test", changed_at=now())
        set_market_status(market_id=market.id, status=MarketStatus.OPEN, changed_at=now())
        assert told(made.id) == []

    def test_rolled_back_change_was_never_told(self) -> None:
        made = make_fixture()
        with transaction.atomic():
            set_market_status(
                market_id=made.markets["match_result"].id, status=MarketStatus.SUSPENDED, changed_at=now()
            )
            transaction.set_rollback(True)
        assert told(made.id) == []

    def test_suspended_market_is_told_with_its_status_and_line(self) -> None:
        made = make_fixture()
        market = made.markets["asian_handicap"]
        set_market_status(market_id=market.id, status=MarketStatus.SUSPENDED, changed_at=now())
        (fact,) = told(made.id)
        assert (fact["line"], fact["status"], fact["version"]) == ("-0.25", "suspended", 2)

    def test_closing_odds_tell_changed_new_and_dropped_markets_once_each(self) -> None:
        made = make_season()
        load_season(season=made.season, first_kick_off_date=None, loaded_at=now())
        fixture = Fixture.objects.filter(competition_id=made.division).earliest("starts_at")
        before = len(told(fixture.id))
        follow_closing_odds(season=made.season, changed_at=now())
        since = told(fixture.id)[before:]
        assert sorted((fact["type"], fact["line"], fact["status"], fact["version"]) for fact in since) == [
            ("asian_handicap", "-0.25", "suspended", 2),
            ("asian_handicap", "-0.5", "open", 1),
            ("match_result", None, "open", 2),
        ]


class TestTellFixtures:
    def test_loaded_season_tells_each_fixture_and_then_its_markets(self) -> None:
        made = make_season()
        with CaptureQueriesContext(connection) as queries:
            load_season(season=made.season, first_kick_off_date=None, loaded_at=now())
        assert sum("core_factoutbox" in query["sql"] for query in queries.captured_queries) == 2
        fixtures = list(Fixture.objects.filter(competition_id=made.division))
        assert len(fixtures) == len(ROWS)
        for fixture in fixtures:
            assert order_told(fixture.id) == ["fixture.changed", *["market.changed"] * 3]
        first = fixtures[0]
        assert told(first.id, "fixture")[0] == {
            "fixtureId": typeid("fix", first.id),
            "sport": "football",
            "competition": made.division,
            "home": first.home,
            "away": first.away,
            "startsAt": instant_text(first.starts_at),
            "status": "scheduled",
            "score": None,
            "changed": [],
        }

    def test_season_that_is_there_tells_nothing_again(self) -> None:
        made = make_season()
        load_season(season=made.season, first_kick_off_date=None, loaded_at=now())
        fixture = Fixture.objects.filter(competition_id=made.division).earliest("starts_at")
        load_season(season=made.season, first_kick_off_date=None, loaded_at=now())
        assert len(order_told(fixture.id)) == 4

    def test_season_put_aside_tells_that_its_fixtures_are_cancelled(self) -> None:
        made = make_season()
        load_season(season=made.season, first_kick_off_date=None, loaded_at=now())
        fixture = Fixture.objects.filter(competition_id=made.division).earliest("starts_at")
        load_season_anew(season=made.season, first_kick_off_date=None, loaded_at=now())
        *_, fixture_told, first, second, third = told(fixture.id)
        assert (fixture_told["status"], fixture_told["changed"]) == ("cancelled", ["status"])
        assert {fact["status"] for fact in (first, second, third)} == {"cancelled"}

    def test_result_tells_the_score_and_then_the_settled_markets(self) -> None:
        made = make_fixture()
        enter(made, 2, 1)
        assert order_told(made.id) == ["fixture.changed", *["market.changed"] * 3]
        fixture_told, *markets = told(made.id)
        assert fixture_told["status"] == "finished"
        assert fixture_told["score"] == {"home": 2, "away": 1}
        assert fixture_told["changed"] == ["status", "score"]
        assert {(fact["status"], fact["version"]) for fact in markets} == {("settled", 2)}

    def test_corrected_result_tells_the_score_alone(self) -> None:
        made = make_fixture()
        enter(made, 2, 1)
        enter(made, 2, 1)
        enter(made, 1, 1)
        since = told(made.id)[4:]
        assert [fact["changed"] for fact in since] == [["score"]]

    def test_result_taken_back_tells_that_there_is_no_score(self) -> None:
        made = make_fixture()
        enter(made, 2, 1)
        withdraw_result(
            fixture_id=made.id,
            entered_by="ada",
            entered_at=made.fixture.starts_at + timedelta(hours=3),
            reason="wrong fixture",
        )
        fixture_told, *markets = told(made.id)[4:]
        assert (fixture_told["score"], fixture_told["changed"]) == (None, ["score"])
        assert {fact["status"] for fact in markets} == {"closed"}
