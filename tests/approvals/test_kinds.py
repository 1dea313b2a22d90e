"""Each kind of request, from the asking to what it changes, and what the database refuses around it."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import IntegrityError, ProgrammingError
from django.urls import reverse
from django.utils.timezone import now

from approvals.models import ApprovalRequest
from approvals.rules import OwnRequest, PermitMissing, RequestOvertaken
from approvals.services import carry_out, edit_request, expire_requests, list_interrupted
from core.models import StaffUser
from partners.models import ClientSecret, ExchangeRate, Partner, TenantKind
from partners.services import enter_exchange_rate, issue_secret
from partners.services.client_secrets import newest_secret
from partners.services.four_eyes import (
    issue_production_secret,
    request_exchange_rate,
    request_production_secret,
)
from settlement.models import Payer, Plan
from settlement.services import agree_plan
from settlement.services.plans import PlanTerms, request_plan
from sportsbook.models import Fixture, Result
from sportsbook.services.resettling import needs_second_person, request_resettlement
from sportsbook.services.results import enter_result
from staff.services.roles import request_role
from tests.approvals.makers import approve
from tests.makers.bets import make_bettor, placed, settle_fixture
from tests.makers.partners import make_client, make_currency, make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import make_plan
from tests.makers.sportsbook import make_fixture
from tests.makers.staff import log_in, make_user
from tests.office.commanding import run

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


def decider(kind: str) -> StaffUser:
    return make_user("approvals.change_approvalrequest", f"approvals.decide_{kind}")


class TestExchangeRate:
    def asked(self) -> ApprovalRequest:
        return request_exchange_rate(
            base=make_currency(),
            quote="USD",
            valid_date=date(2026, 3, 1),
            rate=Decimal("1.25"),
            source="desk",
            reason="Month end",
            requested_by=make_user("partners.change_exchangerate"),
            requested_at=now(),
        )

    def test_is_entered_when_it_is_approved(self) -> None:
        request = self.asked()
        rates = ExchangeRate.objects.filter(base_id=request.payload["proposed"]["base"])
        assert not rates.exists()
        approve(request, decider("exchange_rate"))
        assert [rate.rate for rate in rates] == [Decimal("1.25")]

    def test_that_was_entered_meanwhile_makes_the_request_void(self) -> None:
        request = self.asked()
        with acting_as("b2b_jobs"):
            enter_exchange_rate(
                base=request.payload["proposed"]["base"],
                quote="USD",
                valid_date=date(2026, 3, 1),
                rate=Decimal(2),
                source="file",
                entered_at=now(),
            )
        with pytest.raises(RequestOvertaken):
            approve(request, decider("exchange_rate"))

    def test_is_not_entered_alone(self) -> None:
        with pytest.raises(ProgrammingError, match="two people"):
            enter_exchange_rate(
                base=make_currency(),
                quote="USD",
                valid_date=date(2026, 3, 1),
                rate=Decimal(2),
                source="desk",
                entered_at=now(),
            )


class TestProductionCredentials:
    def test_are_issued_once_by_who_asked(self) -> None:
        client = make_client(make_tenant(TenantKind.PRODUCTION)).client
        asker, other = make_user("partners.change_apiclient"), make_user("partners.change_apiclient")
        request = request_production_secret(
            client_id=client.pk, reason="Go-live", requested_by=asker, requested_at=now()
        )
        with pytest.raises(PermitMissing):
            issue_production_secret(client_id=client.pk, issued_by=asker, issued_at=now())
        request = approve(request, decider("production_credentials"))
        assert (request.status, request.executed_at) == ("approved", None)
        with pytest.raises(PermitMissing):
            issue_production_secret(client_id=client.pk, issued_by=other, issued_at=now())
        issue_production_secret(client_id=client.pk, issued_by=asker, issued_at=now())
        request.refresh_from_db()
        assert request.executed_at is not None
        assert ClientSecret.objects.filter(client=client).count() == 2
        with pytest.raises(PermitMissing):
            issue_production_secret(client_id=client.pk, issued_by=asker, issued_at=now())

    def test_are_not_issued_alone(self) -> None:
        client = make_client(make_tenant(TenantKind.PRODUCTION)).client
        with pytest.raises(ProgrammingError, match="two people"):
            issue_secret(client_id=client.pk, issued_at=now())

    def test_that_nobody_issued_in_time_expire(self) -> None:
        client = make_client(make_tenant(TenantKind.PRODUCTION)).client
        asker = make_user("partners.change_apiclient")
        request = request_production_secret(
            client_id=client.pk, reason="Go-live", requested_by=asker, requested_at=now()
        )
        request = approve(request, decider("production_credentials"))
        with pytest.raises(PermitMissing):
            issue_production_secret(
                client_id=client.pk, issued_by=asker, issued_at=request.expires_at + timedelta(seconds=1)
            )
        expire_requests(at=request.expires_at)
        request.refresh_from_db()
        assert request.status == "expired"


class TestEndOfASecret:
    def test_is_given_when_it_is_issued_and_shown_on_the_page(self) -> None:
        made, browser = make_client(make_tenant()), log_in(make_user(roles=("account_manager",)))
        Partner.objects.filter(pk=made.client.tenant.partner_id).update(
            account_manager=browser.session["_auth_user_id"]
        )
        row = made.client
        answer = browser.post(
            reverse("admin:partners_apiclient_rotate", args=(row.pk,)),
            {"overlap_hours": "24", "lifetime_days": "90", "newest_seen": newest_secret(row.pk)},
        )
        assert answer.status_code == 200
        old, fresh = row.secrets.order_by("created_at")
        assert timedelta(hours=23) < old.expires_at - now() <= timedelta(hours=24)
        assert timedelta(days=89) < fresh.expires_at - now() <= timedelta(days=90)
        page = browser.get(reverse("admin:partners_apiclient_change", args=(row.pk,))).content.decode()
        assert "Ends in 23 h" in page
        assert "Ends in 89 days" in page

    def test_is_never_put_off_and_the_secret_never_exchanged(self) -> None:
        row = make_client(make_tenant()).client
        with acting_as("b2b_jobs"):
            ClientSecret.objects.filter(client=row).update(expires_at=now() + timedelta(days=1))
        for values in (
            {"expires_at": now() + timedelta(days=2)},
            {"expires_at": None},
            {"digest": b"1" * 32},
        ):
            with acting_as("b2b_owner"), pytest.raises(IntegrityError, match="put off"):
                ClientSecret.objects.filter(client=row).update(**values)


class TestCommissionRate:
    def asked(self, rate: str = "0.2", *, by: StaffUser | None = None) -> tuple[UUID, ApprovalRequest]:
        tenant = make_tenant()
        make_plan(tenant)
        terms = PlanTerms(Decimal(rate), "EUR", Payer.PLATFORM, date(2026, 2, 1))
        request = request_plan(
            tenant_id=tenant.pk,
            terms=terms,
            reason="Signed",
            requested_by=by or make_user("settlement.add_plan"),
            requested_at=now(),
        )
        return tenant.pk, request

    def test_is_agreed_when_it_is_approved(self) -> None:
        tenant_id, request = self.asked()
        done = approve(request, decider("rate_change"))
        assert done.executed_at is not None
        plan = Plan.objects.filter(tenant_id=tenant_id).latest("version")
        assert (plan.version, plan.rate) == (2, Decimal("0.2"))

    def test_is_made_once_however_often_it_is_taken_up(self) -> None:
        tenant_id, request = self.asked()
        done = approve(request, decider("rate_change"))
        with acting_as("b2b_jobs"):
            assert request.pk not in list_interrupted(before=now() + timedelta(days=1))
            carry_out(request_id=done.pk, at=now())
        assert Plan.objects.filter(tenant_id=tenant_id).count() == 2

    def test_edited_after_the_approval_is_void_and_asked_anew(self) -> None:
        asker = make_user("settlement.add_plan")
        tenant_id, request = self.asked(by=asker)
        approved_only(request, decider("rate_change"))
        edited = edit_request(
            request_id=request.pk,
            changes={"rate": "0.9"},
            reason="Better",
            edited_by=asker,
            edited_at=now(),
        )
        request.refresh_from_db()
        assert (request.status, edited.status) == ("void", "pending")
        assert edited.pk != request.pk
        with acting_as("b2b_jobs"):
            carry_out(request_id=request.pk, at=now())
        assert Plan.objects.filter(tenant_id=tenant_id).count() == 1

    @pytest.mark.parametrize("day", ["9999-12-31", "0026-03-01", "soon"])
    def test_edited_to_a_mistyped_year_is_refused_at_its_field(self, day: str) -> None:
        asker = make_user("settlement.add_plan", "approvals.add_approvalrequest")
        _, request = self.asked(by=asker)
        answer = run(
            log_in(asker), ApprovalRequest, "edit", request.pk, rate="0.2", validFrom=day, reason="Later"
        )
        assert "check the year" in answer.content.decode() or "begins on a day" in answer.content.decode()
        request.refresh_from_db()
        assert request.payload["proposed"]["validFrom"] == "2026-02-01"

    def test_interrupted_after_the_approval_is_taken_up_by_the_jobs(self) -> None:
        tenant_id, request = self.asked()
        approved_only(request, decider("rate_change"))
        with acting_as("b2b_jobs"):
            assert request.pk in list_interrupted(before=now() + timedelta(days=1))
            carry_out(request_id=request.pk, at=now())
            assert Plan.objects.filter(tenant_id=tenant_id).count() == 2

    def test_that_cannot_be_made_any_more_fails_and_says_why(self) -> None:
        tenant_id, request = self.asked()
        approved_only(request, decider("rate_change"))
        with acting_as("b2b_jobs"):
            agree_plan(
                tenant_id=tenant_id,
                rate=Decimal("0.1"),
                currency="EUR",
                payer=Payer.PLATFORM,
                valid_from_date=date(2026, 4, 1),
                agreed_at=now(),
            )
            carry_out(request_id=request.pk, at=now())
        request.refresh_from_db()
        assert request.status == "failed"
        assert "Another plan has been agreed" in request.failure

    def test_is_not_agreed_alone(self) -> None:
        with pytest.raises(ProgrammingError, match="two people"):
            agree_plan(
                tenant_id=make_tenant().pk,
                rate=Decimal("0.1"),
                currency="EUR",
                payer=Payer.PLATFORM,
                valid_from_date=date(2026, 4, 1),
                agreed_at=now(),
            )


def approved_only(request: ApprovalRequest, by: StaffUser) -> None:
    """Approve without the change being made: as if the process had died in between."""
    ApprovalRequest.objects.filter(pk=request.pk).update(
        status="approved", decided_by=by, decided_at=now(), decided_digest=request.payload_digest
    )


class TestResettlement:
    def settled(self) -> Fixture:
        made = make_fixture(starts_at=now() - timedelta(hours=3))
        enter_result(fixture_id=made.id, home=1, away=0, entered_by="test", entered_at=now())
        with acting_as("b2b_jobs"):
            settle_fixture(made.id)
            Fixture.objects.filter(pk=made.id).update(settled_number=1)
        return Fixture.objects.get(pk=made.id)

    def asked(self, fixture: Fixture, by: StaffUser | None = None) -> ApprovalRequest:
        return request_resettlement(
            fixture_id=fixture.pk,
            home=2,
            away=0,
            reason="Goal given late",
            requested_by=by or make_user("sportsbook.add_result"),
            requested_at=now(),
        )

    def test_is_made_when_it_is_approved(self) -> None:
        fixture = self.settled()
        assert needs_second_person(fixture)
        approve(self.asked(fixture), decider("resettlement"))
        latest = Result.objects.filter(fixture=fixture).latest("number")
        assert (latest.number, latest.home, latest.reason) == (2, 2, "Goal given late")

    def test_of_another_result_than_was_read_is_void(self) -> None:
        fixture = self.settled()
        request = self.asked(fixture)
        with acting_as("b2b_jobs"):
            enter_result(fixture_id=fixture.pk, home=3, away=0, entered_by="feed", entered_at=now())
        with pytest.raises(RequestOvertaken):
            approve(request, decider("resettlement"))

    def test_is_not_made_alone(self) -> None:
        fixture = self.settled()
        with pytest.raises(ProgrammingError, match="two people"):
            enter_result(fixture_id=fixture.pk, home=3, away=0, entered_by="test", entered_at=now())

    def test_of_a_rehearsal_needs_nobody(self) -> None:
        made = make_fixture()
        with acting_as("b2b_jobs"):
            placed(make_bettor(make_tenant()), made.outcome())
        for home in (1, 2):
            enter_result(
                fixture_id=made.id, home=home, away=0, entered_by="test", entered_at=now(), rehearsal=True
            )
            with acting_as("b2b_jobs"):
                settle_fixture(made.id)
        assert not needs_second_person(Fixture.objects.get(pk=made.id))


class TestRoleGrant:
    def test_is_given_when_it_is_approved(self) -> None:
        user, asker = make_user(), make_user("core.change_staffuser")
        request_role(user=user, role="trader", reason="New desk", requested_by=asker, requested_at=now())
        request = ApprovalRequest.objects.get(subject_id=f"{user.pk}/trader")
        assert not user.groups.exists()
        with pytest.raises(OwnRequest):
            approve(request, asker)
        approve(request, decider("role_grant"))
        assert [group.name for group in user.groups.all()] == ["trader"]

    def test_is_not_given_alone(self) -> None:
        user = make_user()
        with pytest.raises(ProgrammingError, match="two people"):
            user.groups.add(*make_user(roles=("trader",)).groups.all())
