"""A statement past its draft never changes."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, connections, transaction

from settlement.models import Statement, StatementStatus
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import make_plan, settle
from tests.settlement.drafting import book, draft, mark

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


class TestStatementPastItsDraft:
    """What the database refuses to everybody, the owner included."""

    STATEMENTS = (
        "UPDATE settlement_statement SET total = 1 WHERE id = %s",
        "UPDATE settlement_statement SET status = 'draft', issued_at = NULL WHERE id = %s",
        "UPDATE settlement_statement SET issued_at = now() WHERE id = %s",
        "DELETE FROM settlement_statement WHERE id = %s",
        "UPDATE settlement_statementline SET bet_count = 9 WHERE statement_id = %s",
        "DELETE FROM settlement_statementline WHERE statement_id = %s",
        "INSERT INTO settlement_statementline SELECT (l).* FROM (SELECT l FROM settlement_statementline l "
        "WHERE statement_id = %s) AS l",
        "UPDATE settlement_statementcharge SET amount = 9 WHERE statement_id = %s",
        "DELETE FROM settlement_statementcharge WHERE statement_id = %s",
        "TRUNCATE settlement_statementline -- %s",
    )

    @pytest.mark.parametrize("role", ["b2b_jobs", "b2b_office", "b2b_owner"])
    def test_an_issued_statement_never_changes(self, role: str) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        settle(tenant, book(["100"]))
        draft(tenant)
        statement = mark(tenant, StatementStatus.ISSUED)

        with acting_as(role), connections["default"].cursor() as cursor:
            for statement_sql in self.STATEMENTS:
                with pytest.raises(DatabaseError):
                    cursor.execute(statement_sql, [statement.pk])

        kept = Statement.objects.get(tenant=tenant)
        assert (kept.total, kept.status, kept.lines.get().bet_count) == (Decimal(15), "issued", 1)

    def test_an_issued_statement_can_be_paid(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        draft(tenant)
        statement = mark(tenant, StatementStatus.ISSUED)

        Statement.objects.filter(pk=statement.pk).update(status=StatementStatus.PAID)

        assert Statement.objects.get(tenant=tenant).status == "paid"

    def test_a_calculated_statement_keeps_its_content_until_it_is_a_draft_again(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        draft(tenant)
        statement = mark(tenant, StatementStatus.CALCULATED)

        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("UPDATE settlement_statement SET total = 1 WHERE id = %s", [statement.pk])
        mark(tenant, StatementStatus.DRAFT)

        assert draft(tenant).total == "0.00"
