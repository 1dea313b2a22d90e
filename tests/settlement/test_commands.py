"""`manage.py draft_statements`: what it writes to which stream, and how it ends."""

import io
import json
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from core.ids import typeid
from partners.models import Tenant
from settlement.models import Statement, StatementStatus
from tests.makers.partners import make_tenant
from tests.makers.settlement import Settled, make_plan, move_on, settle

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


def run(*arguments: str) -> str:
    written = io.StringIO()
    call_command("draft_statements", *arguments, stdout=written)
    return written.getvalue()


def drafted(*arguments: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(run("--json", *arguments))
    return statements


def make_settled_tenant() -> Tenant:
    tenant = make_tenant()
    make_plan(tenant)
    settle(tenant, [Settled("100", "40", datetime(2026, 3, 15, tzinfo=UTC))])
    return tenant


class TestDraftStatements:
    def test_json_is_an_array_of_statements_in_full(self) -> None:
        tenant = make_settled_tenant()

        (statement,) = drafted("--period", "2026-03", "--tenant", typeid("tnt", tenant.pk))

        assert statement["tenantId"] == typeid("tnt", tenant.pk)
        assert statement["period"] == {"start": "2026-03-01", "end": "2026-04-01", "timeZone": "UTC"}
        assert (statement["status"], statement["revenue"], statement["total"]) == ("draft", "60.00", "9.00")
        assert (statement["lines"][0]["kind"], statement["charges"][0]["amount"]) == ("multi", "9.00")

    def test_every_tenants_statement_is_drafted(self) -> None:
        tenants = [make_settled_tenant(), make_settled_tenant()]

        # Other tests leave tenants whose statement of this month is refused.
        with suppress(CommandError):
            run("--period", "2026-03", "--json")

        assert Statement.objects.filter(tenant__in=tenants).count() == 2

    def test_without_json_a_table_is_written(self) -> None:
        tenant = make_settled_tenant()

        written = run("--period", "2026-03", "--tenant", typeid("tnt", tenant.pk))

        assert "Statements of 2026-03" in written
        assert "9.00" in written

    def test_an_issued_statement_is_shown_as_it_is(self) -> None:
        tenant = make_settled_tenant()
        arguments = ("--period", "2026-03", "--tenant", typeid("tnt", tenant.pk))
        run(*arguments)
        move_on(Statement.objects.get(tenant=tenant), StatementStatus.ISSUED)
        settle(tenant, [Settled("1000", "0", datetime(2026, 3, 16, tzinfo=UTC))])

        (statement,) = drafted(*arguments)

        assert (statement["status"], statement["total"]) == ("issued", "9.00")

    def test_a_refusal_is_told_apart_from_the_json(self) -> None:
        tenant = make_tenant()
        make_plan(tenant, valid_from=date(2026, 3, 20))
        settle(tenant, [Settled("100", "40", datetime(2026, 3, 15, tzinfo=UTC))])
        out, problems = io.StringIO(), io.StringIO()

        with pytest.raises(CommandError) as ended:
            call_command(
                "draft_statements",
                "--json",
                "--period=2026-03",
                f"--tenant={typeid('tnt', tenant.pk)}",
                stdout=out,
                stderr=problems,
            )

        assert (ended.value.returncode, json.loads(out.getvalue())) == (1, [])
        assert "PLAN_MISSING" in problems.getvalue()

    @pytest.mark.parametrize("period", ["2026-13", "2026-3", "march", "", "2026-03-01", "0000-01"])
    def test_a_period_that_is_no_month_is_a_clear_error(self, period: str) -> None:
        with pytest.raises(CommandError, match="YYYY-MM"):
            run("--period", period)
