"""A partner's first day over HTTP: from a token to settled and corrected bets, and a statement as a file.

What staff and background processes do is done beside it, as they do it.
"""

import csv
import io
import json
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from core.clock import now
from core.ids import typeid
from core.relay import Relay
from partners.models import Tenant
from sportsbook.services.results import enter_result
from tests.makers.bets import settle_fixture
from tests.makers.http import Caller
from tests.makers.partners import make_client, make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import make_plan
from tests.makers.sportsbook import MadeFixture, make_fixture

pytestmark = pytest.mark.usefixtures("committed")

EVENTS_WITHIN_SECONDS = 10.0


@contextmanager
def relaying() -> Iterator[None]:
    """Let a relay number the events, in a thread of its own with the login of the jobs."""
    relay = Relay()

    def run() -> None:
        with acting_as("b2b_jobs"):
            relay.run()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        relay.stop()
        thread.join(timeout=5)
    assert not thread.is_alive()


def connect(tenant: Tenant) -> Caller:
    """Get a token as RFC 6749 has it: with what staff issued, and nothing else."""
    made = make_client(tenant)
    caller = Caller(tenant_id=tenant.id, client_id=made.client_id, secret=made.secret, http=Client())
    basic = b64encode(f"{made.client_id}:{made.secret}".encode()).decode()
    answer = caller.http.post(
        "/oauth/token",
        "grant_type=client_credentials",
        content_type="application/x-www-form-urlencoded",
        HTTP_AUTHORIZATION=f"Basic {basic}",
    )
    caller.token = answer.json()["access_token"]
    return caller


def wanted(answer: Any, status: int) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json()


def outcome_id(fixture: dict[str, Any], market_type: str, name: str) -> str:
    (found,) = (
        outcome["outcomeId"]
        for market in fixture["markets"]
        if market["type"] == market_type
        for outcome in market["outcomes"]
        if outcome["name"] == name
    )
    return str(found)


def bet_body(reference: str, player_id: str, stake: str, *legs: tuple[str, str]) -> dict[str, Any]:
    return {
        "reference": reference,
        "playerId": player_id,
        "stake": stake,
        "currency": "EUR",
        "legs": [{"outcomeId": outcome, "odds": odds} for outcome, odds in legs],
    }


def play(made: MadeFixture, home: int, away: int) -> None:
    """Enter a result, as staff do in a rehearsal, and settle its bets, as the workers do."""
    with acting_as("b2b_jobs"):
        enter_result(
            fixture_id=made.id, home=home, away=away, entered_by="ada", entered_at=now(), rehearsal=True
        )
    settle_fixture(made.id)


def draft(tenant: Tenant) -> dict[str, Any]:
    """Draft the statement of this month, as staff do, and return what the command says."""
    said = io.StringIO()
    with acting_as("b2b_jobs"):
        call_command(
            "draft_statements",
            f"--period={now():%Y-%m}",
            f"--tenant={typeid('tnt', tenant.id)}",
            "--json",
            stdout=said,
        )
    (drafted,) = json.loads(said.getvalue())
    return dict(drafted)


def read_events(caller: Caller, count: int) -> list[dict[str, Any]]:
    """Return the feed once it has `count` events, read in pages of three."""
    events: list[dict[str, Any]] = []
    give_up_at = time.monotonic() + EVENTS_WITHIN_SECONDS
    after = 0
    while len(events) < count and time.monotonic() < give_up_at:
        page = wanted(caller.get(f"/api/v2/events?limit=3&after={after}"), 200)
        events += page["data"]
        after = page["nextAfter"]
        if not page["data"]:
            time.sleep(0.05)
    return events


class Day:
    """A tenant with a plan of 0.15, a player with 500.00, and two fixtures of its own to bet on."""

    def __init__(self) -> None:
        self.tenant = make_tenant(time_zone="UTC")
        make_plan(self.tenant, "0.15")
        self.drawn, self.won = make_fixture(), make_fixture()
        self.caller = connect(self.tenant)
        player = wanted(
            self.caller.post(
                "/api/v2/players",
                {"reference": "P-1", "currency": "EUR", "country": "MT", "timeZone": "Europe/Malta"},
            ),
            201,
        )
        self.player_id = str(player["playerId"])
        deposit = {"reference": "D-1", "amount": "500.00", "currency": "EUR"}
        wanted(self.caller.post(f"/api/v2/players/{self.player_id}/deposits", deposit), 201)

    def fixture(self, made: MadeFixture) -> dict[str, Any]:
        return dict(wanted(self.caller.get(f"/api/v2/fixtures/{typeid('fix', made.id)}"), 200))

    def place(self) -> dict[str, dict[str, Any]]:
        """Place 100 on home -0.25, 20 on the draw, and 10 on the draw with the other fixture's home win."""
        drawn, won = self.fixture(self.drawn), self.fixture(self.won)
        draw = (outcome_id(drawn, "match_result", "draw"), "3.40")
        bodies = [
            bet_body("B-1", self.player_id, "100.00", (outcome_id(drawn, "asian_handicap", "home"), "1.91")),
            bet_body("B-2", self.player_id, "20.00", draw),
            bet_body("B-3", self.player_id, "10.00", draw, (outcome_id(won, "match_result", "home"), "2.10")),
        ]
        for body in bodies:
            wanted(self.caller.post("/api/v2/bets", body), 201)
        return {body["reference"]: body for body in bodies}

    def bets(self) -> dict[str, tuple[str, str | None, int]]:
        shown = wanted(self.caller.get("/api/v2/bets"), 200)["data"]
        return {bet["reference"]: (bet["status"], bet["payout"], bet["revision"]) for bet in shown}

    def available(self) -> tuple[str, str]:
        wallet = wanted(self.caller.get(f"/api/v2/players/{self.player_id}/wallet"), 200)
        return wallet["available"], wallet["inPlay"]

    def lines(self, statement: dict[str, Any]) -> dict[str, tuple[str, str, str, str]]:
        return {
            line.get("fixtureId", "MULTI"): (
                line["stakes"],
                line["payouts"],
                line["revenue"],
                line["amount"],
            )
            for line in statement["lines"]
        }


class TestFirstDay:
    def test_bet_sent_again_is_the_same_bet_and_with_other_content_a_conflict(self) -> None:
        day = Day()
        bodies = day.place()

        again = day.caller.post("/api/v2/bets", bodies["B-1"])
        other = day.caller.post("/api/v2/bets", {**bodies["B-1"], "stake": "99.00"})

        assert wanted(again, 201)["reference"] == "B-1"
        assert again.headers["Idempotent-Replayed"] == "true"
        assert wanted(other, 409)["code"] == "REFERENCE_CONFLICT"
        assert day.available() == ("370.00", "130.00")

    def test_results_pay_to_the_cent_and_the_statement_adds_up(self) -> None:
        day = Day()
        day.place()

        play(day.drawn, 1, 1)
        play(day.won, 2, 0)

        assert day.bets() == {
            "B-1": ("part_lost", "50.00", 1),
            "B-2": ("won", "68.00", 1),
            "B-3": ("won", "71.40", 1),
        }
        assert day.available() == ("559.40", "0.00")
        statement = draft(day.tenant)
        fixture_id = typeid("fix", day.drawn.id)
        assert day.lines(statement) == {
            fixture_id: ("120.00", "118.00", "2.00", "0.30"),
            "MULTI": ("10.00", "71.40", "-61.40", "-9.21"),
        }
        assert (statement["revenue"], statement["total"]) == ("-59.40", "-8.91")

    def test_corrected_result_moves_wallets_and_the_statement_drafted_again(self) -> None:
        day = Day()
        day.place()
        play(day.drawn, 1, 1)
        play(day.won, 2, 0)
        first = draft(day.tenant)

        play(day.drawn, 2, 1)

        assert day.bets() == {
            "B-1": ("won", "191.00", 2),
            "B-2": ("lost", "0.00", 2),
            "B-3": ("lost", "0.00", 2),
        }
        assert day.available() == ("561.00", "0.00")
        again = draft(day.tenant)
        assert again["number"] == first["number"]
        assert (again["revenue"], again["total"]) == ("-61.00", "-9.15")
        assert wanted(day.caller.get(f"/api/v2/statements/{again['statementId']}"), 200) == again

    def test_statement_is_exported_as_it_is_shown(self) -> None:
        day = Day()
        day.place()
        play(day.drawn, 1, 1)
        play(day.won, 2, 0)
        statement = draft(day.tenant)

        answer = day.caller.get(f"/api/v2/statements/{statement['statementId']}/export?format=csv")

        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
        assert [(row["Record"], row["Revenue"], row["Commission"]) for row in rows] == [
            ("line", "2.00", "0.30"),
            ("line", "-61.40", "-9.21"),
            ("charge", "-59.40", "-8.91"),
            ("total", "-59.40", "-8.91"),
        ]

    def test_feed_tells_everything_once_without_gaps_and_causes_first(self) -> None:
        with relaying():
            day = Day()
            day.place()
            play(day.drawn, 1, 1)
            play(day.won, 2, 0)

            events = read_events(day.caller, 14)

        assert [event["sequence"] for event in events] == list(range(1, 15))
        types = [event["type"] for event in events]
        assert types[:2] == ["user.registered", "balance.updated"]
        assert sorted(types) == ["balance.updated"] * 7 + ["bet.placed"] * 3 + ["bet.settled"] * 3 + [
            "user.registered"
        ]
        for reference in ("B-1", "B-2", "B-3"):
            told = [event["type"] for event in events if event["data"].get("reference") == reference]
            assert told == ["bet.placed", "bet.settled"]
        assert events[-1]["data"]["available"] == "559.40"
