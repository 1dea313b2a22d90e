"""A licence ends: staff and the partner are told before, and the office lists it. Time is travelled."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.urls import reverse

from core.clock import now
from core.models import StaffUser
from partners.kyb import services
from partners.kyb.models import KybReminder
from partners.models import Partner
from partners.onboarding.models import Company, Licence
from partners.onboarding.stages import Stage
from partners.services import change_partner
from tests.makers.business import make_officer, screen
from tests.makers.compliance import make_contact
from tests.makers.onboarding import make_partner_at, meet, register
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.partner_pages import tab_of, text_of

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_office")]


def holding(*licences: tuple[str, str, date | None]) -> Partner:
    """Return a live partner with licences by jurisdiction, number and last day; it takes bets there."""
    partner = make_partner_at(Stage.LIVE)
    with acting_as("b2b_jobs"):
        Company.objects.filter(partner=partner).update(jurisdictions=sorted({each[0] for each in licences}))
        Licence.objects.filter(partner=partner).update(expires_on=date(2025, 1, 2))
        for place, number, last_day in licences:
            Licence.objects.create(
                partner=partner,
                jurisdiction=place,
                authority="Gaming Authority",
                number=number,
                issued_on=date(2025, 1, 1),
                expires_on=last_day,
            )
    return partner


def in_days(days: int) -> date:
    return now().date() + timedelta(days=days)


def at_three(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)


def look(day: date) -> None:
    """Do what the jobs do on a day."""
    with acting_as("b2b_jobs"):
        services.enter_kyb_reminders(at=at_three(day))
        services.send_kyb_reminders(at=at_three(day))


def told(number: str) -> list[EmailMessage]:
    return [each for each in mail.outbox if number in each.subject]


def managed(partner: Partner) -> StaffUser:
    manager = make_user(roles=("account_manager",))
    change_partner(partner_id=partner.pk, changes={"account_manager_id": manager.pk}, changed_at=now())
    return manager


class TestLetters:
    def test_go_to_staff_and_the_partner_30_7_and_0_days_before_the_last_day(self, settings: Any) -> None:
        settings.OFFICE_URL = "https://office.example.com"
        last_day = in_days(60)
        partner = holding(("MT", "L/1-30-7-0", last_day))
        officer, manager, address = make_user(roles=("compliance",)), managed(partner), make_contact(partner)
        came = {}
        for left in (31, 30, 29, 7, 0, -1):
            look(last_day - timedelta(days=left))
            came[left] = len(told("L/1-30-7-0"))
        assert came == {31: 0, 30: 2, 29: 2, 7: 4, 0: 6, -1: 6}
        to_partner = [each for each in told("L/1-30-7-0") if address in each.to]
        to_staff = [each for each in told("L/1-30-7-0") if officer.email in each.to]
        assert [each.to for each in to_partner] == [[address]] * 3
        assert len(to_staff) == 3
        assert all(manager.email in each.to and address not in each.to for each in to_staff)
        stops_on = last_day + timedelta(days=15)
        assert f"Your production access is suspended on {stops_on}" in to_partner[0].body
        assert "POST /compliance/documents" in to_partner[0].body
        assert f"Production stops on {stops_on} unless a newer one is entered before." in to_staff[0].body
        assert f"/admin/partners/partner/{partner.pk}/compliance/" in to_staff[0].body

    def test_say_the_day_on_which_production_stops(self) -> None:
        last_day = in_days(60)
        partner = holding(("MT", "L/stop", last_day))
        tenant = partner.tenants.get(kind="production")
        stopped = {}
        with acting_as("b2b_jobs"):
            for days in (14, 15):
                services.suspend_lapsed_kyb(at=at_three(last_day + timedelta(days=days)))
                tenant.refresh_from_db()
                stopped[days] = tenant.status
        assert stopped == {14: "active", 15: "suspended"}

    def test_of_two_that_end_on_one_day_are_two(self) -> None:
        last_day = in_days(20)
        partner = holding(("MT", "L/two-a", last_day), ("GB", "L/two-b", last_day))
        look(in_days(0))
        found = KybReminder.objects.filter(partner=partner, what="licence", audience="staff")
        assert sorted(each.licence.number for each in found if each.licence) == ["L/two-a", "L/two-b"]
        assert len(told("L/two-a")) == len(told("L/two-b")) == 2

    @pytest.mark.parametrize("later", [None, 400])
    def test_are_not_sent_of_one_that_another_outlasts(self, later: int | None) -> None:
        partner = holding(
            ("MT", "L/old", in_days(20)), ("MT", "L/new", None if later is None else in_days(later))
        )
        look(in_days(0))
        assert not KybReminder.objects.filter(partner=partner, what="licence").exists()

    def test_are_not_sent_of_a_place_where_no_bets_are_taken(self) -> None:
        partner = holding(("MT", "L/elsewhere", in_days(20)))
        with acting_as("b2b_jobs"):
            Company.objects.filter(partner=partner).update(jurisdictions=["GB"])
        look(in_days(0))
        assert not KybReminder.objects.filter(partner=partner, what="licence").exists()

    def test_are_dropped_once_a_newer_one_is_entered(self) -> None:
        partner = holding(("MT", "L/renewed", in_days(20)))
        with acting_as("b2b_jobs"):
            services.enter_kyb_reminders(at=now())
            Licence.objects.filter(number="L/renewed", partner=partner).update(expires_on=in_days(400))
            services.send_kyb_reminders(at=now())
        found = KybReminder.objects.filter(partner=partner, what="licence")
        assert set(found.values_list("audience", "state")) == {("staff", "dropped"), ("partner", "dropped")}

    def test_last_one_may_be_late_until_the_grace_is_over(self) -> None:
        last_day = in_days(20)
        holding(("MT", "L/late", last_day))
        look(last_day + timedelta(days=2))
        assert {"was" in each.body for each in told("L/late")} == {True}
        holding(("MT", "L/too-late", last_day))
        look(last_day + timedelta(days=15))
        assert told("L/too-late") == []


@pytest.mark.usefixtures("office")
class TestOffice:
    def test_licences_screenings_and_reviews_that_end_are_listed(self) -> None:
        partner, other = holding(("MT", "L/listed", in_days(5))), register()
        Licence.objects.filter(partner=partner, number="B2C/1").update(number="L/ended-before")
        meet(other.pk, "company")
        screen(other.pk, at=now() - timedelta(days=85))
        services.enter_review(
            partner_id=other.pk,
            findings="All as before.",
            reviewed_by=make_officer().pk,
            reviewed_at=now() - timedelta(days=735),
        )
        text = text_of(log_in(make_user(roles=("compliance",))), reverse("office-expiring"))
        assert "Licence MT L/listed" in text
        assert "L/ended-before" not in text
        for section in ("reviews-of-the-business", "sanctions-lists"):
            assert f"{tab_of(other, 'compliance')}#{section}" in text

    def test_file_has_them_as_well(self) -> None:
        partner = holding(("MT", "L/in-file", in_days(5)))
        answer: Any = log_in(make_user(roles=("compliance",))).post(reverse("office-expiring-export"))
        rows = b"".join(answer.streaming_content).decode().splitlines()
        (own,) = [row for row in rows if "L/in-file" in row]
        assert partner.name in own
        assert "5 days" in own

    def test_account_managers_see_those_of_their_own_partners(self) -> None:
        partner = holding(("MT", "L/own", in_days(5)))
        own, other = managed(partner), make_user(roles=("account_manager",))
        assert "L/own" in text_of(log_in(own), reverse("office-expiring"))
        assert "L/own" not in text_of(log_in(other), reverse("office-expiring"))

    def test_page_of_the_partner_says_when_production_stops(self) -> None:
        partner = holding(("MT", "L/lapsed", in_days(-3)))
        officer = log_in(make_user(roles=("compliance",)))
        said = f"Production stops on {in_days(12)}."
        assert said in text_of(officer, tab_of(partner, "compliance"))
        with acting_as("b2b_jobs"):
            partner.tenants.filter(kind="production").update(status="suspended", held_by=[":"])
        assert said not in text_of(officer, tab_of(partner, "compliance"))
