"""Reading what can be bet on, over HTTP with a token, as a partner does."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.clock import instant_text, now
from core.ids import typeid, uuid7
from core.tenancy import tenant
from sportsbook.models import Fixture, Market, OddsChange, Outcome
from sportsbook.queries.fixtures import FixtureUnknown, get_fixture
from sportsbook.services.odds import change_odds
from sportsbook.services.results import enter_result
from tests.makers.partners import MadeClient, make_client, make_tenant
from tests.makers.roles import acting_as
from tests.makers.sportsbook import MadeFixture, make_fixture

pytestmark = pytest.mark.usefixtures("committed")


class Partner:
    """A partner's system with a token."""

    def __init__(self, client: MadeClient) -> None:
        self.tenant_id = client.client.tenant_id
        basic = base64.b64encode(f"{client.client_id}:{client.secret}".encode()).decode()
        answer = Client().post(
            "/oauth/token",
            "grant_type=client_credentials",
            content_type="application/x-www-form-urlencoded",
            headers={"Authorization": f"Basic {basic}"},
        )
        assert answer.status_code == 200, answer.content
        self.http = Client(headers={"Authorization": f"Bearer {answer.json()['access_token']}"})

    def get(self, path: str, expected: int = 200, /, **query: Any) -> Any:
        answer = self.http.get(f"/api/v2{path}", query)
        assert answer.status_code == expected, answer.content
        return answer.json()

    def pages(self, path: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, **query, **cursor)
            yield page["data"]
            if page["nextCursor"] is None:
                return
            cursor = {"cursor": page["nextCursor"]}


@pytest.fixture
def partner() -> Partner:
    return Partner(make_client())


def new_competition() -> str:
    return f"C{uuid7().hex[-10:]}"


def ids(data: list[dict[str, Any]]) -> list[str]:
    return [each["fixtureId"] for each in data]


def shown_id(made: MadeFixture) -> str:
    return typeid("fix", made.id)


class TestListSports:
    def test_shows_each_with_its_name(self, partner: Partner) -> None:
        make_fixture()
        assert {"sport": "football", "name": "Football"} in partner.get("/sports")["data"]

    def test_needs_the_scope(self) -> None:
        partner = Partner(make_client(scopes=("players:read",)))
        for path in ("/sports", "/competitions", "/fixtures", f"/fixtures/{typeid('fix', uuid7())}"):
            assert partner.get(path, 403)["code"] == "INSUFFICIENT_SCOPE"

    def test_needs_a_token(self) -> None:
        assert Client().get("/api/v2/sports").status_code == 401


class TestListCompetitions:
    def test_shows_those_of_a_sport(self, partner: Partner) -> None:
        competition = new_competition()
        make_fixture(competition=competition)
        found = [row for page in partner.pages("/competitions", sport="football") for row in page]
        assert {"competition": competition, "sport": "football", "name": f"League {competition}"} in found
        assert partner.get("/competitions", sport="curling") == {"data": [], "nextCursor": None}

    def test_pages_one_by_one(self, partner: Partner) -> None:
        wanted = sorted(new_competition() for _ in range(3))
        for competition in wanted:
            make_fixture(competition=competition)
        found = [row["competition"] for page in partner.pages("/competitions", limit=1) for row in page]
        assert [each for each in found if each in wanted] == wanted


class TestReadFixture:
    def test_shows_markets_outcomes_and_odds(self, partner: Partner) -> None:
        starts_at = datetime(2031, 5, 1, 14, 0, tzinfo=UTC)
        made = make_fixture(starts_at=starts_at)
        assert partner.get(f"/fixtures/{shown_id(made)}") == {
            "fixtureId": shown_id(made),
            "sport": "football",
            "competition": "T0",
            "home": made.fixture.home,
            "away": made.fixture.away,
            "startsAt": "2031-05-01T14:00:00.000Z",
            "status": "scheduled",
            "score": None,
            "markets": [
                market_view(made, "match_result", None, home="2.10", draw="3.40", away="3.60"),
                market_view(made, "total_goals", "2.5", over="1.95", under="1.87"),
                market_view(made, "asian_handicap", "-0.25", home="1.91", away="1.99"),
            ],
        }

    def test_shows_the_score_once_there_is_one(self, partner: Partner) -> None:
        made = make_fixture()
        with acting_as("b2b_jobs"):
            enter_result(
                fixture_id=made.id, home=2, away=0, entered_by="ada", entered_at=now(), rehearsal=True
            )
        shown = partner.get(f"/fixtures/{shown_id(made)}")
        assert (shown["status"], shown["score"]) == ("finished", {"home": 2, "away": 0})
        assert {(each["status"], each["version"]) for each in shown["markets"]} == {("settled", 2)}

    def test_shows_odds_as_they_are_now(self, partner: Partner) -> None:
        made = make_fixture()
        home = made.outcome()
        with acting_as("b2b_jobs"):
            change_odds(
                market_id=home.market_id, odds={home.id: Decimal("2.125")}, source="desk", changed_at=now()
            )
        market = partner.get(f"/fixtures/{shown_id(made)}")["markets"][0]
        assert (market["version"], market["outcomes"][0]["odds"]) == (2, "2.125")

    def test_whole_lines_have_no_decimals(self, partner: Partner) -> None:
        made = make_fixture(
            markets={
                ("asian_handicap", "0"): {"home": "1.90", "away": "2"},
                ("total_goals", "3.00"): {"over": "1.5", "under": "2.5"},
            }
        )
        shown = partner.get(f"/fixtures/{shown_id(made)}")["markets"]
        assert [each["line"] for each in shown] == ["0", "3"]
        assert shown[0]["outcomes"][1]["odds"] == "2.00"

    def test_unknown_and_malformed_ids_are_the_same_404(self, partner: Partner) -> None:
        made = make_fixture()
        wrong = (
            typeid("fix", uuid7()),
            "fix_1",
            typeid("mkt", made.id),
            str(made.id),
            shown_id(made).upper(),
        )
        found = [partner.get(f"/fixtures/{each}", 404) for each in wrong]
        assert {(each["code"], each["message"]) for each in found} == {
            (found[0]["code"], found[0]["message"])
        }


class TestListFixtures:
    def test_pages_by_kick_off_without_gap_or_repetition(self, partner: Partner) -> None:
        competition, at = new_competition(), now() + timedelta(days=1)
        made = [
            make_fixture(competition=competition, starts_at=at + timedelta(minutes=n // 2)) for n in range(5)
        ]
        pages = list(partner.pages("/fixtures", competition=competition, limit=2))
        assert [ids(page) for page in pages] == [
            [shown_id(each) for each in made[n : n + 2]] for n in range(0, 5, 2)
        ]

    def test_narrows_by_sport_status_and_start(self, partner: Partner) -> None:
        competition, at = new_competition(), datetime(2031, 5, 1, 14, 0, tzinfo=UTC)
        early = make_fixture(competition=competition, starts_at=at)
        late = make_fixture(competition=competition, starts_at=at + timedelta(days=1), status="postponed")

        def listed(**query: str) -> list[str]:
            return ids(partner.get("/fixtures", competition=competition, **query)["data"])

        tomorrow = instant_text(at + timedelta(days=1))
        assert listed(startsFrom=tomorrow) == [shown_id(late)]
        assert listed(startsBefore=tomorrow) == [shown_id(early)]
        assert listed(status="postponed") == [shown_id(late)]
        assert listed(sport="football") == [shown_id(early), shown_id(late)]
        assert listed(sport="curling") == []

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ({"status": "over"}, "INVALID_FIELD"),
            ({"startsFrom": "tomorrow"}, "INVALID_FIELD"),
            ({"startsFrom": "2031-05-01T14:00:00"}, "INVALID_FIELD"),
            ({"limit": "0"}, "INVALID_FIELD"),
            ({"limit": "201"}, "INVALID_FIELD"),
            ({"cursor": "x"}, "CURSOR_INVALID"),
            ({"season": "2025-26"}, "UNKNOWN_FIELD"),
            ({"competition": ["E0", "E1"]}, "DUPLICATE_FIELD"),
            ({"competition": "E0\x00"}, "INVALID_FIELD"),
        ],
    )
    def test_broken_query_is_named(self, partner: Partner, query: dict[str, Any], code: str) -> None:
        assert partner.get("/fixtures", 400, **query)["code"] == code

    def test_cursor_of_another_list_is_refused(self, partner: Partner) -> None:
        for competition in (new_competition(), new_competition()):
            make_fixture(competition=competition)
        cursor = partner.get("/competitions", limit=1)["nextCursor"]
        assert partner.get("/fixtures", 400, cursor=cursor)["code"] == "CURSOR_INVALID"

    def test_takes_as_many_statements_for_ten_fixtures_as_for_one(self, partner: Partner) -> None:
        one, ten = new_competition(), new_competition()
        make_fixture(competition=one)
        for _ in range(10):
            make_fixture(competition=ten)
        counted = []
        for competition in (one, ten):
            with CaptureQueriesContext(connection) as queries:
                partner.get("/fixtures", competition=competition)
            counted.append(sum("sportsbook_" in query["sql"] for query in queries))
        assert counted == [2, 2]

    def test_fixture_without_markets_is_shown_with_none(self, partner: Partner) -> None:
        made = make_fixture(markets={})
        assert partner.get(f"/fixtures/{shown_id(made)}")["markets"] == []


class TestSandbox:
    def test_fixture_of_a_tenant_is_seen_by_that_tenant_alone(self, partner: Partner) -> None:
        competition, other = new_competition(), Partner(make_client())
        mine = make_fixture(competition=competition, owner_tenant_id=partner.tenant_id)
        everybodys = make_fixture(competition=competition, starts_at=now() + timedelta(days=2))
        assert ids(partner.get("/fixtures", competition=competition)["data"]) == [
            shown_id(mine),
            shown_id(everybodys),
        ]
        assert ids(other.get("/fixtures", competition=competition)["data"]) == [shown_id(everybodys)]
        assert partner.get(f"/fixtures/{shown_id(mine)}")["home"] == mine.fixture.home
        hidden = other.get(f"/fixtures/{shown_id(mine)}", 404)
        absent = other.get(f"/fixtures/{typeid('fix', uuid7())}", 404)
        assert (hidden["code"], hidden["message"]) == (absent["code"], absent["message"])

    def test_filter_holds_where_the_database_would_show_all(self) -> None:
        mine, theirs = make_tenant(), make_tenant()
        made = make_fixture(owner_tenant_id=theirs.id)
        with acting_as("b2b_jobs"):
            from_all = Market.objects.filter(fixture_id=made.id).count()
            assert from_all == 3
            with pytest.raises(FixtureUnknown):
                get_fixture(tenant_id=mine.id, fixture_id=made.id)

    def test_database_holds_where_the_filter_would_show_all(self) -> None:
        mine, theirs = make_tenant(), make_tenant()
        made = make_fixture(owner_tenant_id=theirs.id)
        with tenant(mine.id):
            assert not Fixture.objects.filter(id=made.id).exists()
            assert not Market.objects.filter(fixture_id=made.id).exists()
            assert not Outcome.objects.filter(market__fixture_id=made.id).exists()
            assert not OddsChange.objects.filter(outcome_id=made.outcome().id).exists()
        with tenant(theirs.id):
            assert Outcome.objects.filter(market__fixture_id=made.id).count() == 7


def market_view(made: MadeFixture, kind: str, line: str | None, **odds: str) -> dict[str, Any]:
    """Return a made market as partners see it."""
    return {
        "marketId": typeid("mkt", made.markets[kind].id),
        "type": kind,
        "line": line,
        "status": "open",
        "version": 1,
        "outcomes": [
            {"outcomeId": typeid("out", made.outcome(kind, name).id), "name": name, "odds": value}
            for name, value in odds.items()
        ],
    }
