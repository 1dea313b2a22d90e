"""The title of a request, of every kind, says what is asked for, also after an edit, wherever it is read."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.urls import reverse

from approvals.kinds import kind_of, kinds
from approvals.models import ApprovalRequest
from approvals.services import edit_request
from core.clock import now
from core.models import StaffUser
from partners.kyb import services as kyb
from partners.services.four_eyes import request_exchange_rate, request_production_secret
from partners.services.ramp import request_ramp_step
from settlement.models import Payer
from settlement.payouts.rules import Destination
from settlement.payouts.services import request_payout_address
from settlement.services.plans import PlanTerms, request_plan
from staff.services.roles import request_role
from tests.approvals.makers import ask_raise
from tests.approvals.test_kinds import TestResettlement, decider
from tests.approvals.test_letters import sent
from tests.approvals.test_pages import page_of, press
from tests.approvals.test_production_access import READ, WRITE, change_scopes, new_client, used_client
from tests.makers.business import BIC, IBAN
from tests.makers.partners import make_currency, make_partner, make_tenant
from tests.makers.settlement import make_plan
from tests.makers.staff import log_in, make_user
from tests.partners.test_ramp import production
from tests.settlement import test_reviewing as reviewing

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

OTHERWISE: Final[Mapping[str, str]] = {
    "amount": "900000",
    "rate": "0.7654321",
    "source": "another desk",
    "validFrom": "2026-12-01",
}
"""What each value that may be edited is edited to."""


def asker(kind: str) -> StaffUser:
    return make_user(kind_of(kind).permission_to_request, "approvals.add_approvalrequest")


def ask_secret(by: StaffUser) -> ApprovalRequest:
    return request_production_secret(
        client_id=new_client().pk, reason="Go-live", requested_by=by, requested_at=now()
    )


def ask_access(by: StaffUser) -> ApprovalRequest:
    request = change_scopes(used_client(), READ + WRITE, by)
    assert request is not None
    return request


def ask_rate(by: StaffUser) -> ApprovalRequest:
    return request_exchange_rate(
        base=make_currency(),
        quote="USD",
        valid_date=date(2026, 3, 1),
        rate=Decimal("1.25"),
        source="desk",
        reason="Month end",
        requested_by=by,
        requested_at=now(),
    )


def ask_ramp(by: StaffUser) -> ApprovalRequest:
    return request_ramp_step(
        tenant_id=production().pk, percent=25, reason="No errors", requested_by=by, requested_at=now()
    )


def ask_account(by: StaffUser) -> ApprovalRequest:
    return kyb.request_bank_account(
        partner_id=make_partner().pk,
        holder="Demo Operator Ltd",
        iban=IBAN,
        bic=BIC,
        reason="Letter of the bank",
        requested_by=by,
        requested_at=now(),
    )


def ask_plan(by: StaffUser) -> ApprovalRequest:
    tenant = make_tenant()
    make_plan(tenant)
    return request_plan(
        tenant_id=tenant.pk,
        terms=PlanTerms(Decimal("0.2"), "EUR", Payer.PLATFORM, date(2026, 11, 1)),
        reason="Signed",
        requested_by=by,
        requested_at=now(),
    )


def ask_address(by: StaffUser) -> ApprovalRequest:
    return request_payout_address(
        partner_id=make_partner().pk,
        currency="EUR",
        destination=Destination("bank", IBAN, bic=BIC),
        reason="By letter",
        requested_by=by,
        requested_at=now(),
    )


def ask_role(by: StaffUser) -> ApprovalRequest:
    user = make_user()
    request_role(user=user, role="trader", reason="New desk", requested_by=by, requested_at=now())
    return ApprovalRequest.objects.get(subject_id=f"{user.pk}/trader")


def ask_result(by: StaffUser) -> ApprovalRequest:
    made = TestResettlement()
    return made.asked(made.settled(), by)


ASKED: Final[Mapping[str, tuple[Callable[[StaffUser], ApprovalRequest], str]]] = {
    "production_credentials": (ask_secret, "A secret for Platform of"),
    "production_access": (ask_access, "More scopes for system "),
    "bank_account": (ask_account, "Bank account of"),
    "limit_raise": (lambda by: ask_raise(by=by), ": 20,000.00 USD"),
    "payout_address": (ask_address, "is paid EUR at"),
    "statement": (lambda by: reviewing.submitted(reviewing.drafted(), by), "Statement "),
    "resettlement": (ask_result, ": 2-0 instead of 1-0"),
    "adjustment": (lambda by: reviewing.asked(reviewing.drafted(), by=by), "-5.00 EUR on statement"),
    "rate_change": (ask_plan, ": 0.20 from 2026-11-01"),
    "exchange_rate": (ask_rate, "= 1.25 USD from 2026-03-01"),
    "role_grant": (ask_role, "Trader for"),
    "ramp_step": (ask_ramp, "25 % of the traffic of"),
}


def test_every_kind_is_asked_for_here() -> None:
    assert set(ASKED) == {kind.name for kind in kinds()}


def edited(request: ApprovalRequest, by: StaffUser, **changes: str) -> ApprovalRequest:
    return edit_request(
        request_id=request.pk, changes=changes, reason="Agreed anew", edited_by=by, edited_at=now()
    )


class TestTitle:
    @pytest.mark.parametrize("name", ASKED)
    def test_is_made_by_its_kind_and_made_anew_by_each_edit(self, name: str) -> None:
        ask, words = ASKED[name]
        kind, by = kind_of(name), asker(name)
        request = ask(by)
        assert words in request.title
        assert request.title == kind.title_of(request)[:200]
        for value in kind.editable:
            request = edited(request, by, **{value: OTHERWISE[value]})
            request.refresh_from_db()
            assert request.title == kind.title_of(request)[:200]
        assert (words in request.title) is not bool(kind.editable)

    def test_never_changes_without_what_is_proposed(self) -> None:
        request = ask_raise()
        with pytest.raises(IntegrityError, match="as it was asked"), transaction.atomic():
            ApprovalRequest.objects.filter(pk=request.pk).update(title="Nothing of note")

    def test_of_an_approval_that_is_edited_is_of_what_is_asked_anew(self) -> None:
        by = asker("rate_change")
        request = ask_plan(by)
        ApprovalRequest.objects.filter(pk=request.pk).update(
            status="approved",
            decided_by=decider("rate_change"),
            decided_at=now(),
            decided_digest=request.payload_digest,
        )
        anew = edited(request, by, rate="0.5")
        assert (anew.pk != request.pk, ": 0.50 from" in anew.title) == (True, True)


class TestWhatIsRead:
    """Nobody who decides reads the old words of a request that was edited."""

    def raised(self) -> tuple[ApprovalRequest, StaffUser]:
        by = asker("limit_raise")
        request = ask_raise(by=by)
        press(log_in(by), request, "edit", amount="900000", reason="More")
        request.refresh_from_db()
        return request, by

    def test_on_the_pages(self) -> None:
        request, _ = self.raised()
        browser = log_in(decider("limit_raise"))
        inbox = browser.get(reverse("admin:approvals_approvalrequest_changelist"), {"q": str(request.title)})
        record = browser.get(page_of(request)).content.decode()
        for page in (inbox.content.decode(), record.split("Edits")[0]):
            assert "900,000.00 USD" in page
            assert "20,000.00" not in page

    def test_in_the_dialog_with_the_figures_and_the_reason(self) -> None:
        request, _ = self.raised()
        browser = log_in(decider("limit_raise"))
        url = reverse("admin:approvals_approvalrequest_approve", args=(request.pk,))
        dialog = browser.get(url).content.decode()
        for said in ("What would change", "At the time of the request", "10,000.00", "900,000.00", "Changed"):
            assert said in dialog
        assert "Reason: More" in dialog
        assert "same" not in dialog.split("What would change")[1].split("Reason")[0]
        assert "as soon as you approve it" in dialog
        assert "credentials" not in dialog

    def test_in_the_dialog_of_what_who_asked_does(self) -> None:
        by = asker("production_credentials")
        request = ask_secret(by)
        url = reverse("admin:approvals_approvalrequest_approve", args=(request.pk,))
        dialog = log_in(decider("production_credentials")).get(url).content.decode()
        assert f"{by.get_username()} may then do it" in dialog
        assert "as soon as you approve it" not in dialog

    def test_after_the_approval(self) -> None:
        request, _ = self.raised()
        browser = log_in(decider("limit_raise"))
        press(browser, request, "approve", digest=request.payload_digest)
        said = browser.get(page_of(request)).content.decode()
        assert re.search(r"Approved and done: [^<]*: 900,000\.00 USD", said)

    def test_in_the_letters(self) -> None:
        request, _ = self.raised()
        sent()
        about = [each for each in mail.outbox if str(request.pk) in str(each.body)]
        assert about
        assert all("900,000.00 USD" in f"{each.subject} {each.body}" for each in about)
        assert not any("20,000" in f"{each.subject} {each.body}" for each in about)

    def test_as_moments_not_as_the_program_keeps_them(self) -> None:
        by: Any = asker("statement")
        request = reviewing.submitted(reviewing.drafted(), by)
        page = log_in(decider("statement")).get(page_of(request)).content.decode()
        assert "2026-04-02 06:00:00\u00a0UTC" in page
        assert "2026-04-02T06:00" not in page
