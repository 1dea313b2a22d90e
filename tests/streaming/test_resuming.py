"""Coming back: every event once and in order, whatever was dropped or killed meanwhile."""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from core.ids import uuid7
from tests.makers.http import make_caller
from tests.makers.partners import MadeClient, bearer, make_client, make_tenant, tenant_of
from tests.partners.serving import OwnValkey
from tests.streaming.faithful import Faithful
from tests.streaming.listening import announce, change_market, listen
from tests.streaming.serving import Stream, relay_process

pytestmark = pytest.mark.slow

CLIENTS = 60
EVENTS = 900
DROPS_MIN = 700


def announce_in_background(made: MadeClient, count: int, *, pause: Callable[[], float]) -> threading.Thread:
    """Announce so many events, some at a time, in a thread with a connection of its own."""
    tenant_id = tenant_of(made)

    def work() -> None:
        done = 0
        while done < count:
            size = min(random.randint(1, 9), count - done)
            announce(tenant_id, *range(done, done + size))
            done += size
            time.sleep(pause())
        connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


async def all_listen(clients: list[Faithful], *, seconds: float) -> None:
    await asyncio.wait_for(asyncio.gather(*(client.listen() for client in clients)), seconds)


class TestDrops:
    def test_sixty_clients_that_are_dropped_hear_every_event_once_in_order(self, stream: Stream) -> None:
        made, dice = make_client(), random.Random(7)
        headers = bearer(made)
        clients = [
            Faithful(stream.url, headers, EVENTS, random.Random(dice.random()), (1, 90))
            for _ in range(CLIENTS)
        ]
        writer = announce_in_background(made, EVENTS, pause=lambda: 0.02)
        asyncio.run(all_listen(clients, seconds=120))
        writer.join()
        for client in clients:
            assert client.heard == list(range(1, EVENTS + 1))
        assert sum(client.drops for client in clients) >= DROPS_MIN


class TestEvents:
    def test_what_was_missed_comes_first_then_what_happens(self, stream: Stream) -> None:
        tenant = make_tenant()
        made = make_client(tenant)
        announce(tenant.pk, *range(700))
        wait_for_events(make_caller(tenant), 700)
        with listen(stream, made) as listener:
            listener.ask("subscribe", id=1, topic="events", resume={"sequence": 100})
            found = [frame["sequence"] for frame in listener.events(600)]
            assert found == list(range(101, 701))
            status = listener.wait("status")
            assert (status["state"], status["sequence"]) == ("live", 700)
            announce(tenant_of(made), 1)
            assert listener.wait("event")["sequence"] == 701

    def test_filter_holds_for_what_was_missed(self, stream: Stream) -> None:
        tenant = make_tenant()
        announce(tenant.pk, *range(50))
        wait_for_events(make_caller(tenant), 50)
        with listen(stream, make_client(tenant)) as listener:
            status = listener.live("events", filter={"types": ["bet.placed"]}, resume={"sequence": 0})
            assert status["sequence"] == 50
            assert not listener.passed

    def test_too_long_ago_names_the_feed(self, django_db_setup: None, committed: None) -> None:
        stream = Stream(more={"B2B_STREAM_RESUME_EVENTS_MAX": "10"})
        tenant = make_tenant()
        try:
            with relay_process():
                stream.start()
                announce(tenant.pk, *range(30))
                with listen(stream, make_client(tenant)) as listener:
                    listener.live("events")
                with listen(stream, make_client(tenant)) as listener:
                    wait_for_events(make_caller(tenant), 30)
                    listener.ask("subscribe", id=3, topic="events", resume={"sequence": 5})
                    found = listener.wait("error")
        finally:
            stream.stop()
        assert (found["id"], found["code"]) == (3, "RESUME_TOO_OLD")
        answer = make_caller(tenant).get(found["details"]["cursor"])
        assert [event["sequence"] for event in answer.json()["data"]] == list(range(6, 31))


def wait_for_events(caller: Any, count: int) -> None:
    until = time.monotonic() + 10
    while caller.get(f"/api/v2/events?after={count - 1}").json().get("nextAfter", 0) < count:
        assert time.monotonic() < until
        time.sleep(0.05)


class TestOdds:
    def test_clock_brings_the_changes_since(self, stream: Stream) -> None:
        made, market_id = make_client(), uuid7()
        wanted = {"competitions": ["R1"]}
        with listen(stream, made) as listener:
            listener.live("odds", filter=wanted)
            change_market(market_id=market_id, version=1, competition="R1")
            clock = listener.wait("delta")["clock"]
        for version in (2, 3, 4):
            change_market(market_id=market_id, version=version, competition="R1")
        with listen(stream, made) as listener:
            listener.live("odds", id=1, filter=wanted, resume={"clock": clock})
            while not any(_version(frame) == 4 for frame in listener.passed):
                listener.passed.append(listener.next())
        assert [_version(frame) for frame in listener.passed if frame["op"] == "delta"] == [2, 3, 4]
        assert not [frame for frame in listener.passed if frame["op"] == "snapshot"]

    @pytest.mark.parametrize("clock", ["999999999", "x", "", "-1", "1e3"])
    def test_clock_that_is_none_brings_a_snapshot(self, stream: Stream, clock: str) -> None:
        with listen(stream, make_client()) as listener:
            listener.ask("subscribe", id=1, topic="odds", resume={"clock": clock})
            assert listener.next()["op"] == "snapshot"


def _version(frame: dict[str, Any]) -> int:
    return int(frame["markets"][-1]["version"]) if frame["op"] == "delta" else 0


class TestValkey:
    def test_emptied_valkey_loses_and_doubles_nothing(self, committed: None, tmp_path: Path) -> None:
        valkey = OwnValkey(tmp_path)
        valkey.start()
        stream, made = Stream(valkey_url=valkey.url), make_client()
        try:
            with relay_process(valkey.url):
                stream.start()
                with listen(stream, made) as listener, listen(stream, made) as of_odds:
                    listener.live("events")
                    of_odds.live("odds", filter={"competitions": ["V1"]})
                    for number in range(5):
                        announce(tenant_of(made), number)
                        if number == 2:
                            valkey.stop()
                        change_market(version=number, competition="V1")
                        time.sleep(0.1)
                    assert [_version(of_odds.wait("delta")) for _ in range(5)] == [0, 1, 2, 3, 4]
                    assert [frame["sequence"] for frame in listener.events(5)] == [1, 2, 3, 4, 5]
                    valkey.start()
                    announce(tenant_of(made), 5)
                    assert listener.wait("event")["sequence"] == 6
        finally:
            stream.stop()
            valkey.stop()


class TestKills:
    def test_killed_streams_and_valkeys_lose_and_double_nothing(
        self, committed: None, tmp_path: Path
    ) -> None:
        valkey = OwnValkey(tmp_path)
        valkey.start()
        stream, made, dice = Stream(valkey_url=valkey.url), make_client(), random.Random(11)
        stream.start()
        stopping = threading.Event()
        clients = [Faithful(stream.url, bearer(made), EVENTS, random.Random(number)) for number in range(20)]

        def kill() -> None:
            while not stopping.wait(dice.uniform(1.0, 2.5)):
                if dice.random() < 0.5:
                    stream.kill()
                    stream.start()
                else:
                    valkey.stop()
                    time.sleep(dice.uniform(0.1, 1.0))
                    valkey.start()

        killer = threading.Thread(target=kill)
        try:
            with relay_process(valkey.url):
                writer = announce_in_background(made, EVENTS, pause=lambda: 0.15)
                killer.start()
                asyncio.run(all_listen(clients, seconds=240))
                writer.join()
        finally:
            stopping.set()
            killer.join()
            stream.stop()
            valkey.stop()
        for client in clients:
            assert client.heard == list(range(1, EVENTS + 1))
        assert sum(client.losses for client in clients) >= 20
