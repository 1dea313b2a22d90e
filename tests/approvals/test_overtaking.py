"""What changes while a second person approves is not overwritten: the request is void, and the change stands.

Each change is made by a transaction of its own that the approval has to wait for.
"""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from approvals.models import ApprovalLetter, ApprovalRequest
from approvals.rules import RequestOvertaken
from approvals.services import carry_out, void_requests
from core.clock import now
from core.errors import Refusal
from partners.models import ApiClient, Tenant
from partners.services import change_client_scopes
from partners.services.four_eyes import (
    issue_production_secret,
    request_production_secret,
)
from risk.models import LimitKind
from risk.services.limits import LimitKey
from settlement.models import Payer, Plan
from settlement.services import agree_plan
from settlement.services.plans import PlanTerms, request_plan
from tests.approvals.makers import approve, run
from tests.approvals.overtaking import (
    CASES,
    Case,
    exchange_rate,
    lower,
    manager,
    own_limit,
    raise_of,
    ramp,
    waiting,
)
from tests.approvals.test_kinds import decider
from tests.approvals.test_production_access import READ, WRITE, change_networks, change_scopes, used_client
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import make_plan
from tests.makers.staff import make_user
from tests.makers.waiting import while_waiting

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


class TestApprovalThatWaitsForAChange:
    @pytest.mark.parametrize("make", CASES, ids=lambda make: make.__name__)
    def test_is_void_and_the_change_stands(self, make: Callable[[], Case]) -> None:
        case, refused = make(), []
        second = decider(case.request.kind)

        def decide() -> None:
            try:
                with acting_as("b2b_office"):
                    approve(case.request, second)
            except Refusal as refusal:
                refused.append(refusal)

        with acting_as(case.role):
            while_waiting(case.change, decide)
        case.request.refresh_from_db()
        assert (case.request.status, case.read()) == ("void", case.stays)
        assert [type(each) for each in refused] == [RequestOvertaken]


class TestPlan:
    def test_that_was_agreed_between_the_approval_and_the_making_stands(self) -> None:
        tenant = make_tenant()
        make_plan(tenant)
        request = request_plan(
            tenant_id=tenant.pk,
            terms=PlanTerms(Decimal("0.2"), "EUR", Payer.PLATFORM, date(2026, 5, 1)),
            reason="Signed",
            requested_by=make_user("settlement.add_plan"),
            requested_at=now(),
        )
        ApprovalRequest.objects.filter(pk=request.pk).update(
            status="approved",
            decided_by=decider("rate_change"),
            decided_at=now(),
            decided_digest=request.payload_digest,
        )
        with acting_as("b2b_jobs"):
            agree_plan(
                tenant_id=tenant.pk,
                rate=Decimal("0.1"),
                currency="EUR",
                payer=Payer.PLATFORM,
                valid_from_date=date(2026, 4, 1),
                agreed_at=now(),
            )
            carry_out(request_id=request.pk, at=now())
        request.refresh_from_db()
        assert request.status == "failed"
        assert Plan.objects.filter(tenant=tenant).latest("version").rate == Decimal("0.1")


class TestSecret:
    def test_is_not_issued_of_scopes_that_change_meanwhile(self) -> None:
        client, asker = used_client(), manager()
        request = request_production_secret(
            client_id=client.pk, reason="Go-live", requested_by=asker, requested_at=now()
        )
        approve(request, decider("production_credentials"))
        refused = []

        def issue() -> None:
            try:
                issue_production_secret(client_id=client.pk, issued_by=asker, issued_at=now())
            except Refusal as refusal:
                refused.append(refusal.code)

        while_waiting(
            lambda: change_client_scopes(client_id=client.pk, scopes=READ[:1], changed_at=now()), issue
        )
        request.refresh_from_db()
        assert (request.status, client.secrets.count()) == ("void", 1)
        assert len(refused) == 1


class TestNarrowing:
    @pytest.mark.parametrize("make", CASES[:7], ids=lambda make: make.__name__)
    def test_ends_the_request_at_once_and_tells_who_asked(self, make: Callable[[], Case]) -> None:
        case = make()
        with acting_as(case.role):
            case.change()
        case.request.refresh_from_db()
        assert case.request.status == "void"
        assert "has been changed since" in case.request.failure.replace("have", "has")
        assert ApprovalLetter.objects.filter(request=case.request, occasion="closed").exists()

    def test_makes_room_for_another_request(self) -> None:
        client, asker = used_client(), manager()
        change_scopes(client, READ + WRITE, asker)
        assert change_scopes(client, READ[:2], asker) is None
        assert waiting(change_scopes(client, READ, asker)).status == "pending"

    def test_that_changes_nothing_leaves_the_request(self) -> None:
        client, asker = used_client(), manager()
        request = waiting(change_scopes(client, READ + WRITE, asker))
        assert change_scopes(client, READ, asker) is None
        request.refresh_from_db()
        assert request.status == "pending"

    def test_of_a_limit_leaves_what_was_read_against_another(self) -> None:
        tenant = make_tenant()
        own = LimitKey(LimitKind.MAX_BET, False, tenant_id=tenant.pk)
        lower(own, "1000")
        request = raise_of(own, "5000")
        lower(LimitKey(LimitKind.MAX_BET, False, partner_id=tenant.partner_id), "7")
        request.refresh_from_db()
        assert request.status == "pending"

    def test_of_raw_scopes_ends_the_request_too(self) -> None:
        client, asker = used_client(), manager()
        request = waiting(change_scopes(client, READ + WRITE, asker))
        ApiClient.objects.filter(pk=client.pk).update(scopes=READ[:1])
        request.refresh_from_db()
        assert request.status == "void"


class TestDatabase:
    """Where the request was read against something else, what was approved is not written."""

    def approved(self, request: ApprovalRequest) -> None:
        ApprovalRequest.objects.filter(pk=request.pk).update(
            status="approved",
            decided_by=decider(request.kind),
            decided_at=now(),
            decided_digest=request.payload_digest,
        )

    def refuses(self, request: ApprovalRequest, narrow: tuple[str, Any], write: tuple[str, Any]) -> None:
        with transaction.atomic():
            self.approved(request)
            run(narrow[0], *narrow[1])
            with pytest.raises(ProgrammingError, match="two people"), transaction.atomic():
                run(write[0], *write[1])
            transaction.set_rollback(True)

    def test_refuses_scopes(self) -> None:
        client = used_client()
        request = waiting(change_scopes(client, READ + WRITE, manager()))
        sql = "UPDATE partners_apiclient SET scopes = %s WHERE id = %s"
        wanted = request.payload["proposed"]["scopes"]
        self.refuses(request, (sql, (READ[:1], client.pk)), (sql, (wanted, client.pk)))

    def test_refuses_networks(self) -> None:
        tenant = used_client().tenant
        with acting_as("b2b_jobs"):
            Tenant.objects.filter(pk=tenant.pk).update(allowed_ips=["192.0.2.0/24"])
        wanted = ["192.0.2.0/24", "198.51.100.0/24"]
        request = waiting(change_networks(tenant, wanted, manager()))
        sql = "UPDATE partners_tenant SET allowed_ips = %s WHERE id = %s"
        self.refuses(request, (sql, ([], tenant.pk)), (sql, (wanted, tenant.pk)))

    def test_refuses_a_ramp(self) -> None:
        request = ramp().request
        sql = "UPDATE partners_tenant SET ramp_percent = %s WHERE id = %s"
        self.refuses(request, (sql, (0, request.subject_id)), (sql, (20, request.subject_id)))

    def test_refuses_a_limit(self) -> None:
        request = own_limit().request
        tenant = request.payload["proposed"]["tenant"]
        sql = "UPDATE risk_limit SET amount = %s WHERE tenant_id = %s"
        self.refuses(request, (sql, ("0.0005", tenant)), (sql, ("5000", tenant)))

    def test_refuses_a_rate(self) -> None:
        request = exchange_rate().request
        base = request.payload["proposed"]["base"]
        with acting_as("b2b_jobs"):
            run(
                "INSERT INTO partners_exchangerate (id, base_id, quote_id, valid_date, rate, source,"
                " created_at, created_by)"
                " VALUES (gen_random_uuid(), %s, 'USD', '2026-03-01', 2, 'file', now(), 'file')",
                base,
            )
        sql = "UPDATE partners_exchangerate SET rate = %s, source = %s WHERE base_id = %s"
        self.refuses(request, ("SELECT 1", ()), (sql, ("1.25", "desk", base)))


class TestVoidRequests:
    def test_leaves_what_is_being_carried_out(self) -> None:
        request = ramp().request
        with transaction.atomic():
            TestDatabase().approved(request)
            ended = void_requests(
                kind=request.kind,
                subject_type=request.subject_type,
                subject_ids=[request.subject_id],
                why="Another",
                voided_at=now() + timedelta(seconds=1),
            )
            transaction.set_rollback(True)
        assert ended == 0
