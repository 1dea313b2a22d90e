"""The view as partner: read-only, recorded, and never another's session."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from core.ids import typeid
from core.models import AuditRecord
from tests.makers.onboarding import register
from tests.makers.staff import log_in, make_user
from tests.office.makers import superuser, world
from tests.office.partner_pages import text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


class TestViewAsPartner:
    def page(self, browser: Client, partner_id: UUID, **query: str) -> str:
        return text_of(browser, reverse("office-as-partner", args=(partner_id,)), **query)

    @pytest.mark.parametrize("part", ["configuration", "onboarding", "bets", "statements", "documents"])
    def test_shows_what_the_api_answers_and_records_it(self, part: str) -> None:
        made = world()
        support = make_user(roles=("support",))
        text = self.page(log_in(support), made.tenant.partner_id, show=part)
        assert "Read-only: you are still yourself" in text
        record = AuditRecord.objects.filter(action="view as partner").order_by("-id")[0]
        assert (record.actor, record.object_id) == (support.username, str(made.tenant.partner_id))
        assert record.after is not None
        assert record.after["as"] == typeid("tnt", made.tenant.pk)

    def test_bets_are_the_tenants_own(self) -> None:
        made = world()
        text = self.page(superuser(), made.tenant.partner_id, show="bets")
        assert typeid("bet", made.single.bet_id) in text
        assert typeid("bet", made.single.bet_id) not in self.page(superuser(), register().pk, show="bets")

    def test_nothing_is_written_under_it(self) -> None:
        made = world()
        url = reverse("office-as-partner", args=(made.tenant.partner_id,))
        for method in ("post", "put", "patch", "delete"):
            for part in ("bets", "documents"):
                answer = getattr(superuser(), method)(f"{url}?show={part}")
                assert answer.status_code in (403, 405)

    def test_session_stays_that_of_the_member_of_staff(self) -> None:
        made = world()
        browser = superuser()
        before = browser.session.get("_auth_user_id")
        self.page(browser, made.tenant.partner_id)
        assert browser.session.get("_auth_user_id") == before

    def test_is_closed_to_roles_without_the_permission_and_to_other_managers(self) -> None:
        made = world()
        url = reverse("office-as-partner", args=(made.tenant.partner_id,))
        assert log_in(make_user(roles=("finance_maker",))).get(url).status_code == 403
        assert log_in(make_user(roles=("account_manager",))).get(url).status_code == 404
        assert superuser().get(url, {"show": "secrets"}).status_code == 404

    def test_cursor_that_is_none_is_refused_in_words(self) -> None:
        text = self.page(superuser(), world().tenant.partner_id, show="bets", cursor="x")
        assert "was not given out by this list" in text
