"""A statement of bets that were placed and settled for real, against the ledger they moved."""

from decimal import Decimal
from uuid import UUID

import pytest

from core.clock import now
from core.ids import typeid
from core.tenancy import tenant as in_tenant
from settlement import queries, services
from settlement.api.serializers import StatementView, statement_view
from settlement.rules.periods import Month
from sportsbook.models import Settlement
from sportsbook.services.results import enter_result, withdraw_result
from tests.makers.bets import make_bettor, placed, settle_fixture
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import make_plan
from tests.makers.sportsbook import MadeFixture, make_fixture
from wallet.models import AccountKind, Transfer

pytestmark = pytest.mark.usefixtures("committed")


def finish(fixture: MadeFixture, home: int, away: int) -> None:
    with acting_as("b2b_jobs"):
        enter_result(
            fixture_id=fixture.id, home=home, away=away, entered_by="test", entered_at=now(), rehearsal=True
        )
    settle_fixture(fixture.id)


def draft(tenant_id: UUID) -> StatementView:
    """Draft the month that is running."""
    with acting_as("b2b_jobs"):
        drafted_at = now()
        statement = services.draft_statement(
            tenant_id=tenant_id,
            period_start_date=Month.of(drafted_at, "UTC").start_date,
            drafted_at=drafted_at,
        )
        with queries.snapshot(tenant_id):
            return statement_view(
                queries.get_content(queries.get_any_statement(tenant_id=tenant_id, statement_id=statement.pk))
            )


def ledger_revenue(tenant_id: UUID) -> Decimal:
    """What the ledger has earned: stakes kept less payouts made."""
    earned = Decimal(0)
    with in_tenant(tenant_id):
        for transfer in Transfer.objects.filter(tenant_id=tenant_id).select_related("debit", "credit"):
            for kind in (AccountKind.REVENUE_STAKES, AccountKind.REVENUE_PAYOUTS):
                earned += transfer.amount * ((transfer.credit.kind == kind) - (transfer.debit.kind == kind))
    return earned


class TestStatementOfSettledBets:
    def test_revenue_is_what_the_ledger_earned(self) -> None:
        owner = make_tenant()
        make_plan(owner, "0.15")
        player = make_bettor(owner, available="1000.00")
        first, second = make_fixture(), make_fixture()
        placed(player, first.outcome("match_result", "home"), stake="100.00")
        placed(player, first.outcome("match_result", "draw"), stake="33.33")
        placed(player, first.outcome("asian_handicap", "away"), stake="17.77")
        placed(player, second.outcome("total_goals", "under"), stake="21.01")
        placed(player, [first.outcome(), second.outcome()], stake="5.00")

        finish(first, 1, 1)
        finish(second, 2, 0)
        statement = draft(owner.pk)

        assert Decimal(statement.revenue) == ledger_revenue(owner.pk)
        assert [line.kind for line in statement.lines] == ["fixture", "fixture", "multi"]
        assert {line.fixture_id for line in statement.lines[:2]} == {
            typeid("fix", first.id),
            typeid("fix", second.id),
        }
        assert sum(Decimal(line.stakes) for line in statement.lines) == Decimal("177.11")
        assert statement.lines[2].bet_count == 1

    def test_a_corrected_result_counts_the_difference_and_a_result_taken_back_nothing(self) -> None:
        owner = make_tenant()
        make_plan(owner, "0.15")
        player = make_bettor(owner, available="1000.00")
        fixture = make_fixture()
        placed(player, fixture.outcome("match_result", "home"), stake="100.00")
        finish(fixture, 0, 1)
        lost = draft(owner.pk)

        finish(fixture, 2, 1)
        won = draft(owner.pk)
        with acting_as("b2b_jobs"):
            withdraw_result(
                fixture_id=fixture.id, entered_by="test", entered_at=now(), reason="wrong fixture"
            )
        settle_fixture(fixture.id)
        reopened = draft(owner.pk)

        assert (lost.revenue, won.revenue, reopened.revenue) == ("100.00", "-110.00", "0.00")
        assert (lost.total, won.total, reopened.total) == ("15.00", "-16.50", "0.00")
        assert ledger_revenue(owner.pk) == 0
        assert (reopened.lines[0].stakes, reopened.lines[0].payouts, reopened.lines[0].bet_count) == (
            "0.00",
            "0.00",
            1,
        )

    def test_a_void_counts_in_and_out(self) -> None:
        owner = make_tenant()
        make_plan(owner, "0.15")
        player = make_bettor(owner, available="1000.00")
        fixture = make_fixture(markets={("total_goals", "2"): {"over": "1.95", "under": "1.87"}})
        placed(player, fixture.outcome("total_goals", "over"), stake="40.00")

        finish(fixture, 1, 1)
        (line,) = draft(owner.pk).lines

        assert (line.stakes, line.payouts, line.revenue) == ("40.00", "40.00", "0.00")
        with in_tenant(owner.pk):
            assert Settlement.objects.get(tenant_id=owner.pk).status == "void"
