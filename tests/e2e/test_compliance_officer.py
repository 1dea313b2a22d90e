"""The compliance officer's day: what waits is decided, what ends is asked for, and all of it can be shown."""

import io
import zipfile

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Enter, Prepare
from tests.e2e.desk import Desk

pytestmark = pytest.mark.slow
MANAGER, OFFICER = "account_manager", "compliance"


def first_of_queue(desk: Desk) -> None:
    """Open what waits longest."""
    desk.open()
    desk.go_to("Review queue")
    desk.main.locator("tbody tr").first.get_by_role("link").first.click()
    desk.sees("Handed in")


class TestReview:
    def test_leads_from_home_through_the_queue(self, enter: Enter, made: Prepare) -> None:
        partner = made("partner", "compliance", MANAGER)
        made("document", partner["id"])
        made("document", partner["id"])
        desk = enter(OFFICER)
        first_of_queue(desk)
        reviewed = desk.page.url
        with desk.page.expect_download() as download:
            desk.main.locator("a[href*='/file/'], a[href*='documents']").first.click()
        assert download.value.path().stat().st_size > 0

        desk.command("Accept")
        desk.answer("Accept document", note="Checked against the register.")
        desk.sees("is accepted")
        assert desk.page.url != reviewed

        second = desk.page.url
        desk.command("Reject")
        desk.answer("Reject document", reason="The scan cannot be read.")
        desk.sees("is rejected")
        assert desk.page.url != second

        desk.page.goto(second)
        desk.sees("The scan cannot be read.")
        desk.command("Reopen")
        desk.answer("Reopen", reason="A better scan came by courier.")
        desk.sees("is in review again")

    def test_rejecting_needs_a_reason(self, enter: Enter, made: Prepare) -> None:
        partner = made("partner", "compliance", MANAGER)
        made("document", partner["id"])
        desk = enter(OFFICER)
        first_of_queue(desk)
        desk.command("Reject")
        desk.answer("Reject document")
        desk.sees("This field is required")
        desk.page.keyboard.press("Escape")
        expect(desk.dialog).to_be_hidden()


class TestExpiring:
    def test_ticked_document_is_asked_for_anew(self, enter: Enter, made: Prepare) -> None:
        partner = made("partner", "compliance", MANAGER)
        made("ending", partner["id"])
        desk = enter(OFFICER)
        desk.open()
        desk.go_to("Expiring documents")
        desk.row(partner["name"]).get_by_role("checkbox").check()
        desk.press("Ask for a new copy")
        desk.sees("asked for")


class TestDossier:
    def test_is_a_zip_with_an_index_and_is_in_the_history(self, enter: Enter, made: Prepare) -> None:
        partner = made("partner", "compliance", MANAGER)
        document = made("document", partner["id"])
        assert document["id"]
        desk = enter(OFFICER)
        desk.open(f"/admin/partners/partner/{partner['id']}/compliance/")
        with desk.page.expect_download() as download:
            desk.press("Dossier (ZIP)")
        names = zipfile.ZipFile(io.BytesIO(download.value.path().read_bytes())).namelist()
        assert any("index" in name for name in names)
        assert any(name.endswith(".pdf") for name in names)

        desk.open()
        desk.go_to("Audit records")
        expect(desk.main.locator("tbody tr").first).to_contain_text("dossier")
