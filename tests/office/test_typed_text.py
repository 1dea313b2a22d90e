"""What is typed into any form of the office: text that can be seen, of a length, refused in a sentence."""

from datetime import date
from importlib import import_module
from typing import Any

import pytest
from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.db import IntegrityError, connection, transaction
from django.test import RequestFactory

from core.admin.base import ReadOnlyAdmin
from core.admin.forms import OfficeForm, OfficeModelForm, constraint_rules
from core.admin.typed import LINES_MAX, TypedText
from core.models import Currency, StaffUser
from partners.models import ExchangeRate, Partner
from partners.onboarding.models import BeneficialOwner, Contact, Director, Note
from tests.makers.onboarding import meet, register
from tests.makers.partners import make_tenant
from tests.makers.staff import make_user
from tests.office.commanding import address
from tests.office.makers import make_staff, registered
from tests.office.partner_pages import form_of, managed

APPS = (
    "core", "staff", "approvals", "partners", "integration", "wallet", "risk", "sportsbook", "settlement",
    "reporting", "webhooks", "streaming", "b2b",
)  # fmt: skip
HIDDEN = ["\u200b", "\u202e", "\ufeff", "\x1b", "\x85", "\x00"]
CONTACT = {"role": "technical", "email": "ada@partner.example", "phone": "+356 2123 4567"}


def our_forms(of: type[forms.BaseForm] = forms.BaseForm) -> set[type[forms.BaseForm]]:
    """Return the forms that the office has loaded."""
    below = of.__subclasses__()
    ours = {each for each in below if each.__module__.startswith(APPS)}
    return ours.union(*map(our_forms, below))


class Asked(OfficeForm):
    name = forms.CharField(max_length=20)
    note = forms.CharField(widget=forms.Textarea, required=False)
    kind = forms.ChoiceField(choices=[("a", "A")], required=False)
    secret = forms.CharField(widget=forms.PasswordInput, required=False)


class TestForms:
    def test_every_form_refuses_what_cannot_be_seen(self) -> None:
        import_module("b2b.urls.office")
        found = our_forms()
        assert len(found) > 40
        loose = {each for each in found if not issubclass(each, TypedText | AuthenticationForm)}
        assert loose == set()

    def test_every_page_of_a_model_has_such_a_form(self) -> None:
        request = RequestFactory().get("/")
        request.user = StaffUser(is_superuser=True)
        editable = [page for _, page in registered() if not isinstance(page, ReadOnlyAdmin)]
        ours = [page for page in editable if page.__module__.startswith(APPS)]
        assert len(ours) > 8
        assert all(issubclass(page.get_form(request), OfficeModelForm) for page in ours)

    @pytest.mark.parametrize("sign", HIDDEN, ids=ascii)
    def test_what_cannot_be_seen_is_refused_in_a_line_and_in_lines(self, sign: str) -> None:
        form = Asked({"name": f"A{sign}b", "note": f"A{sign}b"})
        assert set(form.errors) == {"name", "note"}
        assert all(len(found) == 1 and "Type it anew." in found[0] for found in form.errors.values())

    def test_line_break_is_refused_in_a_line_alone(self) -> None:
        form = Asked({"name": "A\nb", "note": "A\r\nb\tc"})
        assert list(form.errors) == ["name"]
        assert "a line break" in form.errors["name"][0]
        assert form.cleaned_data["note"] == "A\nb\tc"

    def test_name_is_composed_before_it_is_measured(self) -> None:
        form = Asked({"name": "e\u0301" * 20})
        assert form.is_valid()
        assert form.cleaned_data["name"] == "\u00e9" * 20

    def test_password_is_taken_as_it_is(self) -> None:
        form = Asked({"name": "A", "secret": "e\u0301\u200b"})
        assert form.is_valid()
        assert form.cleaned_data["secret"] == "e\u0301\u200b"

    def test_field_without_a_length_has_one(self) -> None:
        assert Asked({"name": "A", "note": "x" * LINES_MAX}).is_valid()
        assert not Asked({"name": "A", "note": "x" * (LINES_MAX + 1)}).is_valid()

    def test_message_says_the_beginning_of_what_was_typed_alone(self) -> None:
        form = Asked({"name": "A", "kind": "k" * 2000})
        assert f"{'k' * 60}…" in form.errors["kind"][0]
        assert "k" * 61 not in form.errors["kind"][0]


@pytest.mark.role("b2b_office")
@pytest.mark.usefixtures("committed", "office")
class TestConstraints:
    def test_none_is_named_to_a_person(self) -> None:
        """Whatever constraint of a model with a form is broken, a sentence says so."""
        raw = []
        for model, page in registered():
            if isinstance(page, ReadOnlyAdmin) or not page.__module__.startswith(APPS):
                continue
            rules = constraint_rules(model)
            for each in model._meta.constraints:
                told = str(each.get_violation_error_message())
                told = rules[told].sentence if told in rules else told
                if each.name in told or "_" in told or not told.endswith("."):
                    raw.append(each.name)
        assert raw == []

    def test_form_says_the_sentence(self) -> None:
        make_tenant()
        answer = make_staff(is_superuser=True).post(
            address(ExchangeRate, "add"),
            {"base": "EUR", "quote": "EUR", "valid_date": "2026-01-01", "rate": "1", "reason": "Slip"},
        )
        text = answer.content.decode()
        assert "is violated" not in text
        assert "An exchange rate is between two currencies." in text

    def test_that_is_about_one_field_is_said_there(self) -> None:
        answer: Any = make_staff(is_superuser=True).post(
            address(Currency, "add"), {"code": "eur!", "name": "Wrong", "scale": "19"}
        )
        form = answer.context["adminform"].form
        assert form.errors["code"] == ["A currency code is upper case."]
        assert form.errors["scale"] == ["A scale is at most 18."]
        assert not form.non_field_errors()


@pytest.mark.role("b2b_office")
@pytest.mark.usefixtures("committed", "office")
class TestPages:
    @pytest.mark.parametrize("sign", HIDDEN, ids=ascii)
    def test_contact_with_a_hidden_sign_is_refused_at_its_field(self, sign: str) -> None:
        browser, partner = managed()
        answer = browser.post(form_of(partner, "contact-add"), {**CONTACT, "name": f"Ada{sign}Lovelace"})
        assert answer.status_code == 200
        assert "Type it anew." in answer.content.decode()
        assert not Contact.objects.filter(partner=partner).exists()

    def test_contact_keeps_a_composed_name(self) -> None:
        browser, partner = managed()
        assert (
            browser.post(form_of(partner, "contact-add"), {**CONTACT, "name": "Zoe\u0308"}).status_code == 302
        )
        assert Contact.objects.get(partner=partner).name == "Zo\u00eb"

    def test_partner_is_refused_at_its_name(self) -> None:
        filled = {"name": "Acme\u202eBets", "country": "MT", "time_zone": "UTC", "tier": "standard"}
        answer = make_staff(is_superuser=True).post(address(Partner, "add"), filled)
        assert "right-to-left override" in answer.content.decode()

    def test_invitation_goes_to_an_address_that_can_be_seen(self) -> None:
        browser = make_staff(is_superuser=True)
        answer = browser.post(
            address(StaffUser, "invite"), {"email": "ada@exa\u200bmple.com", "first_name": "Ada"}
        )
        assert "zero width space" in answer.content.decode()
        assert not StaffUser.objects.filter(email__startswith="ada@exa").exists()

    def test_note_with_a_hidden_sign_is_refused(self) -> None:
        browser, partner = managed()
        url = form_of(partner, "note")
        text = browser.post(url, {"text": "One\r\nTwo\u202e"}, follow=True).content.decode()
        assert "right-to-left override" in text
        browser.post(url, {"text": "One\r\nTwo"})
        assert [note.text for note in Note.objects.filter(partner=partner)] == ["One\nTwo"]

    def test_long_identifier_is_not_read_and_not_said_again(self) -> None:
        browser, partner = managed()
        text = browser.post(form_of(partner, "company"), {"lei": "X" * 2000}).content.decode()
        assert "at most 64 characters" in text
        assert "is no LEI" not in text

    def test_form_above_a_megabyte_is_too_large(self) -> None:
        browser, partner = managed()
        url = form_of(partner, "company")
        filled = {"legal_address": "x" * (1024 * 1024 + 1)}
        plain = browser.post(url, "a=" + "x" * (1024 * 1024 + 1), "application/x-www-form-urlencoded")
        assert plain.status_code == 413
        assert "larger than any form" in plain.content.decode()
        in_dialog = browser.post(
            url, "a=" + "x" * (1024 * 1024 + 1), "application/x-www-form-urlencoded", HTTP_HX_REQUEST="true"
        )
        assert in_dialog.status_code == 413
        assert 'id="dialog"' in in_dialog.content.decode()
        assert "larger than any form" in in_dialog.content.decode()
        assert browser.post(url, filled).status_code == 413

    def test_owner_under_age_is_listed_with_a_warning(self) -> None:
        browser, partner = managed()
        filled = {"name": "Heir", "birth_date": "2020-01-01", "country": "MT", "share_percent": "30"}
        text = browser.post(form_of(partner, "owner-add"), filled, follow=True).content.decode()
        assert "This owner is under 18" in text
        assert BeneficialOwner.objects.filter(partner=partner).exists()

    def test_director_under_age_is_refused_at_the_birth_date(self) -> None:
        browser, partner = managed()
        filled = {"name": "Heir", "birth_date": "2020-01-01", "country": "MT"}
        text = browser.post(form_of(partner, "director-add"), filled).content.decode()
        assert "A director is 18 or older" in text
        assert not partner.directors.exists()


@pytest.mark.role("b2b_office")
@pytest.mark.usefixtures("committed")
class TestDatabase:
    @pytest.mark.parametrize("column", ["name", "legal_name"])
    def test_keeps_names_of_partners_in_lines(self, column: str) -> None:
        refused(f"UPDATE partners_partner SET {column} = %s WHERE id = %s", make_tenant().partner_id)

    @pytest.mark.parametrize("table", ["contact", "beneficialowner", "director"])
    def test_keeps_names_of_people_in_lines(self, table: str) -> None:
        partner = register()
        meet(partner.pk, {"contact": "primary_contact", "director": "directors"}.get(table, "owners"))
        refused(f"UPDATE partners_{table} SET name = %s WHERE partner_id = %s", partner.pk)

    def test_keeps_names_of_staff_in_lines(self) -> None:
        refused("UPDATE core_staff_user SET first_name = %s WHERE id = %s", make_user().pk)

    def test_keeps_directors_of_age(self) -> None:
        partner = register()
        meet(partner.pk, "directors")
        with pytest.raises(IntegrityError, match="a director is 18 or older"), transaction.atomic():
            Director.objects.filter(partner=partner).update(birth_date=date(2020, 1, 1))


def refused(sql: str, key: Any) -> None:
    with (
        pytest.raises(IntegrityError, match="check constraint"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, ["Acme\u200b", key])
