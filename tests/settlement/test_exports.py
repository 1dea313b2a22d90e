"""A statement's file, byte for byte, and what it does to names that want to be formulas."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ids import typeid
from core.spreadsheets import text_cell
from partners.models import Tenant
from partners.services import enter_exchange_rate
from settlement import exports, queries, services
from settlement.models import StatementStatus
from tests.makers.partners import make_tenant
from tests.makers.settlement import Settled, make_currency, make_named_fixture, make_plan, move_on, settle

AT = datetime(2026, 3, 15, 12, tzinfo=UTC)
DRAFTED_AT = datetime(2026, 4, 2, 6, tzinfo=UTC)


def draft(tenant: Tenant) -> queries.StatementContent:
    statement = services.draft_statement(
        tenant_id=tenant.pk, period_start_date=date(2026, 3, 1), drafted_at=DRAFTED_AT
    )
    with queries.snapshot(tenant.pk):
        return queries.get_content(queries.get_any_statement(tenant_id=tenant.pk, statement_id=statement.pk))


@pytest.mark.usefixtures("committed")
@pytest.mark.role("b2b_jobs")
class TestStatementCsv:
    def test_lines_then_charges_then_the_total(self) -> None:
        tenant = make_tenant()
        euro, yen = sorted(make_currency(scale) for scale in (2, 2))
        enter_exchange_rate(
            base=yen,
            quote=euro,
            valid_date=date(2026, 3, 1),
            rate=Decimal("0.5"),
            source="central, bank",
            entered_at=DRAFTED_AT,
        )
        make_plan(tenant, "0.15", currency=euro)
        first = make_named_fixture("Ashford Town", 'Bexley "B"', datetime(2026, 3, 14, 15, tzinfo=UTC))
        second = make_named_fixture("=cmd|' /C calc'!A0", "Café Zürich", datetime(2026, 3, 15, 9, tzinfo=UTC))
        settle(
            tenant,
            [
                Settled("260", "0", AT, first, euro),
                Settled("30", "150", AT, second, euro),
                Settled("0.05", "0", AT, None, euro),
                Settled("7", "0", AT, first, yen),
            ],
        )

        content = draft(tenant)

        number, start = content.statement.number, "2026-03-01,2026-04-01"
        fixtures = [typeid("fix", fixture.pk) for fixture in (first, second)]
        golden = [
            "Record,Statement,Period start,Period end,No.,Kind,Fixture,Kick-off (UTC),Competition,Home,Away,"
            "Plan version,Currency,Bets,Stakes,Payouts,Revenue,Commission rate,Conversion rate,"
            "Conversion source,Conversion date,Commission,Commission currency,Reason",
            f"line,{number},{start},1,fixture,{fixtures[0]},2026-03-14T15:00:00.000Z,League T0,Ashford Town,"
            f'"Bexley ""B""",1,{euro},1,260.00,0.00,260.00,0.15,,,,39.00,{euro},',
            f"line,{number},{start},2,fixture,{fixtures[1]},2026-03-15T09:00:00.000Z,League T0,"
            f"'=cmd|' /C calc'!A0,Café Zürich,1,{euro},1,30.00,150.00,-120.00,0.15,,,,-18.00,{euro},",
            f"line,{number},{start},3,multi,MULTI,,,,,1,{euro},1,0.05,0.00,0.05,0.15,,,,0.0075,{euro},",
            f"line,{number},{start},4,fixture,{fixtures[0]},2026-03-14T15:00:00.000Z,League T0,Ashford Town,"
            f'"Bexley ""B""",1,{yen},1,7.00,0.00,7.00,0.15,,,,1.05,{yen},',
            f"charge,{number},{start},1,revenue_share,,,,,,1,{euro},,,,140.05,0.15,1.00,same currency,"
            f"2026-03-31,21.01,{euro},",
            f"charge,{number},{start},2,revenue_share,,,,,,1,{yen},,,,7.00,0.15,0.50,"
            f'"central, bank",2026-03-01,0.53,{euro},',
            f"total,{number},{start},,,,,,,,,{euro},,,,143.55,,,,,21.54,{euro},",
            "",
        ]
        assert exports.statement_csv(content).decode() == "\r\n".join(golden)
        assert exports.statement_csv(draft(tenant)) == exports.statement_csv(content)

    def test_every_row_has_every_column_and_the_charges_add_up(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        settle(tenant, [Settled("9.99", "0", AT, make_named_fixture(home="a\r\nb,c")) for _ in range(3)])

        rows = list(csv.DictReader(io.StringIO(exports.statement_csv(draft(tenant)).decode(), newline="")))

        assert all(None not in row and None not in row.values() for row in rows)
        charged = sum(Decimal(row["Commission"]) for row in rows if row["Record"] == "charge")
        assert charged == Decimal(rows[-1]["Commission"]) == Decimal("4.50")
        assert rows[0]["Home"] == "a\r\nb,c"

    @pytest.mark.parametrize(
        ("status", "ending"),
        [("draft", "-draft"), ("in_review", "-in-review"), ("approved", "-approved"), ("issued", "")],
    )
    def test_file_is_named_by_its_status_until_it_is_issued(self, status: str, ending: str) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        statement = draft(tenant).statement
        if status != "draft":
            move_on(statement, StatementStatus(status))
        statement.refresh_from_db()

        assert exports.file_name(statement, "csv") == f"statement-{statement.number}{ending}.csv"


class TestTextCell:
    @pytest.mark.parametrize(
        "text",
        [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1+1",
            "\r=1+1",
            "\n=1+1",
            "\tname",
            " =1+1",
            "\u00a0=1+1",
            "\u200b=1+1",
            "\ufeff=1+1",
            "\uff1d1+1",
            "\uff0b1",
            "\uff0d1",
            "\uff20A1",
            '=HYPERLINK("http://example.test","x")',
            "-2+3+cmd|' /C calc'!A0",
        ],
    )
    def test_text_that_begins_a_formula_gets_an_apostrophe(self, text: str) -> None:
        assert text_cell(text) == f"'{text}"

    @pytest.mark.parametrize(
        "text", ["", "Ashford", "1. FC Köln", "A=B", "O'Brien", "'quoted", "東京", " Ashford"]
    )
    def test_other_text_stays_as_it_is(self, text: str) -> None:
        assert text_cell(text) == text

    @given(st.text(max_size=20))
    def test_no_text_reaches_a_spreadsheet_as_a_formula(self, text: str) -> None:
        shown = text_cell(text)

        assert shown.removeprefix("'") == text.removeprefix("'")
        assert not shown.lstrip().startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))
        assert not shown.startswith(("\t", "\r", "\n"))
