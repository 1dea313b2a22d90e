"""A reader that does not keep up: it costs little, and nobody else notices."""

import json
import socket
import statistics
import threading
import time

import psutil
import pytest
from django.db import connections
from websockets.sync.client import connect

from core.ids import uuid7
from tests.makers.partners import MadeClient, bearer, make_client, tenant_of
from tests.streaming.listening import Listener, announce, change_market, listen
from tests.streaming.serving import Stream

pytestmark = pytest.mark.slow

EVENTS = 6_000
MEMORY_MAX = 48 * 1024 * 1024
"""What a reader that never reads may cost, and what the process takes meanwhile for itself."""


def lazy_socket(stream: Stream) -> socket.socket:
    """A connection whose own system takes little in: what is not read stays with the sender."""
    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 * 1024)
    lazy.connect(("127.0.0.1", stream.port))
    return lazy


def latencies(listener: Listener, made: MadeClient, count: int) -> list[float]:
    """Announce so many events one by one; return how long each took to come, in seconds."""
    found = []
    for number in range(count):
        began = time.monotonic()
        announce(tenant_of(made), number)
        listener.wait("event")
        found.append(time.monotonic() - began)
    return found


def announce_many(made: MadeClient) -> None:
    for start in range(0, EVENTS, 200):
        announce(tenant_of(made), *range(start, start + 200))
    connections.close_all()


@pytest.mark.alone
class TestEvents:
    def test_reader_that_never_reads_is_closed_and_costs_nobody_anything(self, stream: Stream) -> None:
        made, other = make_client(), make_client()
        process = psutil.Process(stream.pid)
        with listen(stream, other) as brisk:
            brisk.live("events")
            alone = latencies(brisk, other, 60)
            with connect(
                stream.url, sock=lazy_socket(stream), additional_headers=bearer(made), max_queue=1
            ) as lazy:
                lazy.send(json.dumps({"op": "subscribe", "id": 7, "topic": "events"}))
                assert json.loads(lazy.recv())["state"] == "live"
                memory = process.memory_info().rss
                announcing = threading.Thread(target=announce_many, args=(made,))
                announcing.start()
                beside = latencies(brisk, other, 60)
                announcing.join()
                assert process.memory_info().rss - memory < MEMORY_MAX
                ended = Listener(lazy)
                code, reason = ended.closed(seconds=30)
                heard = [frame["sequence"] for frame in ended.passed if frame["op"] == "event"]
        assert code == 4408
        assert reason == f"SLOW_READER id=7 sequence={heard[-1]}"
        assert heard == list(range(1, len(heard) + 1))
        assert len(heard) < EVENTS
        # Both share two processors with the writer of six thousand events: what counts is that nobody waits
        # for the one who does not read.
        assert statistics.quantiles(beside, n=100)[98] < max(0.5, 10 * statistics.quantiles(alone, n=100)[98])


class TestOdds:
    def test_reader_that_comes_back_gets_the_last_state(self, stream: Stream) -> None:
        made, market_id = make_client(), uuid7()
        padding = tuple((uuid7(), "x" * 60, 2) for _ in range(60))
        with connect(
            stream.url, sock=lazy_socket(stream), additional_headers=bearer(made), max_queue=1
        ) as lazy:
            listener = Listener(lazy)
            listener.live("odds", filter={"competitions": ["SLOW"]})
            for version in range(1, 301):
                change_market(market_id=market_id, version=version, competition="SLOW", outcomes=padding)
            time.sleep(1)
            versions: list[int] = []
            conflated = False
            while not versions or versions[-1] < 300:
                frame = listener.wait("delta")
                versions.append(frame["markets"][-1]["version"])
                conflated |= frame.get("conflated", False)
        assert conflated
        assert versions == sorted(set(versions))
        assert len(versions) < 300
