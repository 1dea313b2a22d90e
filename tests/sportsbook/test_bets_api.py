"""Bets over HTTP, as the contract has them."""

import json
import secrets
from typing import Any

import pytest

from core.clock import now
from core.ids import typeid
from partners.models import Tenant
from sportsbook.models import Outcome
from sportsbook.services.results import enter_result
from tests.makers.bets import MadePlayer, make_bettor, wallet_of
from tests.makers.http import Caller, make_caller
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.sportsbook import MadeFixture, make_fixture

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def owner(committed: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def caller(owner: Tenant) -> Caller:
    return make_caller(owner)


@pytest.fixture
def player(owner: Tenant) -> MadePlayer:
    return make_bettor(owner)


@pytest.fixture
def fixture(committed: None) -> MadeFixture:
    return make_fixture()


def body(player: MadePlayer, *outcomes: Outcome, **fields: Any) -> dict[str, Any]:
    return {
        "reference": secrets.token_hex(6),
        "playerId": typeid("plr", player.id),
        "stake": "25.00",
        "currency": "EUR",
        "legs": [
            {"outcomeId": typeid("out", each.id), "odds": f"{each.odds.normalize():f}"} for each in outcomes
        ],
        **fields,
    }


class TestPlaceBet:
    def test_answers_as_the_contract_says(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        asked = body(player, fixture.outcome())

        answer = caller.post("/api/v2/bets", asked)

        bet = answer.json()
        assert answer.status_code == 201
        assert bet.keys() == {
            *(
                "betId",
                "reference",
                "playerId",
                "type",
                "status",
                "stake",
                "currency",
                "odds",
                "potentialPayout",
            ),
            *("payout", "placedAt", "decideAt", "revision", "legs", "wallet"),
        }
        assert bet["betId"].startswith("bet_")
        assert (bet["reference"], bet["type"], bet["status"]) == (asked["reference"], "single", "accepted")
        assert (bet["stake"], bet["payout"], bet["decideAt"], bet["revision"]) == ("25.00", None, None, 0)
        assert bet["legs"][0].keys() == {
            *("fixtureId", "marketId", "outcomeId", "requestedOdds", "odds", "status"),
        }
        assert bet["wallet"] == {"currency": "EUR", "available": "75.00", "inPlay": "25.00", "debt": "0.00"}

    def test_repeated_request_gets_the_same_bytes_and_says_so(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        asked = body(player, fixture.outcome(), make_fixture().outcome("total_goals", "over"))
        first = caller.post("/api/v2/bets", asked)
        caller.post("/api/v2/bets", body(player, fixture.outcome(), stake="1.00"))

        again = caller.post("/api/v2/bets", asked)

        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.headers

    def test_same_content_in_another_order_of_fields_is_the_same_content(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        asked = body(player, fixture.outcome())
        first = caller.post("/api/v2/bets", asked)

        again = caller.post("/api/v2/bets", dict(reversed(asked.items())))

        assert again.content == first.content

    def test_same_values_written_otherwise_are_the_same_content(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        asked = body(player, fixture.outcome())
        first = caller.post("/api/v2/bets", asked)
        (leg,) = asked["legs"]

        again = caller.post(
            "/api/v2/bets",
            {
                **asked,
                "stake": asked["stake"].removesuffix("0"),
                "legs": [{**leg, "odds": leg["odds"] + "00"}],
            },
        )

        assert again.content == first.content

    def test_other_content_under_a_reference_is_a_conflict(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        asked = body(player, fixture.outcome())
        caller.post("/api/v2/bets", asked)

        other = caller.post("/api/v2/bets", {**asked, "stake": "26.00"})

        assert (other.status_code, other.json()["code"]) == (409, "REFERENCE_CONFLICT")

    def test_refusal_by_rule_is_final_and_replayed(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        asked = body(player, fixture.outcome(), stake="100.01")

        first, again = caller.post("/api/v2/bets", asked), caller.post("/api/v2/bets", asked)

        assert first.status_code == again.status_code == 422
        assert first.json()["code"] == again.json()["code"] == "INSUFFICIENT_FUNDS"
        assert first.json()["details"] == {"available": "100.00"}
        assert again.content == first.content
        assert again.headers["Idempotent-Replayed"] == "true"

    @pytest.mark.parametrize(
        ("change", "status", "code"),
        [
            ({"stake": 25}, 400, "AMOUNT_NOT_A_STRING"),
            ({"stake": "NaN"}, 400, "AMOUNT_INVALID"),
            ({"stake": "1e400"}, 400, "AMOUNT_INVALID"),
            ({"stake": "25.001"}, 400, "AMOUNT_TOO_PRECISE"),
            ({"stake": "0.00"}, 422, "STAKE_BELOW_MINIMUM"),
            ({"currency": "XXX"}, 400, "CURRENCY_UNKNOWN"),
            ({"currency": "USD"}, 422, "CURRENCY_MISMATCH"),
            ({"surprise": 1}, 400, "UNKNOWN_FIELD"),
            ({"legs": []}, 400, "LEGS_OUT_OF_RANGE"),
            ({"reference": "with space"}, 400, "INVALID_FIELD"),
            ({"oddsChange": "sometimes"}, 400, "INVALID_FIELD"),
            ({"playerId": "plr_00000000000000000000000000"}, 404, "NOT_FOUND"),
            ({"playerId": "nonsense"}, 404, "NOT_FOUND"),
            ({"system": [2, 3]}, 422, "SYSTEM_NOT_AVAILABLE"),
        ],
    )
    def test_broken_request_is_named_and_takes_nothing(
        self,
        caller: Caller,
        player: MadePlayer,
        fixture: MadeFixture,
        change: dict[str, Any],
        status: int,
        code: str,
    ) -> None:
        answer = caller.post("/api/v2/bets", body(player, fixture.outcome(), **change))

        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert wallet_of(player)[0] == 100

    def test_two_legs_of_one_fixture_are_refused_by_name(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        answer = caller.post(
            "/api/v2/bets", body(player, fixture.outcome(), fixture.outcome("total_goals", "over"))
        )

        assert (answer.status_code, answer.json()["code"]) == (422, "LEGS_RELATED")
        assert len(answer.json()["details"]["legs"]) == 2


class TestPlaceBatch:
    def test_each_bet_has_the_status_it_would_have_had(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        good = body(player, fixture.outcome())
        bets = [
            good,
            body(player, fixture.outcome(), stake=25),
            body(player, fixture.outcome(), stake="500.00"),
            body(player, fixture.outcome(), playerId="plr_00000000000000000000000000"),
            {"reference": "x"},
            good,
        ]

        answer = caller.post("/api/v2/bets/batch", {"bets": bets})

        results = answer.json()["results"]
        assert answer.status_code == 200
        assert [result["status"] for result in results] == [201, 400, 422, 404, 400, 201]
        assert [("bet" in result, "error" in result) for result in results] == [
            (True, False),
            *[(False, True)] * 4,
            (True, False),
        ]
        assert results[5]["bet"] == results[0]["bet"]
        assert results[2]["error"]["code"] == "INSUFFICIENT_FUNDS"

    def test_bet_that_cannot_be_read_spoils_no_other(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        good, hidden = body(player, fixture.outcome()), body(player, fixture.outcome(), playerId="plr_\u200b")
        twice = json.dumps(body(player, fixture.outcome()))[:-1] + ', "stake": "2.00"}'
        sent = f'{{"bets": [{json.dumps(hidden)}, {twice}, {json.dumps(good)}]}}'

        answer = caller.call("POST", "/api/v2/bets/batch", sent.encode())

        results = answer.json()["results"]
        assert answer.status_code == 200
        assert [result["status"] for result in results] == [400, 400, 201]
        assert [result["error"]["code"] for result in results[:2]] == ["INVALID_FIELD", "DUPLICATE_FIELD"]

    @pytest.mark.parametrize("count", [0, 101])
    def test_batch_has_from_one_to_a_hundred_bets(self, caller: Caller, count: int) -> None:
        answer = caller.post("/api/v2/bets/batch", {"bets": [{}] * count})

        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_FIELD")


class TestCheckBet:
    def test_tells_the_largest_stake_and_places_nothing(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        answer = caller.post("/api/v2/bets/check", body(player, fixture.outcome()))

        assert answer.status_code == 200
        assert (answer.json()["maxStake"], answer.json()["bindingLimit"]) == ("100.00", "balance")
        assert answer.json()["refusalCode"] is None
        assert answer.json()["legs"][0]["status"] == "open"
        assert wallet_of(player)[1] == 0

    def test_no_stake_passes_on_a_finished_fixture(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        with acting_as("b2b_jobs"):
            enter_result(
                fixture_id=fixture.id, home=1, away=0, entered_by="test", entered_at=now(), rehearsal=True
            )

        answer = caller.post("/api/v2/bets/check", body(player, fixture.outcome()))

        checked = answer.json()
        assert answer.status_code == 200
        assert (checked["maxStake"], checked["bindingLimit"]) == ("0.00", "legs")
        assert checked["refusalCode"] == "FIXTURE_STARTED"
        placed = caller.post("/api/v2/bets", body(player, fixture.outcome()))
        assert placed.json()["code"] == checked["refusalCode"]

    def test_refuses_who_could_not_bet_at_all(
        self, caller: Caller, owner: Tenant, fixture: MadeFixture
    ) -> None:
        suspended = make_bettor(owner, status="suspended")

        answer = caller.post("/api/v2/bets/check", body(suspended, fixture.outcome()))

        assert (answer.status_code, answer.json()["code"]) == (403, "PLAYER_SUSPENDED")


class TestListBets:
    def test_moment_that_no_database_holds_is_a_broken_request(self, caller: Caller) -> None:
        answer = caller.get("/api/v2/bets?placedBefore=0088-09-20T21:36:43%2B21:26")

        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_FIELD")

    def test_status_that_no_bet_has_yet_is_an_empty_list(self, caller: Caller) -> None:
        assert caller.get("/api/v2/bets?status=pending").json()["data"] == []

    def test_pages_from_the_newest_to_the_oldest_without_a_gap(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        placed = [
            caller.post(
                "/api/v2/bets", body(player, fixture.outcome(), stake="1.00", allowDuplicate=True)
            ).json()["betId"]
            for _ in range(5)
        ]

        seen, cursor = [], ""
        while True:
            page = caller.get(f"/api/v2/bets?playerId={typeid('plr', player.id)}&limit=2{cursor}").json()
            seen += [bet["betId"] for bet in page["data"]]
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"

        assert seen == placed[::-1]

    def test_finds_a_bet_by_its_reference(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        asked = body(player, fixture.outcome())
        bet_id = caller.post("/api/v2/bets", asked).json()["betId"]

        found = caller.get(f"/api/v2/bets?reference={asked['reference']}").json()["data"]

        assert [bet["betId"] for bet in found] == [bet_id]

    def test_another_tenants_bets_are_not_there(
        self, caller: Caller, player: MadePlayer, fixture: MadeFixture
    ) -> None:
        bet_id = caller.post("/api/v2/bets", body(player, fixture.outcome())).json()["betId"]
        other = make_caller()

        assert other.get("/api/v2/bets").json()["data"] == []
        assert other.get(f"/api/v2/bets/{bet_id}").status_code == 404
        assert caller.get(f"/api/v2/bets/{bet_id}").json()["revisions"] == []
