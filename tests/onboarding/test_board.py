"""The board: each role's partners by stage, and a move that says what is missing."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from partners.compliance.services import reopen_evidence
from partners.models import Partner
from partners.onboarding.services import move_partner
from partners.onboarding.stages import ON_THE_WAY, Stage
from partners.onboarding.waiting import is_late
from partners.services import change_partner, suspend_partner
from tests.makers.compliance import accept_all
from tests.makers.onboarding import make_partner_at, register
from tests.makers.staff import log_in, make_user
from tests.office.makers import written

pytestmark = [pytest.mark.usefixtures("committed", "office"), pytest.mark.role("b2b_office")]


def board(browser: Any) -> str:
    answer = browser.get(reverse("office-board"))
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def move(browser: Any, partner: Partner, to_stage: str, reason: str = "Done") -> Any:
    return browser.post(
        reverse("admin:partners_partner_move", args=(partner.pk,)),
        {"_form_submitted": "True", "to_stage": to_stage, "reason": reason},
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{reverse('office-board')}"},
    )


class TestBoard:
    def test_account_manager_sees_own_partners_alone(self) -> None:
        manager = make_user(roles=("account_manager",))
        mine, other = register(account_manager_id=manager.pk), register()
        browser = log_in(manager)
        text = board(browser)
        assert mine.name in text
        assert other.name not in text
        assert browser.get(reverse("admin:partners_partner_change", args=(other.pk,))).status_code != 200
        assert move(browser, other, "paused").status_code == 404

    def test_card_says_what_is_missing_and_for_what(self) -> None:
        manager = make_user(roles=("account_manager",))
        register(account_manager_id=manager.pk)
        text = board(log_in(manager))
        assert "2 missing for Compliance" in text
        assert "Primary contact entered" in text
        assert "Move to…" in text

    def test_card_says_what_is_stopped(self) -> None:
        manager = make_user(roles=("account_manager",))
        partner = make_partner_at(Stage.LIVE)
        change_partner(partner_id=partner.pk, changes={"account_manager_id": manager.pk}, changed_at=now())
        browser = log_in(manager)
        assert "Production stopped" not in board(browser)
        accept_all(partner)
        reopen_evidence(
            evidence_id=partner.evidence.get(requirement__document_type="gaming_licence").pk,
            reopened_at=now(),
            reason="Read again",
        )
        assert "Production stopped" in board(browser)
        suspend_partner(partner_id=partner.pk, suspended_at=now(), reason="Odd bets")
        assert "Suspended" in board(browser)

    def test_board_is_refused_without_the_permission(self) -> None:
        assert log_in(make_user()).get(reverse("office-board")).status_code == 403

    def test_number_of_queries_does_not_grow_with_the_partners(self) -> None:
        manager = make_user(roles=("account_manager",))
        browser = log_in(manager)
        register(account_manager_id=manager.pk)
        board(browser)
        with CaptureQueriesContext(connection) as few:
            board(browser)
        for _ in range(3):
            register(account_manager_id=manager.pk)
        with CaptureQueriesContext(connection) as many:
            board(browser)
        assert len(many) == len(few) <= 14


class TestSearch:
    def shown(self, browser: Any, **query: str) -> str:
        answer = browser.get(reverse("office-board"), query)
        assert answer.status_code == 200
        text: str = answer.content.decode()
        return text

    def test_finds_by_name_manager_and_stage(self) -> None:
        manager = make_user(roles=("account_manager",))
        mine, other = register(account_manager_id=manager.pk), register()
        browser = log_in(make_user(roles=("compliance",)))
        assert mine.name in self.shown(browser, q=mine.name[:-1].upper())
        assert other.name not in self.shown(browser, q=mine.name)
        assert mine.name in self.shown(browser, manager=manager.username)
        assert other.name not in self.shown(browser, manager=manager.username)
        assert mine.name not in self.shown(browser, manager="-")
        assert mine.name in self.shown(browser, q=mine.name, stage="registered")
        assert mine.name + "<" not in self.shown(browser, q=mine.name, stage="live")

    def test_takes_anything(self) -> None:
        browser = log_in(make_user(roles=("compliance",)))
        for query in ({"q": "\0 %'"}, {"stage": "nonsense"}, {"manager": "nobody-here"}):
            self.shown(browser, **query)


class TestLate:
    def test_is_who_waits_too_long_on_the_way(self) -> None:
        at = now()
        for stage in Stage:
            for waited in (timedelta(days=6, microseconds=-1), timedelta(days=6)):
                partner = Partner(stage=stage, stage_since=at - waited)
                assert is_late(partner, at) == (stage in ON_THE_WAY and waited == timedelta(days=6))

    def test_board_and_home_count_the_same_and_lead_to_the_same(self) -> None:
        manager = make_user(roles=("account_manager",))
        overdue, paused = (register(account_manager_id=manager.pk, days_ago=20) for _ in range(2))
        timely = register(account_manager_id=manager.pk, days_ago=5)
        move_partner(
            partner_id=paused.pk, to_stage=Stage.PAUSED, moved_at=now() - timedelta(days=9), reason="Papers"
        )
        browser, url = log_in(manager), f"{reverse('office-board')}?late=1"
        shown = board(browser)
        assert "1 partner waiting over 5 days" in shown
        assert f'href="{url}"' in shown
        assert shown.count("office-label-warning") == 1
        late = browser.get(url).content.decode()
        assert overdue.name in late
        assert not any(each.name in late for each in (paused, timely))
        home = browser.get(reverse("admin:index")).content.decode()
        assert re.search(rf'href="{re.escape(url)}">\s*<span class="office-card-figure">1<', home)
        rows = written(browser.post(f"{reverse('office-board-export')}?late=1"))
        assert [row[0] for row in rows[1:]] == [overdue.name]


class TestFile:
    def test_has_own_partners_as_they_are_filtered_with_what_each_misses(self) -> None:
        manager = make_user(roles=("account_manager",))
        mine, other = register(account_manager_id=manager.pk), register()
        browser, url = log_in(manager), reverse("office-board-export")
        rows = written(browser.post(url))
        assert rows[0] == ["Partner", "Stage", "Days here", "Account manager", "Next stage", "Missing"]
        missing = rows[1].pop()
        assert rows[1:] == [[mine.name, "Registered", "0", manager.username, "Compliance"]]
        assert "Primary contact entered" in missing
        assert other.name not in str(rows)
        assert len(written(browser.post(f"{url}?stage=live"))) == 1
        assert browser.get(url).status_code == 405
        assert log_in(make_user()).post(url).status_code == 403


class TestMove:
    def test_dialog_names_the_partner(self) -> None:
        manager = make_user(roles=("account_manager",))
        partner = register(account_manager_id=manager.pk)
        browser, url = log_in(manager), reverse("admin:partners_partner_move", args=(partner.pk,))
        for dialog in (browser.get(url), move(browser, partner, "compliance")):
            assert f"<span>Partner</span> <strong>{partner.name}</strong>" in dialog.content.decode()

    def test_refused_move_says_what_is_missing(self) -> None:
        manager = make_user(roles=("account_manager",))
        partner = register(account_manager_id=manager.pk)
        answer = move(log_in(manager), partner, "compliance")
        assert "Missing for Compliance: Legal name" in answer.content.decode()
        partner.refresh_from_db()
        assert partner.stage == "registered"

    def test_step_that_is_open_no_more_is_refused_with_where_the_partner_is(self) -> None:
        partner = make_partner_at(Stage.COMPLIANCE)
        answer = move(log_in(make_user(roles=("compliance",))), partner, "testing")
        assert (
            "The partner is at Compliance now; there is no such step from there." in answer.content.decode()
        )

    def test_dialog_begins_with_the_next_step_of_the_way(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        url = reverse("admin:partners_partner_move", args=(partner.pk,))
        page = log_in(make_user(roles=("compliance",))).get(url).content.decode()
        assert re.search(r'<option value="maintenance" selected>', page)

    def test_move_goes_back_to_the_board(self) -> None:
        manager = make_user(roles=("account_manager",))
        partner = make_partner_at(Stage.COMPLIANCE)
        change_partner(
            partner_id=partner.pk, changes={"account_manager_id": manager.pk}, changed_at=now() + timedelta(0)
        )
        answer = move(log_in(manager), partner, "paused", "Waits for papers")
        assert answer.headers["HX-Redirect"] == reverse("office-board")
        partner.refresh_from_db()
        assert partner.stage == "paused"

    def test_auditor_moves_nobody(self) -> None:
        assert move(log_in(make_user(roles=("auditor",))), register(), "paused").status_code == 403
