"""Statements as files for finance staff. `docs/statements.md` describes every column.

Text that others chose (names of clubs) never reaches a spreadsheet as a formula; figures are ours and stay
figures.
"""

import csv
import io
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from core.clock import instant_text
from core.currencies import scale_of
from core.ids import typeid
from core.money import amount_text, exact_text
from core.spreadsheets import text_cell
from settlement.models import Statement, StatementAdjustment, StatementCharge, StatementLine
from settlement.queries import StatementContent

FORMATS: Final = ("csv",)
COLUMNS: Final = (
    "Record",
    "Statement",
    "Period start",
    "Period end",
    "No.",
    "Kind",
    "Fixture",
    "Kick-off (UTC)",
    "Competition",
    "Home",
    "Away",
    "Plan version",
    "Currency",
    "Bets",
    "Stakes",
    "Payouts",
    "Revenue",
    "Commission rate",
    "Conversion rate",
    "Conversion source",
    "Conversion date",
    "Commission",
    "Commission currency",
    "Reason",
)


def statement_csv(content: StatementContent) -> bytes:
    """Return a statement as CSV (RFC 4180, UTF-8): its lines, its charges, then its total."""
    written = io.StringIO(newline="")
    writer = csv.DictWriter(written, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    head = _head_cells(content.statement)
    for line in content.lines:
        writer.writerow({**head, **_line_cells(line)})
    for charge in content.charges:
        writer.writerow({**head, **_charge_cells(charge, content.statement)})
    for number, adjustment in enumerate(content.adjustments, start=len(content.charges) + 1):
        writer.writerow({**head, **_adjustment_cells(adjustment, number)})
    writer.writerow({**head, **_total_cells(content.statement)})
    return written.getvalue().encode()


def file_name(statement: Statement, extension: str) -> str:
    """Return the name of a statement's file: `statement-2026-11-4K7Q2M.csv`; until it is issued the name ends
    in its status, such as `-draft`, `-in-review` or `-approved`.
    """
    status = f"-{statement.status.replace('_', '-')}" if statement.issued_at is None else ""
    return f"statement-{statement.number}{status}.{extension}"


def _head_cells(statement: Statement) -> Mapping[str, str]:
    return {
        "Statement": statement.number,
        "Period start": statement.period_start_date.isoformat(),
        "Period end": statement.period_end_date.isoformat(),
    }


def _line_cells(line: StatementLine) -> Mapping[str, str]:
    scale = scale_of(line.currency)
    return {
        "Record": "line",
        "No.": str(line.number),
        "Kind": line.kind,
        "Fixture": typeid("fix", line.fixture_id) if line.fixture_id is not None else "MULTI",
        "Kick-off (UTC)": _instant(line.starts_at),
        "Competition": text_cell(line.competition),
        "Home": text_cell(line.home),
        "Away": text_cell(line.away),
        "Plan version": str(line.plan.version),
        "Currency": line.currency,
        "Bets": str(line.bet_count),
        "Stakes": amount_text(line.stakes, scale),
        "Payouts": amount_text(line.payouts, scale),
        "Revenue": amount_text(line.revenue, scale),
        "Commission rate": exact_text(line.rate, 2),
        "Commission": exact_text(line.amount, scale),
        "Commission currency": line.currency,
    }


def _charge_cells(charge: StatementCharge, statement: Statement) -> Mapping[str, str]:
    return {
        "Record": "charge",
        "No.": str(charge.number),
        "Kind": charge.rule,
        "Plan version": str(charge.plan.version),
        "Currency": charge.currency,
        "Revenue": amount_text(charge.base, scale_of(charge.currency)),
        "Commission rate": exact_text(charge.rate, 2),
        "Conversion rate": exact_text(charge.conversion_rate, 2),
        "Conversion source": text_cell(charge.conversion_source),
        "Conversion date": charge.conversion_date.isoformat(),
        "Commission": amount_text(charge.amount, scale_of(statement.currency_id)),
        "Commission currency": statement.currency_id,
    }


def _adjustment_cells(adjustment: StatementAdjustment, number: int) -> Mapping[str, str]:
    amount = amount_text(adjustment.amount, scale_of(adjustment.currency))
    return {
        "Record": "charge",
        "No.": str(number),
        "Kind": "adjustment",
        "Currency": adjustment.currency,
        "Commission": amount,
        "Commission currency": adjustment.currency,
        "Reason": text_cell(adjustment.reason),
    }


def _total_cells(statement: Statement) -> Mapping[str, str]:
    scale = scale_of(statement.currency_id)
    return {
        "Record": "total",
        "Currency": statement.currency_id,
        "Revenue": amount_text(statement.revenue, scale),
        "Commission": amount_text(statement.total, scale),
        "Commission currency": statement.currency_id,
    }


def _instant(at: datetime | None) -> str:
    return instant_text(at) if at is not None else ""
