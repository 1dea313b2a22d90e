"""What compliance stopped, nobody lets go on by hand: not the service, not SQL, not a move."""

from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction

from core.clock import now
from partners.compliance.services import reopen_evidence
from partners.models import Partner, Tenant
from partners.onboarding.models import ComplianceArea
from partners.onboarding.services import move_partner, pause_partner, unpause_partner
from partners.onboarding.services.moves import StepIncomplete
from partners.onboarding.stages import Stage
from partners.services import create_client, create_tenant, resume_tenant, suspend_tenant
from partners.services.admitting import ProductionNotReached
from partners.services.stops import ProductionNotCompliant
from tests.makers.compliance import accept, accept_all
from tests.makers.onboarding import make_partner_at, register
from tests.makers.partners import make_tenant

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]


def resume_by_sql(tenant: Tenant) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE partners_tenant SET status = 'active' WHERE id = %s", [tenant.pk])


def status_of(tenant: Tenant) -> str:
    tenant.refresh_from_db()
    return tenant.status


def production() -> Tenant:
    """Return the production tenant of a partner that has gone the whole way to Live."""
    return Tenant.objects.get(partner=make_partner_at(Stage.LIVE), kind="production")


def reopened() -> tuple[Tenant, UUID]:
    """Return a production tenant that a reopened document has stopped, and the document."""
    tenant = make_tenant("production", allowed_ips=["192.0.2.0/24"])
    made = accept_all(tenant.partner)["gaming_licence"]
    reopen_evidence(evidence_id=made.pk, reopened_at=now(), reason="The authority withdrew it")
    return tenant, made.pk


def ready_without_production() -> Partner:
    """Return a partner that has arrived at Deployment, and then lost an area that was accepted."""
    partner = make_partner_at(Stage.DEPLOYMENT)
    ComplianceArea.objects.filter(partner=partner, area="aml").update(status="expired")
    return partner


class TestOpenProduction:
    def test_is_refused_where_an_area_was_lost_since(self) -> None:
        partner = ready_without_production()
        with pytest.raises(ProductionNotCompliant, match="Anti-money-laundering \\(expired\\)"):
            create_tenant(partner_id=partner.pk, kind="production", currencies=("EUR",), created_at=now())
        assert not Tenant.objects.filter(partner=partner, kind="production").exists()

    def test_is_refused_by_the_database_too(self) -> None:
        partner = ready_without_production()
        with pytest.raises(IntegrityError, match="accepted; open: aml"), transaction.atomic():
            Tenant.objects.create(partner=partner, kind="production", ramp_percent=10, created_at=now())

    def test_is_taken_before_there_can_be_credentials(self) -> None:
        partner = register()
        tenant = create_tenant(
            partner_id=partner.pk, kind="production", currencies=("EUR",), created_at=now()
        )
        assert status_of(tenant) == "active"
        with pytest.raises(ProductionNotReached):
            create_client(tenant_id=tenant.pk, name="system", scopes=("bets:read",), created_at=now())


class TestResumeProduction:
    def test_is_refused_while_an_area_is_open_and_names_it(self) -> None:
        tenant, _ = reopened()
        with pytest.raises(ProductionNotCompliant, match="Local licence \\(in review\\)") as refused:
            resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason="The partner asked")
        assert refused.value.details == {"areas": ["local_licence"]}
        assert status_of(tenant) == "suspended"

    def test_is_refused_by_the_database_too(self) -> None:
        tenant, _ = reopened()
        with pytest.raises(IntegrityError, match="five areas of compliance accepted; open: local_licence"):
            resume_by_sql(tenant)

    def test_goes_by_itself_once_the_area_is_accepted_again(self) -> None:
        tenant, evidence_id = reopened()
        accept(evidence_id)
        assert status_of(tenant) == "active"

    def test_is_refused_while_compliance_has_not_lifted_its_suspension(self) -> None:
        tenant, _ = reopened()
        ComplianceArea.objects.filter(partner=tenant.partner).update(status="accepted")
        with pytest.raises(ProductionNotCompliant, match="Compliance has stopped production"):
            resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason="All is accepted")
        with pytest.raises(IntegrityError, match="while compliance has stopped it"):
            resume_by_sql(tenant)

    def test_is_refused_for_an_area_lost_while_staff_had_stopped_it(self) -> None:
        tenant = production()
        suspend_tenant(tenant_id=tenant.pk, suspended_at=now(), reason="Unpaid")
        ComplianceArea.objects.filter(partner=tenant.partner, area="aml").update(status="expired")
        with pytest.raises(ProductionNotCompliant, match="Anti-money-laundering \\(expired\\)"):
            resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason="Paid")

    def test_is_refused_while_the_business_has_lapsed(self) -> None:
        tenant = production()
        suspend_tenant(tenant_id=tenant.pk, suspended_at=now(), reason="Unpaid")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE partners_licence SET expires_on = issued_on + 1 WHERE partner_id = %s",
                [tenant.partner_id],
            )
        with pytest.raises(ProductionNotCompliant, match="a licence has expired"):
            resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason="Paid")
        with pytest.raises(IntegrityError, match="has lapsed: licence"):
            resume_by_sql(tenant)

    def test_is_taken_where_staff_alone_had_stopped_it(self) -> None:
        tenant = production()
        suspend_tenant(tenant_id=tenant.pk, suspended_at=now(), reason="Unpaid")
        resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason="Paid")
        assert status_of(tenant) == "active"

    @pytest.mark.parametrize("stage", [Stage.MAINTENANCE, Stage.DEPLOYMENT])
    def test_is_not_reached_by_a_move(self, stage: Stage) -> None:
        tenant, _ = reopened()
        move_partner(partner_id=tenant.partner_id, to_stage=stage, moved_at=now(), reason="Try")
        with pytest.raises(ProductionNotCompliant):
            resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason="Try")
        assert status_of(tenant) == "suspended"

    def test_is_not_reached_by_a_pause(self) -> None:
        tenant, _ = reopened()
        pause_partner(partner_id=tenant.partner_id, paused_at=now(), reason="Try")
        with pytest.raises(StepIncomplete, match="five areas"):
            unpause_partner(partner_id=tenant.partner_id, unpaused_at=now(), reason="Try")
        assert status_of(tenant) == "suspended"
