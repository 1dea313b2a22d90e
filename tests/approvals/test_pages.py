"""The inbox in the office: its boxes, what a record shows, who may press what, and the second factor."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from approvals.models import ApprovalRequest
from approvals.services import expire_requests
from core.clock import now
from risk.models import Limit, LimitKind
from risk.services.limits import LimitKey, set_limit
from tests.approvals.makers import ASKING, DECIDING, ask_raise, checker, long_ago, maker
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

LIST = "admin:approvals_approvalrequest_changelist"


def page_of(request: ApprovalRequest) -> str:
    return reverse("admin:approvals_approvalrequest_change", args=(request.pk,))


def press(browser: Client, request: ApprovalRequest, command: str, **fields: Any) -> HttpResponse:
    answer = browser.post(
        reverse(f"admin:approvals_approvalrequest_{command}", args=(request.pk,)),
        {"_form_submitted": "True", **fields},
        headers={"HX-Request": "true"},
    )
    assert isinstance(answer, HttpResponse)
    return answer


def status_of(request: ApprovalRequest) -> str:
    return ApprovalRequest.objects.get(pk=request.pk).status


class TestInbox:
    def test_opens_with_what_waits_for_its_reader(self) -> None:
        own = make_user(*ASKING, *DECIDING)
        mine, theirs = ask_raise(by=own), ask_raise()
        browser = log_in(own)
        first = browser.get(reverse(LIST)).content.decode()
        assert page_of(theirs) in first
        assert page_of(mine) not in first
        sorted_page = browser.get(reverse(LIST), {"o": "1"}).content.decode()
        assert page_of(mine) not in sorted_page
        asked = browser.get(reverse(LIST), {"box": "asked"}).content.decode()
        assert page_of(mine) in asked
        assert page_of(theirs) not in asked
        everything = browser.get(reverse(LIST), {"box": "all"}).content.decode()
        assert page_of(mine) in everything
        assert page_of(theirs) in everything

    def test_each_box_says_how_many_are_in_it(self) -> None:
        own = make_user(*ASKING, *DECIDING)
        request = ask_raise(by=own)
        browser = log_in(own)
        press(browser, request, "withdraw", reason="No need any more")
        assert status_of(request) == "withdrawn"
        page = browser.get(reverse(LIST), {"box": "asked"}).content.decode()
        assert "Requested by me (1)" in page
        assert "All (0)" not in page

    def test_is_in_the_navigation_of_who_decides_with_its_figure(self) -> None:
        ask_raise()
        page = log_in(checker()).get(reverse("admin:index")).content.decode()
        assert reverse(LIST) in page
        assert reverse(LIST) not in log_in(make_user()).get(reverse("admin:index")).content.decode()

    def test_of_who_only_asks_hides_what_others_asked(self) -> None:
        other = ask_raise()
        assert log_in(maker()).get(page_of(other)).status_code in (302, 404)


class TestEmptyBox:
    def said(self, browser: Client, **asked: str) -> str:
        page: str = browser.get(reverse(LIST), asked).content.decode()
        assert "Create a new item" not in page
        return page

    def test_tells_who_decides_what_will_stand_there(self) -> None:
        person = make_user("approvals.change_approvalrequest", "approvals.decide_role_grant")
        with acting_as("b2b_jobs"):
            expire_requests(at=now() + timedelta(days=30))  # what other tests have left waiting
        page = self.said(log_in(person))
        assert "Nothing waits for you" in page
        assert "You decide: role grant." in page
        assert "You asked for nothing" in self.said(log_in(person), box="asked")

    def test_tells_who_asks_where_to_ask(self) -> None:
        browser = log_in(maker())
        assert "You decide no requests" in self.said(browser)
        page = self.said(browser, box="asked")
        assert "You asked for nothing yet" in page
        assert "limit raise" in page
        assert "No requests yet" in self.said(browser, box="all")

    def test_that_is_filtered_leads_to_the_whole_box(self) -> None:
        browser = log_in(maker())
        page = self.said(browser, box="asked", status__exact="rejected")
        assert "No request found" in page
        assert 'href="?box=asked"' in page
        assert 'href="?box=all"' in self.said(browser, q="no such title")


class TestRecord:
    def test_shows_before_and_after_and_the_reason(self) -> None:
        page = log_in(checker()).get(page_of(ask_raise())).content.decode()
        for words in ("10,000.00", "20,000.00", "Asked by the partner", "Changed"):
            assert words in page

    def test_offers_decisions_to_others_and_edits_to_who_asked(self) -> None:
        person = make_user(*ASKING, *DECIDING)
        request = ask_raise(by=person)
        links = {
            name: reverse(f"admin:approvals_approvalrequest_{name}", args=(request.pk,))
            for name in ("approve", "reject", "edit", "withdraw")
        }
        own = log_in(person).get(page_of(request)).content.decode()
        assert {name for name, link in links.items() if link in own} == {"edit", "withdraw"}
        other = log_in(checker()).get(page_of(request)).content.decode()
        assert {name for name, link in links.items() if link in other} == {"approve", "reject"}


class TestApprove:
    def test_makes_the_change(self) -> None:
        request = ask_raise()
        answer = press(log_in(checker()), request, "approve", digest=request.payload_digest)
        assert answer.headers["HX-Redirect"] == page_of(request)
        assert status_of(request) == "approved"

    def test_asks_for_a_code_when_the_last_one_is_old(self) -> None:
        request = ask_raise()
        browser = log_in(checker(), at=now() - timedelta(minutes=6))
        answer = press(browser, request, "approve", digest=request.payload_digest)
        assert answer.headers["HX-Redirect"].startswith(reverse("office-verify"))
        assert status_of(request) == "pending"

    def test_by_who_asked_is_refused_in_words_also_after_logging_in_again(self) -> None:
        person = make_user(*ASKING, *DECIDING)
        request = ask_raise(by=person)
        for browser in (log_in(person), log_in(person)):
            answer = press(browser, request, "approve", digest=request.payload_digest)
            assert "asked for this yourself" in answer.content.decode()
        assert status_of(request) == "pending"

    def test_of_what_was_edited_meanwhile_is_refused_in_words(self) -> None:
        asker = maker()
        request = ask_raise(by=asker)
        press(log_in(asker), request, "edit", amount="30000.00", reason="More")
        answer = press(log_in(checker()), request, "approve", digest=request.payload_digest)
        assert "was edited since" in answer.content.decode()
        assert status_of(request) == "pending"

    def test_without_the_permission_for_the_kind_is_refused(self) -> None:
        request = ask_raise()
        person = make_user(
            "approvals.view_approvalrequest", "approvals.change_approvalrequest", "approvals.decide_statement"
        )
        answer = press(log_in(person), request, "approve", digest=request.payload_digest)
        assert "does not decide" in answer.content.decode()


class TestBareApprove:
    """A POST to the dialog's address by itself, without what the dialog sends along."""

    def post(self, browser: Client, request: ApprovalRequest, **fields: str) -> tuple[int, str]:
        url = reverse("admin:approvals_approvalrequest_approve", args=(request.pk,))
        answer = browser.post(url, fields)
        return answer.status_code, answer.content.decode()

    def test_by_who_asked_is_told_that_another_person_decides(self) -> None:
        person = make_user(*ASKING, *DECIDING)
        request = ask_raise(by=person)
        for fields in ({}, {"_form_submitted": "True", "digest": request.payload_digest}):
            status, said = self.post(log_in(person), request, **fields)
            assert status == 403
            assert "You asked for this yourself: another person must decide." in said
        assert status_of(request) == "pending"

    def test_of_another_content_is_told_to_read_it_again(self) -> None:
        asker = maker()
        request = ask_raise(by=asker)
        press(log_in(asker), request, "edit", amount="30000.00", reason="More")
        read = {"_form_submitted": "True", "digest": request.payload_digest}
        for fields in (read, {"_form_submitted": "True"}):
            _, said = self.post(log_in(checker()), request, **fields)
            assert "was edited since you opened it; read it again" in said
        assert status_of(request) == "pending"

    def test_after_its_time_is_told_so(self) -> None:
        request = ask_raise(at=long_ago())
        status, said = self.post(log_in(checker()), request)
        assert status == 409
        assert "has expired; ask again" in said
        assert status_of(request) == "pending"

    def test_of_a_kind_that_the_role_does_not_decide_is_told_so(self) -> None:
        request = ask_raise()
        person = make_user(
            "approvals.view_approvalrequest", "approvals.change_approvalrequest", "approvals.decide_statement"
        )
        status, said = self.post(log_in(person), request)
        assert status == 403
        assert "does not decide requests of this kind" in said

    def test_without_any_permission_to_decide_is_not_for_the_role(self) -> None:
        request = ask_raise()
        person = make_user("approvals.view_approvalrequest")
        status, said = self.post(log_in(person), request)
        assert status == 403
        assert "none of your roles opens this page" in said

    def test_without_the_button_changes_nothing_and_says_so(self) -> None:
        request = ask_raise()
        _, said = self.post(log_in(checker()), request, note="Fine")
        assert "before the button of the dialog is pressed" in said
        assert status_of(request) == "pending"


class TestReject:
    def test_needs_a_reason(self) -> None:
        request = ask_raise()
        browser = log_in(checker())
        press(browser, request, "reject")
        assert status_of(request) == "pending"
        press(browser, request, "reject", reason="Too much")
        assert status_of(request) == "rejected"


class TestLimitForm:
    def test_raise_becomes_a_request(self) -> None:
        tenant = make_tenant()
        browser = log_in(maker())
        answer = browser.post(
            reverse("admin:risk_limit_add"),
            {"kind": "max_bet", "tenant": str(tenant.pk), "amount": "12000", "reason": "VIP weekend"},
        )
        request = ApprovalRequest.objects.get(partner_id=tenant.partner_id)
        assert answer.headers["Location"] == page_of(request)
        assert not Limit.objects.filter(tenant=tenant).exists()

    def test_second_raise_is_refused_above_the_form(self) -> None:
        tenant = make_tenant()
        ask_raise(tenant=tenant)
        answer = log_in(maker()).post(
            reverse("admin:risk_limit_add"),
            {"kind": "max_bet", "tenant": str(tenant.pk), "amount": "12000", "reason": "VIP weekend"},
        )
        assert "waits already" in answer.content.decode()

    def test_present_limit_is_read_at_its_scale_where_a_higher_one_is_asked_for(self) -> None:
        tenant = make_tenant()
        key = LimitKey(LimitKind.MAX_BET, False, tenant_id=tenant.pk)
        done = set_limit(
            key=key,
            amount=Decimal("1250"),
            reason="Careful",
            set_by=make_user("risk.add_limit"),
            set_at=now(),
        )
        assert done.limit is not None
        browser = log_in(make_user("risk.view_limit", "risk.propose_limit"))
        page = browser.get(reverse("admin:risk_limit_change", args=(done.limit.pk,))).content.decode()
        assert "1,250.00\u00a0USD" in page
        dialog = browser.get(reverse("admin:risk_limit_propose_raise", args=(done.limit.pk,)))
        assert "Now 1,250.00\u00a0USD." in dialog.content.decode()
