"""Many at once, over HTTP and over several processes: one reference is one bet, a limit is never passed, and
everything that moves a player's money may happen at the same moment.
"""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from core.clock import now
from core.errors import Refusal
from core.ids import typeid
from core.tenancy import tenant
from partners.models import Tenant
from risk.models import DailyStake, Limit
from sportsbook.models import Bet, Settlement
from sportsbook.services.results import enter_result, withdraw_result
from tests.makers.bets import MadePlayer, make_bettor, settle_fixture, wallet_of
from tests.makers.partners import access_token, make_client, make_tenant
from tests.makers.roles import acting_as
from tests.makers.sportsbook import MadeFixture, make_fixture
from tests.partners.serving import api_process
from wallet.models import JournalEntry

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]

PROCESSES = 2
RETRIED = (409, 503)


@pytest.fixture(scope="module")
def urls(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[str]]:
    """API processes on the test database."""
    with django_db_blocker.unblock(), ExitStack() as stack:
        yield [stack.enter_context(api_process()) for _ in range(PROCESSES)]


class System:
    """A partner's system: it calls the processes in turn."""

    def __init__(self, urls: list[str], owner: Tenant) -> None:
        self.owner = owner
        self._headers = {"Authorization": f"Bearer {access_token(make_client(owner))}"}
        self._urls = urls

    def client(self, place: int) -> httpx.Client:
        return httpx.Client(
            base_url=f"{self._urls[place % len(self._urls)]}/api/v2", headers=self._headers, timeout=60
        )

    def at_once(self, count: int, call: Callable[[httpx.Client, int], Any]) -> list[Any]:
        """Return what `count` threads got that called at the same moment, over all processes."""
        start = threading.Barrier(count)

        def one(place: int) -> Any:
            with self.client(place) as http:
                start.wait()
                return call(http, place)

        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(one, range(count)))


@pytest.fixture
def system(urls: list[str]) -> System:
    return System(urls, make_tenant(requests_per_minute=100_000))


def bet(player: MadePlayer, made: MadeFixture, *, stake: str, reference: str = "", **more: Any) -> Any:
    return {
        "reference": reference or secrets.token_hex(8),
        "playerId": typeid("plr", player.id),
        "stake": stake,
        "currency": player.currency,
        "legs": [{"outcomeId": typeid("out", made.outcome().id), "odds": str(made.outcome().odds)}],
        "allowDuplicate": True,
        **more,
    }


def until_answered(http: httpx.Client, path: str, body: Any) -> httpx.Response:
    """Send a write, and again under its reference while another transaction has the word."""
    for _ in range(100):
        answer = http.post(path, json=body)
        if answer.status_code not in RETRIED or answer.json()["code"] == "REFERENCE_CONFLICT":
            return answer
        time.sleep(0.05)
    raise AssertionError(f"never answered: {answer.text}")


def bets_of(player: MadePlayer) -> list[Bet]:
    with tenant(player.tenant_id):
        return list(Bet.objects.filter(tenant_id=player.tenant_id, player_id=player.id))


class TestOneReference:
    def test_in_50_threads_over_two_processes_is_one_bet(self, system: System) -> None:
        player, made = make_bettor(system.owner), make_fixture()
        body = bet(player, made, stake="10.00")
        answers = system.at_once(50, lambda http, _: http.post("/bets", json=body))
        assert {answer.status_code for answer in answers} <= {201, 409}
        assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {
            "REFERENCE_IN_PROGRESS"
        }
        made_bodies = [answer.json() for answer in answers if answer.status_code == 201]
        assert made_bodies
        assert all(each == made_bodies[0] for each in made_bodies)
        assert [typeid("bet", each.id) for each in bets_of(player)] == [made_bodies[0]["betId"]]
        assert wallet_of(player) == (Decimal(90), Decimal(10), Decimal(0))
        with tenant(player.tenant_id):
            assert JournalEntry.objects.filter(player_id=player.id, kind="bet_placed").count() == 1

    def test_with_two_contents_is_the_bet_of_one_of_them(self, system: System) -> None:
        player, made = make_bettor(system.owner), make_fixture()
        bodies = [bet(player, made, stake=stake, reference="B-1") for stake in ("10.00", "20.00")]
        answers = system.at_once(20, lambda http, place: until_answered(http, "/bets", bodies[place % 2]))
        (placed,) = bets_of(player)
        told = Counter((answer.status_code, answer.request.content) for answer in answers)
        assert sorted(status for status, _ in told) == [201, 409]
        won = next(answer for answer in answers if answer.status_code == 201)
        assert Decimal(won.json()["stake"]) == placed.stake

    def test_in_batches_at_once_is_one_bet(self, system: System) -> None:
        player, made = make_bettor(system.owner), make_fixture()
        bodies = [bet(player, made, stake="1.00", reference=f"B-{number}") for number in range(20)]
        answers = system.at_once(
            8,
            lambda http, place: http.post(
                "/bets/batch", json={"bets": bodies if place % 2 else bodies[::-1]}
            ),
        )
        assert {answer.status_code for answer in answers} == {200}
        statuses = Counter(result["status"] for answer in answers for result in answer.json()["results"])
        assert set(statuses) <= {201, 409, 503}
        with system.client(0) as http:
            for body in bodies:
                assert until_answered(http, "/bets", body).status_code == 201
        placed = sorted(each.reference for each in bets_of(player))
        assert placed == sorted(each["reference"] for each in bodies)
        assert wallet_of(player)[0] == Decimal(80)


class TestDailyLimit:
    def test_32_threads_over_two_processes_never_pass_it(self, system: System) -> None:
        with acting_as("b2b_jobs"):
            Limit.objects.create(
                kind="daily_stake", vip=False, tenant=system.owner, amount=Decimal(100), updated_at=now()
            )
        player, made = make_bettor(system.owner, currency="USD", available="1000.00"), make_fixture()
        answers = system.at_once(
            32, lambda http, _: until_answered(http, "/bets", bet(player, made, stake="7.00"))
        )
        told = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
        assert told == {(201, None): 14, (422, "DAILY_LIMIT_EXCEEDED"): 18}
        with tenant(player.tenant_id):
            assert DailyStake.objects.get(player_id=player.id).stake == 98
        assert sum(each.stake for each in bets_of(player)) == 98


class TestBalance:
    def test_32_threads_never_stake_more_than_there_is(self, system: System) -> None:
        player, made = make_bettor(system.owner, available="100.00"), make_fixture()
        answers = system.at_once(
            32, lambda http, _: until_answered(http, "/bets", bet(player, made, stake="7.00"))
        )
        told = Counter((answer.status_code, answer.json().get("code")) for answer in answers)
        assert told == {(201, None): 14, (422, "INSUFFICIENT_FUNDS"): 18}
        assert wallet_of(player) == (Decimal(2), Decimal(98), Decimal(0))


class TestEverythingAtOnce:
    def test_leaves_right_books_and_no_deadlock(self, system: System, superuser_url: str) -> None:
        players = [make_bettor(system.owner, available="500.00") for _ in range(3)]
        fixtures = [make_fixture() for _ in range(3)]
        deadlocks = _deadlocks(superuser_url)
        until = time.monotonic() + 6

        def partner(http: httpx.Client, place: int) -> list[tuple[int, str]]:
            told = []
            number = 0
            while time.monotonic() < until:
                number += 1
                path, body = _write(place, number, players, fixtures)
                answer = http.post(path, json=body)
                told.append((answer.status_code, answer.json().get("code", "")))
            return told

        def house(place: int) -> None:
            """Results come, change, and are taken back, while bets are placed."""
            number = place
            while time.monotonic() < until:
                made, number = fixtures[number % len(fixtures)], number + 1
                with acting_as("b2b_jobs"):
                    if number % 4 == 3:
                        withdraw_result(fixture_id=made.id, entered_by="test", entered_at=now(), reason="")
                    else:
                        enter_result(
                            fixture_id=made.id,
                            home=number % 3,
                            away=number % 2,
                            entered_by="test",
                            entered_at=now(),
                            rehearsal=True,
                        )
                settle_fixture(made.id)
            connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            houses = [pool.submit(_suffering_only_refusals, house, place) for place in range(2)]
            told = Counter(each for found in system.at_once(8, partner) for each in found)
            for each in houses:
                each.result()
        for made in fixtures:
            settle_fixture(made.id)

        assert _deadlocks(superuser_url) == deadlocks
        assert {code for status, code in told if status >= 500} <= {"PLACEMENT_CONTENDED"}, told
        assert sum(count for (status, _), count in told.items() if status in (200, 201)) > 20, told
        for player in players:
            _check_books(player)


def _write(
    place: int, number: int, players: list[MadePlayer], fixtures: list[MadeFixture]
) -> tuple[str, Any]:
    player = players[(place + number) % len(players)]
    path = f"/players/{typeid('plr', player.id)}"
    reference = f"{place}-{number}"
    money = {"reference": reference, "amount": f"{1 + number % 5}.50", "currency": "EUR"}
    match place % 4:
        case 0:
            return f"{path}/deposits", money
        case 1:
            return f"{path}/withdrawals", money
        case 2:
            # What the thread before this one has posted, or is about to.
            return f"{path}/rollbacks", {"reference": reference, "originalReference": f"{place - 2}-{number}"}
        case _:
            made = fixtures[number % len(fixtures)]
            return "/bets", bet(player, made, stake="2.00", reference=reference)


def _suffering_only_refusals(call: Callable[[int], None], place: int) -> None:
    try:
        call(place)
    except Refusal:
        connections.close_all()


def _deadlocks(superuser_url: str) -> int:
    with psycopg.connect(superuser_url, autocommit=True) as database:
        found = database.execute(
            "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
        ).fetchone()
    assert found
    return int(found[0])


def _check_books(player: MadePlayer) -> None:
    """The balance is the sum of its transfers, nothing is negative, and a bet pays what its results add up
    to.
    """
    with tenant(player.tenant_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(CASE WHEN t.credit_id = a.id THEN t.amount ELSE -t.amount END), 0) "
            "FROM wallet_account a JOIN wallet_transfer t ON t.tenant_id = a.tenant_id "
            "AND a.id IN (t.debit_id, t.credit_id) WHERE a.tenant_id = %s AND a.player_id = %s",
            [player.tenant_id, player.id],
        )
        (moved,) = cursor.fetchone()
    available, in_play, debt = wallet_of(player)
    assert min(available, in_play, debt) >= 0
    assert moved == available
    bets = bets_of(player)
    assert in_play == sum(each.stake for each in bets if each.status == "accepted")
    with tenant(player.tenant_id):
        for each in bets:
            revisions = Settlement.objects.filter(bet_id=each.id).order_by("revision")
            assert [row.revision for row in revisions] == list(range(1, each.revision + 1))
            payouts = sum(row.payout_delta for row in revisions)
            assert payouts == (each.payout or 0)
