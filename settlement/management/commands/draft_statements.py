"""`manage.py draft_statements --period YYYY-MM [--tenant ID] [--json]`: draft the statements of a month.

Drafting again replaces the drafts; a statement that is past its draft is shown as it is. With `--json`
standard output is JSON alone, and everything for people goes to standard error.
"""

import argparse
from typing import Any, Final
from uuid import UUID

import msgspec
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.table import Table

from core.api.answers import json_bytes
from core.audit import acting
from core.clock import now
from core.currencies import scale_of
from core.errors import Refusal
from core.ids import NotAnId, parse_typeid, typeid
from core.money import amount_text
from settlement import queries, services
from settlement.api.serializers import statement_view
from settlement.queries import StatementContent
from settlement.rules.periods import BadPeriod, Month

WIDTH_MIN: Final = 120


class Command(BaseCommand):
    help = "Drafts every tenant's statement of a month, or replaces its draft."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--period", type=_month, required=True, metavar="YYYY-MM", help="the month")
        parser.add_argument(
            "--tenant", type=_tenant_id, metavar="ID", help="one tenant (tnt_...) instead of every one"
        )
        parser.add_argument(
            "--json", action="store_true", help="write JSON, as GET /statements/{id} has it, and nothing else"
        )

    def handle(self, *args: Any, period: Month, tenant: UUID | None, json: bool, **options: Any) -> None:
        tenant_ids = [tenant] if tenant is not None else queries.list_tenants_with_plan(month=period)
        drafted: list[StatementContent] = []
        refused = False
        with acting("draft_statements"):
            for tenant_id in tenant_ids:
                try:
                    drafted.append(_draft(tenant_id, period))
                except Refusal as refusal:
                    refused = True
                    self.stderr.write(f"{typeid('tnt', tenant_id)}: {refusal}")
        if json:
            shown = json_bytes([statement_view(content) for content in drafted])
            self.stdout.write(msgspec.json.format(shown, indent=2).decode())
        else:
            console = Console(file=self.stdout)  # type: ignore[arg-type]
            # In a narrow window lines wrap; figures are never cut.
            console.width = max(console.width, WIDTH_MIN)
            console.print(_table(period, drafted))
        if refused:
            raise CommandError("Not every statement was drafted; the reasons are above.", returncode=1)


def _month(text: str) -> Month:
    try:
        return Month.parse(text)
    except BadPeriod as refusal:
        raise argparse.ArgumentTypeError(f"{text!r}: {refusal.message}") from None


def _tenant_id(text: str) -> UUID:
    try:
        return parse_typeid("tnt", text)
    except NotAnId:
        raise argparse.ArgumentTypeError(f"{text!r} is no tenant's id (tnt_...)") from None


def _draft(tenant_id: UUID, month: Month) -> StatementContent:
    try:
        statement = services.draft_statement(
            tenant_id=tenant_id, period_start_date=month.start_date, drafted_at=now()
        )
        statement_id = statement.pk
    except services.StatementIssued as refusal:
        statement_id = refusal.statement_id
    with queries.snapshot(tenant_id):
        return queries.get_content(queries.get_any_statement(tenant_id=tenant_id, statement_id=statement_id))


def _table(month: Month, drafted: list[StatementContent]) -> Table:
    table = Table(title=f"Statements of {month}")
    for heading in ("Number", "Partner", "Tenant", "Status", "Lines", "Revenue", "Total", "Currency"):
        is_figure = heading in {"Lines", "Revenue", "Total"}
        table.add_column(heading, justify="right" if is_figure else "left", no_wrap=heading != "Partner")
    for content in drafted:
        statement = content.statement
        scale = scale_of(statement.currency_id)
        table.add_row(
            statement.number,
            statement.tenant.partner.name,
            statement.tenant.kind,
            statement.status,
            str(len(content.lines)),
            amount_text(statement.revenue, scale),
            amount_text(statement.total, scale),
            statement.currency_id,
        )
    return table
