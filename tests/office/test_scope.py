"""An account manager sees the rows of their own partners alone, by whichever way they come."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.db.models import ForeignKey, Model
from django.test import Client
from django.urls import reverse

from approvals.models import ApprovalRequest
from core.admin.scope import seen_by
from core.clock import now
from core.ids import typeid, uuid7
from core.models import AuditRecord, Currency, QuarantinedFact, RowChange, StaffUser
from integration.models import ApiRequest
from partners.compliance.models import EvidenceFile
from partners.models import ApiClient, Partner, Tenant
from risk.models import Limit
from settlement.models import Plan, Statement
from settlement.payouts.models import PayoutAddress
from settlement.services import draft_statement
from sportsbook.models import Bet
from tests.approvals.makers import ask_raise
from tests.makers.bets import make_bettor, placed
from tests.makers.compliance import hand_in
from tests.makers.partners import make_client, make_partner, make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import make_payout_address, make_plan
from tests.makers.sportsbook import make_fixture
from tests.makers.staff import log_in, make_user
from tests.makers.webhooks import make_delivery, make_endpoint
from tests.office.makers import registered
from wallet.models import Account, JournalEntry, Player
from webhooks.models import Delivery, Endpoint

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


@dataclass(frozen=True)
class Book:
    """What one account manager looks after: a partner with one row of each kind."""

    manager: StaffUser
    browser: Client
    partner: Partner
    rows: dict[type[Model], Any]


@cache
def book() -> Book:
    """Return a manager's partner; the two of them look the same."""
    return _make()


@cache
def other_book() -> Book:
    """Return the partner of another manager."""
    return _make()


def _make() -> Book:
    every = [f"{m._meta.app_label}.view_{m._meta.model_name}" for m, _ in registered()]
    manager = make_user(*every, "core.view_event", roles=("account_manager",))
    with acting_as("b2b_jobs"):
        partner = make_partner()
        Partner.objects.filter(pk=partner.pk).update(account_manager=manager)
        tenant = make_tenant(partner=partner)
        player = make_bettor(tenant)
        bet = placed(player, make_fixture().outcome())
        plan = make_plan(tenant)
        at = now()
        statement = draft_statement(
            tenant_id=tenant.pk, period_start_date=at.date().replace(day=1), drafted_at=at
        )
        Limit.objects.create(kind="max_bet", tenant=tenant, amount=1, updated_at=at)
    with acting_as("b2b_api"):
        request = ApiRequest.objects.create(
            id=uuid7(),
            received_at=at,
            request_id=f"req-{uuid7()}",
            tenant_id=tenant.pk,
            method="GET",
            path="/api/v2/bets",
            status=200,
            microseconds=1,
            bytes_in=1,
            bytes_out=1,
        )
    with acting_as("b2b_office"):
        asked = ask_raise(tenant=tenant, amount="2")
        paid_at = make_payout_address(partner)
    evidence = hand_in(partner)
    with acting_as("b2b_jobs"):
        endpoint = make_endpoint(tenant)
    rows: dict[type[Model], Any] = {
        EvidenceFile: evidence,
        Limit: Limit.objects.get(tenant=tenant),
        ApprovalRequest: asked,
        Partner: partner,
        Tenant: tenant,
        ApiClient: make_client(tenant).client,
        Player: Player.objects.get(pk=player.id),
        Account: Account.objects.get(player_id=player.id),
        JournalEntry: JournalEntry.objects.filter(player_id=player.id).order_by("id")[0],
        Bet: Bet.objects.get(pk=bet.bet_id),
        Plan: plan,
        PayoutAddress: paid_at,
        Statement: statement,
        ApiRequest: request,
        Endpoint: endpoint,
        Delivery: make_delivery(endpoint),
    }
    return Book(manager, log_in(manager), partner, rows)


OWNED = (
    ApiClient,
    ApiRequest,
    ApprovalRequest,
    Account,
    Bet,
    Delivery,
    Endpoint,
    EvidenceFile,
    JournalEntry,
    Limit,
    Partner,
    PayoutAddress,
    Plan,
    Player,
    Statement,
    Tenant,
)
"""Models whose every row belongs to a partner, but for the platform's own limits."""


def address(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def named(model: type[Model]) -> str:
    return model._meta.label


def keys_of(answer: Any) -> set[Any]:
    return {row.pk for row in answer.context_data["cl"].result_list}


class TestRegistry:
    def test_every_model_says_whose_its_rows_are(self) -> None:
        assert [named(model) for model, page in registered() if type(page).whose is None] == []

    def test_every_model_with_a_way_to_a_partner_is_in_the_matrix(self) -> None:
        leads = {
            model
            for model, _ in registered()
            if {"partner_id", "tenant_id"} & {field.attname for field in model._meta.fields}
            or model is Partner
        }
        assert leads == {*OWNED, RowChange, QuarantinedFact}


@pytest.mark.long
@pytest.mark.parametrize("model", OWNED, ids=named)
class TestEveryWay:
    """Each way is taken with the manager's own row first, so that an answer of nothing proves something."""

    def test_list_shows_own_rows(self, model: type[Model]) -> None:
        own, others = book().rows[model], other_book().rows[model]
        page = book().browser.get(
            address(model, "changelist"), {"box": "all"} if model is ApprovalRequest else {}
        )
        assert page.status_code == 200
        assert own.pk in keys_of(page)
        assert others.pk not in keys_of(page)
        assert other_book().partner.name not in page.content.decode()

    def test_search_finds_own_rows(self, model: type[Model]) -> None:
        for one, is_found in ((book(), True), (other_book(), False)):
            row = one.rows[model]
            words = {
                Player: getattr(row, "reference", ""),
                Bet: getattr(row, "reference", ""),
                JournalEntry: getattr(row, "reference", ""),
                ApiRequest: getattr(row, "request_id", ""),
                Account: typeid("tnt", one.rows[Tenant].pk),
                Plan: one.partner.name,
                Limit: one.partner.name,
                ApprovalRequest: typeid("ptr", one.partner.pk),
                Delivery: typeid("dlv", row.pk),
            }.get(model, one.partner.name if model is not ApiClient else row.client_id)
            page = book().browser.get(address(model, "changelist"), {"q": words})
            assert (row.pk in keys_of(page)) == is_found, words

    def test_popup_to_choose_from_shows_own_rows(self, model: type[Model]) -> None:
        page = book().browser.get(address(model, "changelist"), {"_popup": "1", "_to_field": "id"})
        assert page.status_code in {200, 400}
        if page.status_code == 200:
            assert other_book().rows[model].pk not in keys_of(page)

    def test_record_opens_by_its_address(self, model: type[Model]) -> None:
        assert book().browser.get(address(model, "change", book().rows[model].pk)).status_code == 200
        for query in ({}, {"_popup": "1"}, {"_to_field": "id"}):
            answer = book().browser.get(address(model, "change", other_book().rows[model].pk), query)
            assert answer.status_code in {302, 400, 404}

    def test_history_of_anothers_row_is_not_found(self, model: type[Model]) -> None:
        answer = book().browser.get(address(model, "history", other_book().rows[model].pk))
        assert answer.status_code in {302, 404}
        assert answer.status_code == 404 or "auditrecord" not in answer.headers["Location"]

    def test_file_holds_own_rows(self, model: type[Model]) -> None:
        answer: Any = book().browser.post(address(model, "export") + "?box=all" * (model is ApprovalRequest))
        text = b"".join(answer.streaming_content).decode()
        assert len(text.splitlines()) > 1
        assert other_book().partner.name not in text
        for word in ("reference", "client_id", "request_id"):
            found = getattr(other_book().rows[model], word, "")
            assert not found or found not in re.split(r"[,\r\n]", text)

    def test_choices_of_another_form_are_own_rows(self, model: type[Model]) -> None:
        for holder, page in registered():
            for field in holder._meta.fields:
                if isinstance(field, ForeignKey) and field.remote_field.model is model:
                    request = book().browser.get(reverse("admin:index")).wsgi_request
                    offered = page.formfield_for_dbfield(field, request).queryset
                    assert not offered.filter(pk=other_book().rows[model].pk).exists()
                    assert offered.filter(pk=book().rows[model].pk).exists()

    def test_palette_finds_own_rows(self, model: type[Model]) -> None:
        page = dict(registered())[model]
        for one, is_found in ((book(), True), (other_book(), False)):
            row = one.rows[model]
            named = [getattr(row, name, None) for name in ("request_id", "reference")]
            named.append(typeid(page.id_prefix, row.pk) if page.id_prefix else None)
            for each in (words for words in named if isinstance(words, str)):
                asked = {"s": each, "extended": "1"}
                found = book().browser.get(reverse("admin:search"), asked).content.decode()
                assert (f'href="{page.record_url(str(row.pk))}"' in found) == is_found, each


class TestPagesBesideModels:
    def test_board_shows_own_partners(self) -> None:
        page = book().browser.get(reverse("office-board")).content.decode()
        assert book().partner.name in page
        assert other_book().partner.name not in page

    def test_events_are_of_own_partners(self) -> None:
        own, others = (typeid("tnt", one.rows[Tenant].pk) for one in (book(), other_book()))
        for asked in ({}, {"tenant": own}, {"tenant": others}):
            assert others not in _panels(book().browser.get(reverse("office-events"), asked))

    def test_audit_records_are_those_of_a_row_that_is_seen(self) -> None:
        def listed(**asked: str) -> int:
            answer: Any = book().browser.get(address(AuditRecord, "changelist"), {"period": "all", **asked})
            return len(answer.context_data["cl"].result_list)

        kind = Partner._meta.label_lower
        assert listed() == 0
        assert listed(object_type=kind, object_id=str(book().partner.pk)) > 0
        assert listed(object_type=kind, object_id=str(other_book().partner.pk)) == 0

    def test_changes_are_of_own_partners(self) -> None:
        page: Any = book().browser.get(address(RowChange, "changelist"))
        assert {row.partner_id for row in page.context_data["cl"].result_list} == {book().partner.pk}

    def test_command_on_anothers_partner_is_not_found(self) -> None:
        answer = book().browser.post(
            address(Partner, "move", other_book().partner.pk), {"_form_submitted": "True", "reason": "x"}
        )
        assert answer.status_code == 404

    def test_rows_of_nobody_are_everybodys(self) -> None:
        assert keys_of(book().browser.get(address(Currency, "changelist")))

    def test_others_see_every_partner(self) -> None:
        assert seen_by(make_user(roles=("support",))) is None
        found = seen_by(book().manager)
        assert found is not None
        assert found.partners == (book().partner.pk,)


def _panels(answer: Any) -> str:
    return str([panel.rows for panel in answer.context_data["panels"]])
