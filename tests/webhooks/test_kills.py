"""Relays killed under load leave neither a delivery too few nor one too many."""

import random
import signal
import threading
import time
from collections import Counter
from uuid import UUID

import pytest
from django.db import connection, connections

from core.clock import now
from core.tenancy import tenant
from tests.makers.partners import make_tenant
from tests.makers.relays import start_relay, stop, wait_until
from tests.makers.roles import acting_as
from tests.makers.webhooks import announced, make_endpoint
from webhooks.services import update_endpoint

WRITERS, ROUNDS = 4, 250
TYPES = ("bet.placed", "bet.settled", "balance.updated", "odds.changed")


def events_of(tenant_id: UUID) -> int:
    with acting_as("b2b_jobs"), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_event WHERE tenant_id = %s", [tenant_id])
        return int(cursor.fetchone()[0])


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
class TestKilledRelays:
    def test_make_one_delivery_for_each_event_and_endpoint_that_wants_it(self) -> None:
        made = make_tenant()
        every = make_endpoint(made)
        bets = make_endpoint(made, types=["bet.placed", "bet.settled"])
        paused = make_endpoint(made, types=["odds.changed"])
        update_endpoint(
            tenant_id=made.pk, endpoint_id=paused.pk, changes={"status": "paused"}, updated_at=now()
        )
        done = threading.Event()

        def write(writer: int) -> None:
            for number in range(ROUNDS):
                with tenant(made.pk):
                    announced(made.pk, TYPES[(writer + number) % len(TYPES)], outcomeId=f"out_{number % 5}")
            connections.close_all()

        def kill_again_and_again() -> None:
            dice = random.Random(7)
            while not done.is_set():
                process = start_relay()
                time.sleep(1.5 + dice.random())
                stop(process, signal.SIGKILL)

        threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
        killer = threading.Thread(target=kill_again_and_again)
        for thread in (*threads, killer):
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(8)
        done.set()
        killer.join()
        last = start_relay()
        total = WRITERS * ROUNDS
        wait_until(lambda: events_of(made.pk) == total, seconds=60)
        stop(last)

        with acting_as("b2b_jobs"), connection.cursor() as cursor:
            cursor.execute("SELECT sequence, type FROM core_event WHERE tenant_id = %s", [made.pk])
            types = dict(cursor.fetchall())
            cursor.execute(
                "SELECT endpoint_id, sequence, type FROM webhooks_delivery WHERE tenant_id = %s", [made.pk]
            )
            found = Counter(cursor.fetchall())
            cursor.execute(
                "SELECT endpoint_id, subject, count(*) FILTER (WHERE state = 'pending'), "
                "max(sequence) = max(sequence) FILTER (WHERE state = 'pending') FROM webhooks_delivery "
                "WHERE tenant_id = %s AND subject <> '' GROUP BY 1, 2",
                [made.pk],
            )
            odds = cursor.fetchall()
        assert sorted(types) == list(range(1, total + 1))
        wanted = {every.pk: set(TYPES), bets.pk: {"bet.placed", "bet.settled"}, paused.pk: {"odds.changed"}}
        assert found == Counter(
            (endpoint, sequence, type_)
            for endpoint, types_wanted in wanted.items()
            for sequence, type_ in types.items()
            if type_ in types_wanted
        )
        assert odds
        assert all(pending == 1 and is_newest for _, _, pending, is_newest in odds)
