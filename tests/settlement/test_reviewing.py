"""A statement from draft to approval: two people, figures that stand still, adjustments with a reason."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, transaction

from approvals.models import ApprovalRequest, RequestStatus
from approvals.rules import AskingNotAllowed, DecisionNotAllowed, OwnRequest, RequestOvertaken
from approvals.services import expire_requests, reject_request
from core.clock import now
from core.models import StaffUser
from partners.models import Tenant
from settlement import queries, services
from settlement.api.serializers import StatementView, statement_view
from settlement.exports import statement_csv
from settlement.models import Statement, StatementAdjustment, StatementStatus
from settlement.services.adjusting import (
    BadAdjustment,
    TotalTooLarge,
    check_adjustment,
    request_adjustment,
)
from settlement.services.drafts import StatementNotDraft
from settlement.services.reviewing import (
    AdjustmentWaiting,
    StatementIncomplete,
    StatementOutdated,
    return_statement,
    submit_statement,
)
from tests.approvals.makers import approve, long_ago
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import Settled, make_named_fixture, make_plan, settle
from tests.makers.staff import log_in, make_user
from tests.office.commanding import address
from tests.office.commanding import run as press
from tests.office.makers import records_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

MID_MARCH = datetime(2026, 3, 15, 12, tzinfo=UTC)
AFTER_MARCH = datetime(2026, 4, 2, 6, tzinfo=UTC)


def finance_maker() -> StaffUser:
    return make_user(roles=("finance_maker",))


def finance_checker() -> StaffUser:
    return make_user(roles=("finance_checker",))


def drafted(at: datetime = AFTER_MARCH, revenue: str = "100") -> Statement:
    """Return a draft of March of a new tenant at 15 %: 15.00 on 100."""
    tenant = make_tenant()
    make_plan(tenant)
    settle(tenant, [Settled(revenue, "0", MID_MARCH, make_named_fixture())])
    return draft_again(tenant, at)


def draft_again(tenant: Tenant, at: datetime = AFTER_MARCH) -> Statement:
    return services.draft_statement(tenant_id=tenant.pk, period_start_date=date(2026, 3, 1), drafted_at=at)


def submitted(
    statement: Statement, by: StaffUser | None = None, at: datetime | None = None
) -> ApprovalRequest:
    return submit_statement(
        tenant_id=statement.tenant_id,
        statement_id=statement.pk,
        note="March is complete",
        submitted_by=by or finance_maker(),
        submitted_at=at or now(),
    )


def asked(statement: Statement, amount: str = "-5.00", by: StaffUser | None = None) -> ApprovalRequest:
    return request_adjustment(
        tenant_id=statement.tenant_id,
        statement_id=statement.pk,
        amount=Decimal(amount),
        reason="Goodwill for the outage",
        requested_by=by or finance_maker(),
        requested_at=now(),
    )


def status_of(statement: Statement) -> str:
    return Statement.objects.get(pk=statement.pk).status


def shown(statement: Statement) -> StatementView:
    with queries.snapshot(statement.tenant_id):
        return statement_view(
            queries.get_content(
                queries.get_any_statement(tenant_id=statement.tenant_id, statement_id=statement.pk)
            )
        )


class TestSubmitStatement:
    def test_waits_for_a_second_person(self) -> None:
        statement, by = drafted(), finance_maker()
        request = submitted(statement, by)
        statement.refresh_from_db()
        assert (statement.status, statement.prepared_by) == (StatementStatus.IN_REVIEW, by)
        assert request.payload["proposed"]["total"] == "15.00"
        assert "submit statement" in [each.action for each in records_of(statement)]

    def test_twice_is_refused(self) -> None:
        statement = drafted()
        submitted(statement)
        with pytest.raises(StatementNotDraft):
            submitted(statement)

    def test_before_the_month_was_over_is_refused(self) -> None:
        with pytest.raises(StatementIncomplete):
            submitted(drafted(at=datetime(2026, 3, 20, tzinfo=UTC)))

    def test_of_what_no_longer_counts_everything_is_refused(self) -> None:
        statement = drafted()
        settle(statement.tenant, [Settled("7", "0", MID_MARCH, make_named_fixture())])
        with pytest.raises(StatementOutdated):
            submitted(statement)
        assert status_of(statement) == "draft"

    def test_by_who_may_not_ask_leaves_the_draft(self) -> None:
        statement = drafted()
        with pytest.raises(AskingNotAllowed):
            submitted(statement, finance_checker())
        assert status_of(statement) == "draft"

    def test_refuses_to_draft_again(self) -> None:
        statement = drafted()
        submitted(statement)
        with pytest.raises(services.StatementIssued):
            draft_again(statement.tenant)


class TestApproveStatement:
    def test_makes_it_approved_and_names_both(self) -> None:
        statement, maker, checker = drafted(), finance_maker(), finance_checker()
        approve(submitted(statement, maker), checker)
        statement.refresh_from_db()
        assert (statement.status, statement.prepared_by, statement.approved_by) == (
            "approved",
            maker,
            checker,
        )

    def test_by_who_prepared_it_is_refused(self) -> None:
        statement = drafted()
        maker = make_user("settlement.change_statement", "approvals.decide_statement")
        with pytest.raises(OwnRequest):
            approve(submitted(statement, maker), maker)
        assert status_of(statement) == "in_review"

    def test_by_another_maker_is_refused(self) -> None:
        with pytest.raises(DecisionNotAllowed):
            approve(submitted(drafted()), finance_maker())

    def test_of_what_the_owner_moved_meanwhile_is_void(self) -> None:
        statement = drafted()
        request = submitted(statement)
        with acting_as("b2b_owner"):
            Statement.objects.filter(pk=statement.pk).update(
                status="draft", prepared_by=None, submitted_at=None
            )
        with pytest.raises(RequestOvertaken):
            approve(request, finance_checker())

    def test_rejected_makes_it_a_draft_again(self) -> None:
        statement = drafted()
        reject_request(
            request_id=submitted(statement).pk,
            decided_by=finance_checker(),
            decided_at=now(),
            note="Check VAT",
        )
        statement.refresh_from_db()
        assert (statement.status, statement.prepared_by) == ("draft", None)

    def test_not_given_in_time_makes_it_a_draft_again(self) -> None:
        statement = drafted()
        submitted(statement, at=long_ago())
        with acting_as("b2b_jobs"):
            expire_requests(at=now())
        assert status_of(statement) == "draft"


class TestReturnStatement:
    def test_withdraws_what_waits(self) -> None:
        statement, by = drafted(), finance_maker()
        request = submitted(statement, by)
        self.back(statement, by)
        request.refresh_from_db()
        assert (status_of(statement), request.status) == ("draft", RequestStatus.WITHDRAWN)

    def test_voids_an_approval(self) -> None:
        statement, by = drafted(), finance_maker()
        approve(submitted(statement, by), finance_checker())
        self.back(statement, by)
        statement.refresh_from_db()
        assert (statement.status, statement.approved_by) == ("draft", None)
        approve(submitted(statement, by), finance_checker())
        assert status_of(statement) == "approved"

    def back(self, statement: Statement, by: StaffUser) -> None:
        return_statement(
            tenant_id=statement.tenant_id,
            statement_id=statement.pk,
            reason="A wrong rate",
            returned_by=by,
            returned_at=now(),
        )


class TestAdjustment:
    def test_is_added_when_it_is_approved(self) -> None:
        statement, checker = drafted(), finance_checker()
        request = asked(statement)
        assert shown(statement).total == "15.00"
        approve(request, checker)
        found = shown(statement)
        assert (found.revenue, found.total) == ("100.00", "10.00")
        last = found.charges[-1]
        assert (last.number, last.rule, last.amount, last.reason) == (
            2,
            "adjustment",
            "-5.00",
            "Goodwill for the outage",
        )
        assert sum(Decimal(charge.amount) for charge in found.charges) == Decimal(found.total)

    def test_that_no_total_can_hold_is_refused_when_asked(self) -> None:
        statement = drafted()
        least = "-99999999999999999999"
        approve(asked(statement, least), finance_checker())
        with pytest.raises(TotalTooLarge):
            asked(statement, least)

    def test_that_no_total_can_hold_is_refused_when_it_is_approved(self) -> None:
        statement = drafted()
        request = asked(statement, "99999999999999999900")
        Statement.objects.filter(pk=statement.pk).update(total=Decimal("-100"))
        request.payload["present"]["total"] = "-100.00"
        with transaction.atomic():
            assert check_adjustment(request) is None
        Statement.objects.filter(pk=statement.pk).update(total=Decimal(100))
        request.payload["present"]["total"] = "100.00"
        with transaction.atomic():
            assert isinstance(check_adjustment(request), TotalTooLarge)

    def test_outlives_another_draft(self) -> None:
        statement = drafted()
        approve(asked(statement), finance_checker())
        settle(statement.tenant, [Settled("100", "0", MID_MARCH, make_named_fixture())])
        draft_again(statement.tenant)
        assert shown(statement).total == "25.00"

    def test_is_a_charge_with_its_reason_in_the_file(self) -> None:
        statement = drafted()
        approve(asked(statement), finance_checker())
        with queries.snapshot(statement.tenant_id):
            content = queries.get_content(
                queries.get_any_statement(tenant_id=statement.tenant_id, statement_id=statement.pk)
            )
        rows = list(csv.DictReader(io.StringIO(statement_csv(content).decode(), newline="")))
        charges = [Decimal(row["Commission"]) for row in rows if row["Record"] == "charge"]
        assert charges == [Decimal("15.00"), Decimal("-5.00")]
        assert rows[-2]["Reason"] == "Goodwill for the outage"
        assert Decimal(rows[-1]["Commission"]) == sum(charges)

    @pytest.mark.parametrize("amount", ["0", "0.001", "1e30"])
    def test_that_is_no_amount_of_the_currency_is_refused(self, amount: str) -> None:
        with pytest.raises(BadAdjustment):
            asked(drafted(), amount)

    def test_waiting_keeps_the_statement_from_being_submitted(self) -> None:
        statement = drafted()
        asked(statement)
        with pytest.raises(AdjustmentWaiting):
            submitted(statement)

    def test_of_a_total_that_moved_is_void(self) -> None:
        statement = drafted()
        request = asked(statement)
        settle(statement.tenant, [Settled("100", "0", MID_MARCH, make_named_fixture())])
        draft_again(statement.tenant)
        with pytest.raises(RequestOvertaken):
            approve(request, finance_checker())

    def test_of_a_statement_in_review_is_refused(self) -> None:
        statement = drafted()
        submitted(statement)
        with pytest.raises(StatementNotDraft):
            asked(statement)


class TestDatabase:
    @pytest.mark.parametrize("role", ["b2b_office", "b2b_jobs"])
    def test_refuses_an_approval_that_nobody_asked_for(self, role: str) -> None:
        statement = drafted()
        submitted(statement)
        with acting_as(role), pytest.raises(ProgrammingError, match="second person"):
            self.approve(statement, finance_checker())

    def test_refuses_who_prepared_it_to_the_owner_too(self) -> None:
        statement, by = drafted(), finance_maker()
        submitted(statement, by)
        with acting_as("b2b_owner"), pytest.raises(IntegrityError, match="never_approves_it"):
            self.approve(statement, by)

    def test_refuses_an_approval_without_two_names(self) -> None:
        statement = drafted()
        submitted(statement)
        with acting_as("b2b_owner"), pytest.raises(IntegrityError, match="who_prepared_and_who_approved"):
            self.change(statement, status="approved")

    @pytest.mark.parametrize("role", ["b2b_office", "b2b_jobs", "b2b_owner"])
    def test_refuses_to_edit_what_is_approved(self, role: str) -> None:
        statement = drafted()
        approve(submitted(statement), finance_checker())
        for values in ({"total": 1}, {"approved_by": finance_checker()}, {"prepared_by": finance_maker()}):
            with acting_as(role), pytest.raises(IntegrityError):
                self.change(statement, **values)
        with acting_as(role), pytest.raises(DatabaseError), transaction.atomic():
            statement.lines.update(bet_count=7)

    def test_refuses_to_skip_the_review(self) -> None:
        statement, people = drafted(), (finance_maker(), finance_checker())
        with acting_as("b2b_owner"), pytest.raises(IntegrityError, match="does not go"):
            self.change(
                statement,
                status="issued",
                prepared_by=people[0],
                submitted_at=now(),
                approved_by=people[1],
                approved_at=now(),
                issued_at=now(),
            )

    def test_refuses_an_adjustment_of_one_person(self) -> None:
        statement, people = drafted(), (finance_maker(), finance_checker())
        request = asked(statement, by=people[0])
        with pytest.raises(ProgrammingError, match="two people"), transaction.atomic():
            StatementAdjustment.objects.create(
                tenant_id=statement.tenant_id,
                statement=statement,
                currency="EUR",
                amount=Decimal(-5),
                reason="Mine",
                request=request,
                made_by=people[0],
                approved_by=people[1],
                made_at=now(),
            )

    def test_keeps_an_adjustment_as_it_was_made(self) -> None:
        statement = drafted()
        approve(asked(statement), finance_checker())
        found = StatementAdjustment.objects.filter(statement=statement)
        with acting_as("b2b_owner"), pytest.raises(DatabaseError), transaction.atomic():
            found.update(amount=1)
        with acting_as("b2b_owner"), pytest.raises(DatabaseError), transaction.atomic():
            found.delete()

    def approve(self, statement: Statement, by: StaffUser) -> None:
        self.change(statement, status="approved", approved_by=by, approved_at=now())

    def change(self, statement: Statement, **values: object) -> None:
        with transaction.atomic():
            Statement.objects.filter(pk=statement.pk).update(**values)


class TestPages:
    def test_lead_from_the_draft_to_the_approval_by_two_people(self) -> None:
        statement, maker = drafted(), log_in(finance_maker())
        answer = press(maker, Statement, "adjust", statement.pk, amount="-5", reason="Goodwill")
        first = ApprovalRequest.objects.get(subject_id=str(statement.pk), kind="adjustment")
        assert str(first.pk) in answer.headers["HX-Redirect"]
        checker = log_in(finance_checker())
        press(checker, ApprovalRequest, "approve", first.pk, digest=first.payload_digest)
        press(maker, Statement, "submit", statement.pk, reason="Complete")
        second = ApprovalRequest.objects.get(subject_id=str(statement.pk), kind="statement")
        page = maker.get(address(ApprovalRequest, "change", second.pk)).content.decode()
        assert "/approve" not in page
        press(checker, ApprovalRequest, "approve", second.pk, digest=second.payload_digest)
        assert status_of(statement) == "approved"
        page = checker.get(address(Statement, "change", statement.pk)).content.decode()
        assert "Goodwill" in page
        assert "/submit" not in page
