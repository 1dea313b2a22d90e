"""Asking, editing, deciding and carrying out, by the services; two at once included."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connections

from approvals.models import ApprovalRequest
from approvals.queries import list_decidable, list_requested, list_seen
from approvals.rules import (
    AskingNotAllowed,
    DecisionNotAllowed,
    NothingProposed,
    NotTheRequester,
    OwnRequest,
    RequestClosed,
    RequestEdited,
    RequestExpired,
    RequestOpen,
    RequestOvertaken,
)
from approvals.services import (
    edit_request,
    expire_requests,
    reject_request,
    withdraw_request,
)
from core.clock import now
from core.errors import Refusal
from core.models import AuditRecord, StaffUser
from risk.models import Limit, LimitKind
from risk.services.limits import LimitKey, set_limit
from tests.approvals.makers import (
    ASKING,
    DECIDING,
    approve,
    ask_raise,
    checker,
    long_ago,
    maker,
)
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.staff import make_user

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]


def limit_of(request: ApprovalRequest) -> Decimal | None:
    tenant_id = request.payload["proposed"]["tenant"]
    return Limit.objects.filter(tenant_id=tenant_id).values_list("amount", flat=True).first()


def status_of(request: ApprovalRequest) -> str:
    return ApprovalRequest.objects.get(pk=request.pk).status


class TestRequestApproval:
    def test_changes_nothing_yet(self) -> None:
        request = ask_raise()
        assert request.status == "pending"
        assert limit_of(request) is None
        assert request.payload["present"]["amount"] == "10000.00"

    def test_needs_the_permission_to_ask(self) -> None:
        with pytest.raises(AskingNotAllowed):
            ask_raise(by=make_user())

    def test_about_the_same_subject_waits_for_the_first(self) -> None:
        tenant = make_tenant()
        ask_raise(tenant=tenant)
        with pytest.raises(RequestOpen):
            ask_raise(tenant=tenant, amount="30000")

    def test_is_recorded(self) -> None:
        request = ask_raise()
        records = AuditRecord.objects.filter(object_id=str(request.pk))
        assert [record.action for record in records] == ["ask for approval"]
        assert records[0].reason == "Asked by the partner"


class TestApproveRequest:
    def test_makes_the_change_at_once(self) -> None:
        done = approve(ask_raise(), checker())
        assert done.executed_at is not None
        assert limit_of(done) == 20_000

    def test_by_who_asked_is_refused(self) -> None:
        person = make_user(*ASKING, *DECIDING)
        request = ask_raise(by=person)
        with pytest.raises(OwnRequest):
            approve(request, person)
        assert limit_of(request) is None

    def test_by_who_asked_under_another_role_is_refused(self) -> None:
        person = maker()
        request = ask_raise(by=person)
        with acting_as("b2b_jobs"):
            person.is_superuser = True
            person.save()
        with pytest.raises(OwnRequest):
            approve(request, StaffUser.objects.get(pk=person.pk))

    def test_without_the_permission_is_refused(self) -> None:
        request = ask_raise()
        with pytest.raises(DecisionNotAllowed):
            approve(request, make_user("approvals.change_approvalrequest", "approvals.decide_statement"))
        assert status_of(request) == "pending"

    def test_of_another_content_than_was_read_is_refused(self) -> None:
        asker = maker()
        read = ask_raise(by=asker)
        edit_request(
            request_id=read.pk,
            changes={"amount": "90000.00"},
            reason="More",
            edited_by=asker,
            edited_at=now(),
        )
        with pytest.raises(RequestEdited):
            approve(read, checker())
        read.refresh_from_db()
        approve(read, checker())
        assert limit_of(read) == 90_000

    def test_after_the_end_is_refused(self) -> None:
        request = ask_raise()
        with pytest.raises(RequestExpired):
            approve(request, checker(), at=request.expires_at)
        late = ask_raise(at=long_ago())
        with pytest.raises(RequestExpired):
            approve(late, checker())

    def test_a_second_time_is_refused(self) -> None:
        request = approve(ask_raise(), checker())
        with pytest.raises(RequestClosed):
            approve(request, checker())

    def test_of_what_was_overtaken_makes_the_request_void(self) -> None:
        tenant = make_tenant()
        request = ask_raise(tenant=tenant)
        set_limit(
            key=LimitKey(LimitKind.MAX_BET, False, tenant_id=tenant.pk),
            amount=Decimal(100),
            set_by=maker(),
            set_at=now(),
            reason="Careful",
        )
        with pytest.raises(RequestOvertaken):
            approve(request, checker())
        assert status_of(request) == "void"
        assert limit_of(request) == 100

    def test_by_two_at_once_happens_once(self) -> None:
        request = ask_raise()
        people = [checker() for _ in range(4)]
        barrier = Barrier(len(people))

        def decide(person: StaffUser) -> str:
            barrier.wait()
            try:
                return approve(request, person).status
            except Refusal as refusal:
                return refusal.code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(people)) as pool:
            answers = sorted(pool.map(decide, people))
        assert answers == ["APPROVAL_CLOSED"] * 3 + ["approved"]
        actions = list(
            AuditRecord.objects.filter(object_id=str(request.pk))
            .order_by("id")
            .values_list("action", flat=True)
        )
        assert actions == ["ask for approval", "approve request", "carry out request"]


class TestRejectRequest:
    def test_changes_nothing_and_says_why(self) -> None:
        request = ask_raise()
        reject_request(request_id=request.pk, decided_by=checker(), decided_at=now(), note="Too much")
        request.refresh_from_db()
        assert (request.status, request.decision_note) == ("rejected", "Too much")
        assert limit_of(request) is None

    def test_by_who_asked_is_refused(self) -> None:
        person = make_user(*ASKING, *DECIDING)
        request = ask_raise(by=person)
        with pytest.raises(OwnRequest):
            reject_request(request_id=request.pk, decided_by=person, decided_at=now(), note="x")


class TestEditRequest:
    def test_by_another_is_refused(self) -> None:
        request = ask_raise()
        with pytest.raises(NotTheRequester):
            edit_request(
                request_id=request.pk,
                changes={"amount": "1.00"},
                reason="x",
                edited_by=maker(),
                edited_at=now(),
            )

    def test_that_changes_nothing_is_refused(self) -> None:
        asker = maker()
        request = ask_raise(by=asker)
        with pytest.raises(NothingProposed):
            edit_request(
                request_id=request.pk,
                changes={"amount": "20000.00"},
                reason="x",
                edited_by=asker,
                edited_at=now(),
            )

    @pytest.mark.parametrize("amount", ["", "-1", "1e9", "NaN", "9" * 30, "5000.00"])
    def test_to_nonsense_is_refused(self, amount: str) -> None:
        asker = maker()
        request = ask_raise(by=asker)
        with pytest.raises(Refusal):
            edit_request(
                request_id=request.pk,
                changes={"amount": amount},
                reason="x",
                edited_by=asker,
                edited_at=now(),
            )
        assert status_of(request) == "pending"

    def test_after_the_decision_is_refused(self) -> None:
        asker = maker()
        request = approve(ask_raise(by=asker), checker())
        with pytest.raises(RequestClosed):
            edit_request(
                request_id=request.pk,
                changes={"amount": "90000.00"},
                reason="x",
                edited_by=asker,
                edited_at=now(),
            )
        assert limit_of(request) == 20_000


class TestWithdrawRequest:
    def test_closes_ones_own(self) -> None:
        asker = maker()
        request = ask_raise(by=asker)
        withdraw_request(request_id=request.pk, withdrawn_by=asker, withdrawn_at=now())
        with pytest.raises(RequestClosed):
            approve(request, checker())

    def test_of_another_is_refused(self) -> None:
        with pytest.raises(NotTheRequester):
            withdraw_request(request_id=ask_raise().pk, withdrawn_by=checker(), withdrawn_at=now())


class TestExpireRequests:
    def test_closes_what_nobody_decided(self) -> None:
        late, fresh = ask_raise(at=long_ago()), ask_raise()
        assert expire_requests(at=now()) >= 1
        assert (status_of(late), status_of(fresh)) == ("expired", "pending")

    def test_lets_the_same_be_asked_again(self) -> None:
        tenant = make_tenant()
        ask_raise(tenant=tenant, at=long_ago())
        expire_requests(at=now())
        assert ask_raise(tenant=tenant).status == "pending"


class TestInbox:
    def test_shows_what_waits_for_its_reader(self) -> None:
        person = make_user(*ASKING, *DECIDING)
        own, other, late = ask_raise(by=person), ask_raise(), ask_raise(at=long_ago())
        found = set(list_decidable(person, at=now()))
        assert other in found
        assert own not in found
        assert late not in found
        assert list(list_requested(person)) == [own]

    def test_is_empty_for_who_decides_nothing(self) -> None:
        ask_raise()
        assert not list_decidable(make_user("approvals.view_approvalrequest"), at=now()).exists()

    def test_lets_those_who_only_ask_see_their_own(self) -> None:
        person = maker()
        own = ask_raise(by=person)
        ask_raise()
        assert list(list_seen(person, at=now())) == [own]

    def test_lasts_no_longer_than_three_days(self) -> None:
        request = ask_raise()
        assert request.expires_at - request.requested_at == timedelta(days=3)
