"""A payout address beside the partner's verified bank account, where it is read before it is approved."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals.models import ApprovalRequest
from core.clock import now
from partners.models import Partner
from settlement.payouts.comparing import DIFFERS, NONE_VERIFIED, OTHER_BIC, compared_addresses
from settlement.payouts.rules import Destination
from settlement.payouts.services import request_payout_address
from tests.makers.business import BIC, IBAN, approve_account, enter_account
from tests.makers.partners import make_partner
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.commanding import HTMX, address
from tests.office.partner_pages import text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

OTHER = Destination("bank", "DE89370400440532013000", bic="COBADEFF")
COIN = Destination("crypto", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", network="bitcoin")
MASKED, OTHER_MASKED = "MT84 … 001S", "DE89 … 3000"
PANEL = "To hold it against"


def partner() -> Partner:
    """Return a partner with a legal name, which a bank account is verified against."""
    made = make_partner()
    with acting_as("b2b_jobs"):
        Partner.objects.filter(pk=made.pk).update(legal_name="Partner Ltd")
    return Partner.objects.get(pk=made.pk)


def asked(of: Partner, destination: Destination = OTHER) -> ApprovalRequest:
    return request_payout_address(
        partner_id=of.pk,
        currency="EUR",
        destination=destination,
        reason="By letter",
        requested_by=make_user(roles=("finance_maker",)),
        requested_at=now(),
    )


def shown(request: ApprovalRequest) -> tuple[str, str]:
    """Return the request's page and its dialog to approve, as a finance checker reads them."""
    browser = log_in(make_user(roles=("finance_checker",)))
    page = text_of(browser, reverse("admin:approvals_approvalrequest_change", args=(request.pk,)))
    dialog = browser.get(address(ApprovalRequest, "approve", request.pk), headers=HTMX).content.decode()
    return page, dialog


class TestPageAndDialog:
    def test_say_that_it_differs_from_the_verified_account(self) -> None:
        made = partner()
        enter_account(made.pk)
        for text in shown(asked(made)):
            assert PANEL in text
            assert f"{OTHER_MASKED}: differs from the verified account" in text
            assert f"{MASKED}, verified " in text
            assert "by letter of the bank" in text
            assert DIFFERS in text
            assert IBAN not in text

    def test_say_that_it_is_the_verified_account_without_a_warning(self) -> None:
        made = partner()
        enter_account(made.pk)
        for text in shown(asked(made, Destination("bank", IBAN, bic=BIC))):
            assert f"{MASKED}: same as the verified account" in text
            assert not any(warning in text for warning in (DIFFERS, OTHER_BIC, NONE_VERIFIED))

    def test_say_that_no_account_is_verified(self) -> None:
        made = partner()
        approve_account(made.pk)
        for text in shown(asked(made)):
            assert f"none: {MASKED} is entered, and not verified" in text
            assert NONE_VERIFIED in text

    def test_hold_a_cryptocurrency_against_nothing(self) -> None:
        made = partner()
        enter_account(made.pk)
        for text in shown(asked(made, COIN)):
            assert PANEL not in text
            assert MASKED not in text


class TestCompared:
    def test_says_of_each_how_it_stands_by_one_query(self) -> None:
        verified, unverified, renamed = partner(), partner(), partner()
        for each in (verified, renamed):
            enter_account(each.pk)
        with acting_as("b2b_jobs"):
            Partner.objects.filter(pk=renamed.pk).update(legal_name="Another Ltd")
        wanted = [
            (asked(verified, Destination("bank", IBAN, bic="MALTMTM2")), OTHER_BIC),
            (asked(unverified), NONE_VERIFIED),
            (asked(renamed, Destination("bank", IBAN, bic=BIC)), NONE_VERIFIED),
            (asked(partner(), COIN), None),
        ]
        with CaptureQueriesContext(connection) as queries:
            told = compared_addresses([request for request, _ in wanted])
        assert [told.get(request.pk) for request, _ in wanted] == [said for _, said in wanted]
        assert len(queries) == 1


class TestInbox:
    def test_says_it_beside_each_request_that_waits(self) -> None:
        made = partner()
        enter_account(made.pk)
        request = asked(made)
        browser = log_in(make_user(roles=("finance_checker",)))
        inbox = reverse("admin:approvals_approvalrequest_changelist")
        assert DIFFERS in text_of(browser, inbox, box="all", q=request.subject_id)

    def test_asks_no_more_for_many_than_for_one(self) -> None:
        made = partner()
        enter_account(made.pk)
        asked(made)
        browser = log_in(make_user(roles=("finance_checker",)))
        inbox = reverse("admin:approvals_approvalrequest_changelist")
        counts = []
        for _ in range(2):
            text_of(browser, inbox)
            with CaptureQueriesContext(connection) as queries:
                text_of(browser, inbox)
            counts.append(len(queries))
            for _ in range(3):
                asked(partner())
        assert counts[0] == counts[1]
