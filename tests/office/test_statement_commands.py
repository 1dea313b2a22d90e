"""Statements and plans by the office's buttons: drafted, downloaded, agreed."""

from typing import Any

import pytest

from settlement.models import Plan, Statement
from tests.makers.partners import make_tenant
from tests.makers.settlement import make_plan
from tests.office.commanding import address, approve_waiting, new_records
from tests.office.makers import make_staff, world

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


class TestStatements:
    def test_month_is_drafted_and_downloaded(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        browser = make_staff("settlement.add_statement", "settlement.view_statement")
        answer = browser.post(address(Statement, "draft"), {"tenant": str(tenant.pk), "month": "2026-01"})
        statement = Statement.objects.get(tenant=tenant)
        assert answer.headers["Location"] == address(Statement, "change", statement.pk)
        file = browser.get(address(Statement, "csv", statement.pk))
        assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert file.content.startswith(b"Record,")
        assert new_records(statement) == ["draft statement"]

    def test_draft_of_a_tenant_without_a_plan_is_refused_in_words(self) -> None:
        tenant = make_tenant()
        answer = make_staff(is_superuser=True).post(
            address(Statement, "draft"), {"tenant": str(tenant.pk), "month": "2026-01"}
        )
        assert answer.status_code == 200
        assert "no commission plan" in answer.content.decode()

    def test_file_is_closed_to_staff_without_the_permission(self) -> None:
        assert make_staff().get(address(Statement, "csv", world().statement.pk)).status_code == 403

    @pytest.mark.parametrize("day", ["9999-12-31", "0026-03-01"])
    def test_plan_with_a_mistyped_year_is_refused_at_its_field(self, day: str) -> None:
        fields = {"tenant": str(make_tenant().pk), "rate": "0.2", "currency": "EUR", "payer": "platform"}
        browser = make_staff("settlement.add_plan", "settlement.view_plan")
        answer: Any = browser.post(address(Plan, "agree"), {**fields, "valid_from": day, "reason": "Signed"})
        assert answer.context["form"].errors == {"valid_from": [f"{day} cannot be: check the year."]}

    def test_plan_is_agreed(self) -> None:
        tenant = make_tenant()
        fields = {"tenant": str(tenant.pk), "rate": "0.2", "currency": "EUR", "payer": "platform"}
        make_staff("settlement.add_plan", "settlement.view_plan").post(
            address(Plan, "agree"), {**fields, "valid_from": "2026-02-01", "reason": "Signed"}
        )
        assert not Plan.objects.filter(tenant=tenant).exists()
        approve_waiting(str(tenant.pk))
        plan = Plan.objects.get(tenant=tenant)
        assert (plan.version, str(plan.rate.normalize())) == (1, "0.2")
        assert new_records(plan) == ["agree plan"]
