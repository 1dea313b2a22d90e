"""Statements over HTTP: who is shown which, page by page, and as a file."""

import base64
import csv
import hashlib
import io
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from core.ids import typeid, uuid7
from partners.models import Tenant
from settlement import services
from settlement.models import Statement, StatementStatus
from tests.makers.partners import bearer, make_client, make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import Settled, make_named_fixture, make_plan, move_on, settle

pytestmark = pytest.mark.usefixtures("committed")

AT = datetime(2026, 3, 15, 12, tzinfo=UTC)
DRAFTED_AT = datetime(2026, 6, 2, 6, tzinfo=UTC)


class Partner:
    """A partner's system with a tenant of its own."""

    def __init__(self, kind: str = "test", **claims: Any) -> None:
        self.tenant: Tenant = make_tenant(kind, allowed_ips=("127.0.0.1/32",))
        make_plan(self.tenant)
        self.headers = bearer(make_client(self.tenant), **claims)

    def draft(self, month: int = 3) -> str:
        """Draft a month of 2026 and return the path of its statement."""
        with acting_as("b2b_jobs"):
            statement = services.draft_statement(
                tenant_id=self.tenant.pk, period_start_date=date(2026, month, 1), drafted_at=DRAFTED_AT
            )
        return f"/api/v2/statements/{typeid('stm', statement.pk)}"

    def issue(self, month: int = 3) -> str:
        path = self.draft(month)
        with acting_as("b2b_jobs"):
            statement = Statement.objects.get(tenant=self.tenant, period_start_date=date(2026, month, 1))
            move_on(statement, StatementStatus.ISSUED, DRAFTED_AT)
        return path

    def get(self, path: str, status: int = 200) -> Any:
        answer = Client().get(path, headers=self.headers)
        assert answer.status_code == status, answer.content
        return answer

    def walk(self, path: str) -> list[dict[str, Any]]:
        """Follow a list's cursors to its end."""
        found: list[dict[str, Any]] = []
        cursor: str | None = ""
        mark = "&" if "?" in path else "?"
        while cursor is not None:
            page = self.get(path + (f"{mark}cursor={cursor}" if cursor else "")).json()
            found.extend(page["data"])
            cursor = page["nextCursor"]
        return found


class TestReadStatement:
    def test_a_statement_is_shown_in_full(self) -> None:
        partner = Partner()
        fixture = make_named_fixture(home="Ashford", away="Bexley", starts_at=AT)
        settle(
            partner.tenant, [Settled("260", "0", AT, fixture), Settled("0", "120", AT), Settled("9", "0", AT)]
        )

        shown = partner.get(partner.draft()).json()

        assert shown == {
            "statementId": shown["statementId"],
            "number": f"2026-03-{shown['tenantId'][-6:].upper()}",
            "partnerId": typeid("ptr", partner.tenant.partner_id),
            "tenantId": typeid("tnt", partner.tenant.pk),
            "period": {"start": "2026-03-01", "end": "2026-04-01", "timeZone": "UTC"},
            "status": "draft",
            "currency": "EUR",
            "plan": {
                "payer": "platform",
                "versions": [
                    {
                        "version": 1,
                        "kind": "revenue_share",
                        "rate": "0.15",
                        "validFrom": "2020-01-01",
                        "validTo": None,
                    }
                ],
            },
            "revenue": "149.00",
            "total": "22.35",
            "draftedAt": "2026-06-02T06:00:00.000Z",
            "issuedAt": None,
            "parties": {
                "platform": {
                    "legalName": "Demo Platform Ltd",
                    "legalAddress": "1 Example Street, Valletta",
                    "vatNumber": "MT00000000",
                    "country": "MT",
                },
                "partner": {
                    "legalName": "",
                    "legalAddress": "",
                    "vatNumber": "",
                    "country": "MT",
                    "name": partner.tenant.partner.name,
                },
            },
            "lines": [
                {
                    "number": 1,
                    "kind": "fixture",
                    "fixtureId": typeid("fix", fixture.pk),
                    "competition": "League T0",
                    "home": "Ashford",
                    "away": "Bexley",
                    "startsAt": "2026-03-15T12:00:00.000Z",
                    "planVersion": 1,
                    "currency": "EUR",
                    "betCount": 1,
                    "stakes": "260.00",
                    "payouts": "0.00",
                    "revenue": "260.00",
                    "rate": "0.15",
                    "amount": "39.00",
                },
                {
                    "number": 2,
                    "kind": "multi",
                    "planVersion": 1,
                    "currency": "EUR",
                    "betCount": 2,
                    "stakes": "9.00",
                    "payouts": "120.00",
                    "revenue": "-111.00",
                    "rate": "0.15",
                    "amount": "-16.65",
                },
            ],
            "charges": [
                {
                    "number": 1,
                    "rule": "revenue_share",
                    "planVersion": 1,
                    "currency": "EUR",
                    "base": "149.00",
                    "rate": "0.15",
                    "conversionRate": "1.00",
                    "conversionSource": "same currency",
                    "conversionDate": "2026-03-31",
                    "amount": "22.35",
                }
            ],
        }

    def test_drafts_are_not_shown_to_production(self) -> None:
        partner = Partner("production")
        path = partner.draft()

        for part in ("", "/lines", "/bets", "/export?format=csv"):
            assert partner.get(path + part, 404).json()["code"] == "NOT_FOUND"
        assert partner.get("/api/v2/statements").json()["data"] == []

    def test_issued_statements_are_shown_to_production(self) -> None:
        partner = Partner("production")
        path = partner.issue()

        assert partner.get(path).json()["issuedAt"] == "2026-06-02T06:00:00.000Z"
        assert [row["status"] for row in partner.get("/api/v2/statements").json()["data"]] == ["issued"]

    def test_another_tenants_statement_is_like_none(self) -> None:
        mine, other = Partner(), Partner()
        path = other.draft()
        unknown = f"/api/v2/statements/{typeid('stm', uuid7())}"

        for part in ("", "/lines", "/bets", "/export?format=csv"):
            answers = [
                mine.get(asked + part, 404).json() for asked in (path, unknown, "/api/v2/statements/stm_1")
            ]
            assert {(answer["code"], answer["message"]) for answer in answers} == {
                (answers[0]["code"], answers[0]["message"])
            }

    def test_the_scope_is_needed(self) -> None:
        partner = Partner(scopes=("bets:read",))

        assert partner.get(partner.draft(), 403).json()["code"] == "INSUFFICIENT_SCOPE"


class TestListStatements:
    def test_the_newest_month_comes_first_page_by_page(self) -> None:
        partner = Partner()
        for month in (2, 4, 3):
            partner.draft(month)

        found = partner.walk("/api/v2/statements?limit=1")

        assert [row["period"]["start"] for row in found] == ["2026-04-01", "2026-03-01", "2026-02-01"]
        assert "lines" not in found[0]

    def test_lines_are_the_statements_own_page_by_page(self) -> None:
        partner = Partner()
        settle(partner.tenant, [Settled("10", "0", AT, make_named_fixture()) for _ in range(5)])
        path = partner.draft()

        assert partner.walk(f"{path}/lines?limit=2") == partner.get(path).json()["lines"]

    def test_bets_add_up_to_their_line(self) -> None:
        partner = Partner()
        fixture = make_named_fixture()
        ids = settle(partner.tenant, [Settled("10", "2.50", AT, fixture) for _ in range(5)])
        settle(
            partner.tenant,
            [Settled("0", "19.50", AT, fixture, bet=ids[0], revision=2), Settled("7", "0", AT)],
        )
        path = partner.draft()

        bets = partner.walk(f"{path}/bets?limit=2&fixtureId={typeid('fix', fixture.pk)}")

        assert {bet["betId"] for bet in bets} == {typeid("bet", bet_id) for bet_id in ids}
        assert [bet["stakes"] for bet in bets].count("10.00") == 5
        assert {bet["payouts"] for bet in bets} == {"2.50", "19.50"}
        assert len(bets) == 6
        assert [bet["stakes"] for bet in partner.walk(f"{path}/bets?fixtureId=MULTI")] == ["7.00"]
        assert len(partner.walk(f"{path}/bets?limit=3")) == 7
        assert partner.walk(f"{path}/bets?fixtureId={typeid('fix', uuid7())}") == []

    def test_a_parameter_that_makes_no_sense_is_refused(self) -> None:
        partner = Partner()
        path = partner.draft()

        for asked, code in (
            (f"{path}/bets?fixtureId=bet_1", "INVALID_FIELD"),
            (f"{path}/bets?cursor=nonsense", "CURSOR_INVALID"),
            (f"{path}/lines?limit=0", "INVALID_FIELD"),
            ("/api/v2/statements?status=draft", "UNKNOWN_FIELD"),
        ):
            assert partner.get(asked, 400).json()["code"] == code


class TestExportStatement:
    def test_the_csv_is_whole_named_and_signed_for(self) -> None:
        partner = Partner()
        settle(partner.tenant, [Settled("10", "0", AT, make_named_fixture(home="=cmd", away="Zürich"))])
        path = partner.draft()
        number = partner.get(path).json()["number"]

        answer = partner.get(f"{path}/export?format=csv")

        digest = hashlib.sha256(answer.content).digest()
        rows = list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))
        assert [row["Record"] for row in rows] == ["line", "charge", "total"]
        assert (rows[0]["Home"], rows[0]["Away"], rows[2]["Commission"]) == ("'=cmd", "Zürich", "1.50")
        assert answer["Content-Type"] == "text/csv; charset=utf-8; header=present"
        assert answer["Content-Disposition"] == f'attachment; filename="statement-{number}-draft.csv"'
        assert answer["Content-Length"] == str(len(answer.content))
        assert answer["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest).decode()}:"
        assert partner.get(f"{path}/export?format=csv").content == answer.content

    @pytest.mark.parametrize("name", ["xlsx", "pdf", "xml", "", "CSV"])
    def test_other_formats_are_refused_naming_those_that_are(self, name: str) -> None:
        partner = Partner()

        refusal = partner.get(f"{partner.draft()}/export?format={name}", 400).json()

        assert refusal["code"] == "FORMAT_NOT_AVAILABLE"
        assert refusal["details"]["available"] == ["csv"]
