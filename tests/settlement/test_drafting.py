"""What a statement comes to, through the database: the worked figures, month edges and drafts."""

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connections

from core.api.answers import json_bytes
from core.errors import Conflict
from core.ids import typeid, uuid7
from core.models import AuditRecord
from settlement import queries, services
from settlement.api.serializers import statement_view
from settlement.models import Statement, StatementStatus
from tests.makers.partners import make_tenant
from tests.makers.settlement import Settled, make_currency, make_named_fixture, make_plan, settle
from tests.settlement.drafting import AFTER_MARCH, MID_MARCH, book, draft, enter_rate, mark

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]

MARCH = date(2026, 3, 1)


class TestDraftStatement:
    @pytest.mark.parametrize(
        ("revenues", "rate", "total"),
        [
            (("260", "-120", "200"), "0.15", "51.00"),
            (("0.10", "0.10", "0.10", "0.30"), "0.15", "0.09"),
            (("17.70",), "0.25", "4.43"),
            (("-17.70",), "0.25", "-4.43"),
        ],
    )
    def test_commission_is_rate_times_revenue_rounded_once(
        self, revenues: tuple[str, ...], rate: str, total: str
    ) -> None:
        tenant = make_tenant()
        make_plan(tenant, rate)
        settle(tenant, book(revenues))

        statement = draft(tenant)

        assert statement.total == total
        assert [charge.amount for charge in statement.charges] == [total]
        assert len(statement.lines) == len(revenues)

    def test_each_currency_converts_once_at_a_rate_that_the_charge_keeps(self) -> None:
        tenant = make_tenant()
        euro, pound, yen, bitcoin = (make_currency(scale) for scale in (2, 2, 0, 8))
        for base, rate in ((pound, "1.1624"), (yen, "0.006117"), (bitcoin, "58321.45")):
            enter_rate(base, euro, rate)
        make_plan(tenant, "0.22", currency=euro)
        settle(tenant, book(["10000"], euro) + book(["2500.55"], pound))
        settle(tenant, book(["-350123"], yen) + book(["0.12345678"], bitcoin))

        statement = draft(tenant)

        assert (statement.revenue, statement.total) == ("17965.12", "3952.33")
        charges = {charge.currency: charge for charge in statement.charges}
        assert (charges[yen].base, charges[yen].conversion_rate) == ("-350123", "0.006117")
        assert (charges[yen].amount, charges[yen].conversion_source) == ("-471.17", "central bank")
        assert charges[bitcoin].conversion_date == "2026-01-01"
        assert (charges[euro].conversion_rate, charges[euro].amount) == ("1.00", "2200.00")

    def test_a_month_that_is_over_converts_at_its_last_days_rate(self) -> None:
        tenant = make_tenant()
        euro, dollar = make_currency(2), make_currency(2)
        for day, rate in ((1, "0.80"), (31, "0.90")):
            enter_rate(dollar, euro, rate, date(2026, 3, day))
        enter_rate(dollar, euro, "0.10", date(2026, 4, 1))
        make_plan(tenant, "0.50", currency=euro)
        settle(tenant, book(["100"], dollar))

        assert draft(tenant, at=datetime(2026, 3, 20, tzinfo=UTC)).total == "40.00"
        assert draft(tenant, at=AFTER_MARCH).total == "45.00"

    def test_a_void_counts_in_and_out(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        settle(tenant, [Settled("100", "100", MID_MARCH, make_named_fixture())])

        (line,) = draft(tenant).lines

        assert (line.stakes, line.payouts, line.revenue, line.amount) == ("100.00", "100.00", "0.00", "0.00")

    def test_multiples_share_one_line(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        fixture = make_named_fixture(home="Ashford", away="Bexley")
        settle(tenant, [Settled("10", "0", MID_MARCH), Settled("5", "7.50", MID_MARCH)])
        settle(tenant, [Settled("1", "0", MID_MARCH, fixture)])

        first, multi = draft(tenant).lines

        assert (first.kind, first.fixture_id, first.home) == ("fixture", typeid("fix", fixture.pk), "Ashford")
        assert (multi.kind, multi.bet_count, multi.stakes, multi.payouts) == ("multi", 2, "15.00", "7.50")
        assert b"fixtureId" not in json_bytes(multi)

    def test_lines_are_exact_where_charges_are_rounded(self) -> None:
        tenant = make_tenant()
        make_plan(tenant, "0.12345678")
        settle(tenant, book(["0.01"]))

        statement = draft(tenant)

        assert statement.lines[0].amount == "0.0012345678"
        assert statement.total == "0.00"

    def test_the_plan_valid_on_the_day_of_the_settlement_counts(self) -> None:
        tenant = make_tenant(time_zone="Europe/Malta")
        make_plan(tenant, "0.10", version=1, valid_to=date(2026, 3, 16))
        make_plan(tenant, "0.20", version=2, valid_from=date(2026, 3, 16))
        fixture = make_named_fixture()
        midnight = datetime(2026, 3, 15, 23, tzinfo=UTC)
        settle(tenant, [Settled("100", "0", midnight - timedelta(microseconds=1), fixture)])
        settle(tenant, [Settled("1000", "0", midnight, fixture)])

        statement = draft(tenant)

        assert [(line.plan_version, line.stakes) for line in statement.lines] == [
            (1, "100.00"),
            (2, "1000.00"),
        ]
        assert [charge.amount for charge in statement.charges] == ["10.00", "200.00"]
        assert [version.rate for version in statement.plan.versions] == ["0.10", "0.20"]

    @pytest.mark.parametrize(
        ("time_zone", "first", "after"),
        [
            ("UTC", "2026-03-01T00:00:00", "2026-04-01T00:00:00"),
            ("Europe/Malta", "2026-02-28T23:00:00", "2026-03-31T22:00:00"),
            ("America/New_York", "2026-03-01T05:00:00", "2026-04-01T04:00:00"),
            ("Asia/Tokyo", "2026-02-28T15:00:00", "2026-03-31T15:00:00"),
        ],
    )
    def test_a_month_begins_and_ends_at_the_partners_midnight(
        self, time_zone: str, first: str, after: str
    ) -> None:
        tenant = make_tenant(time_zone=time_zone)
        make_plan(tenant)
        first_at, after_at = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in (first, after))
        instant = timedelta(microseconds=1)
        settle(
            tenant,
            [
                Settled("1000", "0", first_at - instant),
                Settled("1", "0", first_at),
                Settled("2", "0", after_at - instant),
                Settled("4000", "0", after_at),
            ],
        )

        assert draft(tenant, "2026-03").revenue == "3.00"
        assert draft(tenant, "2026-02").revenue == "1000.00"

    def test_a_resettlement_counts_in_the_month_it_happens_in(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        fixture = make_named_fixture()
        february = datetime(2026, 2, 10, tzinfo=UTC)
        (bet,) = settle(tenant, [Settled("100", "0", february, fixture)])
        settle(tenant, [Settled("0", "195", MID_MARCH, fixture, bet=bet, revision=2)])

        assert draft(tenant, "2026-02").total == "15.00"
        march = draft(tenant, "2026-03")

        assert (march.lines[0].stakes, march.lines[0].payouts, march.total) == ("0.00", "195.00", "-29.25")

    def test_an_empty_month_has_a_statement_of_zero(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)

        statement = draft(tenant)

        assert (statement.lines, statement.charges) == ([], [])
        assert (statement.revenue, statement.total) == ("0.00", "0.00")

    def test_an_open_month_counts_until_the_moment_of_drafting(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        settle(tenant, [Settled("10", "0", MID_MARCH), Settled("5", "0", MID_MARCH + timedelta(hours=1))])

        assert draft(tenant, at=MID_MARCH).revenue == "10.00"

    def test_drafting_again_gives_the_same_bytes_under_the_same_number(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        settle(tenant, book(["12.34", "-5.67", "100"]) + book(["7"], "USD"))
        first = draft(tenant)

        second = draft(tenant)

        assert json_bytes(second) == json_bytes(first)
        assert first.number.startswith("2026-03-")
        assert Statement.objects.filter(tenant=tenant).count() == 1

    def test_drafting_again_counts_what_was_settled_since(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        settle(tenant, book(["100"]))
        first = draft(tenant)
        settle(tenant, book(["200"]))

        second = draft(tenant)

        assert second.statement_id == first.statement_id
        assert (first.total, second.total, len(second.lines)) == ("15.00", "45.00", 2)

    def test_two_drafts_at_once_leave_one_statement(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        settle(tenant, book(["100", "50"]))
        problems: list[Exception] = []

        def again() -> None:
            try:
                services.draft_statement(
                    tenant_id=tenant.pk, period_start_date=date(2026, 3, 1), drafted_at=AFTER_MARCH
                )
            except Exception as problem:  # noqa: BLE001 - shown below
                problems.append(problem)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=again) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert problems == []
        assert Statement.objects.get(tenant=tenant).lines.count() == 2

    def test_an_issued_statement_is_not_drafted_again(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        settle(tenant, book(["100"]))
        draft(tenant)
        mark(tenant, StatementStatus.ISSUED)
        settle(tenant, book(["900"]))

        with pytest.raises(services.StatementIssued) as refusal:
            draft(tenant)

        assert refusal.value.code == "STATEMENT_ISSUED"
        assert Statement.objects.get(tenant=tenant).total == 15

    def test_bets_settled_without_a_plan_are_not_lost_in_silence(self) -> None:
        tenant = make_tenant()
        make_plan(tenant, valid_from=date(2026, 3, 20))
        settle(tenant, book(["100"]))

        with pytest.raises(services.PlanMissing):
            draft(tenant)

        assert not Statement.objects.filter(tenant=tenant).exists()

    def test_a_tenant_without_plan_and_bets_has_no_statement(self) -> None:
        with pytest.raises(services.NothingToState):
            draft(make_tenant())

    def test_a_month_has_one_currency_and_one_payer(self) -> None:
        tenant = make_tenant()
        make_plan(tenant, version=1, valid_to=date(2026, 3, 16))
        make_plan(tenant, version=2, valid_from=date(2026, 3, 16), currency="USD")

        with pytest.raises(services.PlansDisagree):
            draft(tenant)

    def test_a_month_that_has_not_begun_at_the_partner_is_refused(self) -> None:
        tenant = make_tenant(time_zone="America/New_York")
        make_plan(tenant)

        with pytest.raises(services.PeriodNotBegun):
            draft(tenant, "2026-03", at=datetime(2026, 3, 1, 4, 59, tzinfo=UTC))

    def test_an_unknown_tenant_is_refused(self) -> None:
        with pytest.raises(services.TenantUnknown):
            services.draft_statement(
                tenant_id=uuid7(), period_start_date=date(2026, 3, 1), drafted_at=AFTER_MARCH
            )

    def test_a_refused_draft_leaves_the_one_before(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        settle(tenant, book(["100"]))
        before = draft(tenant)
        settle(tenant, book(["100"], make_currency(2)))

        with pytest.raises(Conflict):
            draft(tenant)

        with queries.snapshot(tenant.pk):
            left = queries.get_content(Statement.objects.get(tenant=tenant))
            assert json_bytes(statement_view(left)) == json_bytes(before)

    def test_other_tenants_bets_do_not_count(self) -> None:
        mine, other = make_tenant(), make_tenant()
        for tenant in (mine, other):
            make_plan(tenant)
        settle(mine, book(["10"]))
        settle(other, book(["999"]))

        assert draft(mine).revenue == "10.00"

    def test_both_parties_stand_on_the_statement(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)

        parties = draft(tenant).parties

        assert parties.partner.name == tenant.partner.name
        assert parties.partner.country == "MT"

    def test_drafting_is_recorded(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        draft(tenant)

        statement = Statement.objects.get(tenant=tenant)
        recorded = AuditRecord.objects.get(object_id=str(statement.pk))

        assert (recorded.action, recorded.occurred_at) == ("draft statement", AFTER_MARCH)


class TestListCommission:
    """Fresh currencies: other tests' statements are in others."""

    def test_adds_up_each_month_and_currency_with_its_rate_to_usd(self) -> None:
        euro, pound = make_currency(2), make_currency(2)
        enter_rate(euro, "USD", "1.25")
        for currency, rate in ((euro, "0.10"), (euro, "0.20"), (pound, "0.10")):
            tenant = make_tenant()
            make_plan(tenant, rate, currency=currency)
            settle(tenant, book(["100"], currency))
            draft(tenant)
        april = datetime(2026, 5, 2, 6, tzinfo=UTC)
        draft(tenant, "2026-04", april)

        found = [row for row in queries.list_commission(kind="test", since=MARCH) if row[1] in (euro, pound)]

        assert sorted(found[:2], key=lambda row: row[1] != euro) == [
            (MARCH, euro, Decimal("30.00"), Decimal("1.25")),
            (MARCH, pound, Decimal("10.00"), None),
        ]
        assert found[2:] == [(date(2026, 4, 1), pound, Decimal("0.00"), None)]

    def test_leaves_out_the_other_kind_and_earlier_months(self) -> None:
        euro, tenant = make_currency(2), make_tenant()
        make_plan(tenant, "0.10", currency=euro)
        settle(tenant, book(["100"], euro))
        draft(tenant)
        for kind, since in (("production", MARCH), ("test", date(2026, 4, 1))):
            assert euro not in [row[1] for row in queries.list_commission(kind=kind, since=since)]
