"""Each role suspends a partner or a tenant for itself, and so does the platform: neither undoes the other."""

from importlib import import_module
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from core.audit import acting
from core.clock import now
from core.models import AuditRecord, StaffUser
from partners.compliance.models import ComplianceSuspension
from partners.compliance.services import reopen_evidence
from partners.models import Partner, Tenant
from partners.onboarding.services import pause_partner, unpause_partner
from partners.onboarding.stages import Stage
from partners.services import resume_partner, resume_tenant, suspend_partner, suspend_tenant
from partners.services.holds import PartnerHeld
from partners.services.stops import ProductionNotCompliant
from partners.services.suspending import AlreadySuspended
from tests.makers.compliance import accept, accept_all
from tests.makers.onboarding import make_partner_at
from tests.makers.partners import make_tenant
from tests.makers.staff import log_in, make_user
from tests.office.commanding import run
from tests.office.partner_pages import tab_of, text_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]

Row = Partner | Tenant
ORDERS = [("compliance", "risk"), ("risk", "compliance")]
EACH = pytest.mark.parametrize("of", ["partner", "tenant"])
BOTH_ORDERS = pytest.mark.parametrize(("first", "second"), ORDERS)
MIGRATION = import_module("partners.migrations.0074_side_by_side")
CHECK = "is_suspended_while_somebody_suspends_it"


def made(of: str) -> Row:
    tenant = make_tenant()
    return tenant.partner if of == "partner" else tenant


def person(role: str = "account_manager") -> StaffUser:
    return make_user(roles=(role,))


def stop(row: Row, user: StaffUser) -> None:
    given: dict[str, Any] = {"suspended_at": now(), "reason": "A concern"}
    with acting(user.username):
        if isinstance(row, Partner):
            suspend_partner(partner_id=row.pk, **given)
        else:
            suspend_tenant(tenant_id=row.pk, **given)


def lift(row: Row, user: StaffUser) -> str:
    given: dict[str, Any] = {"resumed_at": now(), "reason": "It is settled"}
    with acting(user.username):
        if isinstance(row, Partner):
            resume_partner(partner_id=row.pk, **given)
        else:
            resume_tenant(tenant_id=row.pk, **given)
    row.refresh_from_db()
    return row.status


def live() -> Tenant:
    """Return the production tenant of a partner at Live, with all documents accepted."""
    partner = make_partner_at(Stage.LIVE)
    accept_all(partner)
    return Tenant.objects.get(partner=partner, kind="production")


def reopen(tenant: Tenant) -> Any:
    """Take the decision about a document back; return its key."""
    evidence = tenant.partner.evidence.get(requirement__document_type="gaming_licence")
    reopen_evidence(evidence_id=evidence.pk, reopened_at=now(), reason="The authority withdrew it")
    return evidence.pk


def held(row: Row) -> list[str]:
    row.refresh_from_db()
    return row.held_by


class TestRoles:
    @EACH
    @BOTH_ORDERS
    def test_stop_beside_one_another_and_each_lifts_its_own(self, of: str, first: str, second: str) -> None:
        row = made(of)
        for role in (first, second):
            stop(row, person(role))
        assert lift(row, person(second)) == "suspended"
        with pytest.raises(PartnerHeld, match=f"\\({first}\\) has stopped this {of}"):
            lift(row, person(second))
        assert lift(row, person(first)) == "active"
        assert held(row) == []

    @EACH
    @BOTH_ORDERS
    def test_undo_nobody_elses_stop_by_stopping_again(self, of: str, first: str, second: str) -> None:
        row, user = made(of), person(second)
        stop(row, person(first))
        stop(row, user)
        if second == "risk":
            with pytest.raises(PartnerHeld):
                lift(row, user)
        else:
            assert lift(row, user) == "suspended"
        assert any(each.startswith(f"{first}:") for each in held(row))

    @EACH
    @pytest.mark.parametrize("role", ["compliance", "risk"])
    @pytest.mark.parametrize("is_first", [False, True])
    def test_keep_their_stop_beside_an_account_managers(self, of: str, role: str, is_first: bool) -> None:
        row, manager, officer = made(of), person(), person(role)
        for user in (officer, manager) if is_first else (manager, officer):
            stop(row, user)
        assert lift(row, manager) == "suspended"
        assert held(row) == [f"{role}:{officer.username}"]
        with pytest.raises(PartnerHeld):
            lift(row, manager)

    @EACH
    @pytest.mark.parametrize("role", ["compliance", "risk", "account_manager"])
    def test_stop_once(self, of: str, role: str) -> None:
        row, user = made(of), person(role)
        stop(row, user)
        with pytest.raises(AlreadySuspended, match=f"{user.username} \\({role}\\) has suspended this {of}"):
            stop(row, person(role))
        assert held(row) == [f"{role}:{user.username}"]

    @EACH
    def test_lift_with_their_own_what_they_may_lift_of_others(self, of: str) -> None:
        row = made(of)
        stop(row, person())
        stop(row, person("compliance"))
        assert lift(row, person("compliance")) == "active"

    def test_leave_a_trail_of_each_step(self) -> None:
        row = made("partner")
        for role in ("risk", "compliance"):
            stop(row, person(role))
        for role in ("compliance", "risk"):
            lift(row, person(role))
        trail = AuditRecord.objects.filter(object_id=str(row.pk), object_type="partners.partner")
        found = list(trail.order_by("id").values_list("action", "after"))[-4:]
        assert [action for action, _ in found] == [
            "suspend partner",
            "suspend partner",
            "lift suspension of partner",
            "resume partner",
        ]
        assert ["status" in (after or {}) for _, after in found] == [True, False, False, True]


class TestPlatform:
    @pytest.mark.parametrize("is_first", [False, True])
    def test_stops_beside_a_person_and_opens_its_own_alone(self, is_first: bool) -> None:
        tenant, officer = live(), person("risk")
        if is_first:
            evidence_id = reopen(tenant)
            stop(tenant, officer)
        else:
            stop(tenant, officer)
            evidence_id = reopen(tenant)
        assert set(held(tenant)) == {":", f"risk:{officer.username}"}
        accept(evidence_id)
        assert held(tenant) == [f"risk:{officer.username}"]
        assert lift(tenant, person("risk")) == "active"

    @pytest.mark.parametrize("is_first", [False, True])
    def test_goes_on_by_itself_after_the_person_has_lifted(self, is_first: bool) -> None:
        tenant, manager = live(), person()
        if is_first:
            evidence_id = reopen(tenant)
            stop(tenant, manager)
        else:
            stop(tenant, manager)
            evidence_id = reopen(tenant)
        assert lift(tenant, manager) == "suspended"
        assert held(tenant) == [":"]
        with pytest.raises(ProductionNotCompliant):
            lift(tenant, manager)
        accept(evidence_id)
        tenant.refresh_from_db()
        assert (tenant.status, tenant.held_by) == ("active", [])
        assert not ComplianceSuspension.objects.filter(partner=tenant.partner, lifted_at=None).exists()

    @pytest.mark.parametrize("role", ["account_manager", "compliance"])
    def test_keeps_its_pause_when_the_person_lifts(self, role: str) -> None:
        tenant, user = live(), person(role)
        stop(tenant, user)
        pause_partner(partner_id=tenant.partner_id, paused_at=now(), reason="Unpaid")
        assert lift(tenant, user) == "suspended"
        unpause_partner(partner_id=tenant.partner_id, unpaused_at=now(), reason="Paid")
        assert held(tenant) == []

    def test_of_a_job_is_lifted_by_whoever_may_stop(self) -> None:
        row = made("tenant")
        suspend_tenant(tenant_id=row.pk, suspended_at=now(), reason="By a command")
        assert held(row) == [":"]
        assert lift(row, person()) == "active"


class TestDatabase:
    @EACH
    @pytest.mark.parametrize(
        "change",
        ["status = 'active'", "held_by = '{}'"],
    )
    def test_knows_no_stopped_row_that_nobody_stops_nor_the_other_way(self, of: str, change: str) -> None:
        row = made(of)
        stop(row, person())
        with pytest.raises(IntegrityError, match=CHECK):
            self.write(row, change)

    @EACH
    @pytest.mark.parametrize("change", ["status = 'suspended'", "held_by = '{risk:rita}'"])
    def test_knows_no_active_row_that_somebody_stops(self, of: str, change: str) -> None:
        with pytest.raises(IntegrityError, match=CHECK):
            self.write(made(of), change)

    def write(self, row: Row, change: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE {row._meta.db_table} SET {change} WHERE id = %s", [row.pk])


class TestRowsFromBefore:
    def test_keep_who_had_suspended_them(self, superuser_url: str) -> None:
        ours, theirs, active = make_tenant(), make_tenant(), make_tenant()
        stopped = live()
        reopen(stopped)
        with psycopg.connect(superuser_url) as before:
            for table in ("partner", "tenant"):
                before.execute(f"ALTER TABLE partners_{table} DROP CONSTRAINT a_{table}_{CHECK}")
                before.execute(
                    f"ALTER TABLE partners_{table} ADD suspended_by text NOT NULL DEFAULT '', "
                    "ADD suspended_role text NOT NULL DEFAULT ''"
                )
            before.execute("UPDATE partners_tenant SET held_by = '{}'")
            before.execute("UPDATE partners_tenant SET status = 'suspended' WHERE id = %s", [ours.pk])
            before.execute(
                "UPDATE partners_tenant SET status = 'suspended', suspended_by = 'rita', "
                "suspended_role = 'risk' WHERE id = ANY (%s)",
                [[theirs.pk, stopped.pk]],
            )
            before.execute(
                "UPDATE partners_partner SET status = 'suspended', suspended_by = 'root' WHERE id = %s",
                [active.partner_id],
            )
            for table in ("partner", "tenant"):
                before.execute(MIGRATION.KEPT.format(table=table))
            before.execute(MIGRATION.BESIDE)
            keys = [each.pk for each in (ours, theirs, active, stopped)]
            found = before.execute("SELECT id, held_by FROM partners_tenant WHERE id = ANY (%s)", [keys])
            rows: dict[Any, list[str]] = dict(found.fetchall())
            partner = before.execute(
                "SELECT held_by FROM partners_partner WHERE id = %s", [active.partner_id]
            ).fetchone()
            before.rollback()
        assert [rows[key] for key in keys] == [[":"], ["risk:rita"], [], [":", "risk:rita"]]
        assert partner == ([":root"],)


@pytest.mark.usefixtures("office")
class TestOffice:
    @EACH
    @BOTH_ORDERS
    def test_names_all_who_stop_and_says_who_is_left(self, of: str, first: str, second: str) -> None:
        row = made(of)
        partner_id = row.pk if isinstance(row, Partner) else row.partner_id
        users = {role: person(role) for role in (first, second)}
        for user in users.values():
            run(log_in(user), type(row), "suspend", row.pk, reason="A concern")
        page = tab_of(Partner.objects.get(pk=partner_id), "overview")
        if isinstance(row, Tenant):
            page = f"/admin/partners/tenant/{row.pk}/change/"
        resumes = f"/admin/partners/{of}/{row.pk}/resume"
        for role, user in users.items():
            shown = text_of(log_in(user), page)
            for name, other in users.items():
                assert f"{other.username} ({name}) has stopped this {of}" in shown
            assert (resumes in shown) is (role == "compliance")
            assert f"/admin/partners/{of}/{row.pk}/suspend" not in shown
        officer, trader = log_in(users["compliance"]), log_in(person("risk"))
        run(officer, type(row), "resume", row.pk, reason="It is settled")
        told = text_of(officer, page)
        assert f"is still suspended. {users['risk'].username} (risk) has stopped this {of}" in told
        assert resumes not in told
        run(trader, type(row), "resume", row.pk, reason="It is settled")
        assert "is active again" in text_of(trader, page)
        assert held(row) == []
