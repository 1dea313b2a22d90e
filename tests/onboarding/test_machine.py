"""Any sequence of moves: what is allowed happens, and all else is refused, by service and by SQL."""

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core.clock import now
from core.errors import Refusal
from partners.models import Partner, Tenant
from partners.onboarding.models import ComplianceArea, OnboardingMove
from partners.onboarding.services import move_partner
from partners.onboarding.stages import ENDED, PRODUCTION, WAY, Stage
from tests.makers.onboarding import make_partner_at, register
from tests.onboarding.test_moves import move_by_sql


def may_go(left: Stage, entered: Stage, paused_at: Stage | None, *, is_complete: bool) -> bool:
    """Say by the words of the issue alone whether a partner that has shown all else may take a step."""
    if left in (Stage.DECLINED, Stage.TERMINATED) or left == entered:
        return False
    if left is Stage.PAUSED:
        back = entered == paused_at and (is_complete or entered not in PRODUCTION)
        return entered is Stage.TERMINATED or back
    if entered is Stage.PAUSED:
        return True
    place = WAY.index(left)
    if entered is Stage.DECLINED:
        return left not in PRODUCTION
    if entered is Stage.TERMINATED:
        return place >= WAY.index(Stage.CREDENTIALS)
    further = WAY.index(entered) - place
    if abs(further) != 1:
        return False
    needs_all = entered in (Stage.DEPLOYMENT, Stage.LIVE) and (further == 1 or left is Stage.MAINTENANCE)
    return is_complete or not needs_all


class Onboarding(RuleBasedStateMachine):
    partner: Partner
    stage: Stage
    paused_at: Stage | None = None
    is_complete = True
    moves = 0

    @initialize(at=st.sampled_from((Stage.LIVE, Stage.MAINTENANCE)))
    def begin(self, at: Stage) -> None:
        self.partner = make_partner_at(at)
        self.stage, self.moves = at, WAY.index(at)

    @rule(accepted=st.booleans())
    def decide(self, accepted: bool) -> None:
        status = "accepted" if accepted else "expired"
        ComplianceArea.objects.filter(partner=self.partner, area="aml").update(status=status)
        self.is_complete = accepted

    @rule(entered=st.sampled_from(Stage))
    def move(self, entered: Stage) -> None:
        if may_go(self.stage, entered, self.paused_at, is_complete=self.is_complete):
            move_partner(partner_id=self.partner.pk, to_stage=entered, moved_at=now(), reason="Machine")
            self.paused_at = self.stage if entered is Stage.PAUSED else None
            self.stage, self.moves = entered, self.moves + 1
            if entered in PRODUCTION:
                Tenant.objects.filter(partner=self.partner).update(status="active")
            return
        with pytest.raises(Refusal):
            move_partner(partner_id=self.partner.pk, to_stage=entered, moved_at=now(), reason="Machine")
        with pytest.raises(IntegrityError):
            move_by_sql(self.partner, self.stage, entered)

    @rule(entered=st.sampled_from(Stage))
    def set_stage(self, entered: Stage) -> None:
        if entered != self.stage:
            with pytest.raises(IntegrityError):
                Partner.objects.filter(pk=self.partner.pk).update(stage=entered)

    @invariant()
    def row_is_where_the_moves_lead(self) -> None:
        found = Partner.objects.get(pk=self.partner.pk)
        assert (found.stage, OnboardingMove.objects.filter(partner=found).count()) == (self.stage, self.moves)
        if self.stage in {*ENDED, Stage.PAUSED}:
            assert not Tenant.objects.filter(partner=found, kind="production", status="active").exists()


@pytest.mark.role("b2b_office")
@pytest.mark.usefixtures("committed")
class TestEverySequence:
    def test_only_allowed_steps_happen(self) -> None:
        run_state_machine_as_test(
            Onboarding,
            settings=settings(
                max_examples=8,
                stateful_step_count=30,
                suppress_health_check=list(HealthCheck),
            ),
        )

    def test_no_step_out_of_turn_is_open_to_a_new_partner(self) -> None:
        partner = register()
        for entered in Stage:
            if entered in (Stage.PAUSED, Stage.DECLINED):
                continue
            with pytest.raises(Refusal):
                move_partner(partner_id=partner.pk, to_stage=entered, moved_at=now(), reason="Skip")
            with pytest.raises(IntegrityError):
                move_by_sql(partner, "registered", entered)
