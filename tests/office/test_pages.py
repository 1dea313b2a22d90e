"""Every page of the office: who sees it, how many queries it takes, what it wears, and that it changes
nothing.
"""

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.admin.base import OfficeAdmin
from core.admin.periods import first_id
from core.clock import now
from core.ids import typeid
from core.models import AuditRecord, Event
from partners.models import Tenant
from sportsbook.models import Bet, Fixture
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.makers import make_staff, nobody, registered, superuser, world, written
from wallet.models import JournalEntry, Player

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

LIST_QUERIES_MAX = 14
PAGE_QUERIES_MAX = 16
MODELS = [model for model, _ in registered()]


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def named(model: type[Model]) -> str:
    return model._meta.label


@pytest.mark.long
@pytest.mark.parametrize("model", MODELS, ids=named)
class TestEveryModel:
    def test_list_opens_for_a_superuser_within_its_queries(self, model: type[Model]) -> None:
        world()
        browser = superuser()
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(address(model, "changelist"))
        assert answer.status_code == 200
        assert len(queries) <= LIST_QUERIES_MAX, [query["sql"] for query in queries]

    def test_record_opens_for_a_superuser_within_its_queries(self, model: type[Model]) -> None:
        row = world().row(model)
        if row is None:
            pytest.skip("no row of this model")
        browser = superuser()
        with CaptureQueriesContext(connection) as queries:
            answer = browser.get(address(model, "change", row.pk))
        assert answer.status_code == 200
        assert len(queries) <= PAGE_QUERIES_MAX, [query["sql"] for query in queries]

    def test_adding_opens_where_there_is_adding(self, model: type[Model]) -> None:
        world()
        answer = superuser().get(address(model, "add"))
        adds = admin.site._registry[model].has_add_permission(answer.wsgi_request)
        assert answer.status_code == (200 if adds else 403)

    def test_nothing_is_deleted(self, model: type[Model]) -> None:
        row = world().row(model)
        if row is None:
            pytest.skip("no row of this model")
        answer = superuser().post(address(model, "delete", row.pk), {"post": "yes"})
        assert answer.status_code == 403
        assert "delete_selected" not in admin.site._registry[model].get_actions(answer.wsgi_request)

    def test_page_is_closed_to_staff_without_the_permission_and_to_strangers(
        self, model: type[Model]
    ) -> None:
        row = world().row(model)
        pages = [address(model, "changelist"), address(model, "add")]
        pages += [address(model, "change", row.pk)] if row is not None else []
        browser = nobody()
        assert [browser.get(page).status_code for page in pages] == [403] * len(pages)
        answer = Client().get(pages[0])
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith(reverse("admin:login"))

    def test_search_for_anything_is_answered(self, model: type[Model]) -> None:
        world()
        browser = superuser()
        for words in ("a \0'; -- %", typeid("plr", world().player.id)):
            assert browser.get(address(model, "changelist"), {"q": words}).status_code == 200

    def test_stands_on_the_offices_own_base(self, model: type[Model]) -> None:
        assert isinstance(admin.site._registry[model], OfficeAdmin)
        assert isinstance(admin.site._registry[model].list_select_related, tuple)


class TestHistory:
    def test_tells_what_was_done_to_the_row(self) -> None:
        tenant = world().tenant
        answer = superuser().get(address(Tenant, "history", tenant.pk), follow=True)
        assert "Create tenant" in answer.content.decode()


class TestSearch:
    @pytest.mark.parametrize("by", ["id", "player", "fixture", "reference"])
    def test_bet_is_found(self, by: str) -> None:
        made = world()
        bet = Bet.objects.get(pk=made.single.bet_id)
        words = {
            "id": typeid("bet", bet.pk),
            "player": typeid("plr", made.player.id),
            "fixture": typeid("fix", made.fixtures[0].id),
            "reference": bet.reference,
        }[by]
        page = superuser().get(address(Bet, "changelist"), {"q": words}).content.decode()
        assert bet.reference in page

    def test_id_of_another_kind_finds_nothing(self) -> None:
        page = superuser().get(address(Player, "changelist"), {"q": typeid("bet", world().single.bet_id)})
        assert "0 players" in " ".join(page.content.decode().split())

    def test_entries_of_a_player_are_found(self) -> None:
        made = world()
        entry = JournalEntry.objects.filter(player_id=made.player.id).first()
        assert entry is not None
        page = superuser().get(address(JournalEntry, "changelist"), {"q": typeid("plr", made.player.id)})
        assert typeid("txn", entry.pk) in page.content.decode()


class TestHome:
    def test_shows_what_its_reader_may_see(self) -> None:
        made = world()
        bet = Bet.objects.get(pk=made.single.bet_id)
        page = make_staff("sportsbook.view_bet").get(reverse("admin:index")).content.decode()
        assert "Newest bets" in page
        assert "Draft statements" not in page
        assert bet.currency in page

    def test_tells_staff_without_a_role_to_ask_for_one(self) -> None:
        page = make_staff().get(reverse("admin:index")).content.decode()
        assert "ask for a role" in page

    def test_takes_few_queries(self) -> None:
        world()
        browser = superuser()
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse("admin:index"))
        assert len(queries) <= 20


def old_event(tenant: Tenant) -> UUID:
    """Return the id of an event of type `test.old`, forty days ago."""
    at = now() - timedelta(days=40)
    with acting_as("b2b_jobs"):
        return Event.objects.create(
            tenant_id=tenant.pk,
            sequence=1,
            event_id=UUID(int=first_id(at).int + secrets.randbits(64)),
            type="test.old",
            occurred_at=at,
            data={"stake": "1.00"},
        ).event_id


class TestEvents:
    def test_page_opens_for_who_may_see_events(self) -> None:
        assert make_staff("core.view_event").get(reverse("office-events")).status_code == 200
        assert make_staff().get(reverse("office-events")).status_code == 403

    def test_search_takes_anything(self) -> None:
        browser = make_staff("core.view_event")
        for asked in ({"tenant": "x"}, {"tenant": typeid("tnt", world().tenant.pk)}, {"before": "x"}):
            assert browser.get(reverse("office-events"), asked).status_code == 200

    def test_begins_with_seven_days_and_goes_back_when_asked(self) -> None:
        tenant, browser = make_tenant(), make_staff("core.view_event")
        old = old_event(tenant)
        url = reverse("office-events")
        assert "Last 7 days</option>" in browser.get(url).content.decode()
        for asked, is_shown in (
            ({"type": "test.old"}, False),
            ({"type": "test.old", "period": "all"}, True),
            ({"tenant": typeid("tnt", tenant.pk), "type": "test.old"}, True),
            ({"tenant": typeid("tnt", tenant.pk), "type": "test.old", "period": "30"}, False),
        ):
            assert (typeid("evt", old) in browser.get(url, asked).content.decode()) is is_shown

    def test_file_has_what_the_page_finds_and_is_recorded(self) -> None:
        tenant, user = make_tenant(), make_user("core.view_event")
        old = old_event(tenant)
        asked = f"?tenant={typeid('tnt', tenant.pk)}&type=test.old"
        rows = written(log_in(user).post(reverse("office-events-export") + asked))
        assert rows[0] == ["Occurred", "Type", "Event", "Tenant", "Sequence", "Data"]
        assert [row[1:3] for row in rows[1:]] == [["test.old", typeid("evt", old)]]
        assert rows[1][5] == '{"stake": "1.00"}'
        record = AuditRecord.objects.filter(object_type="core.staffuser", object_id=str(user.pk)).latest("id")
        assert (record.action, record.after["list"]) == ("export list", "core.event")  # type: ignore[index]
        assert make_staff().post(reverse("office-events-export")).status_code == 403


class TestHeaders:
    def test_every_answer_wears_the_strict_policy(self) -> None:
        answers = [
            Client().get(reverse("admin:login")),
            superuser().get(reverse("admin:index")),
        ]
        for answer in answers:
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "frame-ancestors 'none'" in policy
            assert "'unsafe-inline'" not in policy.split("style-src-attr")[0]
            assert "no-store" in answer.headers["Cache-Control"]

    def test_no_page_has_an_inline_script_or_style_sheet(self) -> None:
        made = world()
        browser = superuser()
        for url in (
            reverse("admin:index"),
            address(Fixture, "change", made.fixtures[0].id),
            reverse("admin:login"),
        ):
            page = browser.get(url).content.decode()
            assert "<style" not in page
            assert "<script>" not in page
