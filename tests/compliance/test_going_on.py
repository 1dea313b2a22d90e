"""Who was told of a stop is told when production goes on, whoever let it: once, and not before."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core import mail

from core.audit import acting
from core.clock import now
from core.letters import PAUSES
from partners.compliance.models import StopLetter
from partners.onboarding.services import pause_partner
from partners.services import resume_partner, suspend_partner, suspend_tenant
from tests.compliance.test_stops import about, managed_and_live, reopen, send
from tests.makers.compliance import accept, make_contact
from tests.makers.staff import make_user

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]


@contextmanager
def nobody_takes_mail(settings: Any) -> Iterator[None]:
    """Refuse every connection of the mail's sender."""
    usual, taken = settings.EMAIL_BACKEND, settings.EMAIL_PORT
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = held.getsockname()
        yield
    settings.EMAIL_BACKEND, settings.EMAIL_PORT = usual, taken


class TestGoingOn:
    def test_is_told_once_the_last_who_stopped_it_lets_go(self) -> None:
        partner, _, _ = managed_and_live()
        evidence = reopen(partner)
        send()
        by_risk = make_user(roles=("risk",))
        with acting(by_risk.username):
            suspend_partner(partner_id=partner.pk, suspended_at=now(), reason="Odd bets")
        accept(evidence.pk)
        send()
        assert [each.subject for each in about(partner)] == [f"{partner.name}: production is stopped"]
        with acting(make_user(roles=("risk",)).username):
            resume_partner(partner_id=partner.pk, resumed_at=now(), reason="Looked at")
        send()
        send()
        assert [each.subject for each in about(partner)[1:]] == [f"{partner.name}: production goes on"]

    def test_waits_while_somebody_has_stopped_it_again(self, settings: Any) -> None:
        partner, _, _ = managed_and_live()
        evidence = reopen(partner)
        send()
        accept(evidence.pk)
        with nobody_takes_mail(settings):
            send()
        with acting(make_user(roles=("risk",)).username):
            suspend_partner(partner_id=partner.pk, suspended_at=now(), reason="Odd bets")
        send(later=PAUSES[0])
        assert [each.subject for each in about(partner)] == [f"{partner.name}: production is stopped"]
        with acting(make_user(roles=("risk",)).username):
            resume_partner(partner_id=partner.pk, resumed_at=now(), reason="Looked at")
        send(later=PAUSES[0])
        send(later=PAUSES[0])
        assert [each.subject for each in about(partner)[1:]] == [f"{partner.name}: production goes on"]

    def test_is_told_once_after_two_stops(self, settings: Any) -> None:
        partner, _, _ = managed_and_live()
        evidence = reopen(partner)
        send()
        accept(evidence.pk)
        with nobody_takes_mail(settings):
            send()
        reopen(partner)
        send()
        accept(evidence.pk)
        send(later=PAUSES[1])
        assert [each.subject.removeprefix(f"{partner.name}: production ") for each in about(partner)] == [
            "is stopped",
            "is stopped",
            "goes on",
        ]

    def test_stop_that_was_over_before_it_could_be_told_is_told_to_nobody(self, settings: Any) -> None:
        partner, _, _ = managed_and_live()
        make_contact(partner)
        evidence = reopen(partner)
        with nobody_takes_mail(settings):
            send()
        accept(evidence.pk)
        send(later=PAUSES[0])
        letters = StopLetter.objects.filter(suspension__partner=partner)
        assert sorted(letters.values_list("audience", "occasion", "state")) == [
            ("partner", "stopped", "dropped"),
            ("staff", "stopped", "dropped"),
        ]
        assert about(partner) == []

    @pytest.mark.parametrize("of", ["partner", "tenant"])
    def test_is_not_promised_while_somebody_else_stops_it(self, of: str) -> None:
        partner, _, _ = managed_and_live()
        address = make_contact(partner)
        by_risk = make_user(roles=("risk",))
        with acting(by_risk.username):
            if of == "partner":
                suspend_partner(partner_id=partner.pk, suspended_at=now(), reason="Odd bets")
            else:
                suspend_tenant(
                    tenant_id=partner.tenants.get(kind="production").pk, suspended_at=now(), reason="Odd bets"
                )
        reopen(partner)
        send()
        (to_staff,) = about(partner)
        (to_partner,) = [each for each in mail.outbox if address in each.to]
        assert f"{by_risk.username} (risk) has stopped this {of}" in to_staff.body
        assert "knows what else" in to_partner.body
        assert by_risk.username not in to_partner.body
        for letter in (to_staff, to_partner):
            assert "by itself" not in letter.body

    def test_staff_read_of_a_pause_beside_who_else_stops_it(self) -> None:
        partner, _, _ = managed_and_live()
        reopen(partner)
        suspend_partner(partner_id=partner.pk, suspended_at=now(), reason="Unpaid")
        pause_partner(partner_id=partner.pk, paused_at=now(), reason="Talks")
        send()
        (to_staff,) = about(partner)
        assert "has stopped this partner. The partner is at Paused." in to_staff.body

    @pytest.mark.parametrize("of", ["partner", "test tenant"])
    def test_who_has_no_test_tenant_to_call_is_not_told_to(self, of: str) -> None:
        partner, _, _ = managed_and_live()
        address = make_contact(partner)
        if of == "partner":
            suspend_partner(partner_id=partner.pk, suspended_at=now(), reason="Unpaid")
        else:
            test = partner.tenants.get(kind="test")
            suspend_tenant(tenant_id=test.pk, suspended_at=now(), reason="Unpaid")
        reopen(partner)
        send()
        (letter,) = [each for each in mail.outbox if address in each.to]
        assert "production access is suspended" in letter.subject
        assert "test tenant" not in letter.body
