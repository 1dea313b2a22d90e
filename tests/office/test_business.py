"""The pages about a partner's business: who opens them, what each does, and what they tell nobody."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from approvals.models import ApprovalRequest
from core.admin.cells import change_url
from core.clock import now
from core.models import AuditRecord
from partners.kyb import queries
from partners.kyb.models import BankAccount, KybReview, ProcessorContract, Screening
from partners.models import Partner
from partners.onboarding.models import Director
from partners.onboarding.services import change_director, change_owner, end_director
from tests.makers.business import IBAN, approve_account, screen
from tests.makers.onboarding import meet, register
from tests.makers.staff import log_in, make_user
from tests.office.partner_pages import form_of, managed, tab_of, text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

TERMS = {
    "version": "1",
    "agreed_on": "2026-01-02",
    "subject_matter": "Bets",
    "duration": "As the main contract",
    "data_categories": "Ids and bets",
    "data_subjects": "Players",
    "sub_processing": "none",
    "places": "mt, de",
    "transfer_ground": "none",
    "breach_notice_hours": "24",
    "at_end": "deletion",
    "signed_by_partner": "Ann Partner",
    "signed_by_platform": "Bob Platform",
}


def known() -> Partner:
    partner = register()
    for fact in ("company", "owners", "directors"):
        meet(partner.pk, fact)
    partner.refresh_from_db()
    return partner


def known_with_people() -> Partner:
    """Return a partner whose owner and director have names that no page says for another reason."""
    partner = known()
    owner, director = partner.owners.get(), Director.objects.get(partner=partner)
    change_owner(owner_id=owner.pk, changes={"name": "Ada Canary"}, changed_at=now())
    change_director(director_id=director.pk, changes={"name": "Ben Canary"}, changed_at=now())
    return partner


def people_of(partner: Partner) -> list[queries.Subject]:
    return [each for each in queries.list_subjects(partner, at=now()) if each.kind != "company"]


def looks_at(subject: queries.Subject) -> list[AuditRecord]:
    key = str(subject.owner_id or subject.director_id)
    return list(AuditRecord.objects.filter(action="reveal personal data", object_id=key))


class TestDirector:
    def test_is_listed_masked_and_ended(self) -> None:
        browser, partner = managed()
        filled = {"name": "Ann Camilleri", "birth_date": "1970-02-03", "country": "MT"}
        assert browser.post(form_of(partner, "director-add"), filled).status_code == 302
        found = Director.objects.get(partner=partner)
        text = text_of(browser, tab_of(partner, "compliance"))
        assert "Camilleri" not in text
        browser.post(
            form_of(partner, "director", found.pk), {"country": "MT", "director_until": "2026-01-31"}
        )
        found.refresh_from_db()
        assert (found.name, str(found.director_until)) == ("Ann Camilleri", "2026-01-31")

    @pytest.mark.parametrize(
        ("kind", "rest"),
        [
            ("director", {}),
            ("owner", {"share_percent": "30"}),
            ("contact", {"role": "technical", "email": "", "is_active": "on"}),
        ],
    )
    def test_name_of_a_person_is_never_emptied(self, kind: str, rest: dict[str, str]) -> None:
        browser, partner = managed()
        meet(partner.pk, "primary_contact" if kind == "contact" else f"{kind}s")
        person = getattr(partner, f"{kind}s").get()
        answer = browser.post(form_of(partner, kind, person.pk), {"name": "-", "country": "MT", **rest})
        assert "This field is required" in answer.content.decode()
        before = person.name
        person.refresh_from_db()
        assert person.name == before


class TestScreening:
    def test_one_screens_and_another_decides(self) -> None:
        partner = known()
        first, second = (log_in(make_user(roles=("compliance",))) for _ in range(2))
        today = now().date().isoformat()
        filled: dict[str, Any] = {"lists": ["eu", "un"], "lists_on": today, "result": "possible_match"}
        url = form_of(partner, "screen-company")
        assert "what was found" in first.post(url, filled).content.decode()
        assert first.post(url, {**filled, "found": "EU list, entry 7"}).status_code == 302
        made = Screening.objects.get(partner=partner)
        decide = form_of(partner, "screening-decide", made.pk)
        answer = {"decision": "cleared", "reason": "Another company."}
        for refused in (first.get(decide), first.post(decide, answer)):
            assert "Another person" in refused.content.decode()
            assert "EU list, entry 7" not in refused.content.decode()
        assert second.post(decide, answer).status_code == 302
        made.refresh_from_db()
        assert made.decision == "cleared"

    def test_person_is_shown_in_clear_on_the_form_alone_and_each_opening_is_recorded(self) -> None:
        partner = known_with_people()
        browser = log_in(make_user(roles=("compliance",)))
        tab = text_of(browser, tab_of(partner, "compliance"))
        for subject in people_of(partner):
            url = form_of(partner, f"screen-{subject.kind}", subject.owner_id or subject.director_id)  # type: ignore[arg-type]
            assert url in tab
            assert subject.name not in tab
            text = text_of(browser, url)
            assert subject.name not in text.split("</head>")[0]
            for told in (subject.name, "Birth date", "Country of residence"):
                assert told in text.split("</head>")[1]
            assert len(looks_at(subject)) == 1
            assert subject.name in browser.post(url, {}).content.decode()
            assert len(looks_at(subject)) == 1
            text_of(browser, url)
            assert len(looks_at(subject)) == 2

    def test_refused_form_that_nobody_opened_is_a_look_too(self) -> None:
        partner = known()
        browser = log_in(make_user(roles=("compliance",)))
        subject = people_of(partner)[0]
        browser.post(form_of(partner, f"screen-{subject.kind}", subject.owner_id or subject.director_id), {})  # type: ignore[arg-type]
        (look,) = looks_at(subject)
        assert look.after == {"fields": ["birth_date", "name"]}

    def test_look_at_the_birth_date_alone_is_none_at_the_name(self) -> None:
        partner = known()
        browser = log_in(make_user(roles=("compliance",)))
        director = next(each for each in people_of(partner) if each.kind == "director")
        ticked = {"fields_shown": ["birth_date"], "reason": "Asked by the partner."}
        browser.post(reverse("office-reveal-director", args=(director.director_id,)), ticked)
        browser.post(form_of(partner, "screen-director", director.director_id), {})  # type: ignore[arg-type]
        assert [(look.after or {})["fields"] for look in looks_at(director)] == [
            ["birth_date", "name"],
            ["birth_date"],
        ]

    def test_second_look_compares_with_the_person_until_it_is_decided(self) -> None:
        partner = known_with_people()
        browser = log_in(make_user(roles=("compliance",)))
        subject = next(each for each in people_of(partner) if each.kind == "owner")
        made = screen(
            partner.pk, owner_id=subject.owner_id, result="possible_match", found="EU list, entry 7"
        )
        url = form_of(partner, "screening-decide", made.pk)
        text = text_of(browser, url)
        for told in (subject.name, "Birth date", "EU list, entry 7", "UN Security Council"):
            assert told in text
        assert len(looks_at(subject)) == 1
        browser.post(url, {"decision": "cleared", "reason": "Born in another year."})
        closed = browser.get(url)
        assert closed.status_code == 409
        assert subject.name not in closed.content.decode()
        assert len(looks_at(subject)) == 1

    def test_who_is_no_owner_any_more_is_not_screened(self) -> None:
        partner = known()
        browser = log_in(make_user(roles=("compliance",)))
        director = Director.objects.get(partner=partner)
        end_director(director_id=director.pk, ended_on=now().date(), ended_at=now())
        assert browser.get(form_of(partner, "screen-director", director.pk)).status_code == 404

    def test_account_manager_sees_no_match(self) -> None:
        browser, partner = managed()
        for fact in ("company", "owners", "directors"):
            meet(partner.pk, fact)
        director = Director.objects.get(partner=partner)
        screen(partner.pk, result="possible_match", found="EU list, entry 7")
        of_director = screen(
            partner.pk, director_id=director.pk, result="possible_match", found="EU list, entry 8"
        )
        decides = log_in(make_user(roles=("compliance",)))
        assert director.name in text_of(decides, form_of(partner, "screening-decide", of_director.pk))
        text = text_of(browser, tab_of(partner, "compliance"))
        assert "entry 7" not in text
        assert "match" not in text.lower().split("<main")[1].replace("matches", "")
        assert browser.get(form_of(partner, "screen-company")).status_code == 403
        assert "entry 7" not in text_of(browser, tab_of(partner, "timeline"))
        timeline = text_of(browser, tab_of(partner, "timeline"))
        assert "Reveal personal data" in timeline
        assert not re.search(r"\bmatch\b", timeline.lower())

    def test_result_and_decision_are_chosen_and_the_lists_are_new(self) -> None:
        partner = known()
        browser = log_in(make_user(roles=("compliance",)))
        url = form_of(partner, "screen-company")
        assert len(re.findall(r"<input[^>]*name=\"lists\"[^>]* checked", text_of(browser, url))) == 4
        old = (now().date() - timedelta(days=32)).isoformat()
        filled = {"lists": ["eu"], "lists_on": old, "result": ""}
        refused = browser.post(url, filled).content.decode()
        assert "Look in newer lists" in refused
        assert "This field is required" in refused
        made = screen(partner.pk, result="possible_match", found="EU list, entry 7")
        decide = form_of(partner, "screening-decide", made.pk)
        assert "Choose…" in text_of(browser, decide)
        browser.post(decide, {"decision": "", "reason": "Another company."})
        made.refresh_from_db()
        assert made.decision == ""


class TestBankAccount:
    def test_is_asked_for_by_the_manager_and_verified_by_compliance(self) -> None:
        browser, partner = managed()
        meet(partner.pk, "company")
        url = form_of(partner, "bank-account")
        filled = {"holder": "Partner Ltd", "iban": IBAN, "bic": "MALTMTMT", "reason": "Letter"}
        assert "is no IBAN" in browser.post(url, {**filled, "iban": "MT84"}).content.decode()
        assert browser.post(url, filled).status_code == 302
        assert not BankAccount.objects.filter(partner=partner).exists()
        text = text_of(browser, tab_of(partner, "compliance"))
        assert "Waits for a second person" in text
        assert "Enter account" not in text

    def test_approver_sees_the_legal_name_and_a_bic_of_another_country(self) -> None:
        browser, partner = managed()
        meet(partner.pk, "company")
        filled = {"holder": "Somebody Ltd", "iban": IBAN, "bic": "DEUTDEFF", "reason": "Letter"}
        browser.post(form_of(partner, "bank-account"), filled)
        asked = ApprovalRequest.objects.get(partner_id=partner.pk)
        officer = log_in(make_user(roles=("compliance",)))
        text = text_of(officer, change_url(ApprovalRequest, asked.pk))
        for told in ("Partner Ltd", "It is not the legal name", "It is not the IBAN", ">BIC<"):
            assert told in text

    def test_holder_with_another_name_needs_a_word(self) -> None:
        partner = known()
        account = approve_account(partner.pk, holder="Somebody Ltd")
        browser = log_in(make_user(roles=("compliance",)))
        assert "Not verified" in text_of(browser, tab_of(partner, "compliance"))
        url = form_of(partner, "bank-account-verify", account.pk)
        assert "not the partner" in browser.post(url, {"verification": "bank_letter"}).content.decode()
        filled = {"verification": "bank_letter", "holder_difference": "Treasury of the group."}
        assert browser.post(url, filled).status_code == 302
        text = text_of(browser, tab_of(partner, "compliance"))
        assert "Verified" in text
        assert IBAN not in text


class TestReviewAndContract:
    def test_review_says_when_the_next_is_due(self) -> None:
        partner = known()
        browser = log_in(make_user(roles=("compliance",)))
        assert browser.post(form_of(partner, "kyb-review-add"), {"findings": "All well."}).status_code == 302
        assert KybReview.objects.filter(partner=partner).exists()
        assert "Due on" in text_of(browser, tab_of(partner, "compliance"))

    def test_findings_are_read_by_who_sees_screenings_alone(self) -> None:
        browser, partner = managed()
        officer = log_in(make_user(roles=("compliance",)))
        officer.post(form_of(partner, "kyb-review-add"), {"findings": "A rumour about entry 7."})
        for tab in ("compliance", "timeline"):
            assert "entry 7" not in text_of(browser, tab_of(partner, tab))
            assert "entry 7" in text_of(officer, tab_of(partner, tab))
        assert "Due on" in text_of(browser, tab_of(partner, "compliance"))

    @pytest.mark.parametrize("name", ["sub_processing", "transfer_ground", "at_end"])
    def test_contract_is_refused_while_a_term_is_not_chosen(self, name: str) -> None:
        browser, partner = managed()
        refused = browser.post(form_of(partner, "processor-contract-add"), {**TERMS, name: ""})
        assert "This field is required" in refused.content.decode()
        assert not ProcessorContract.objects.filter(partner=partner).exists()

    def test_contract_is_entered_shown_and_followed(self) -> None:
        browser, partner = managed()
        url = form_of(partner, "processor-contract-add")
        refused = browser.post(url, {**TERMS, "places": "us"}).content.decode()
        assert "on which ground data go to US" in refused
        assert browser.post(url, TERMS).status_code == 302
        made = ProcessorContract.objects.get(partner=partner)
        assert made.places == ["DE", "MT"]
        text = text_of(browser, tab_of(partner, "compliance"))
        assert "Ids and bets" in text
        assert "Ann Partner" not in text
        assert "already" in browser.post(url, TERMS).content.decode()


class TestWhoMay:
    @pytest.mark.parametrize("role", ["auditor", "support", "trader"])
    def test_others_change_nothing(self, role: str) -> None:
        partner = known()
        browser = log_in(make_user(roles=(role,)))
        for name in (
            "director-add",
            "screen-company",
            "bank-account",
            "kyb-review-add",
            "processor-contract-add",
        ):
            assert browser.get(form_of(partner, name)).status_code == 403
            assert browser.post(form_of(partner, name), {}).status_code == 403

    def test_entries_of_another_partner_are_not_found(self) -> None:
        browser, partner = managed()
        other = known()
        director = Director.objects.get(partner=other)
        assert browser.get(form_of(partner, "director", director.pk)).status_code == 404
        assert browser.get(form_of(other, "director-add")).status_code == 404

    def test_a_look_at_a_director_is_recorded(self) -> None:
        director = Director.objects.get(partner=known())
        browser = log_in(make_user(roles=("compliance",)))
        url = reverse("office-reveal-director", args=(director.pk,))
        browser.post(url, {"fields_shown": ["name"], "reason": "To screen"})
        assert AuditRecord.objects.filter(
            action="reveal personal data", object_type="partners.director", object_id=str(director.pk)
        ).exists()
