"""Whatever is killed, every event reaches its receiver, under the one id that it has for ever.

Held against two witnesses that are not the platform: the log of what the receiver was sent, and the journal
of the client, who knows which writes were acknowledged.
"""

import os
import random
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults import injecting
from tests.faults.checking import connect, list_events, tail
from tests.faults.load import Load, Partner
from tests.faults.test_kills import assert_nothing_is_wrong, wait_for_feed
from tests.running import Platform
from tests.webhooks.receiving import Receiver, receiver

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("B2B_FAULT_SECONDS") or 120)
"""How long the kills go on; `B2B_FAULT_SECONDS=20` is for a quick look."""
REPEATED_AT_MOST = 2_000
"""Writes that are repeated; `test_kills.py` repeats each one of a smaller load."""
KILLS = [injecting.kill_pump, injecting.kill_relay, injecting.kill_valkey]
DELIVERED_WITHIN_SECONDS = 150.0
"""A lease of a minute, and the longest wait of the supervisor before it starts a child again."""


class TestKillLoop:
    def test_loses_no_event_and_doubles_none_but_under_its_id(self, platform: Platform, folder: Path) -> None:
        partner = Partner(platform, folder)
        wait_for_feed(partner)
        before = len(list(list_events(partner)))
        with receiver() as theirs, receiver() as bets:
            _enter_endpoint(partner, theirs)
            _enter_endpoint(partner, bets, types=["bet.placed"])
            kills = _kill_for(SECONDS, partner)
            assert min(kills[kill.__name__] for kill in KILLS) >= 2
            assert_nothing_is_wrong(partner, repeated_at_most=REPEATED_AT_MOST)
            _wait_for_deliveries(partner)
        events = list(list_events(partner))
        assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
        since = events[before:]
        assert len(since) > 100
        _assert_received(theirs, [event["eventId"] for event in since])
        _assert_received(bets, [event["eventId"] for event in since if event["type"] == "bet.placed"])


def _enter_endpoint(partner: Partner, theirs: Receiver, *, types: list[str] | None = None) -> None:
    asked = {"url": theirs.url, "types": types or []}
    partner.http.post("/api/v2/webhook-endpoints", json=asked).raise_for_status()


def _kill_for(seconds: float, partner: Partner) -> Counter[str]:
    """Kill one thing or another every few seconds, under load; return how often what was killed."""
    chance, killed = random.Random(7), Counter[str]()
    until = time.monotonic() + seconds
    with Load(partner, seed=700):
        while time.monotonic() < until:
            time.sleep(chance.uniform(1.0, 4.0))
            # The most seldom killed first; what was killed before may not be there again.
            for kill in sorted(KILLS, key=lambda each: (killed[each.__name__], chance.random())):
                with suppress(KeyError, ProcessLookupError):
                    kill(partner.platform)
                    killed[kill.__name__] += 1
                    break
    return killed


def _wait_for_deliveries(partner: Partner) -> None:
    deadline = time.monotonic() + DELIVERED_WITHIN_SECONDS
    waiting = "SELECT count(*) FROM webhooks_delivery WHERE tenant_id = %s AND state IN ('pending', 'leased')"
    with connect(partner.platform) as database:
        while database.execute(waiting, [partner.tenant_id]).fetchone() != (0,):
            assert time.monotonic() < deadline, tail(partner.platform.log)
            time.sleep(0.2)


def _assert_received(theirs: Receiver, wanted: list[str]) -> None:
    """Everything came, nothing else did, and what came twice was the same both times."""
    assert set(theirs.ids) == set(wanted)
    bodies = {(message.id, message.body) for message in theirs.messages}
    assert len(bodies) == len(wanted)
