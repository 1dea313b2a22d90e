"""A statement's page says its money, its plan and its parties in words."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from approvals.models import ApprovalRequest
from partners.services import change_partner
from settlement import services
from settlement.models import Statement, StatementStatus
from settlement.services.adjusting import request_adjustment
from tests.approvals.makers import approve
from tests.makers.partners import make_tenant
from tests.makers.settlement import Settled, make_named_fixture, make_plan, move_on, settle
from tests.makers.staff import log_in, make_user
from tests.office.commanding import address

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]
MID_MARCH = datetime(2026, 3, 15, 12, tzinfo=UTC)
AFTER_MARCH = datetime(2026, 4, 2, 6, tzinfo=UTC)


def drafted() -> Statement:
    """Return a draft of March at 15 % with 9.00 of commission, of a partner whose particulars are known."""
    tenant = make_tenant()
    make_plan(tenant)
    change_partner(
        partner_id=tenant.partner_id,
        changes={"legal_name": "Wager <Works> Ltd", "legal_address": "1 Quay, Sliema", "country": "MT"},
        changed_at=AFTER_MARCH,
    )
    settle(tenant, [Settled("60", "0", MID_MARCH, make_named_fixture())])
    return services.draft_statement(
        tenant_id=tenant.pk, period_start_date=date(2026, 3, 1), drafted_at=AFTER_MARCH
    )


def adjusted(statement: Statement, amount: str) -> ApprovalRequest:
    request = request_adjustment(
        tenant_id=statement.tenant_id,
        statement_id=statement.pk,
        amount=Decimal(amount),
        reason="Goodwill",
        requested_by=make_user(roles=("finance_maker",)),
        requested_at=datetime.now(UTC),
    )
    return approve(request, make_user(roles=("finance_checker",)))


def words_of(statement: Statement) -> str:
    """Return the words of a statement's page, one blank between them."""
    browser = log_in(make_user(roles=("finance_checker",)))
    page = browser.get(address(Statement, "change", statement.pk)).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)).replace("\u00a0", " ")


class TestStatementPage:
    def test_names_commission_adjustments_and_total(self) -> None:
        statement = drafted()
        adjusted(statement, "-5.50")
        words = words_of(statement)
        for shown in ("Commission 9.00 EUR", "Adjustments -5.50 EUR", "Total 3.50 EUR"):
            assert shown in words.replace("EUR 9.00", "9.00 EUR"), shown

    def test_shows_plan_and_parties_as_tables(self) -> None:
        words = words_of(drafted())
        assert "Version Kind Rate Paid by From Until 1 Revenue Share 0.15 Platform 2020-01-01" in words
        assert "Partner Wager &lt;Works&gt; Ltd 1 Quay, Sliema - MT" in words
        assert "validFrom" not in words
        assert "legalName" not in words

    def test_says_when_it_was_issued_only_once_it_is(self) -> None:
        browser = log_in(make_user(roles=("finance_checker",)))
        shown = {}
        for status in (StatementStatus.APPROVED, StatementStatus.ISSUED):
            statement = drafted()
            move_on(statement, status)
            page = browser.get(address(Statement, "change", statement.pk)).content.decode()
            shown[status] = ">Issued</label>" in page
        assert shown == {StatementStatus.APPROVED: False, StatementStatus.ISSUED: True}

    def test_its_file_is_named_by_its_status(self) -> None:
        statement = drafted()
        move_on(statement, StatementStatus.APPROVED)
        browser = log_in(make_user(roles=("finance_checker",)))
        answer = browser.get(address(Statement, "csv", statement.pk))
        name = f"statement-{statement.number}-approved.csv"
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
