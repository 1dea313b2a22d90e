"""Audit records and row changes are sealed once each, in the order of their transactions."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction

from core.acting import acting
from core.clock import now
from core.models import AuditRecord, RowChange, TrailSeal
from core.sealing import ChainBroken, seal, verify
from core.sealing.adding import seal_pass
from core.sealing.checkpoints import list_checkpoint_files, read_checkpoint
from core.sealing.links import rows_of
from core.tasks import seal_trail
from core.trail import TRAIL
from partners.models import Partner
from partners.services import change_partner
from tests.makers.partners import make_partner
from tests.makers.roles import acting_as
from tests.makers.sealing import kill_while_sealing, seal_everything
from tests.trail.makers import TABLES, rename, seal_something, sealed_counts, written_counts

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


def microseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000 + at.microsecond


class TestSealTrail:
    def test_seals_each_row_once(self, partner_id: str) -> None:
        assert seal(TRAIL, sealed_at=now()).rows == 0
        assert sealed_counts() == written_counts()

    def test_leaves_what_is_written_after_the_oldest_running_transaction(self) -> None:
        partner = make_partner()
        seal_everything(TRAIL)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
            rename(partner, "Later")
            with acting_as("b2b_jobs"):
                assert seal(TRAIL, sealed_at=now()).rows == 0
        assert seal_everything(TRAIL) == 2

    def test_hashes_the_records_of_a_transaction_and_then_its_changes(self, partner_id: str) -> None:
        told = AuditRecord.objects.get(object_id=partner_id, after={"legal_name": "Two"})
        change = RowChange.objects.get(row_id=partner_id, after={"legal_name": "Two"})
        before, after = r'"{\"legal_name\": \"One\"}"', r'"{\"legal_name\": \"Two\"}"'
        moments = microseconds(told.occurred_at), microseconds(change.changed_at)
        lines = [
            f'["record", "{told.pk}", {told.transaction_id}, {moments[0]}, "anna", "change partner", '
            f'"partners.partner", "{partner_id}", {before}, {after}, "Asked", "req-1", "192.0.2.7"]',
            f'["change", {change.pk}, {change.transaction_id}, {moments[1]}, "changed", "partners.partner", '
            f'"{partner_id}", "{partner_id}", {before}, {after}, "anna", "b2b_office", "req-1"]',
        ]
        (rows,) = rows_of(TRAIL, [(told.transaction_id, told.transaction_id + 1)])
        hashes = b"".join(sha256(line.encode()).digest() for line in lines)
        assert rows.counts == (1, 1)
        assert rows.digest == sha256(hashes).digest()

    def test_takes_no_lock_that_a_writer_waits_for(self) -> None:
        partner = make_partner()
        with transaction.atomic(), connection.cursor() as cursor:
            seal_something()
            cursor.execute(
                "SELECT DISTINCT l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation "
                "LEFT JOIN pg_index i ON i.indexrelid = c.oid "
                "WHERE l.pid = pg_backend_pid() AND coalesce(i.indrelid, c.oid) = ANY (%s::regclass[])",
                [list(TABLES)],
            )
            assert cursor.fetchall() == [("AccessShareLock",)]
            rename(partner, "Meanwhile")
            transaction.set_rollback(True)
        assert AuditRecord.objects.filter(
            object_id=str(partner.pk), after={"legal_name": "Meanwhile"}
        ).exists()

    def test_seals_each_row_of_many_writers_once(self) -> None:
        """Transactions end in another order than they began."""
        partners = [make_partner() for _ in range(4)]
        is_over = threading.Event()

        def write(partner: Partner) -> None:
            with acting_as("b2b_office"), acting("anna"):
                for number in range(8):
                    with transaction.atomic(), connection.cursor() as cursor:
                        change_partner(
                            partner_id=partner.pk, changes={"legal_name": f"N{number}"}, changed_at=now()
                        )
                        cursor.execute("SELECT pg_sleep(%s)", [random.random() / 50])

        def seal_on() -> None:
            with acting_as("b2b_jobs"):
                while not is_over.is_set():
                    seal(TRAIL, sealed_at=now())

        with ThreadPoolExecutor(5) as threads:
            sealing = threads.submit(seal_on)
            try:
                for writing in [threads.submit(write, partner) for partner in partners]:
                    writing.result()
            finally:
                is_over.set()
            sealing.result()
        seal_everything(TRAIL)
        assert sealed_counts() == written_counts()
        assert verify(TRAIL, verified_at=now()).faults == ()

    def test_one_transaction_of_many_rows_is_one_link(self) -> None:
        partner = make_partner()
        seal_everything(TRAIL)
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO core_auditrecord (id, occurred_at, actor, action, object_type, object_id, "
                "reason, request_id) SELECT core_uuid7(), now(), 'anna', 'note', 'test', %s, '', '' "
                "FROM generate_series(1, 1100)",
                [str(partner.pk)],
            )
        seal_everything(TRAIL)
        assert TrailSeal.objects.filter(record_count=1_100).count() == 1

    def test_interrupted_before_its_checkpoint_it_signs_it_the_next_time(self, partner_id: str) -> None:
        rename(Partner.objects.get(pk=partner_id), "Five")
        with transaction.atomic():
            made = seal_something()
        seal(TRAIL, sealed_at=now())
        assert read_checkpoint(TRAIL, list_checkpoint_files(TRAIL)[-1]).number >= made[-1].number
        assert verify(TRAIL, verified_at=now()).faults == ()

    @pytest.mark.slow
    def test_killed_at_any_moment_goes_on_where_it_was(self, places: Path) -> None:
        partner = make_partner()
        seal_everything(TRAIL)  # seals without any checkpoint are a fault, however it came to that
        for _ in range(3):
            for number in range(150):
                rename(partner, f"N{number}")
            kill_while_sealing("core.trail", places, after_seconds=random.uniform(0.02, 0.3))
            assert verify(TRAIL, verified_at=now()).faults == ()
        seal_everything(TRAIL)
        assert sealed_counts() == written_counts()
        assert verify(TRAIL, verified_at=now()).faults == ()

    def test_refuses_to_bury_a_chain_that_is_not_the_signed_one(self, partner_id: str, tamperer: Any) -> None:
        tamperer.execute("DELETE FROM core_trailseal WHERE number = (SELECT max(number) FROM core_trailseal)")
        with pytest.raises(ChainBroken):
            seal_pass(TRAIL, sealed_at=now())


class TestInTheBackground:
    def test_says_each_time_that_the_chain_is_not_what_was_signed(
        self, partner_id: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        (path,) = list_checkpoint_files(TRAIL)
        path.write_text("{}", "utf-8")
        for _ in range(2):
            seal_trail()
        told = [each.msg["event"] for each in caplog.records if isinstance(each.msg, dict)]
        assert told.count("trail_checkpoint_forged") == 2
