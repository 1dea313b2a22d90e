"""Audit records name the transaction that wrote them, whoever writes them."""

from importlib import import_module
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from core.clock import now
from core.models import AuditRecord, RowChange
from tests.makers.partners import make_partner

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


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
