"""Invitations, links, resets of authenticators, sessions that end, deputies."""

import os
from datetime import timedelta
from pathlib import Path
from secrets import token_hex

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from pytest_django import Settings

from core.clock import now
from core.models import StaffUser
from staff.errors import BadDeputy, NotForYourself, ResetNotOpen, SecondPersonNeeded
from staff.models import Deputy, StaffLink, StaffTotp, TotpReset
from staff.queries import is_deputy_of, list_possible_deputies
from staff.services.authenticators import code_at, confirm_reset, has_authenticator, request_reset
from staff.services.people import deactivate, end_sessions, name_deputy, reactivate
from staff.services.roles import grant_role
from tests.makers.roles import acting_as
from tests.makers.staff import PASSWORD, log_in, make_user
from tests.office.makers import records_of
from tests.staff.browsing import (
    SECRET,
    START,
    comes_in,
    enrolled,
    give_password,
    link_in_last_letter,
    minutes,
)

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

NEW = "another-long-password-7"


def security_admin() -> Client:
    return log_in(make_user(roles=("security_admin",)))


def invite(browser: Client, email: str) -> StaffUser:
    answer = browser.post(reverse("admin:core_staffuser_invite"), {"email": email})
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return StaffUser.objects.get(email=email.lower())


def open_link(link: str, password: str = NEW) -> tuple[Client, int]:
    browser = Client()
    browser.get(link)
    answer = browser.post(reverse("office-welcome"), {"password": password, "again": password})
    return browser, answer.status_code


class TestInvitation:
    def test_leads_from_the_letter_to_the_home_page(self) -> None:
        email = f"New.{token_hex(6)}@Staff.example"
        user = invite(security_admin(), email)
        assert not user.has_usable_password()
        browser, status = open_link(link_in_last_letter())
        assert status == 302
        assert not comes_in(browser)
        page = browser.get(reverse("office-enrol")).content.decode()
        secret = page.split('id="totp-secret">')[1].split("<")[0].replace(" ", "")
        browser.post(reverse("office-enrol"), {"code": code_at(secret, now())})
        assert comes_in(browser)
        assert [record.action for record in records_of(user)][:3] == [
            "invite staff",
            "send link",
            "set password",
        ]

    def test_link_works_once_and_is_not_in_the_database(self) -> None:
        invite(security_admin(), f"a{token_hex(6)}@staff.example")
        link = link_in_last_letter()
        token = link.split("/")[-2]
        assert not any(token.encode() in bytes(each.token_hash) for each in StaffLink.objects.all())
        assert open_link(link)[1] == 302
        assert open_link(link)[1] == 410

    def test_link_ends_after_48_hours_and_by_a_newer_one(self) -> None:
        browser = security_admin()
        user = invite(browser, f"b{token_hex(6)}@staff.example")
        first = link_in_last_letter()
        browser.post(reverse("admin:core_staffuser_link", args=(user.pk,)), {"_form_submitted": "True"})
        second = link_in_last_letter()
        assert first != second
        assert open_link(first)[1] == 410
        with time_machine.travel(now() + timedelta(hours=48, minutes=1), tick=False):
            assert open_link(second)[1] == 410
        assert open_link(second)[1] == 302

    @pytest.mark.parametrize("password", ["short-one-1", "password123456", "qwerty123456"])
    def test_weak_password_is_refused(self, password: str) -> None:
        invite(security_admin(), f"c{token_hex(6)}@staff.example")
        assert open_link(link_in_last_letter(), password)[1] == 200

    def test_person_is_invited_once(self) -> None:
        browser = security_admin()
        email = f"d{token_hex(6)}@staff.example"
        invite(browser, email)
        answer = browser.post(reverse("admin:core_staffuser_invite"), {"email": email.upper()})
        assert "there already" in answer.content.decode()

    def test_letter_that_fails_is_said_and_sent_again(self, settings: Settings) -> None:
        browser = security_admin()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
        user = invite(browser, f"e{token_hex(6)}@staff.example")
        assert user.links.get().mailed_at is None
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        browser.post(reverse("admin:core_staffuser_link", args=(user.pk,)), {"_form_submitted": "True"})
        assert user.links.exclude(mailed_at=None).count() == 1
        assert mail.outbox[-1].to == [user.email]

    def test_link_does_not_pass_by_an_authenticator(self) -> None:
        user = enrolled(make_user(), at=START)
        security_admin().post(
            reverse("admin:core_staffuser_link", args=(user.pk,)), {"_form_submitted": "True"}
        )
        browser, status = open_link(link_in_last_letter())
        assert status == 302
        assert browser.get(reverse("office-enrol")).headers["Location"].startswith(reverse("office-verify"))
        assert not comes_in(browser)


class TestReset:
    def test_takes_two_security_admins(self) -> None:
        user = enrolled(make_user(), at=START)
        first, second = make_user(roles=("security_admin",)), make_user(roles=("security_admin",))
        theirs = log_in(user)
        made = request_reset(user_id=user.pk, reason="Lost", requested_by=first, requested_at=now())
        with pytest.raises(SecondPersonNeeded):
            confirm_reset(reset_id=made.pk, confirmed_by=first, confirmed_at=now())
        with pytest.raises(NotForYourself):
            confirm_reset(reset_id=made.pk, confirmed_by=user, confirmed_at=now())
        assert comes_in(theirs)
        confirming = reverse("admin:staff_totpreset_confirm", args=(made.pk,))
        dialog = log_in(first).post(confirming, headers={"HX-Request": "true"}).content.decode()
        assert escape(SecondPersonNeeded.message) in dialog
        assert "<form" not in dialog
        answer = log_in(second).post(confirming, {"_form_submitted": "True"})
        assert answer.status_code == 302
        assert not has_authenticator(user.pk)
        assert not comes_in(theirs)
        assert give_password(Client(), user.username).status_code == 200
        browser, status = open_link(link_in_last_letter())
        assert status == 302
        assert "totp-secret" in browser.get(reverse("office-enrol")).content.decode()
        with pytest.raises(ResetNotOpen):
            confirm_reset(reset_id=made.pk, confirmed_by=second, confirmed_at=now())

    def test_database_refuses_one_person_alone(self) -> None:
        user, first = make_user(), make_user()
        made = request_reset(user_id=user.pk, reason="Lost", requested_by=first, requested_at=now())
        for person in (first, user):
            with pytest.raises(IntegrityError), transaction.atomic():
                TotpReset.objects.filter(pk=made.pk).update(confirmed_by=person, confirmed_at=now())
        with pytest.raises(IntegrityError), transaction.atomic():
            TotpReset.objects.filter(pk=made.pk).update(requested_by=make_user())

    def test_needs_a_fresh_code(self) -> None:
        made = request_reset(
            user_id=make_user().pk, reason="Lost", requested_by=make_user(), requested_at=now()
        )
        browser = log_in(make_user(roles=("security_admin",)), at=now() - timedelta(minutes=6))
        answer = browser.post(
            reverse("admin:staff_totpreset_confirm", args=(made.pk,)),
            {"_form_submitted": "True"},
            headers={"HX-Request": "true"},
        )
        assert answer.headers["HX-Redirect"].startswith(reverse("office-verify"))
        made.refresh_from_db()
        assert made.confirmed_at is None

    def test_ends_after_a_day(self) -> None:
        made = request_reset(
            user_id=make_user().pk, reason="Lost", requested_by=make_user(), requested_at=now()
        )
        with pytest.raises(ResetNotOpen):
            confirm_reset(
                reset_id=made.pk, confirmed_by=make_user(), confirmed_at=now() + timedelta(hours=25)
            )


class TestOtherSessions:
    def test_end_by_a_new_password_and_this_one_lives_on(self) -> None:
        user = make_user()
        here, there = log_in(user), log_in(user)
        here.post(reverse("office-password"), {"old": PASSWORD, "password": NEW, "again": NEW})
        assert (comes_in(here), comes_in(there)) == (True, False)

    def test_end_by_a_new_authenticator_and_this_one_lives_on(self) -> None:
        user = enrolled(make_user(), at=START)
        here, there = log_in(user), log_in(user)
        page = here.get(reverse("office-enrol")).content.decode()
        secret = page.split('id="totp-secret">')[1].split("<")[0].replace(" ", "")
        assert secret != SECRET
        here.post(reverse("office-enrol"), {"code": code_at(secret, now())})
        assert (comes_in(here), comes_in(there)) == (True, False)

    def test_end_by_a_role_given_or_taken(self) -> None:
        user = make_user()
        browser = log_in(user)
        with acting_as("b2b_jobs"):
            grant_role(user_id=user.pk, role="support", reason="x", granted_by="t", granted_at=now())
        assert not comes_in(browser)
        browser = log_in(user)
        user.groups.clear()
        assert not comes_in(browser)

    def test_end_by_deactivation_for_good(self) -> None:
        user, by = make_user(), make_user()
        browser = log_in(user)
        deactivate(user_id=user.pk, reason="Left", by=by, deactivated_at=now())
        assert not comes_in(browser)
        reactivate(user_id=user.pk, reason="Back", by=by, reactivated_at=now())
        assert not comes_in(browser)

    def test_end_by_a_security_admin_and_by_their_owner(self) -> None:
        user = make_user()
        browser = log_in(user)
        end_sessions(user_id=user.pk, reason="Suspicious", ended_at=now())
        assert not comes_in(browser)
        here, there = log_in(user), log_in(user)
        here.post(reverse("office-end-sessions"))
        assert (comes_in(here), comes_in(there)) == (True, False)

    def test_old_form_does_not_bring_an_ended_session_back(self) -> None:
        user = make_user()
        stale = StaffUser.objects.get(pk=user.pk)
        browser = log_in(user)
        end_sessions(user_id=user.pk, reason="Suspicious", ended_at=now())
        stale.save()
        assert not comes_in(browser)


class TestDeputy:
    def test_stands_in_from_until(self) -> None:
        user, other = make_user(), make_user("approvals.change_approvalrequest")
        day = START.date()
        with time_machine.travel(START, tick=False):
            answer = log_in(user, at=START).post(
                reverse("office-deputy"),
                {"deputy": other.pk, "from_date": day, "until_date": day + timedelta(days=2)},
            )
            assert answer.status_code == 302
        at = {
            hours: is_deputy_of(other, user, at=START + timedelta(hours=hours)) for hours in (-10, 0, 60, 72)
        }
        assert at == {-10: False, 0: True, 60: True, 72: False}
        assert not is_deputy_of(user, other, at=START)

    def test_named_for_later_leaves_who_stands_in_now_until_then(self) -> None:
        user, old, new = make_user(), *(make_user("approvals.change_approvalrequest") for _ in "12")
        day, days = START.date(), timedelta(days=1)
        with time_machine.travel(START, tick=False):
            browser = log_in(user, at=START)
            url, home = reverse("office-deputy"), reverse("office-me")
            browser.post(url, {"deputy": old.pk, "from_date": day, "until_date": day + 10 * days})
            browser.get(home)
            browser.post(url, {"deputy": new.pk, "from_date": day + 5 * days, "until_date": day + 6 * days})
            page = browser.get(home).content.decode()
        assert f"{new} stands in from {day + 5 * days} to {day + 6 * days}." in page
        assert f"{old} now stands in to {day + 4 * days}." in page
        assert f"{old}, from {day} to {day + 4 * days}, its end included" in page
        who = {
            after: [each for each in (old, new) if is_deputy_of(each, user, at=START + after * days)]
            for after in (0, 4, 5, 6, 8)
        }
        assert who == {0: [old], 4: [old], 5: [new], 6: [new], 8: []}

    def test_named_from_today_ends_who_stands_in_now_and_who_was_to(self) -> None:
        user, *others = (make_user("approvals.change_approvalrequest") for _ in range(4))
        now_in, later, new = others
        day = timedelta(days=1)
        for each, start in ((now_in, START - day), (later, START + 3 * day)):
            name_deputy(
                user=user,
                deputy_id=each.pk,
                from_at=start,
                until_at=start + 2 * day,
                named_at=START - 2 * day,
            )
        named = name_deputy(
            user=user, deputy_id=new.pk, from_at=START - day, until_at=START + 9 * day, named_at=START
        )
        assert [each.deputy for each in named.ended] == [now_in, later]
        assert Deputy.objects.get(user=user, ended_at=None) == named.deputy
        kept = Deputy.objects.get(user=user, deputy=now_in)
        assert (kept.until_at, kept.ended_at) == (START + day, START)

    @pytest.mark.parametrize("who", ["without a role", "auditor", "checks what one makes", "invited", "gone"])
    def test_decides_something_or_is_refused_with_who_could(self, who: str) -> None:
        maker, could = make_user(roles=("finance_maker",)), make_user(roles=("support",))
        with acting_as("b2b_jobs"):
            other = {
                "without a role": lambda: make_user(),
                "auditor": lambda: make_user(roles=("auditor",)),
                "checks what one makes": lambda: make_user(roles=("finance_checker",)),
                "invited": lambda: make_user(roles=("support",)),
                "gone": lambda: make_user(roles=("support",), is_active=False),
            }[who]()
            if who == "invited":
                other.set_unusable_password()
                other.save()
        possible = [each.pk for each in list_possible_deputies(maker)]
        assert could.pk in possible
        assert other.pk not in possible
        with pytest.raises(BadDeputy, match="nothing in your place"):
            name_deputy(
                user=maker, deputy_id=other.pk, from_at=START, until_at=START + minutes(9), named_at=START
            )
        with time_machine.travel(START, tick=False):
            day = {"from_date": START.date(), "until_date": START.date()}
            answer = log_in(maker, at=START).post(reverse("office-deputy"), {"deputy": other.pk, **day})
        assert "Who could:" in answer.content.decode()
        assert not Deputy.objects.filter(user=maker).exists()

    def test_is_a_colleague_and_not_for_ever(self) -> None:
        user = make_user()
        with pytest.raises(BadDeputy):
            name_deputy(
                user=user, deputy_id=user.pk, from_at=START, until_at=START + minutes(9), named_at=START
            )
        with pytest.raises(IntegrityError), transaction.atomic():
            Deputy.objects.create(
                user=user, deputy=user, from_at=START, until_at=START + minutes(9), named_at=START
            )
        with pytest.raises(IntegrityError), transaction.atomic():
            Deputy.objects.create(
                user=user,
                deputy=make_user(),
                from_at=START,
                until_at=START + timedelta(days=93),
                named_at=START,
            )


class TestDatabase:
    def test_keeps_one_authenticator_a_person(self) -> None:
        user = enrolled(make_user(), at=START)
        with pytest.raises(IntegrityError), transaction.atomic():
            StaffTotp.objects.create(user=user, name="second", confirmed=False)

    def test_letters_of_a_local_copy_lie_where_only_their_owner_reads(self) -> None:
        folder = Path(django_settings.EMAIL_FILE_PATH)
        assert folder.parent == Path(os.environ["B2B_VAR"]).absolute()
        assert folder.stat().st_mode & 0o077 == 0
