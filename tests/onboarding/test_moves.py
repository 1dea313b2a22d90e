"""A partner goes step by step, and nothing lets it skip one: not the services, not SQL."""

from itertools import pairwise
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from core.audit import acting
from core.clock import now
from partners.models import Partner, Tenant
from partners.onboarding.models import ComplianceArea, OnboardingMove
from partners.onboarding.queries import list_steps, list_transitions
from partners.onboarding.services import (
    StepIncomplete,
    StepNotAllowed,
    decline_partner,
    move_partner,
    pause_partner,
    take_over_partner,
    terminate_partner,
    unpause_partner,
    withdraw_certification,
)
from partners.onboarding.services.moves import ReasonMissing
from partners.onboarding.stages import WAY, Stage
from partners.services import change_partner, change_tenant, create_client, issue_secret, resume_tenant
from partners.services.admitting import ProductionNotReached
from partners.services.stops import PartnerEnded, PartnerStopped
from tests.makers.onboarding import REQUIRED, accept_areas, certify, make_partner_at, meet, register
from tests.makers.roles import acting_as

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_office")]


def run(sql: str, *params: str | UUID) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)


def move_by_sql(partner: Partner, left: str, entered: str) -> None:
    run(
        "INSERT INTO partners_onboardingmove (id, partner_id, number, from_stage, to_stage, moved_by, "
        "moved_at, reason, tenant_suspended, transaction_id) VALUES (core_uuid7(), "
        "%s, 1, %s, %s, 'me', now(), 'so', false, 0)",
        partner.pk,
        left,
        entered,
    )


def production_status(partner_id: UUID) -> str:
    return Tenant.objects.get(partner_id=partner_id, kind="production").status


class TestRegisterPartner:
    def test_partner_begins_with_five_areas_and_a_test_tenant(self) -> None:
        partner = register()
        assert partner.stage == "registered"
        assert ComplianceArea.objects.filter(partner=partner, status="missing").count() == 5
        assert [tenant.kind for tenant in Tenant.objects.filter(partner=partner)] == ["test"]

    def test_partner_cannot_begin_further_on(self) -> None:
        with pytest.raises(IntegrityError, match="begins at registered"):
            Partner.objects.create(
                name="Skipped", country="MT", stage="live", stage_since=now(), created_at=now()
            )


class TestMovePartner:
    def test_partner_goes_the_whole_way(self) -> None:
        partner = make_partner_at(Stage.MAINTENANCE)
        moves = OnboardingMove.objects.filter(partner=partner).order_by("number")
        assert [(move.number, move.to_stage) for move in moves] == list(enumerate(WAY[1:], start=1))

    def test_move_says_who_when_and_why(self) -> None:
        partner, at = make_partner_at(Stage.COMPLIANCE), now()
        with acting("anna"):
            move_partner(partner_id=partner.pk, to_stage=Stage.REGISTERED, moved_at=at, reason=" Redo. ")
        move = OnboardingMove.objects.filter(partner=partner).latest("number")
        assert (move.moved_by, move.moved_at, move.reason) == ("anna", at, "Redo.")
        partner.refresh_from_db()
        assert (partner.stage, partner.stage_since) == ("registered", at)

    def test_refusal_names_all_that_is_missing(self) -> None:
        partner = register()
        with pytest.raises(StepIncomplete) as caught:
            move_partner(partner_id=partner.pk, to_stage=Stage.COMPLIANCE, moved_at=now(), reason="Go")
        assert (caught.value.details or {})["missing"] == ["account_manager", "company", "primary_contact"]
        assert "Account manager named" in caught.value.message

    def test_move_without_a_reason_is_refused(self) -> None:
        with pytest.raises(ReasonMissing):
            pause_partner(partner_id=register().pk, paused_at=now(), reason="  ")

    @pytest.mark.parametrize("entered", [stage for stage in REQUIRED if REQUIRED[stage]])
    def test_each_requirement_by_itself_holds_the_partner_back(self, entered: Stage) -> None:
        partner = make_partner_at(WAY[WAY.index(entered) - 1])
        for fact in REQUIRED[entered]:
            step = list_steps([partner])[partner.pk].to(entered)
            assert step is not None
            assert fact in step.missing
            with pytest.raises(StepIncomplete):
                move_partner(partner_id=partner.pk, to_stage=entered, moved_at=now(), reason="Go")
            with pytest.raises(IntegrityError, match="missing"):
                move_by_sql(partner, partner.stage, entered)
            meet(partner.pk, fact)
        move_partner(partner_id=partner.pk, to_stage=entered, moved_at=now(), reason="Go")

    def test_withdrawn_certification_counts_no_more(self) -> None:
        partner = make_partner_at(Stage.TESTING)
        accept_areas(partner.pk)
        certification = certify(partner.pk)
        withdraw_certification(certification_id=certification.pk, withdrawn_at=now(), reason="Wrong build")
        step = list_steps([partner])[partner.pk].to(Stage.DEPLOYMENT)
        assert step is not None
        assert "certification" in step.missing

    def test_transitions_require_what_is_written_down(self) -> None:
        transitions = list_transitions()
        for left, entered in pairwise(WAY):
            assert set(REQUIRED[entered]) <= set(transitions[left][entered])


class TestStage:
    def test_stage_is_not_changed_by_hand(self) -> None:
        partner = make_partner_at(Stage.COMPLIANCE)
        for change in ("stage = 'registered'", "stage = 'live'", "stage_since = now()"):
            with pytest.raises(IntegrityError, match="by a move alone"):
                run(f"UPDATE partners_partner SET {change} WHERE id = %s", partner.pk)

    def test_old_move_does_not_serve_again(self) -> None:
        partner = make_partner_at(Stage.COMPLIANCE)
        move_partner(partner_id=partner.pk, to_stage=Stage.REGISTERED, moved_at=now(), reason="Redo")
        with pytest.raises(IntegrityError, match="by a move alone"):
            run("UPDATE partners_partner SET stage = 'compliance' WHERE id = %s", partner.pk)

    def test_move_from_elsewhere_is_refused(self) -> None:
        with pytest.raises(IntegrityError, match="the partner is at registered"):
            move_by_sql(register(), "deployment", "live")

    def test_staff_take_nobody_over(self) -> None:
        partner = register()
        with pytest.raises(StepNotAllowed):
            move_partner(partner_id=partner.pk, to_stage=Stage.LIVE, moved_at=now(), reason="Quick")
        with pytest.raises(IntegrityError, match="missing takeover"):
            take_over_partner(partner_id=partner.pk, taken_over_at=now())
        with acting_as("b2b_jobs"):
            assert take_over_partner(partner_id=partner.pk, taken_over_at=now()).to_stage == "live"

    def test_nobody_edits_moves_or_transitions(self) -> None:
        for sql in (
            "UPDATE partners_onboardingmove SET moved_by = 'x'",
            "DELETE FROM partners_onboardingmove",
            "UPDATE partners_onboardingtransition SET requires = '{}'",
        ):
            with pytest.raises(ProgrammingError, match="permission denied"):
                run(sql)


class TestPausePartner:
    def test_pause_stops_production_and_its_end_starts_it(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        pause_partner(partner_id=partner.pk, paused_at=now(), reason="Unpaid")
        assert production_status(partner.pk) == "suspended"
        unpause_partner(partner_id=partner.pk, unpaused_at=now(), reason="Paid")
        partner.refresh_from_db()
        assert (partner.stage, production_status(partner.pk)) == ("live", "active")

    def test_partner_goes_on_where_it_was_and_nowhere_else(self) -> None:
        partner = make_partner_at(Stage.CREDENTIALS)
        pause_partner(partner_id=partner.pk, paused_at=now(), reason="Waits")
        for stage in (Stage.COMPLIANCE, Stage.DOCUMENTATION, Stage.DEPLOYMENT):
            with pytest.raises(StepNotAllowed):
                move_partner(partner_id=partner.pk, to_stage=stage, moved_at=now(), reason="Jump")
            with pytest.raises(IntegrityError, match="missing"):
                move_by_sql(partner, "paused", stage)
        unpause_partner(partner_id=partner.pk, unpaused_at=now(), reason="Back")
        partner.refresh_from_db()
        assert partner.stage == "credentials"

    def test_live_partner_that_lost_an_area_stays_paused(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        pause_partner(partner_id=partner.pk, paused_at=now(), reason="Licence")
        ComplianceArea.objects.filter(partner=partner, area="aml").update(status="expired")
        with pytest.raises(StepIncomplete, match="five areas"):
            unpause_partner(partner_id=partner.pk, unpaused_at=now(), reason="Back")

    def test_production_is_not_resumed_meanwhile(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        pause_partner(partner_id=partner.pk, paused_at=now(), reason="Unpaid")
        tenant = Tenant.objects.get(partner=partner, kind="production")
        with pytest.raises(PartnerStopped):
            resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason="Back")
        with pytest.raises(IntegrityError, match="not active while its partner is paused"):
            run("UPDATE partners_tenant SET status = 'active' WHERE id = %s", tenant.pk)

    def test_sql_does_not_pause_a_partner_in_production(self) -> None:
        with pytest.raises(IntegrityError, match="production tenant is active"):
            move_by_sql(make_partner_at(Stage.LIVE), "live", "paused")


class TestEnd:
    def test_terminated_partner_is_shut_out_for_good(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        terminate_partner(partner_id=partner.pk, terminated_at=now(), reason="Contract ended")
        assert set(Tenant.objects.filter(partner=partner).values_list("status", flat=True)) == {"suspended"}
        assert list_steps([Partner.objects.get(pk=partner.pk)])[partner.pk].steps == ()

    @pytest.mark.parametrize("kind", ["test", "production"])
    def test_no_tenant_of_a_terminated_partner_goes_on(self, kind: str) -> None:
        partner = make_partner_at(Stage.LIVE)
        terminate_partner(partner_id=partner.pk, terminated_at=now(), reason="Contract ended")
        tenant = Tenant.objects.get(partner=partner, kind=kind)
        with pytest.raises(PartnerEnded):
            resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason="Again")
        with pytest.raises(IntegrityError, match="no tenant is active of a partner that is terminated"):
            run("UPDATE partners_tenant SET status = 'active' WHERE id = %s", tenant.pk)
        with pytest.raises(PartnerEnded):
            change_tenant(tenant_id=tenant.pk, changes={"requests_per_minute": 5}, changed_at=now())

    def test_sql_does_not_end_a_partner_with_an_active_tenant(self) -> None:
        with pytest.raises(IntegrityError, match="while a tenant of it is active"):
            move_by_sql(make_partner_at(Stage.COMPLIANCE), "compliance", "declined")

    def test_records_of_an_ended_partner_stay_as_they_are(self) -> None:
        partner = make_partner_at(Stage.COMPLIANCE)
        decline_partner(partner_id=partner.pk, declined_at=now(), reason="Sanctioned owner")
        with pytest.raises(PartnerEnded):
            change_partner(partner_id=partner.pk, changes={"legal_name": "Other Ltd"}, changed_at=now())
        for fact in ("company", "primary_contact", "owners", "directors", "licences"):
            with pytest.raises(PartnerEnded):
                meet(partner.pk, fact)
        meet(partner.pk, "account_manager")

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE partners_partner SET legal_name = 'Other Ltd' WHERE id = %s",
            "UPDATE partners_company SET registration_number = 'C 1' WHERE partner_id = %s",
            "UPDATE partners_beneficialowner SET name = 'Other' WHERE partner_id = %s",
            "UPDATE partners_contact SET is_active = false WHERE partner_id = %s",
            "UPDATE partners_tenant SET requests_per_minute = 5 WHERE partner_id = %s",
            "INSERT INTO partners_licence (id, partner_id, jurisdiction, authority, number, issued_on) "
            "VALUES (core_uuid7(), %s, 'MT', 'MGA', 'B2B/1', '2026-01-01')",
        ],
        ids=lambda statement: statement.split()[1] + " " + statement.split()[2],
    )
    def test_sql_changes_no_record_of_an_ended_partner(self, statement: str) -> None:
        partner = make_partner_at(Stage.CREDENTIALS)
        decline_partner(partner_id=partner.pk, declined_at=now(), reason="Sanctioned owner")
        with pytest.raises(IntegrityError, match="of a partner that is declined stay as they are"):
            run(statement, partner.pk)

    def test_declined_partner_is_shut_out_for_good(self) -> None:
        partner = make_partner_at(Stage.COMPLIANCE)
        decline_partner(partner_id=partner.pk, declined_at=now(), reason="Sanctioned owner")
        with pytest.raises(StepNotAllowed):
            move_partner(partner_id=partner.pk, to_stage=Stage.COMPLIANCE, moved_at=now(), reason="Again")


class TestProductionCredentials:
    def test_none_before_deployment(self) -> None:
        partner = make_partner_at(Stage.TESTING)
        meet(partner.pk, "production_tenant")
        tenant = Tenant.objects.get(partner=partner, kind="production")
        with pytest.raises(ProductionNotReached):
            create_client(tenant_id=tenant.pk, name="early", scopes=("bets:read",), created_at=now())

    def test_test_client_does_not_become_one_of_production(self) -> None:
        partner = make_partner_at(Stage.TESTING)
        meet(partner.pk, "production_tenant")
        tenant = Tenant.objects.get(partner=partner, kind="production")
        with pytest.raises(IntegrityError, match="no production credentials at the stage testing"):
            run(
                "UPDATE partners_apiclient SET tenant_id = %s WHERE tenant_id IN "
                "(SELECT id FROM partners_tenant WHERE partner_id = %s AND kind = 'test')",
                tenant.pk,
                partner.pk,
            )
        with pytest.raises(IntegrityError, match="keeps its partner and its kind"):
            run("UPDATE partners_tenant SET kind = 'test' WHERE id = %s", tenant.pk)

    def test_no_new_secret_after_going_back(self) -> None:
        partner = make_partner_at(Stage.LIVE)
        client = Tenant.objects.get(partner=partner, kind="production").clients.get()
        move_partner(partner_id=partner.pk, to_stage=Stage.DEPLOYMENT, moved_at=now(), reason="Back")
        move_partner(partner_id=partner.pk, to_stage=Stage.TESTING, moved_at=now(), reason="Back")
        assert production_status(partner.pk) == "suspended"
        with pytest.raises(ProductionNotReached):
            issue_secret(client_id=client.pk, issued_at=now())
        with acting_as("b2b_jobs"), pytest.raises(IntegrityError, match="no production credentials"):
            run(
                "INSERT INTO partners_clientsecret (id, client_id, digest, hint, created_at, created_by) "
                "VALUES (core_uuid7(), %s, '', 'abcd', now(), 'me')",
                client.pk,
            )
