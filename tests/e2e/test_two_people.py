"""What one person asks for and another approves, in two browsers: limits, deputies, plans, statements."""

import csv
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Enter, Prepare, SecretOf
from tests.e2e.desk import Desk

pytestmark = pytest.mark.slow


def ask_raise(desk: Desk, partner: str, amount: str = "20000") -> str:
    """Ask for a higher limit on a partner's bets; return the address of the request."""
    desk.open("/admin/risk/limit/add/")
    desk.choose("tenant", partner)
    desk.fill(kind="max_bet", amount=amount, reason="Asked by the partner")
    desk.press("Save")
    desk.sees("What would change")
    return desk.page.url


class TestApproval:
    def test_is_carried_through_by_a_second_person(
        self, enter: Enter, made: Prepare, secret_of: SecretOf
    ) -> None:
        partner = made("partner", "registered", "account_manager")["name"]
        risk, trader = enter("risk"), enter("trader")
        request = ask_raise(risk, partner)
        expect(risk.page.locator("a, button").filter(has_text="Approve")).to_have_count(0)

        trader.open()
        trader.go_to("Approvals")
        trader.main.get_by_role("link").filter(has_text=partner).first.click()
        expect(trader.page).to_have_url(re.compile(re.escape(request.split("?")[0])))
        trader.sees("20,000.00")
        trader.approve(secret_of("trader"))
        trader.sees("Approved and done")
        risk.open(f"/admin/risk/limit/?q={partner}")
        expect(risk.row(partner)).to_contain_text("20,000.00 USD")

    def test_of_what_was_edited_while_it_was_read_is_refused(
        self, enter: Enter, made: Prepare, secret_of: SecretOf
    ) -> None:
        partner = made("partner", "registered", "account_manager")["name"]
        risk, trader = enter("risk"), enter("trader")
        request = ask_raise(risk, partner)
        trader.page.goto(request)
        trader.command("Approve")
        expect(trader.dialog).to_contain_text("done as soon as you approve")

        risk.command("Edit")
        risk.answer("Save", amount="90000.00", reason="More is needed")
        risk.sees("The request is changed")

        trader.answer("Approve")
        trader.page.wait_for_load_state("networkidle")
        if "/verify/" not in trader.page.url:
            expect(trader.dialog).to_contain_text("was edited since you opened it; read it again")
        trader.page.goto(request)
        trader.sees("90,000.00")
        trader.sees("Pending")

    def test_is_void_once_it_is_edited(self, enter: Enter, made: Prepare) -> None:
        request = made("plan", "finance_maker", "finance_checker")["id"]
        maker = enter("finance_maker")
        maker.open(f"/admin/approvals/approvalrequest/{request}/change/")
        maker.sees("Approved, not done yet")
        maker.command("Edit")
        maker.answer("Save", rate="0.25", reason="A slip of the pen")
        maker.sees("The request is changed")
        assert request not in maker.page.url
        maker.sees("Pending")
        maker.open(f"/admin/approvals/approvalrequest/{request}/change/")
        maker.sees("Void")
        maker.sees("Edited after it was approved.")


class TestDeputy:
    def test_decides_for_a_colleague_who_is_away(
        self, enter: Enter, made: Prepare, secret_of: SecretOf
    ) -> None:
        partner = made("partner", "registered", "account_manager")["name"]
        risk, trader, support = enter("risk"), enter("trader"), enter("support")
        trader.open("/admin/me/deputy/")
        today = datetime.now(UTC).date()
        trader.fill(
            deputy="support",
            from_date=today.isoformat(),
            until_date=(today + timedelta(days=1)).isoformat(),
        )
        trader.press("Name deputy")
        trader.sees("Your deputy is named")
        try:
            request = ask_raise(risk, partner)
            support.page.goto(request)
            support.approve(secret_of("support"))
            support.sees("Approved and done")
            support.sees("by support for trader")
        finally:
            trader.open("/admin/me/")
            trader.press("End")
        trader.sees("no longer stands in")


class TestStatement:
    def test_is_drafted_submitted_approved_and_opened_as_a_file(
        self, enter: Enter, made: Prepare, secret_of: SecretOf
    ) -> None:
        partner = made("settled")["name"]
        maker, checker = enter("finance_maker"), enter("finance_checker")
        maker.open()
        maker.go_to("Statements")
        maker.command("Draft a statement")
        maker.choose("tenant", partner)
        last_month = datetime.now(UTC).replace(day=1) - timedelta(days=10)
        maker.fill(month=f"{last_month:%Y-%m}")
        maker.press("Draft statement")
        maker.sees("is drafted")
        statement = maker.page.url
        maker.command("Submit")
        maker.answer("Submit for approval", reason="As in the books")
        maker.sees("What would change")
        request = maker.page.url
        expect(maker.page.locator("a, button").filter(has_text="Approve")).to_have_count(0)

        checker.open()
        checker.go_to("Approvals")
        checker.page.goto(request)
        checker.approve(secret_of("finance_checker"))
        checker.sees("Approved and done")

        maker.page.goto(statement)
        maker.sees("Approved")
        with maker.page.expect_download() as download:
            maker.main.locator("a[href$='/csv/']").first.click()
        rows = list(csv.DictReader(download.value.path().read_text("utf-8-sig").splitlines()))
        assert [row["Record"] for row in rows][-1] == "total"
        assert (rows[-1]["Revenue"], rows[-1]["Commission"]) == ("60.00", "9.00")
