"""A channel tells each item once and in order, whatever is heard twice, late or never."""

from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from core.clock import now
from core.ids import uuid7
from core.numbering import NumberedEvent
from streaming.channels import KEPT_ITEMS, Channel
from streaming.filters import EventsFilter
from streaming.items import EventItem
from streaming.subscriptions import Subscription

TENANT = uuid4()


def item(sequence: int) -> EventItem:
    return EventItem(NumberedEvent(TENANT, sequence, uuid7(), "test.counted", now(), "{}"))


class Paper:
    """An outlet that writes down what it is given, and is full when it is told to be."""

    def __init__(self) -> None:
        self.is_full = False
        self.frames: list[bytes] = []
        self.was_too_slow = False

    def write_frame(self, frame: bytes) -> None:
        self.frames.append(frame)

    def end_slow(self, subscription: Subscription) -> None:
        self.was_too_slow = True

    @property
    def sequences(self) -> list[int]:
        return [int(frame.split(b'"sequence":')[1].split(b",")[0]) for frame in self.frames]


def subscribe(channel: Channel, paper: Paper, *, waiting_max: int = 10_000) -> Subscription:
    subscription = Subscription(
        subscription_id=1,
        topic="events",
        wanted=EventsFilter(),
        conflate_ms=0,
        heartbeat_seconds=5,
        tenant_id=TENANT,
        outlet=paper,
        events_waiting_max=waiting_max,
    )
    channel.join(subscription)
    return subscription


class TestOffer:
    @given(heard=st.lists(st.integers(1, 40), max_size=80), full=st.sets(st.integers(0, 80)))
    def test_each_is_told_once_and_in_order(self, heard: list[int], full: set[int]) -> None:
        channel, paper = Channel(TENANT), Paper()
        channel.open_at(0)
        subscription = subscribe(channel, paper)
        for place, sequence in enumerate(heard):
            paper.is_full = place in full
            if not channel.offer([item(sequence)]):
                until = channel.known
                missed = [item(number) for number in range(channel.head + 1, until + 1)]
                channel.advance(missed, until=until)
            if not paper.is_full:
                subscription.flush()
        paper.is_full = False
        subscription.flush()
        assert paper.sequences == list(range(1, max(heard, default=0) + 1))

    def test_memory_covers_what_it_says(self) -> None:
        channel = Channel(TENANT)
        channel.open_at(10)
        channel.offer([item(number) for number in range(11, 11 + KEPT_ITEMS + 5)])
        assert not channel.covers(14)
        assert channel.covers(15)
        assert [each.sequence for each in channel.since(15, limit=3)] == [16, 17, 18]

    def test_reader_that_is_too_slow_is_told_where_it_was(self) -> None:
        channel, paper = Channel(TENANT), Paper()
        channel.open_at(0)
        subscription = subscribe(channel, paper, waiting_max=5)
        channel.offer([item(1), item(2)])
        paper.is_full = True
        channel.offer([item(number) for number in range(3, 9)])
        assert paper.was_too_slow
        assert subscription.written == 2
