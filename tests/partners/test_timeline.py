"""A partner's timeline: everything once, newest first, page by page, and only what the reader may see."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from core.acting import acting
from core.admin.timeline import Entry, Timeline
from core.clock import now
from partners.onboarding.services import add_contact
from partners.services import change_partner, suspend_partner
from partners.timeline import Topic, partner_timeline
from tests.makers.partners import make_client, make_partner, make_tenant
from tests.makers.staff import log_in, make_user

pytestmark = [pytest.mark.usefixtures("committed", "office"), pytest.mark.role("b2b_office")]


class TestPartnerTimeline:
    def test_command_and_its_changes_are_one_entry(self) -> None:
        partner = make_partner()
        with acting("anna", request_id="req_7"):
            suspend_partner(partner_id=partner.pk, suspended_at=now(), reason="Unpaid")
        first = partner_timeline(partner, user=make_user(roles=("auditor",))).entries[0]
        assert (first.title, first.actor, first.reason, first.topic) == (
            "Suspend partner",
            "anna",
            "Unpaid",
            Topic.PARTNER,
        )
        (change,) = first.changes
        assert (change.subject, change.verb) == ("Partner", "changed")
        assert [(field.name, field.before, field.after) for field in change.fields] == [
            ("Status", "Active", "Suspended"),
            ("Suspended by (: is the platform)", "-", ":"),
        ]

    def test_newest_is_first_and_everything_is_there(self) -> None:
        partner = make_partner()
        make_client(make_tenant(partner=partner))
        entries = partner_timeline(partner, user=make_user(roles=("auditor",))).entries
        titles = [entry.title for entry in entries]
        assert sorted((entry.at for entry in entries), reverse=True) == [entry.at for entry in entries]
        for title in ("Create partner", "Create tenant", "Create API client", "Issue secret", "Move partner"):
            assert title in titles, titles

    def test_pages_show_each_entry_once(self) -> None:
        partner = make_partner()
        for place in range(7):
            changes = {"tier": "premium" if place % 2 == 0 else "standard"}
            change_partner(partner_id=partner.pk, changes=changes, changed_at=now())
        user = make_user(roles=("auditor",))
        whole = partner_timeline(partner, user=user)
        assert whole.next == ""
        found: list[Entry] = []
        before = ""
        while True:
            page = partner_timeline(partner, user=user, before=before, count=3)
            found += page.entries
            before = page.next
            if not before:
                break
        assert [entry.at for entry in found] == [entry.at for entry in whole.entries]

    def test_secrets_are_named_and_never_shown(self) -> None:
        partner = make_partner()
        made = make_client(make_tenant(partner=partner))
        timeline = partner_timeline(partner, user=make_user(roles=("auditor",)))
        page = render_to_string("admin/partners/timeline.html", {"timeline": timeline, "timeline_url": "/"})
        assert "Issue secret" in page
        assert made.secret not in page

    def test_reader_sees_the_records_that_the_role_may_see(self) -> None:
        partner = make_partner()
        make_client(make_tenant(partner=partner))
        entries = partner_timeline(partner, user=make_user(roles=("risk",))).entries
        assert {entry.topic for entry in entries} <= {Topic.PARTNER, Topic.STAGE, Topic.LIMITS}

    def test_look_at_personal_data_says_whose_and_which_without_showing_them(self) -> None:
        partner = make_partner()
        contact = add_contact(
            partner_id=partner.pk,
            name="Ada Lovelace",
            role="technical",
            email="ada@partner.example",
            added_at=now(),
        )
        person = make_user(roles=("compliance",))
        log_in(person).post(
            reverse("office-reveal-contact", args=(contact.pk,)),
            {"fields_shown": ["name", "email"], "reason": "Letter came back"},
        )
        first = partner_timeline(partner, user=person).entries[0]
        assert (first.title, first.about) == ("Reveal personal data", "Contact A••• L•••: E-mail, Name")
        page = render_to_string(
            "admin/partners/timeline.html", {"timeline": Timeline((first,)), "timeline_url": "/"}
        )
        assert "Contact A••• L•••" in page
        assert not any(word in page for word in ("Ada", "Lovelace", "ada@"))

    def test_account_manager_sees_nothing_of_a_colleagues_partner(self) -> None:
        partner = make_partner()
        assert partner_timeline(partner, user=make_user(roles=("account_manager",))).entries == ()

    @pytest.mark.parametrize("before", ["nonsense", "2020-01-01", "\0"])
    def test_moment_that_is_none_shows_the_first_page(self, before: str) -> None:
        partner = make_partner()
        assert partner_timeline(partner, user=make_user(roles=("auditor",)), before=before).entries
