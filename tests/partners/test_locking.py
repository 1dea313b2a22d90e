"""Nobody who waits for a partner holds what is below it; so nobody waits in a ring, and no stop is lost."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import partial
from random import randint

import pytest
from django.db import DatabaseError

from approvals.models import ApprovalRequest
from approvals.services import reject_request
from core.audit import acting
from core.clock import now
from core.errors import Refusal
from core.models import StaffUser
from partners.compliance.services import hand_in_document
from partners.compliance.services.handing_in import Handed
from partners.models import ApiClient, ClientSecret, Tenant
from partners.onboarding.services import pause_partner, terminate_partner
from partners.onboarding.stages import Stage
from partners.rules import USUAL_SCOPES
from partners.services import (
    change_client_scopes,
    change_tenant,
    create_client,
    issue_secret,
    lower_ramp,
    resume_tenant,
    revoke_client,
    revoke_secret,
    set_currencies,
    suspend_tenant,
)
from partners.services.locking import lock_partner
from partners.services.ramp import request_ramp_step
from tests.makers.compliance import accept_all, pdf
from tests.makers.onboarding import make_partner_at
from tests.makers.roles import acting_as
from tests.makers.staff import make_user
from tests.makers.waiting import while_waiting

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]

Act = Callable[[Tenant, ApiClient, ApprovalRequest], object]
WHY = "A concern"


def live() -> Tenant:
    """Return the production tenant of a partner at Live, which has a client with a secret."""
    partner = make_partner_at(Stage.LIVE)
    accept_all(partner)
    return Tenant.objects.get(partner=partner, kind="production")


def secret_of(client: ApiClient) -> ClientSecret:
    return ClientSecret.objects.filter(client=client).latest("created_at")


def person(role: str) -> StaffUser:
    return make_user(roles=(role,))


ACTS: dict[str, Act] = {
    "suspend tenant": lambda tenant, *_: suspend_tenant(tenant_id=tenant.pk, suspended_at=now(), reason=WHY),
    "resume tenant": lambda tenant, *_: resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason=WHY),
    "change tenant": lambda tenant, *_: change_tenant(
        tenant_id=tenant.pk, changes={"requests_per_minute": 7}, changed_at=now(), reason=WHY
    ),
    "set currencies": lambda tenant, *_: set_currencies(
        tenant_id=tenant.pk, currencies=["USD"], changed_at=now(), reason=WHY
    ),
    "lower ramp": lambda tenant, *_: lower_ramp(tenant_id=tenant.pk, percent=0, lowered_at=now(), reason=WHY),
    "create client": lambda tenant, *_: create_client(
        tenant_id=tenant.pk, name="Another", scopes=USUAL_SCOPES[:1], created_at=now()
    ),
    "change scopes": lambda _, client, __: change_client_scopes(
        client_id=client.pk, scopes=USUAL_SCOPES[:1], changed_at=now(), reason=WHY
    ),
    "issue secret": lambda _, client, __: issue_secret(client_id=client.pk, issued_at=now()),
    "revoke secret": lambda _, client, __: revoke_secret(
        secret_id=secret_of(client).pk, revoked_at=now(), reason=WHY
    ),
    "revoke client": lambda _, client, __: revoke_client(client_id=client.pk, revoked_at=now(), reason=WHY),
    "pause": lambda tenant, *_: pause_partner(partner_id=tenant.partner_id, paused_at=now(), reason=WHY),
    "terminate": lambda tenant, *_: terminate_partner(
        partner_id=tenant.partner_id, terminated_at=now(), reason=WHY
    ),
    "reject": lambda _, __, request: reject_request(
        request_id=request.pk, decided_by=decider(), decided_at=now(), note=WHY
    ),
}


def decider() -> StaffUser:
    return make_user("approvals.change_approvalrequest", "approvals.decide_ramp_step")


class TestOrder:
    @pytest.mark.parametrize("name", ACTS)
    def test_who_waits_for_the_partner_holds_nothing_below_it(self, name: str) -> None:
        tenant = live()
        client = ApiClient.objects.get(tenant=tenant)
        request = request_ramp_step(
            tenant_id=tenant.pk,
            percent=50,
            reason=WHY,
            requested_by=make_user("partners.change_tenant"),
            requested_at=now(),
        )
        rows = (tenant, client, secret_of(client), request)
        done = []

        def lock_all() -> None:
            for row in rows:
                type(row).objects.select_for_update(nowait=True).get(pk=row.pk)

        def act() -> None:
            with acting_as("b2b_office"), suppress(Refusal, DatabaseError):
                done.append(ACTS[name](tenant, client, request))

        while_waiting(lambda: lock_partner(tenant.partner_id), act, meanwhile=lock_all)

    def test_a_document_comes_in_while_its_partner_is_locked(self) -> None:
        tenant = live()
        handed = []

        def hand() -> None:
            document = Handed(
                "gaming_licence", "licence.pdf", pdf(), expires_on=now().date() + timedelta(days=300)
            )
            with acting_as("b2b_api"):
                handed.append(
                    hand_in_document(
                        tenant_id=tenant.pk, partner_id=tenant.partner_id, handed=document, uploaded_at=now()
                    )
                )

        with pytest.raises(AssertionError, match="nobody waited"):
            while_waiting(lambda: lock_partner(tenant.partner_id), hand)
        assert len(handed) == 1


class TestAtOnce:
    def test_no_stop_that_was_confirmed_is_lost_to_who_resumes(self) -> None:
        tenant = live()
        first, second, officer = person("risk"), person("risk"), person("compliance")
        for _ in range(10):
            suspend(tenant, first)
            confirmed = at_once(
                [
                    partial(suspend, tenant, officer),
                    partial(resume, tenant, second),
                    partial(change, tenant, person("account_manager")),
                ]
            )
            assert {officer.username, second.username} < confirmed
            tenant.refresh_from_db()
            assert tenant.held_by == [f"compliance:{officer.username}"]
            resume(tenant, officer)
        tenant.refresh_from_db()
        assert tenant.status == "active"


def suspend(tenant: Tenant, user: StaffUser) -> str:
    with acting(user.username):
        suspend_tenant(tenant_id=tenant.pk, suspended_at=now(), reason=WHY)
    return user.username


def change(tenant: Tenant, user: StaffUser) -> str:
    with acting(user.username):
        change_tenant(
            tenant_id=tenant.pk,
            changes={"requests_per_minute": randint(1, 99)},
            changed_at=now(),
            reason=WHY,
        )
    return user.username


def resume(tenant: Tenant, user: StaffUser) -> str:
    with acting(user.username):
        resume_tenant(tenant_id=tenant.pk, resumed_at=now(), reason=WHY)
    return user.username


def at_once(acts: Sequence[Callable[[], str]]) -> set[str]:
    """Have everybody act at the same moment, each in a thread; return whose act was confirmed."""
    together = threading.Barrier(len(acts))

    def run(act: Callable[[], str]) -> str:
        with acting_as("b2b_office"):
            together.wait()
            return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return set(pool.map(run, acts))
