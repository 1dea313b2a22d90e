"""The reference client's stream: every event once and in order, whatever happens to the stream's process."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import pytest
from pytest_django import DjangoDbBlocker

from b2b_client import Client, Event, StreamRefused
from b2b_client import stream as client_stream
from b2b_client.stream import Stream as Following
from core.clock import now
from partners.services import suspend_tenant
from tests.makers.partners import MadeClient, make_client, make_tenant
from tests.makers.relays import wait_until
from tests.makers.roles import acting_as
from tests.partners.serving import api_process
from tests.streaming.listening import announce, change_market
from tests.streaming.serving import Stream, relay_process

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.slow]
SCOPES = ("stream", "events:read", "fixtures:read")


@dataclass
class Platform:
    """The API, the relay and a stream that a test may kill."""

    api_url: str
    stream: Stream

    def client(self, made: MadeClient) -> Client:
        return Client(self.api_url, made.client_id, made.secret)


@pytest.fixture(scope="module")
def platform(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Platform]:
    stream = Stream()
    with django_db_blocker.unblock(), api_process() as api_url, relay_process():
        stream.start()
        yield Platform(api_url, stream)
        stream.stop()


@dataclass
class Listener:
    """Follows in a thread, and keeps what it is told until it has enough."""

    following: Following
    enough: int
    after: int | None = 0
    told: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def _listen(self) -> None:
        for event in islice(self.following.events(after=self.after), self.enough):
            self.told.append(event)

    def numbers(self) -> list[int]:
        self.thread.join(60)
        return [event.data["number"] for event in self.told]


class TestEvents:
    def test_come_once_and_in_order_though_the_stream_is_killed(self, platform: Platform) -> None:
        world = make_tenant()
        with platform.client(make_client(world, scopes=SCOPES)) as api:
            listener = Listener(Following(platform.stream.url, api), enough=60)
            for start in range(0, 60, 20):
                announce(world.id, *range(start, start + 20))
                platform.stream.kill()
                platform.stream.start()
            assert listener.numbers() == list(range(60))
        assert [event.sequence for event in listener.told] == list(range(1, 61))

    def test_are_those_of_the_feed(self, platform: Platform) -> None:
        world = make_tenant()
        with platform.client(make_client(world, scopes=SCOPES)) as api:
            announce(world.id, 1, 2, 3)
            listener = Listener(Following(platform.stream.url, api), enough=3)
            listener.numbers()
            assert listener.told == list(api.events(after=0))

    def test_too_old_for_the_stream_come_from_the_feed(self, platform: Platform) -> None:
        world = make_tenant()
        strict = Stream(more={"B2B_STREAM_RESUME_EVENTS_MAX": "2"}).start()
        try:
            with platform.client(make_client(world, scopes=SCOPES)) as api:
                announce(world.id, *range(10))
                wait_until(lambda: len(list(api.events(after=0))) == 10, seconds=30)
                listener = Listener(Following(strict.url, api), enough=11)
                wait_until(lambda: len(listener.told) == 10, seconds=30)
                announce(world.id, 10)
                assert listener.numbers() == list(range(11))
        finally:
            strict.stop()


class TestOdds:
    def test_begin_with_a_picture_and_go_on_with_changes(self, platform: Platform) -> None:
        with platform.client(make_client(make_tenant(), scopes=SCOPES)) as api:
            updates = Following(platform.stream.url, api).odds()
            for first in updates:
                assert first.is_snapshot
                if not first.more:
                    break
            market = change_market()
            update = next(updates)
            assert (update.is_snapshot, [each["marketId"] for each in update.items]) == (False, [market])


class TestRefusals:
    def test_of_a_client_without_the_scope_end_it(self, platform: Platform) -> None:
        with (
            platform.client(make_client(make_tenant(), scopes=("stream",))) as api,
            pytest.raises(StreamRefused) as refused,
        ):
            next(Following(platform.stream.url, api).events(after=0))
        assert refused.value.code == "INSUFFICIENT_SCOPE"

    def test_of_a_suspended_tenant_end_it(self, platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client_stream, "PAUSES_SECONDS", (0.1,))
        world = make_tenant()
        with platform.client(make_client(world, scopes=SCOPES)) as api:
            announce(world.id, 1)
            events = Following(platform.stream.url, api).events(after=0)
            assert next(events).data == {"number": 1}
            with acting_as("b2b_jobs"):
                suspend_tenant(tenant_id=world.id, suspended_at=now(), reason="test")
            with pytest.raises(StreamRefused):
                next(events)
