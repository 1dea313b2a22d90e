"""Audit records and row changes cannot be changed unnoticed, not even by who may do everything."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import models, transaction
from pytest_django import Settings

from core.models import AuditRecord, RowChange
from core.sealing.checkpoints import list_checkpoint_files
from core.trail import TRAIL
from partners.models import Partner
from tests.makers.sealing import faults, reseal_everything, verify_as_jobs
from tests.trail.makers import CHANGE, RECORD, TABLES, cut_tail, rename, written_counts

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


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
        cut_tail(tamperer)
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
            cut_tail(tamperer)
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


class TestCommands:
    def test_say_that_all_is_right_in_the_last_line(
        self, partner_id: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("seal_trail")
        call_command("verify_trail")
        last = capsys.readouterr().out.splitlines()[-1]
        records, changes = written_counts()
        assert last.startswith(f"trail: {records} audit records, {changes} row changes, ")
        assert last.endswith("audit records and row changes, 1 checkpoint: all is right")

    def test_exit_with_1_on_a_fault(self, partner_id: str, capsys: pytest.CaptureFixture[str]) -> None:
        list_checkpoint_files(TRAIL)[0].write_text("{}", "utf-8")
        with pytest.raises(SystemExit) as ended:
            call_command("verify_trail")
        assert ended.value.code == 1
        assert capsys.readouterr().out.splitlines()[-1].endswith("1 FAULT")


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
