"""The ramp of a production tenant: raised by two people, lowered at once, held to where bets are placed."""

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from approvals.models import ApprovalRequest
from approvals.rules import NothingProposed, OwnRequest, RequestOvertaken
from core.clock import now
from core.ids import uuid7
from core.models import StaffUser
from partners.models import Tenant
from partners.rules import NOT_ROUTED, BadRampPercent, is_routed
from partners.services import create_tenant, lower_ramp, request_ramp_step
from partners.services.ramp import RampMoved, RampNotOpen
from sportsbook.rules.refusals import NotRouted
from tests.approvals.makers import approve
from tests.makers.bets import ask, make_bettor, place
from tests.makers.onboarding import register
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.sportsbook import make_fixture
from tests.makers.staff import log_in, make_user
from tests.office.commanding import run as press
from tests.office.makers import records_of

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


def manager() -> StaffUser:
    return make_user("partners.change_tenant", "partners.view_tenant")


def risk() -> StaffUser:
    return make_user(roles=("risk",))


def production(percent: int = 10) -> Tenant:
    """Return a production tenant with this ramp, of a partner that may be in production."""
    tenant = make_tenant("production")
    with acting_as("b2b_jobs"):
        Tenant.objects.filter(pk=tenant.pk).update(ramp_percent=percent)
    return tenant


def asked(tenant: Tenant, percent: int = 25, by: StaffUser | None = None) -> ApprovalRequest:
    return request_ramp_step(
        tenant_id=tenant.pk,
        percent=percent,
        reason="A week without errors",
        requested_by=by or manager(),
        requested_at=now(),
    )


def ramp_of(tenant: Tenant) -> int:
    return Tenant.objects.get(pk=tenant.pk).ramp_percent


class TestIsRouted:
    def test_takes_about_the_share_and_keeps_who_is_in(self) -> None:
        players = [uuid7() for _ in range(4000)]
        tenth = {player for player in players if is_routed(player, 10)}
        assert 280 < len(tenth) < 520
        assert all(is_routed(player, 25) for player in tenth)
        assert all(is_routed(player, 100) and not is_routed(player, 0) for player in players)


class TestNotRouted:
    def test_is_refused_with_the_code_that_counts_as_no_error(self) -> None:
        assert NotRouted.code == NOT_ROUTED


class TestRequestRampStep:
    def test_is_taken_when_it_is_approved(self) -> None:
        tenant = production()
        request = asked(tenant)
        assert ramp_of(tenant) == 10
        approve(request, risk())
        assert ramp_of(tenant) == 25
        assert "change ramp" in [each.action for each in records_of(tenant)]

    def test_is_not_approved_by_who_asked(self) -> None:
        both = make_user("partners.change_tenant", "approvals.decide_ramp_step")
        with pytest.raises(OwnRequest):
            approve(asked(production(), by=both), both)

    def test_from_another_ramp_than_was_read_is_void(self) -> None:
        tenant = production()
        request = asked(tenant)
        lower_ramp(tenant_id=tenant.pk, percent=5, lowered_at=now(), reason="Errors")
        with pytest.raises(RequestOvertaken):
            approve(request, risk())

    def test_of_a_test_tenant_is_refused(self) -> None:
        with pytest.raises(RampNotOpen):
            asked(make_tenant(), 50)

    def test_to_where_it_is_already_is_refused(self) -> None:
        with pytest.raises(NothingProposed):
            asked(production(), 10)

    @pytest.mark.parametrize("percent", [-1, 101])
    def test_to_no_share_is_refused(self, percent: int) -> None:
        with pytest.raises(BadRampPercent):
            asked(production(), percent)


class TestLowerRamp:
    def test_needs_nobody_else(self) -> None:
        tenant = production(50)
        press(log_in(manager()), Tenant, "change_ramp", tenant.pk, percent="20", reason="Errors")
        assert ramp_of(tenant) == 20

    def test_raises_nothing(self) -> None:
        tenant = production()
        with pytest.raises(RampMoved):
            lower_ramp(tenant_id=tenant.pk, percent=11, lowered_at=now(), reason="More")
        press(log_in(manager()), Tenant, "change_ramp", tenant.pk, percent="50", reason="More")
        assert ramp_of(tenant) == 10
        assert ApprovalRequest.objects.get(subject_id=str(tenant.pk)).kind == "ramp_step"


class TestDatabase:
    def test_refuses_one_person_who_routes_more(self) -> None:
        tenant = production()
        with pytest.raises(ProgrammingError, match="two people"), transaction.atomic():
            Tenant.objects.filter(pk=tenant.pk).update(ramp_percent=11)

    def test_lets_a_new_production_tenant_begin_with_a_tenth(self) -> None:
        tenant = create_tenant(
            partner_id=register().pk, kind="production", currencies=("EUR",), created_at=now()
        )
        assert ramp_of(tenant) == 10
        with pytest.raises(ProgrammingError, match="begins with"), transaction.atomic():
            Tenant.objects.create(partner=register(), kind="production", ramp_percent=11, created_at=now())

    def test_refuses_a_ramp_of_a_test_tenant(self) -> None:
        tenant = make_tenant()
        with acting_as("b2b_owner"), pytest.raises(IntegrityError, match="ramp"), transaction.atomic():
            Tenant.objects.filter(pk=tenant.pk).update(ramp_percent=50)


class TestPlacement:
    def test_takes_bets_of_those_in_the_ramp_alone(self) -> None:
        tenant = production(50)
        outcome = make_fixture().outcome()
        with acting_as("b2b_jobs"):
            players = [make_bettor(tenant) for _ in range(12)]
        with acting_as("b2b_api"):
            for player in players:
                (answer,) = place(player, ask(player, outcome))
                refused = None if answer.refusal is None else answer.refusal.code
                assert refused == (None if is_routed(player.id, 50) else "NOT_ROUTED")
