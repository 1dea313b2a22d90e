"""The history in the office: of one record, and of all; who sees what, in how many queries, and no secret."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.acting import acting
from core.admin.changes import TRACKED, tell
from core.clock import now
from core.ids import uuid7
from core.models import RowChange
from core.pii import personal_fields
from partners.models import ApiClient, Partner, Tenant
from partners.onboarding.models import BeneficialOwner
from partners.onboarding.services import add_director, add_owner
from partners.services import change_partner, suspend_partner
from tests.makers.business import screen
from tests.makers.onboarding import meet, register
from tests.makers.partners import make_client, make_partner, make_tenant
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.makers import superuser, written

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

QUERIES_MAX = 15
LIST = "admin:core_rowchange_changelist"


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def links_to_people() -> list[tuple[str, str]]:
    """Return each column of a model with a history that leads to rows with personal data."""
    return [
        (label, str(field.column))
        for label in sorted(TRACKED)
        for field in apps.get_model(label)._meta.concrete_fields
        if isinstance(field, ForeignKey) and personal_fields(field.related_model)
    ]


def history_of(row: Any) -> str:
    app, model = row._meta.app_label, row._meta.model_name
    return reverse(f"admin:{app}_{model}_history", args=(row.pk,))


class TestHistoryOfARecord:
    def test_shows_who_why_and_each_field_before_and_after(self) -> None:
        partner = make_partner()
        with acting("anna", request_id="req_42"):
            suspend_partner(partner_id=partner.pk, suspended_at=now(), reason="Unpaid since May")
        page = text_of(superuser().get(history_of(partner)))
        for words in (
            "Suspend partner",
            "anna",
            "Unpaid since May",
            "req_42",
            ">Active</td>",
            ">Suspended</td>",
        ):
            assert words in page, words

    def test_takes_few_queries_however_long_it_is(self) -> None:
        partner = make_partner()
        for tier in ("premium", "standard") * 5:
            change_partner(partner_id=partner.pk, changes={"tier": tier}, changed_at=now())
        browser = superuser()
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(history_of(partner)).status_code == 200
        assert len(queries) <= QUERIES_MAX, [query["sql"] for query in queries]

    def test_secret_is_told_and_never_shown(self) -> None:
        made = make_client()
        page = text_of(superuser().get(history_of(made.client)))
        assert "Issue secret" in page
        assert made.secret not in page

    def test_personal_data_is_masked(self) -> None:
        partner = make_partner()
        owner = BeneficialOwner.objects.create(
            partner=partner, name="Ada Lovelace", birth_date="1985-12-10", country="MT", share_percent="30"
        )
        found = RowChange.objects.get(model="partners.beneficialowner", row_id=str(owner.pk))
        pages = (
            reverse("admin:core_rowchange_change", args=(found.pk,)),
            f"{reverse(LIST)}?q={owner.pk}",
        )
        for address in pages:
            page = text_of(superuser().get(address))
            assert "Lovelace" not in page
            assert "1985-12-10" not in page
            assert "A•••" in page

    def test_of_a_screening_names_whom_it_is_of_by_id(self) -> None:
        partner = register()
        meet(partner.pk, "company")
        at = now()
        person: dict[str, Any] = {
            "name": "Ada Lovelace",
            "birth_date": date(1985, 12, 10),
            "country": "MT",
            "added_at": at,
        }
        owner = add_owner(partner_id=partner.pk, share_percent=Decimal(30), **person)
        director = add_director(partner_id=partner.pk, **person)
        for key, kind, named in (("owner_id", "Owner", owner), ("director_id", "Director", director)):
            of: dict[str, Any] = {key: named.pk}
            screening = screen(partner.pk, **of)
            found = RowChange.objects.get(model="partners.screening", row_id=str(screening.pk))
            browser = superuser()
            page = text_of(browser.get(reverse("admin:core_rowchange_change", args=(found.pk,))))
            listed = text_of(browser.get(f"{reverse(LIST)}?q={screening.pk}"))
            file = str(written(browser.post(f"{reverse('admin:core_rowchange_export')}?q={screening.pk}")))
            assert f"{kind} {named.pk}".lower() in page.lower()
            assert not any("Lovelace" in each for each in (page, listed, file))

    def test_link_to_a_person_is_its_kind_and_id(self) -> None:
        links = links_to_people()
        assert {("partners.screening", "owner_id"), ("partners.screening", "director_id")} <= set(links)
        for label, column in links:
            key = str(uuid7())
            (told,) = tell([RowChange(model=label, row_id="1", kind="changed", after={column: key})])
            (field,) = told.fields
            assert field.after.endswith(f" {key}"), label

    def test_is_closed_to_who_may_not_see_the_record(self) -> None:
        assert log_in(make_user(roles=("security_admin",))).get(history_of(make_partner())).status_code == 403

    def test_colleagues_partner_is_not_found_by_an_account_manager(self) -> None:
        browser = log_in(make_user(roles=("account_manager",)))
        assert browser.get(history_of(make_partner())).status_code in (302, 404)


class TestHistoryOfAll:
    def test_finds_by_request_person_partner_and_kind(self) -> None:
        partner, other = make_partner(), make_partner()
        with acting("bea", request_id=f"req_{partner.pk}"):
            change_partner(partner_id=partner.pk, changes={"tier": "premium"}, changed_at=now())
        searches = (
            {"request_id": f"req_{partner.pk}"},
            {"q": f"req_{partner.pk}"},
            {"partner": partner.name, "actor": "bea"},
            {"partner": partner.name, "kind": "changed", "actor": "bea"},
        )
        for asked in searches:
            page = text_of(superuser().get(reverse(LIST), asked))
            assert "Standard → Premium" in page, asked
            assert other.name not in page

    def test_takes_few_queries(self) -> None:
        for _ in range(3):
            make_client(make_tenant())
        for asked in ({}, {"period": "all"}, {"partner": "Partner"}, {"q": "anna"}):
            browser = superuser()
            with CaptureQueriesContext(connection) as queries:
                assert browser.get(reverse(LIST), asked).status_code == 200
            assert len(queries) <= QUERIES_MAX, [query["sql"] for query in queries]

    def test_nonsense_is_answered(self) -> None:
        for asked in (
            {"period": "-1"},
            {"period": "9" * 30},
            {"kind": "x"},
            {"model": "x"},
            {"partner": "\0"},
        ):
            assert superuser().get(reverse(LIST), asked).status_code == 200

    def test_account_manager_sees_the_changes_of_own_partners_alone(self) -> None:
        user = make_user(roles=("account_manager",))
        mine, other = make_partner(), make_partner()
        Partner.objects.filter(pk=mine.pk).update(account_manager=user)
        page = text_of(log_in(user).get(reverse(LIST), {"period": "all"}))
        assert mine.name in page
        assert other.name not in page
        rows = RowChange.objects.filter(partner_id=other.pk)
        answer = log_in(user).get(reverse("admin:core_rowchange_change", args=(rows[0].pk,)))
        assert answer.status_code == 302

    def test_role_sees_the_changes_of_records_that_it_sees(self) -> None:
        make_client()
        browser = log_in(make_user(roles=("security_admin",)))
        page = text_of(browser.get(reverse(LIST), {"model": ApiClient._meta.label_lower, "period": "all"}))
        assert re.search(r"\b0 changes", page)
        page = text_of(browser.get(reverse(LIST), {"model": "core.staffuser", "period": "all"}))
        assert not re.search(r"\b0 changes", page)

    def test_nobody_changes_or_removes_a_change(self) -> None:
        with acting_as("b2b_jobs"):
            found = RowChange.objects.latest("id")
        for page in ("change", "delete"):
            address = reverse(f"admin:core_rowchange_{page}", args=(found.pk,))
            assert superuser().post(address, {"post": "yes", "actor": "nobody"}).status_code == 403


def test_change_in_the_office_has_its_person_and_its_request() -> None:
    user = make_user(is_superuser=True)
    tenant = make_tenant()
    log_in(user).post(
        reverse("admin:partners_partner_suspend", args=(tenant.partner_id,)),
        {"_form_submitted": "True", "reason": "Unpaid"},
        headers={"HX-Request": "true"},
    )
    found = RowChange.objects.filter(model="partners.partner", row_id=str(tenant.partner_id)).latest("id")
    after = {"status": "suspended", "held_by": [f":{user.username}"]}
    assert (found.actor, found.login, found.after) == (user.username, "b2b_office", after)
    assert found.request_id
    assert found.request_id in text_of(superuser().get(history_of(Tenant.objects.get(pk=tenant.pk).partner)))
