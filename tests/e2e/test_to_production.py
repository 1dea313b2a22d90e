"""From the first form to production credentials: every gate is met, and two people are needed."""

import secrets

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import Enter, Prepare, SecretOf
from tests.e2e.desk import Desk
from tests.makers.onboarding import BUSINESS

pytestmark = pytest.mark.slow
MANAGER, OFFICER = "account_manager", "compliance"

GATES = (
    ("Compliance", ("company", "primary_contact")),
    ("Credentials", ("owners", "kyc")),
    ("Documentation", ("test_credentials",)),
    ("Development", ("technical_contact",)),
    ("Testing", ("api_called",)),
    ("Deployment", ("compliance", "certification", "bank_account", "licences", *BUSINESS)),
)
"""Each stage on the way, and what it newly asks of a partner whose account manager is named."""


def move(desk: Desk, name: str, stage: str) -> None:
    """Ask on the board for a partner to be moved."""
    desk.open("/admin/onboarding/")
    desk.press(f"Move {name} to another stage")
    desk.answer("Move partner", to_stage=stage, reason=f"On to {stage}.")


class TestToProduction:
    def test_takes_every_gate_and_a_second_person(
        self, enter: Enter, made: Prepare, secret_of: SecretOf
    ) -> None:
        manager, officer = enter(MANAGER), enter(OFFICER)
        name = f"Meridian {secrets.token_hex(3)}"
        manager.open("/admin/partners/partner/add/")
        manager.fill(name=name, country="MT")
        manager.press("Save")
        manager.open(f"/admin/partners/partner/?q={name}")
        link = manager.main.get_by_role("link", name=name).first
        partner_id = (link.get_attribute("href") or "").split("/")[4]

        for stage, facts in GATES:
            move(manager, name, stage)
            expect(manager.dialog).to_contain_text(stage)
            manager.page.keyboard.press("Escape")
            made("facts", partner_id, *facts)
            move(manager, name, stage)
            manager.sees(f"{name} is moved to {stage}")

        made("facts", partner_id, "production_tenant")
        manager.open("/admin/partners/apiclient/add/")
        options = manager.main.locator("[name=tenant] option").filter(has_text=name)
        production = options.filter(has_text="production")
        manager.main.locator("[name=tenant]").select_option(production.first.get_attribute("value"))
        manager.fill(name="Betting platform")
        manager.page.get_by_label("bets:read").check()
        manager.press("Save")
        manager.open(f"/admin/partners/apiclient/?q={name}&tenant__kind__exact=production")
        manager.main.locator("tbody tr").first.get_by_role("link").first.click()
        client_url = manager.page.url

        manager.command("Ask for a secret")
        manager.answer("Ask for approval", reason="Certified; go-live on Monday.")
        manager.sees("Production credentials")
        request_url = manager.page.url
        expect(manager.page.locator("a, button").filter(has_text="Approve")).to_have_count(0)

        officer.open()
        officer.go_to("Approvals")
        officer.page.goto(request_url)
        officer.approve(secret_of(OFFICER))
        officer.sees("approved")

        manager.page.goto(client_url)
        manager.command("Issue secret")
        manager.press("Issue secret")
        assert len(manager.page.locator("#secret").inner_text()) >= 32
        manager.follow("I have copied it")
        move(manager, name, "Live")
        manager.sees(f"{name} is moved to Live")
