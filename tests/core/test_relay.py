"""What the relay promises: every committed event gets one number, without gaps, in the order of causes."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, ClassVar
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, connections, transaction

from core import clock, heartbeats
from core.events import NotInTenant, publish
from core.models import Event
from core.numbering import BATCH_SIZE
from core.queries import read_events
from core.relay import Relay, ring_bell
from core.tenancy import tenant
from core.valkey import client
from tests.makers.relays import start_relay, stop, wait_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A fact for tests: which writer wrote it, and its how manieth it was."""

    type: ClassVar[str] = "test.counted"
    tenant_id: UUID
    occurred_at: datetime
    writer: int
    number: int

    def data(self) -> dict[str, Any]:
        return {"writer": self.writer, "number": self.number}


def counted(tenant_id: UUID, *, writer: int = 0, number: int = 0) -> Counted:
    return Counted(tenant_id=tenant_id, occurred_at=clock.now(), writer=writer, number=number)


def announce(tenant_id: UUID, *events: tuple[int, int]) -> None:
    with tenant(tenant_id):
        publish(*(counted(tenant_id, writer=writer, number=number) for writer, number in events))


def told(tenant_id: UUID) -> list[tuple[int, dict[str, Any]]]:
    with tenant(tenant_id):
        return list(
            Event.objects.filter(tenant_id=tenant_id).order_by("sequence").values_list("sequence", "data")
        )


@pytest.fixture
def relay(committed: None) -> Iterator[Relay]:
    """A relay in a thread, logged in as the test is: as jobs."""
    running = Relay()
    thread = threading.Thread(target=running.run)
    thread.start()
    yield running
    running.stop()

    def has_ended() -> bool:
        ring_bell()  # for a test may have made its sweep long
        return not thread.is_alive()

    wait_until(has_ended)


class TestPublish:
    def test_rolled_back_event_was_never_announced(self, committed: None, jobs_relay: None) -> None:
        tenant_id = uuid4()
        with tenant(tenant_id):
            publish(counted(tenant_id, number=1))
            transaction.set_rollback(True)
        announce(tenant_id, (0, 2))
        wait_until(lambda: bool(told(tenant_id)))
        assert [data["number"] for _, data in told(tenant_id)] == [2]

    def test_event_outside_a_transaction_is_a_mistake(self, committed: None) -> None:
        with pytest.raises(NotInTenant):
            publish(counted(uuid4()))

    @pytest.mark.role("b2b_jobs")
    def test_event_of_no_tenant_or_another_is_a_mistake(self, committed: None) -> None:
        with pytest.raises(NotInTenant), transaction.atomic():
            publish(counted(uuid4()))
        with pytest.raises(NotInTenant), tenant(uuid4()):
            publish(counted(uuid4()))

    def test_api_may_announce_and_not_read_what_waits(self, committed: None) -> None:
        announce(uuid4(), (0, 1))
        with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
            cursor.execute("SELECT FROM core_outbox")


@pytest.fixture
def jobs_relay(committed: None) -> Iterator[None]:
    """A relay in a process of its own, with the login of the jobs, whatever login the test has."""
    process = start_relay()
    yield
    stop(process)


class TestRelay:
    @pytest.mark.role("b2b_jobs")
    def test_numbers_begin_at_one_and_follow_the_order_of_announcing(self, relay: Relay) -> None:
        tenant_id = uuid4()
        announce(tenant_id, *((0, number) for number in range(BATCH_SIZE * 2 + 3)))
        wait_until(lambda: len(told(tenant_id)) == BATCH_SIZE * 2 + 3)
        found = told(tenant_id)
        assert [sequence for sequence, _ in found] == list(range(1, BATCH_SIZE * 2 + 4))
        assert [data["number"] for _, data in found] == list(range(BATCH_SIZE * 2 + 3))

    @pytest.mark.role("b2b_jobs")
    def test_each_tenant_has_a_sequence_of_its_own(self, relay: Relay) -> None:
        first, second = uuid4(), uuid4()
        for number in range(5):
            announce(first, (0, number))
            announce(second, (0, number))
        wait_until(lambda: len(told(first)) == 5 and len(told(second)) == 5)
        assert [sequence for sequence, _ in told(second)] == [1, 2, 3, 4, 5]

    @pytest.mark.role("b2b_jobs")
    def test_writers_that_commit_out_of_order_leave_no_gap_and_lose_nothing(self, relay: Relay) -> None:
        tenant_id = uuid4()
        writers, rounds = 12, 40

        def write(writer: int) -> None:
            dice = random.Random(writer)
            for number in range(rounds):
                with tenant(tenant_id):
                    publish(counted(tenant_id, writer=writer, number=number))
                    time.sleep(dice.random() * 0.01)
            connections.close_all()

        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(writers)]
        for thread in threads:
            thread.start()
        seen: list[int] = []
        while len(seen) < writers * rounds and (
            any(thread.is_alive() for thread in threads) or len(seen) < 480
        ):
            page = read_events(tenant_id=tenant_id, after=seen[-1] if seen else 0, types=(), limit=200)
            seen += [event.sequence for event in page.events]
        for thread in threads:
            thread.join()
        assert seen == list(range(1, writers * rounds + 1))
        by_writer: dict[int, list[int]] = {}
        for _, data in told(tenant_id):
            by_writer.setdefault(data["writer"], []).append(data["number"])
        assert by_writer == {writer: list(range(rounds)) for writer in range(writers)}

    @pytest.mark.role("b2b_jobs")
    def test_bell_wakes_it_before_the_sweep(self, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("core.relay.SWEEP_SECONDS", 60)
        tenant_id = uuid4()

        def is_told_at_the_bell(number: int) -> bool:
            ring_bell()  # again and again, for it may not listen yet
            return len(told(tenant_id)) == number

        for number in range(1, 8):
            announce(tenant_id, (0, number))
            wait_until(partial(is_told_at_the_bell, number), seconds=20)

    @pytest.mark.role("b2b_jobs")
    def test_second_relay_waits_and_takes_over(self, relay: Relay) -> None:
        tenant_id = uuid4()
        announce(tenant_id, (0, 0))
        wait_until(lambda: len(told(tenant_id)) == 1)
        second = Relay()
        thread = threading.Thread(target=second.run)
        thread.start()
        time.sleep(0.3)
        relay.stop()
        announce(tenant_id, (0, 1))
        wait_until(lambda: len(told(tenant_id)) == 2)
        second.stop()
        thread.join(timeout=5)

    @pytest.mark.role("b2b_jobs")
    def test_lost_connection_is_made_again(self, relay: Relay, superuser_url: str) -> None:
        tenant_id = uuid4()
        announce(tenant_id, (0, 0))
        wait_until(lambda: len(told(tenant_id)) == 1)
        with psycopg.connect(superuser_url, autocommit=True) as superuser:
            superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'b2b-relay' AND datname = current_database()"
            )
        announce(tenant_id, (0, 1))
        wait_until(lambda: len(told(tenant_id)) == 2)

    @pytest.mark.role("b2b_jobs")
    def test_it_says_that_it_lives(self, relay: Relay) -> None:
        wait_until(lambda: heartbeats.find_heartbeat("relay") is not None)
        sign = heartbeats.find_heartbeat("relay")
        assert sign is not None
        assert sign.value < 5

    @pytest.mark.slow
    @pytest.mark.role("b2b_jobs")
    def test_relays_killed_under_load_lose_and_double_nothing(self, committed: None) -> None:
        tenant_id = uuid4()
        rounds = 400
        done = threading.Event()

        def write(writer: int) -> None:
            for number in range(rounds):
                announce(tenant_id, (writer, number))
            connections.close_all()

        def kill_again_and_again() -> None:
            dice = random.Random(7)
            while not done.is_set():
                process = start_relay()
                time.sleep(1.0 + dice.random())
                stop(process, signal.SIGKILL)

        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
        killer = threading.Thread(target=kill_again_and_again)
        for thread in (*threads, killer):
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(5)
        done.set()
        killer.join()
        last = start_relay()
        wait_until(lambda: len(told(tenant_id)) == 4 * rounds, seconds=30)
        stop(last)
        found = told(tenant_id)
        assert [sequence for sequence, _ in found] == list(range(1, 4 * rounds + 1))
        for writer in range(4):
            assert [data["number"] for _, data in found if data["writer"] == writer] == list(range(rounds))


class TestRingBell:
    def test_dead_valkey_delays_nobody(self, committed: None, settings: Any) -> None:
        client.cache_clear()
        settings.VALKEY_URL = "redis://127.0.0.1:1/0"
        began = time.monotonic()
        for _ in range(100):
            ring_bell()
        assert time.monotonic() - began < 5
        client.cache_clear()
