"""Audit records and row changes cannot be changed unnoticed, not even by who may do everything."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from pytest_django import Settings

from core.acting import acting
from core.clock import now
from core.models import AuditRecord, RowChange, TrailSeal
from core.sealing import ChainBroken, CheckpointForged, seal, verify
from core.sealing.adding import seal_pass
from core.sealing.checkpoints import list_checkpoint_files, read_checkpoint
from core.sealing.links import Link, rows_of
from core.tasks import seal_trail
from core.trail import TRAIL
from partners.models import Partner
from partners.services import change_partner
from tests.makers.partners import make_partner, make_tenant
from tests.makers.relays import wait_until
from tests.makers.roles import acting_as
from tests.makers.sealing import (
    faults,
    kill_while_sealing,
    own_places,
    reseal_everything,
    seal_everything,
    tampering,
    verify_as_jobs,
)
from tests.makers.wallet import make_player, put
from wallet.sealing import LEDGER

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]

TABLES: Final = ("core_auditrecord", "core_rowchange")
RECORD: Final = "id = (SELECT id FROM core_auditrecord WHERE object_id = %s ORDER BY id LIMIT 1 OFFSET 1)"
CHANGE: Final = "id = (SELECT id FROM core_rowchange WHERE row_id = %s ORDER BY id LIMIT 1 OFFSET 1)"


@pytest.fixture(autouse=True)
def places(settings: Settings, tmp_path: Path) -> Path:
    """Keys and checkpoints of this test alone."""
    return own_places(settings, tmp_path)


def rename(partner: Partner, name: str) -> None:
    """Write one audit record and one row change, in one transaction."""
    with acting_as("b2b_office"), acting("anna", request_id="req-1", address="192.0.2.7"):
        change_partner(partner_id=partner.pk, changes={"legal_name": name}, changed_at=now(), reason="Asked")


@pytest.fixture
def partner_id() -> str:
    """A partner with four changes of its legal name, sealed by two calls, with a checkpoint."""
    partner = make_partner()
    for name in ("One", "Two"):
        rename(partner, name)
    seal_everything(TRAIL)
    for name in ("Three", "Four"):
        rename(partner, name)
    seal_everything(TRAIL)
    assert verify(TRAIL, verified_at=now()).faults == ()
    return str(partner.pk)


@pytest.fixture
def tamperer(partner_id: str, superuser_url: str) -> Iterator[Any]:
    """A cursor of the superuser, with triggers off, in a transaction that ends with the test."""
    with tampering(superuser_url) as cursor:
        yield cursor


def seal_something() -> list[Link]:
    """Seal in the running transaction, as soon as no transaction of another database holds it up."""
    made: list[Link] = []

    def has_sealed() -> bool:
        made.extend(seal_pass(TRAIL, sealed_at=now()))
        return bool(made)

    wait_until(has_sealed)
    return made


def sealed_counts() -> tuple[int, int]:
    found = TrailSeal.objects.aggregate(
        records=models.Sum("record_count", default=0), changes=models.Sum("change_count", default=0)
    )
    return found["records"], found["changes"]


def written_counts() -> tuple[int, int]:
    return AuditRecord.objects.count(), RowChange.objects.count()


def microseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000 + at.microsecond


class TestRecordsNameTheirTransaction:
    @pytest.mark.role("b2b_office")
    def test_database_says_it_whatever_the_writer_says(self) -> None:
        partner = make_partner()
        with transaction.atomic(), connection.cursor() as cursor:
            AuditRecord.objects.create(
                occurred_at=now(),
                actor="anna",
                action="lie",
                object_type="partners.partner",
                object_id=str(partner.pk),
                transaction_id=3,
            )
            cursor.execute("SELECT pg_current_xact_id()::text::bigint")
            mine = cursor.fetchone()[0]
        assert AuditRecord.objects.get(object_id=str(partner.pk), action="lie").transaction_id == mine

    def test_record_and_the_changes_it_tells_of_share_it(self, partner_id: str) -> None:
        records = AuditRecord.objects.filter(object_id=partner_id, action="change partner")
        changes = RowChange.objects.filter(row_id=partner_id, after__has_key="legal_name", kind="changed")
        assert [each.transaction_id for each in records] == [each.transaction_id for each in changes]

    def test_records_from_before_get_the_one_that_wrote_them(self, partner_id: str, tamperer: Any) -> None:
        """The migration, on records that were written before there was such a column."""
        tamperer.execute("ALTER TABLE core_auditrecord ALTER transaction_id DROP NOT NULL")
        tamperer.execute("SET LOCAL session_replication_role = origin")
        tamperer.execute("SELECT pg_current_xact_id()::text::bigint")
        mine = tamperer.fetchone()[0]
        tamperer.execute("ALTER TABLE core_auditrecord DISABLE TRIGGER rows_are_only_added")
        tamperer.execute(
            "UPDATE core_auditrecord SET transaction_id = NULL WHERE object_id = %s", [partner_id]
        )
        tamperer.execute("ALTER TABLE core_auditrecord ENABLE TRIGGER rows_are_only_added")
        migration = import_module("core.migrations.0011_records_without_a_transaction")
        with connection.schema_editor() as editor:
            migration.fill(None, editor)
        filled = AuditRecord.objects.filter(object_id=partner_id).values_list("transaction_id", flat=True)
        assert set(filled) == {mine}
        with pytest.raises(IntegrityError), transaction.atomic():
            tamperer.execute("DELETE FROM core_auditrecord WHERE object_id = %s", [partner_id])


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


class TestVerifyTrail:
    @pytest.mark.parametrize(("model", "row"), [(AuditRecord, RECORD), (RowChange, CHANGE)])
    def test_finds_an_edit_of_any_column(
        self, partner_id: str, tamperer: Any, model: type[models.Model], row: str
    ) -> None:
        for field in model._meta.concrete_fields:
            with transaction.atomic():
                tamperer.execute(
                    f"UPDATE {model._meta.db_table} SET {field.column} = {_edited(field)} WHERE {row}",
                    [partner_id],
                )
                found = faults(TRAIL)
                transaction.set_rollback(True)
            assert "does not hold" in found, field.column

    @pytest.mark.parametrize(
        ("table", "row", "said"),
        [
            ("core_auditrecord", RECORD, "1 audit records removed"),
            ("core_rowchange", CHANGE, "1 row changes removed"),
        ],
    )
    def test_finds_a_row_removed_from_the_middle(
        self, partner_id: str, tamperer: Any, table: str, row: str, said: str
    ) -> None:
        tamperer.execute(f"DELETE FROM {table} WHERE {row}", [partner_id])
        assert said in faults(TRAIL)

    @pytest.mark.parametrize("table", TABLES)
    def test_finds_rows_that_changed_places(self, partner_id: str, tamperer: Any, table: str) -> None:
        """Two rows tell what the other told."""
        of = "object_id" if table == "core_auditrecord" else "row_id"
        told = "before = o.before, after = o.after"
        tamperer.execute(
            f"WITH two AS (SELECT * FROM {table} WHERE {of} = %s ORDER BY id DESC LIMIT 2) "
            f"UPDATE {table} r SET {told} FROM two o WHERE r.id IN (SELECT id FROM two) AND o.id <> r.id",
            [partner_id],
        )
        found = faults(TRAIL)
        assert "an audit record, a row change or the seal itself was edited or reordered" in found

    @pytest.mark.parametrize("table", TABLES)
    def test_finds_rows_that_changed_transactions(self, partner_id: str, tamperer: Any, table: str) -> None:
        of = "object_id" if table == "core_auditrecord" else "row_id"
        tamperer.execute(
            f"WITH two AS (SELECT * FROM {table} WHERE {of} = %s ORDER BY id DESC LIMIT 2) "
            f"UPDATE {table} r SET transaction_id = o.transaction_id FROM two o "
            "WHERE r.id IN (SELECT id FROM two) AND o.id <> r.id",
            [partner_id],
        )
        assert "edited or reordered" in faults(TRAIL)

    def test_finds_a_record_put_into_sealed_history(self, partner_id: str, tamperer: Any) -> None:
        tamperer.execute(
            "INSERT INTO core_auditrecord SELECT gen_random_uuid(), occurred_at, actor, action, object_type, "
            "object_id, before, after, reason, request_id, address, transaction_id FROM core_auditrecord "
            f"WHERE {RECORD}",
            [partner_id],
        )
        assert "1 audit records added" in faults(TRAIL)

    def test_finds_a_tail_cut_off(self, partner_id: str, tamperer: Any) -> None:
        _cut_tail(tamperer)
        assert "1 audit records removed, 1 row changes removed" in faults(TRAIL)

    def test_finds_a_tail_cut_off_with_its_seal(self, partner_id: str, tamperer: Any) -> None:
        tamperer.execute("SELECT max(transaction_first) FROM core_trailseal")
        (first,) = tamperer.fetchone()
        for table in TABLES:
            tamperer.execute(f"DELETE FROM {table} WHERE transaction_id >= %s", [first])
        tamperer.execute("DELETE FROM core_trailseal WHERE transaction_first = %s", [first])
        found = faults(TRAIL)
        assert "does not hold" not in found
        assert "which is gone: cut off" in found

    @pytest.mark.parametrize(
        ("tamper", "said"),
        [
            ("UPDATE core_trailseal SET digest = sha256('x') WHERE number = {last} - 1", "the seal itself"),
            (
                "UPDATE core_trailseal SET sealed_at = sealed_at - interval '1 day' WHERE number = 1",
                "the seal itself",
            ),
            ("UPDATE core_trailseal SET record_count = record_count + 1 WHERE number = 1", "the seal itself"),
            ("DELETE FROM core_trailseal WHERE number = {last} - 1", "seals were removed or reordered"),
            (
                "UPDATE core_trailseal SET number = -1 WHERE number = {last}; "
                "UPDATE core_trailseal SET number = {last} WHERE number = {last} - 1; "
                "UPDATE core_trailseal SET number = {last} - 1 WHERE number = -1",
                "seals were edited or reordered",
            ),
            ("DELETE FROM core_trailseal", "which is gone: cut off"),
        ],
    )
    def test_finds_seals_that_were_tampered_with(
        self, partner_id: str, tamperer: Any, tamper: str, said: str
    ) -> None:
        tamperer.execute("SELECT max(number) FROM core_trailseal")
        (last,) = tamperer.fetchone()
        for statement in tamper.format(last=last).split("; "):
            tamperer.execute(statement)
        assert said in faults(TRAIL)

    @pytest.mark.parametrize("cut", [True, False])
    def test_finds_a_chain_made_anew(
        self, partner_id: str, tamperer: Any, settings: Settings, cut: bool
    ) -> None:
        if cut:
            _cut_tail(tamperer)
        else:
            tamperer.execute(f"UPDATE core_auditrecord SET actor = 'eve' WHERE {RECORD}", [partner_id])
        reseal_everything(TRAIL, tamperer, settings)
        found = faults(TRAIL)
        assert "does not hold" not in found
        assert "the chain was made anew" in found or "which is gone" in found

    def test_finds_that_the_checkpoints_are_gone(self, partner_id: str, tamperer: Any) -> None:
        for path in list_checkpoint_files(TRAIL):
            path.unlink()
        tamperer.execute("UPDATE core_trailseal SET sealed_at = sealed_at - interval '2 minutes'")
        assert "there are seals and no checkpoint" in faults(TRAIL)

    def test_takes_an_unsealed_tail_for_no_fault(self, partner_id: str) -> None:
        rename(Partner.objects.get(pk=partner_id), "Five")
        assert verify_as_jobs(TRAIL) == ()


class TestCheckpoints:
    def test_lie_apart_from_the_ledgers(self, partner_id: str, places: Path) -> None:
        self._seal_the_ledger()
        (trails,), (ledgers,) = list_checkpoint_files(TRAIL), list_checkpoint_files(LEDGER)
        assert trails == places / "checkpoints" / "trail" / ledgers.name
        assert ledgers.parent == places / "checkpoints"
        written = [trails, ledgers, places / "keys" / "trail.pem", places / "keys" / "ledger.pem"]
        assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
        assert trails.parent.stat().st_mode & 0o777 == 0o700

    @pytest.mark.parametrize("with_key", [False, True])
    def test_ledgers_is_none_of_the_trail(self, partner_id: str, places: Path, with_key: bool) -> None:
        """Not even when both chains have one key: the name of the chain is signed."""
        self._seal_the_ledger()
        if with_key:
            (places / "keys" / "trail.pem").write_bytes((places / "keys" / "ledger.pem").read_bytes())
        (trails,), (ledgers,) = list_checkpoint_files(TRAIL), list_checkpoint_files(LEDGER)
        trails.write_bytes(ledgers.read_bytes())
        with pytest.raises(CheckpointForged):
            read_checkpoint(TRAIL, trails)
        assert read_checkpoint(LEDGER, ledgers)
        assert "is not signed by the trail's key" in "".join(verify(TRAIL, verified_at=now()).faults)
        assert verify(LEDGER, verified_at=now()).faults == ()

    @staticmethod
    def _seal_the_ledger() -> None:
        put(make_player(make_tenant().id), "5.00")
        seal_everything(LEDGER)


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


class TestCommands:
    def test_say_that_all_is_right_in_the_last_line(
        self, partner_id: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("seal_trail")
        call_command("verify_trail")
        last = capsys.readouterr().out.splitlines()[-1]
        records, changes = written_counts()
        assert last.startswith(f"trail: {records} audit records, {changes} row changes, ")
        assert last.endswith("audit records and row changes, 1 checkpoints: all is right")

    def test_exit_with_1_on_a_fault(self, partner_id: str, capsys: pytest.CaptureFixture[str]) -> None:
        list_checkpoint_files(TRAIL)[0].write_text("{}", "utf-8")
        with pytest.raises(SystemExit) as ended:
            call_command("verify_trail")
        assert ended.value.code == 1
        assert capsys.readouterr().out.splitlines()[-1].endswith("1 FAULTS")


def _edited(field: "models.Field[Any, Any]") -> str:
    """Return an SQL expression of another value of this field."""
    edits: dict[type[Any], str] = {
        models.UUIDField: "gen_random_uuid()",
        models.DateTimeField: f"{field.column} + interval '1 microsecond'",
        models.JSONField: "'null'",
        models.GenericIPAddressField: "'203.0.113.9'",
        models.BigIntegerField: f"{field.column} + 1000000000",
        models.CharField: "'edited'",
        models.TextField: "'edited'",
    }
    return next(edit for kind, edit in edits.items() if isinstance(field, kind))


def _cut_tail(cursor: Any) -> None:
    """Remove the newest record and the newest change, those of the last sealed transaction."""
    for table in TABLES:
        cursor.execute(
            f"DELETE FROM {table} WHERE transaction_id = (SELECT max(transaction_id) FROM {table})"
        )
