"""What every list of the office keeps to: its size, its counting, its searching, its queries and its file."""

from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.admin import exports
from core.admin.lists import OfficeList
from core.admin.paging import ROWS_MAX
from core.ids import typeid
from core.models import AuditRecord
from partners.models import ApiClient, Partner, Tenant
from risk.models import Limit
from sportsbook.models import Bet
from tests.makers.bets import MadePlayer, make_bettor
from tests.makers.partners import make_partner, make_tenant
from tests.makers.staff import log_in, make_user
from tests.office.makers import make_staff, registered, superuser, world, written
from wallet.models import Player

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

QUERIES_MAX = 14
MODELS = [model for model, _ in registered()]


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def named(model: type[Model]) -> str:
    return model._meta.label


@pytest.mark.long
@pytest.mark.parametrize("model", MODELS, ids=named)
class TestEveryList:
    def test_keeps_to_the_rules_of_the_base(self, model: type[Model]) -> None:
        page = dict(registered())[model]
        assert (page.list_per_page, page.list_max_show_all) == (50, 0)
        assert page.show_full_result_count is False
        assert page.date_hierarchy is None
        assert isinstance(page.list_select_related, tuple)
        assert page.paginator.count
        assert issubclass(page.get_changelist(None), OfficeList)
        assert not page.list_editable
        assert set(page.narrow_display) <= set(page.list_display)
        assert len(page.narrow_display) <= 3

    def test_takes_few_queries_with_its_filters_and_searches(self, model: type[Model]) -> None:
        world()
        browser = log_in(make_user(roles=("auditor",)))
        url = address(model, "changelist")
        found: Any = browser.get(url)
        assert found.status_code == 200
        chosen = [
            list(spec.choices(found.context_data["cl"]))[-1] for spec in found.context_data["cl"].filter_specs
        ]
        asked = [
            "",
            "?q=nothing",
            f"?q={typeid('tnt', world().tenant.pk)}",
            *(each["query_string"] for each in chosen if "query_string" in each),
        ]
        for query in asked:
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(url + query).status_code == 200
            assert len(queries) <= QUERIES_MAX, (query, [each["sql"] for each in queries])

    def test_file_has_the_columns_and_rows_of_the_list(self, model: type[Model]) -> None:
        world()
        browser = superuser()
        query = "?period=all&box=all" if model._meta.label == "approvals.ApprovalRequest" else ""
        listed: Any = browser.get(address(model, "changelist") + query.replace("period=all&", ""))
        rows = written(browser.post(address(model, "export") + query.replace("period=all&", "")))
        count = listed.context_data["cl"].result_count
        columns = [name for name in listed.context_data["cl"].list_display if name != "action_checkbox"]
        assert len(rows[0]) == len(columns)
        assert len(rows) - 1 >= min(count, 1)
        assert all(len(row) == len(rows[0]) for row in rows)


class TestFile:
    def test_is_recorded_with_who_and_what_was_asked(self) -> None:
        user = make_user("partners.view_partner")
        written(log_in(user).post(address(Partner, "export") + "?status__exact=active&q=Partner"))
        record = AuditRecord.objects.filter(object_type="core.staffuser", object_id=str(user.pk)).latest("id")
        assert (record.action, record.actor) == ("export list", user.get_username())
        assert record.after is not None
        assert record.after["list"] == "partners.partner"
        assert record.after["asked"] == {"status__exact": "active", "q": "Partner"}

    def test_follows_filter_and_search(self) -> None:
        one, two = make_partner(), make_partner()
        rows = written(superuser().post(address(Partner, "export") + f"?q={one.name}"))
        assert [row[0] for row in rows[1:]] == [one.name]
        assert two.name not in str(rows)

    def test_name_never_becomes_a_formula(self) -> None:
        partner = make_partner(name=f"=HYPERLINK({make_partner().pk})")
        rows = written(superuser().post(address(Partner, "export") + f"?q={typeid('ptr', partner.pk)}"))
        assert rows[1][0] == f"'{partner.name}"

    def test_stops_at_its_most_rows_and_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        make_partner(), make_partner()
        monkeypatch.setattr(exports, "ROWS_MAX", 1)
        rows = written(superuser().post(address(Partner, "export")))
        assert len(rows) == 3
        assert rows[-1][0].startswith("Only the first 1 rows")

    def test_is_given_by_post_to_who_may_view_the_list(self) -> None:
        assert superuser().get(address(Partner, "export")).status_code == 405
        assert make_staff().post(address(Partner, "export")).status_code == 403
        strict = Client(enforce_csrf_checks=True)
        strict.cookies = superuser().cookies
        assert strict.post(address(Partner, "export")).status_code == 403

    def test_masks_what_the_list_masks(self) -> None:
        player = Player.objects.get(pk=world().player.id)
        rows = written(superuser().post(address(Player, "export") + f"?q={typeid('plr', player.pk)}"))
        shown: Any = superuser().get(address(Player, "changelist"), {"q": typeid("plr", player.pk)})
        assert all(cell in shown.content.decode() for cell in rows[1][:1])


class TestPeriod:
    def test_list_of_a_large_table_begins_with_seven_days(self) -> None:
        bet = Bet.objects.get(pk=world().single.bet_id)
        browser = superuser()
        for asked, is_shown in (({}, True), ({"period": "1"}, True), ({"period": "all"}, True)):
            page: Any = browser.get(address(Bet, "changelist"), asked)
            assert page.status_code == 200
            assert page.context_data["cl"].queryset.filter(pk=bet.pk).exists() == is_shown
        assert "Last 7 days" in browser.get(address(Bet, "changelist")).content.decode()

    def test_search_looks_through_all(self) -> None:
        bet = Bet.objects.get(pk=world().single.bet_id)
        page: Any = superuser().get(address(Bet, "changelist"), {"q": bet.reference})
        sql = str(page.context_data["cl"].queryset.query)
        assert '"sportsbook_bet"."id" >=' not in sql

    def test_large_table_is_sorted_by_its_own_order_alone(self) -> None:
        page: Any = superuser().get(address(Bet, "changelist"), {"o": "3"})
        assert page.context_data["cl"].queryset.query.order_by == ("-id",)


class TestEmptyList:
    def test_says_why_and_what_helps(self) -> None:
        browser = superuser()
        searched = browser.get(address(Bet, "changelist"), {"q": "no such bet"}).content.decode()
        assert "Nothing matches “no such bet”. Search by reference" in searched
        assert 'href="?period=all"' in searched
        filtered = browser.get(address(Partner, "changelist"), {"q": "", "manager": "me"}).content.decode()
        assert "Nothing passes the filters" in filtered
        assert "Create a new item" not in searched + filtered


class TestSearchForATenant:
    def test_finds_the_rows_of_a_tenant_that_one_sees_and_asks_for_no_other(self) -> None:
        manager = make_user(roles=("account_manager", "support"))
        mine, beside, foreign = (make_bettor(make_tenant()) for _ in range(3))
        for one in (mine, beside):
            Partner.objects.filter(tenants=one.tenant_id).update(account_manager=manager)
        browser, url = log_in(manager), address(Player, "changelist")

        def found(one: MadePlayer) -> list[UUID]:
            answer: Any = browser.get(url, {"q": typeid("tnt", one.tenant_id)})
            return [player.pk for player in answer.context_data["cl"].result_list]

        with CaptureQueriesContext(connection) as queries:
            assert found(mine) == [mine.id]
        listing = [each["sql"] for each in queries if 'FROM "wallet_player"' in each["sql"]]
        assert listing
        assert not [sql for sql in listing if beside.tenant_id.hex in sql.replace("-", "")]
        assert found(foreign) == []


class TestSearchHelp:
    @pytest.mark.parametrize(
        ("model", "said"),
        [(ApiClient, "Search by client id, name, partner name, "), (Limit, "Search by partner name, ")],
    )
    def test_says_each_field_once_and_in_words(self, model: type[Model], said: str) -> None:
        assert said in superuser().get(address(model, "changelist")).content.decode()


class TestCount:
    def test_stops_where_the_pages_stop(self) -> None:
        page: Any = superuser().get(address(Tenant, "changelist"))
        found = page.context_data["cl"]
        found.result_count = ROWS_MAX
        assert found.count_text == "more than 10,000"

    def test_page_after_the_last_is_no_error(self) -> None:
        assert superuser().get(address(Tenant, "changelist"), {"p": "201"}).status_code in {200, 302}


class TestNonsense:
    @pytest.mark.parametrize(
        "query", ["status__exact=%00", "q=%00", "p=1%00", "%00=1", "stage__exact=%0%0000"]
    )
    def test_nul_in_an_address_is_left_out(self, query: str) -> None:
        assert superuser().get(f"{address(Partner, 'changelist')}?{query}", follow=True).status_code == 200

    def test_filter_that_is_none_is_refused_in_words(self) -> None:
        answer = superuser().get(f"{address(Partner, 'changelist')}?account_manager__password=x")
        assert answer.status_code == 400
        assert "does not know" in answer.content.decode()
