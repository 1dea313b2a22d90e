"""Screenings: one looks, another decides; a confirmed match stops production; all of it goes out of date."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from core.clock import now
from core.models import AuditRecord
from partners.kyb import queries, services
from partners.kyb.models import Screening
from partners.kyb.rules import (
    ComplianceCheckOpen,
    ScreeningDecided,
    ScreeningInvalid,
    ScreeningKnown,
    ScreeningOpen,
    ScreeningSecondLook,
)
from partners.models import Partner, Tenant
from partners.onboarding.queries import list_facts, list_steps
from partners.onboarding.services import (
    add_director,
    add_owner,
    change_director,
    end_director,
    move_partner,
)
from partners.onboarding.services.entries import EntryNotFound
from partners.onboarding.stages import Stage
from partners.services import change_partner, create_client, resume_tenant
from tests.makers.business import make_officer, screen, screen_all
from tests.makers.onboarding import make_partner_at, meet, register
from tests.makers.roles import acting_as

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_office")]
FOUND: dict[str, Any] = {
    "result": "possible_match",
    "found": "EU list, entry 7: same name, another birth date.",
}


def run(sql: str, *params: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


def fact(partner_id: UUID, name: str = "sanctions") -> bool:
    return list_facts([partner_id])[partner_id][name]


def states(partner: Partner) -> dict[str, str]:
    return {each.kind: each.state for each in queries.list_subjects(partner, at=now())}


def known() -> Partner:
    """Return a partner with a company, an owner and a director, of whom nobody is screened."""
    partner = register()
    for each in ("account_manager", "company", "owners", "directors"):
        meet(partner.pk, each)
    partner.refresh_from_db()
    return partner


def decide(
    screening: Screening, decision: str, by: int | None = None, at: datetime | None = None
) -> Screening:
    return services.decide_screening(
        screening_id=screening.pk,
        decision=decision,
        reason="Another person: born in another year.",
        decided_by=by or make_officer().pk,
        decided_at=at or now(),
    )


def live() -> tuple[Partner, Tenant]:
    partner = make_partner_at(Stage.LIVE)
    return partner, Tenant.objects.get(partner=partner, kind="production")


def status_of(tenant: Tenant) -> str:
    tenant.refresh_from_db()
    return tenant.status


class TestEnterScreening:
    def test_everybody_is_due_until_each_is_screened(self) -> None:
        partner = known()
        assert states(partner) == {"company": "missing", "owner": "missing", "director": "missing"}
        for subject in queries.list_subjects(partner, at=now()):
            assert not fact(partner.pk)
            screen(partner.pk, owner_id=subject.owner_id, director_id=subject.director_id)
        assert set(states(partner).values()) == {"clear"}
        assert fact(partner.pk)

    def test_is_not_clear_after_a_look_in_one_list(self) -> None:
        partner = known()
        with pytest.raises(ScreeningInvalid, match="look in UN, OFAC, OFSI too"):
            screen(partner.pk, lists=("eu",))
        assert not Screening.objects.filter(partner=partner).exists()

    def test_says_who_when_which_lists_and_of_which_day(self, settings: Any) -> None:
        settings.SCREENING_LISTS = ["un"]
        partner, officer = known(), make_officer()
        lists_on = now().date() - timedelta(days=31)
        made = screen(partner.pk, screened_by=officer.pk, lists=("un", "ofac"), lists_on=lists_on)
        assert (made.name, made.lists, made.screened_by_id) == ("Partner Ltd", ["ofac", "un"], officer.pk)
        record = AuditRecord.objects.get(object_type="partners.screening", object_id=str(made.pk))
        assert record.after is not None
        assert (record.after["result"], record.after["listsOn"]) == ("clear", lists_on.isoformat())

    def test_sent_twice_stands_once(self, settings: Any) -> None:
        settings.SCREENING_LISTS = ["eu"]
        partner, officer = known(), make_officer()
        screen(partner.pk, screened_by=officer.pk)
        with pytest.raises(ScreeningKnown):
            screen(partner.pk, screened_by=officer.pk)
        assert Screening.objects.filter(partner=partner).count() == 1
        screen(partner.pk, screened_by=officer.pk, lists=("eu", "ofac"))
        assert Screening.objects.filter(partner=partner).count() == 2

    def test_new_owner_makes_a_new_screening_due(self) -> None:
        partner = known()
        screen_all(partner.pk)
        add_owner(
            partner_id=partner.pk,
            name="New Owner",
            birth_date=date(1980, 1, 1),
            country="MT",
            share_percent=10,  # type: ignore[arg-type]
            added_at=now(),
        )
        assert not fact(partner.pk)
        screen_all(partner.pk)
        assert fact(partner.pk)

    def test_new_name_makes_a_new_screening_due(self) -> None:
        partner = known()
        screen_all(partner.pk)
        change_partner(partner_id=partner.pk, changes={"legal_name": "Other Ltd"}, changed_at=now())
        assert not fact(partner.pk)
        screen(partner.pk)
        assert fact(partner.pk)
        director = partner.directors.get()
        change_director(director_id=director.pk, changes={"name": "Married Name"}, changed_at=now())
        assert not fact(partner.pk)

    @pytest.mark.parametrize(("risk", "days"), [("high", 30), ("standard", 90), ("low", 180)])
    def test_goes_out_of_date_by_risk(self, risk: str, days: int) -> None:
        partner = known()
        change_partner(partner_id=partner.pk, changes={"risk_profile": risk}, changed_at=now())
        screen_all(partner.pk, at=now() - timedelta(days=days))
        assert set(states(partner).values()) == {"stale"}
        assert not fact(partner.pk)

    def test_holds_until_the_last_day(self) -> None:
        partner = known()
        screen_all(partner.pk, at=now() - timedelta(days=89))
        assert fact(partner.pk)

    def test_who_left_is_screened_no_more(self) -> None:
        partner = known()
        director = partner.directors.get()
        screen(partner.pk)
        screen(partner.pk, owner_id=partner.owners.get().pk)
        end_director(director_id=director.pk, ended_on=date(2026, 1, 1), ended_at=now())
        assert fact(partner.pk)
        with pytest.raises(EntryNotFound):
            screen(partner.pk, director_id=director.pk)

    def test_person_of_another_partner_is_refused(self) -> None:
        partner, other = known(), known()
        with pytest.raises(EntryNotFound):
            screen(partner.pk, owner_id=other.owners.get().pk)
        made = screen(other.pk, owner_id=other.owners.get().pk)
        with pytest.raises(IntegrityError, match="of its own partner"):
            run(
                "INSERT INTO partners_screening (id, partner_id, owner_id, name, lists, lists_on, result, "
                "found, screened_by_id, screened_at, decision, decision_reason) "
                "SELECT core_uuid7(), %s, owner_id, name, lists, lists_on, result, found, "
                "screened_by_id, screened_at, '', '' FROM partners_screening WHERE id = %s",
                partner.pk,
                made.pk,
            )


class TestDecideScreening:
    def test_possible_match_holds_until_another_person_clears_it(self) -> None:
        partner, officer = known(), make_officer()
        screen_all(partner.pk)
        made = screen(partner.pk, screened_by=officer.pk, **FOUND)
        assert not fact(partner.pk)
        with pytest.raises(ScreeningSecondLook):
            decide(made, "cleared", by=officer.pk)
        with pytest.raises(ScreeningOpen):
            screen(partner.pk)
        decide(made, "cleared")
        assert fact(partner.pk)
        with pytest.raises(ScreeningDecided):
            decide(made, "confirmed")

    def test_database_asks_for_another_person_too(self) -> None:
        made = screen(known().pk, **FOUND)
        with pytest.raises(IntegrityError, match="who_screens_never_decides_the_match"):
            run(
                "UPDATE partners_screening SET decision = 'cleared', decided_by_id = screened_by_id, "
                "decided_at = now(), decision_reason = 'x' WHERE id = %s",
                made.pk,
            )
        with pytest.raises(IntegrityError, match="decided first"):
            run(
                "INSERT INTO partners_screening (id, partner_id, name, lists, lists_on, result, found, "
                "screened_by_id, screened_at, decision, decision_reason) SELECT core_uuid7(), partner_id, "
                "name, lists, lists_on, 'clear', '', screened_by_id, now(), '', '' FROM partners_screening "
                "WHERE id = %s",
                made.pk,
            )

    def test_needs_a_reason(self) -> None:
        made = screen(known().pk, **FOUND)
        with pytest.raises(ScreeningInvalid):
            services.decide_screening(
                screening_id=made.pk,
                decision="cleared",
                reason=" ",
                decided_by=make_officer().pk,
                decided_at=now(),
            )

    def test_screening_stays_as_it_was(self) -> None:
        made = screen(known().pk)
        for sql in ("UPDATE partners_screening SET result = 'clear'", "DELETE FROM partners_screening"):
            with pytest.raises(ProgrammingError, match="permission denied"):
                run(f"{sql} WHERE id = %s", made.pk)


class TestConfirmedMatch:
    def test_stops_production_at_once_and_tells_nobody_why(self) -> None:
        partner, tenant = live()
        decide(screen(partner.pk, **FOUND), "confirmed")
        assert status_of(tenant) == "suspended"
        suspension = partner.compliance_suspensions.get(lifted_at=None)
        assert "sanction" not in suspension.reason
        assert "match" not in suspension.reason

    def test_nobody_lets_production_go_on(self) -> None:
        partner, tenant = live()
        screen(partner.pk, result="confirmed_match", found="EU list, entry 7")
        with pytest.raises(ComplianceCheckOpen):
            resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason="Go on")
        with pytest.raises(IntegrityError, match="sanctions match is confirmed"):
            run("UPDATE partners_tenant SET status = 'active' WHERE id = %s", tenant.pk)
        with pytest.raises(ComplianceCheckOpen):
            create_client(tenant_id=tenant.pk, name="More", scopes=("bets:read",), created_at=now())

    def test_is_cleared_by_a_second_look_alone(self) -> None:
        partner, tenant = live()
        screen(partner.pk, result="confirmed_match", found="EU list, entry 7")
        with pytest.raises(ScreeningInvalid):
            screen(partner.pk)
        with pytest.raises(IntegrityError, match="nobody clears alone"):
            run(
                "INSERT INTO partners_screening (id, partner_id, name, lists, lists_on, result, found, "
                "screened_by_id, screened_at, decision, decision_reason) SELECT core_uuid7(), partner_id, "
                "name, lists, lists_on, 'clear', '', screened_by_id, now(), '', '' FROM partners_screening "
                "WHERE partner_id = %s AND result = 'confirmed_match'",
                partner.pk,
            )
        decide(screen(partner.pk, **FOUND), "cleared")
        assert status_of(tenant) == "active"

    def test_stands_while_a_new_look_waits_for_the_second_person(self) -> None:
        partner, tenant = live()
        screen(partner.pk, result="confirmed_match", found="EU list, entry 7")
        screen(partner.pk, **FOUND)
        assert status_of(tenant) == "suspended"
        with pytest.raises(ComplianceCheckOpen):
            resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason="Go on")
        with pytest.raises(IntegrityError, match="sanctions match is confirmed"):
            run("UPDATE partners_tenant SET status = 'active' WHERE id = %s", tenant.pk)
        with pytest.raises(ComplianceCheckOpen):
            create_client(tenant_id=tenant.pk, name="More", scopes=("bets:read",), created_at=now())

    def test_of_a_director_stays_when_the_director_leaves(self) -> None:
        partner, tenant = live()
        director = add_director(
            partner_id=partner.pk, name="D", birth_date=date(1970, 1, 1), country="MT", added_at=now()
        )
        screen(partner.pk, director_id=director.pk, result="confirmed_match", found="UN list")
        end_director(director_id=director.pk, ended_on=now().date(), ended_at=now())
        assert not fact(partner.pk)
        decide(screen(partner.pk, director_id=director.pk, **FOUND), "cleared")
        assert fact(partner.pk)
        assert status_of(tenant) == "active"

    def test_holds_the_next_step_back(self) -> None:
        partner, _ = live()
        move_partner(partner_id=partner.pk, to_stage=Stage.PAUSED, moved_at=now(), reason="Pause")
        screen(partner.pk, result="confirmed_match", found="EU list, entry 7")
        partner.refresh_from_db()
        step = list_steps([partner])[partner.pk].to(Stage.LIVE)
        assert step is not None
        assert step.missing == ("sanctions",)


class TestLapses:
    def look(self, partner: Partner, days: int) -> None:
        with acting_as("b2b_jobs"):
            services.suspend_lapsed_kyb(at=now() + timedelta(days=days))

    def test_screening_out_of_date_stops_production_after_the_grace(self) -> None:
        partner, tenant = live()
        self.look(partner, 90 + 13)
        assert status_of(tenant) == "active"
        self.look(partner, 90 + 14)
        assert status_of(tenant) == "suspended"

    def test_new_name_forgets_no_screening_that_is_out_of_date(self) -> None:
        partner, tenant = live()
        change_director(
            director_id=partner.directors.get().pk, changes={"name": "Married Name"}, changed_at=now()
        )
        self.look(partner, 90 + 13)
        assert status_of(tenant) == "active"
        self.look(partner, 90 + 14)
        assert status_of(tenant) == "suspended"

    def test_new_director_is_screened_within_the_grace(self) -> None:
        partner, tenant = live()
        director = add_director(
            partner_id=partner.pk, name="New", birth_date=date(1970, 1, 1), country="MT", added_at=now()
        )
        assert queries.End(partner.pk, "screening", now().date()) in queries.list_ends([partner.pk], at=now())
        self.look(partner, 13)
        assert status_of(tenant) == "active"
        self.look(partner, 15)
        assert status_of(tenant) == "suspended"
        screen(partner.pk, director_id=director.pk, at=now() + timedelta(days=15))
        assert status_of(tenant) == "active"

    def test_possible_match_is_decided_within_the_grace(self) -> None:
        partner, tenant = live()
        made = screen(partner.pk, **FOUND)
        self.look(partner, 15)
        assert status_of(tenant) == "suspended"
        decide(made, "cleared", at=now() + timedelta(days=16))
        assert status_of(tenant) == "active"

    def test_new_screening_lets_it_go_on(self) -> None:
        partner, tenant = live()
        self.look(partner, 120)
        at = now() + timedelta(days=121)
        for subject in queries.list_subjects(partner, at=at):
            assert status_of(tenant) == "suspended"
            screen(partner.pk, at=at, owner_id=subject.owner_id, director_id=subject.director_id)
        assert status_of(tenant) == "active"
