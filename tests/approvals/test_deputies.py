"""Deputies decide for whom they stand in for, and nothing that these asked for."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError

from approvals.models import ApprovalRequest
from approvals.queries import list_decidable
from approvals.rules import DecisionNotAllowed, OwnRequest, RequestOfPrincipal
from approvals.services import reject_request
from core.clock import now
from core.models import StaffUser
from staff.models import Deputy
from staff.services.people import end_deputy, name_deputy
from tests.approvals.makers import ASKING, approve, ask_raise, checker, maker, run
from tests.approvals.test_database import DECIDE
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.commanding import address
from tests.office.commanding import run as press
from tests.office.makers import records_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


def deputy_of(user: StaffUser, deputy: StaffUser | None = None) -> StaffUser:
    """Return somebody who stands in for `user` from a minute ago until tomorrow."""
    found = deputy or make_user("approvals.change_approvalrequest")
    at = now()
    name_deputy(
        user=user,
        deputy_id=found.pk,
        from_at=at - timedelta(minutes=1),
        until_at=at + timedelta(days=1),
        named_at=at - timedelta(minutes=2),
    )
    return found


class TestDeputy:
    def test_decides_for_a_colleague_and_is_recorded_with_both_names(self) -> None:
        principal = checker()
        deputy, request = deputy_of(principal), ask_raise()
        done = approve(request, deputy)
        assert (done.decided_by, done.decided_for) == (deputy, principal)
        assert done.executed_at is not None
        record = next(each for each in records_of(request) if each.action == "approve request")
        assert record.after is not None
        assert record.after["decidedFor"] == principal.get_username()

    def test_rejects_for_a_colleague(self) -> None:
        principal = checker()
        deputy, request = deputy_of(principal), ask_raise()
        done = reject_request(request_id=request.pk, decided_by=deputy, decided_at=now(), note="Too much")
        assert done.decided_for == principal

    def test_with_the_right_of_their_own_decides_in_their_own_name(self) -> None:
        deputy = deputy_of(checker(), checker())
        assert approve(ask_raise(), deputy).decided_for is None

    def test_never_decides_their_own_request(self) -> None:
        asker = make_user(*ASKING, "approvals.change_approvalrequest")
        deputy_of(checker(), asker)
        with pytest.raises(OwnRequest):
            approve(ask_raise(by=asker), asker)

    def test_never_decides_for_the_maker_they_stand_in_for(self) -> None:
        asker = maker()
        deputy = deputy_of(asker, checker())
        request = ask_raise(by=asker)
        with pytest.raises(RequestOfPrincipal):
            approve(request, deputy)
        assert request not in list_decidable(deputy, at=now())

    def test_decides_nothing_before_and_after_their_time(self) -> None:
        principal = checker()
        deputy, request = deputy_of(principal), ask_raise()
        with pytest.raises(DecisionNotAllowed):
            approve(request, deputy, at=now() - timedelta(hours=1))
        end_deputy(user=principal, deputy_id=Deputy.objects.get(deputy=deputy).pk, ended_at=now())
        with pytest.raises(DecisionNotAllowed):
            approve(request, deputy)

    def test_takes_over_nothing_that_their_own_role_forbids(self) -> None:
        principal = make_user("approvals.decide_limit_raise", roles=("finance_checker",))
        deputy = make_user(roles=("support",))
        deputy_of(principal, deputy)
        with acting_as("b2b_jobs"):
            deputy.groups.set(Group.objects.filter(name="finance_maker"))
        request = ask_raise()
        with pytest.raises(DecisionNotAllowed):
            approve(request, deputy)
        assert request not in list_decidable(deputy, at=now())

    def test_of_somebody_who_left_decides_nothing(self) -> None:
        principal = checker()
        deputy, request = deputy_of(principal), ask_raise()
        StaffUser.objects.filter(pk=principal.pk).update(is_active=False)
        with pytest.raises(DecisionNotAllowed):
            approve(request, deputy)

    def test_finds_the_request_in_their_inbox_and_approves_it_there(self) -> None:
        principal = checker()
        deputy, request = deputy_of(principal), ask_raise()
        assert request in list_decidable(deputy, at=now())
        browser = log_in(deputy)
        page = browser.get(address(ApprovalRequest, "change", request.pk)).content.decode()
        assert "/approve" in page
        press(browser, ApprovalRequest, "approve", request.pk, digest=request.payload_digest)
        request.refresh_from_db()
        assert (request.status, request.decided_for) == ("approved", principal)


class TestDatabase:
    def test_refuses_who_stands_in_for_who_asked(self) -> None:
        asker = maker()
        deputy, request = deputy_of(asker, checker()), ask_raise(by=asker)
        with pytest.raises(IntegrityError, match="stands in for who asked"):
            run(DECIDE, deputy.pk, now(), request.pk)

    def test_refuses_a_colleague_who_is_no_deputy(self) -> None:
        request, principal = ask_raise(), checker()
        with pytest.raises(IntegrityError, match="only a deputy"):
            run(
                DECIDE.replace("SET ", f"SET decided_for_id = {principal.pk}, "),
                make_user().pk,
                now(),
                request.pk,
            )
