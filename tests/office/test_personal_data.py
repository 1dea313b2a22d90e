"""Personal data in the office: masked on every page, shown once to who may and says why."""

from datetime import date
from decimal import Decimal
from secrets import token_hex
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core.clock import now
from core.ids import typeid
from core.models import AuditRecord
from partners.onboarding.models import BeneficialOwner
from partners.onboarding.services import add_contact, add_owner, change_owner
from tests.makers.onboarding import register
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.makers.wallet import make_player
from tests.office.makers import make_staff, records_of, superuser
from wallet.models import Player

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


def named_player() -> tuple[Player, tuple[str, ...]]:
    """Return a player and what nobody may read of them without asking."""
    family = f"Canary{token_hex(4)}"
    player = make_player(
        make_tenant().pk,
        name=f"Ada {family}",
        email=f"ada@{family.lower()}.example",
        birth_date=date(1985, 12, 10),
    )
    return player, (family, family.lower(), "1985-12-10", "Dec. 10", "10 December")


def reveal(browser: Client, player: Player, **asked: Any) -> Any:
    return browser.post(reverse("admin:wallet_player_reveal", args=(player.pk,)), asked)


class TestPlayersPage:
    def test_masks_name_address_and_birth_date(self) -> None:
        player, hidden = named_player()
        page = superuser().get(reverse("admin:wallet_player_change", args=(player.pk,))).content.decode()
        assert [each for each in hidden if each in page] == []
        assert "A••• C•••" in page
        assert "1985-••-••" in page

    def test_list_and_search_say_nothing_of_them(self) -> None:
        player, hidden = named_player()
        page = superuser().get(reverse("admin:wallet_player_changelist"), {"q": player.reference})
        assert player.reference in page.content.decode()
        assert [each for each in hidden if each in page.content.decode()] == []


class TestReveal:
    def test_shows_what_was_asked_for_once_and_records_who_and_why(self) -> None:
        player, hidden = named_player()
        user = make_user("wallet.view_player", "wallet.reveal_player")
        browser = log_in(user)
        answer = reveal(browser, player, fields_shown=["name"], reason="Asked by telephone")
        page = answer.content.decode()
        assert hidden[0] in page
        assert hidden[1] not in page
        assert "no-store" in answer.headers["Cache-Control"]
        record = records_of(player)[-1]
        assert (record.action, record.actor, record.reason, record.after) == (
            "reveal personal data",
            user.username,
            "Asked by telephone",
            {"fields": ["name"]},
        )
        history = browser.get(reverse("admin:wallet_player_history", args=(player.pk,))).content.decode()
        assert f"Player {typeid('plr', player.pk)}: Name" in history
        again = browser.get(reverse("admin:wallet_player_change", args=(player.pk,))).content.decode()
        assert hidden[0] not in again

    def test_without_a_reason_is_asked_again(self) -> None:
        player, hidden = named_player()
        browser = make_staff("wallet.view_player", "wallet.reveal_player")
        for asked in (
            {"fields_shown": ["name"]},
            {"reason": "x"},
            {"fields_shown": ["status"], "reason": "x"},
        ):
            assert hidden[0] not in reveal(browser, player, **asked).content.decode()
        assert records_of(player) == []

    def test_is_no_address_to_follow(self) -> None:
        player, hidden = named_player()
        browser = make_staff("wallet.view_player", "wallet.reveal_player")
        page = browser.get(
            reverse("admin:wallet_player_reveal", args=(player.pk,)), {"fields_shown": "name", "reason": "x"}
        )
        assert hidden[0] not in page.content.decode()
        assert records_of(player) == []

    @pytest.mark.parametrize("role", ["trader", "risk", "auditor", "finance_maker"])
    def test_is_refused_to_roles_that_do_not_need_it(self, role: str) -> None:
        player, _ = named_player()
        answer = reveal(log_in(make_user(roles=(role,))), player, fields_shown=["name"], reason="x")
        assert answer.status_code == 403
        assert records_of(player) == []


class TestPeopleBehindAPartner:
    def test_contact_is_shown_to_its_own_account_manager_alone(self) -> None:
        mine = make_user(roles=("account_manager",))
        partner = register(account_manager_id=mine.pk)
        with acting_as("b2b_office"):
            contact = add_contact(
                partner_id=partner.pk, name="Ada L.", role="technical", email="ada@x.example", added_at=now()
            )
        url, asked = (
            reverse("office-reveal-contact", args=(contact.pk,)),
            {"fields_shown": ["email"], "reason": "Letter came back"},
        )
        other = log_in(make_user(roles=("account_manager",)))
        assert other.post(url, asked).status_code == 404
        assert "ada@x.example" in log_in(mine).post(url, asked).content.decode()
        assert [record.action for record in records_of(contact)] == ["add contact", "reveal personal data"]

    def test_owner_is_shown_to_compliance_alone(self) -> None:
        owner = _owner()
        url = reverse("office-reveal-owner", args=(owner.pk,))
        asked = {"fields_shown": ["name", "birth_date"], "reason": "Sanctions list"}
        assert log_in(make_user(roles=("account_manager",))).post(url, asked).status_code == 403
        assert "Ada Owner" in log_in(make_user(roles=("compliance",))).post(url, asked).content.decode()


class TestHistory:
    def test_masks_what_was_before_and_after(self) -> None:
        owner = _owner()
        change_owner(owner_id=owner.pk, changes={"name": "Ada Sold"}, changed_at=now())
        for record in AuditRecord.objects.filter(object_id=str(owner.pk)):
            page = superuser().get(reverse("admin:core_auditrecord_change", args=(record.pk,)))
            text = page.content.decode()
            assert page.status_code == 200
            assert "A•••" in text
            assert [each for each in ("Ada Owner", "Ada Sold", "1970-01-02") if each in text] == []


def _owner() -> BeneficialOwner:
    return add_owner(
        partner_id=register().pk,
        name="Ada Owner",
        birth_date=date(1970, 1, 2),
        country="MT",
        share_percent=Decimal(30),
        added_at=now(),
    )
