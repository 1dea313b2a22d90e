"""Requests of every kind, each with a change that overtakes it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from approvals.models import ApprovalRequest
from core.clock import now
from partners.models import ApiClient, ExchangeRate, Tenant
from partners.services import enter_exchange_rate, lower_ramp
from partners.services.four_eyes import (
    request_exchange_rate,
)
from partners.services.ramp import request_ramp_step
from risk.models import Limit, LimitKind
from risk.services.limits import LimitKey, request_raise, set_limit
from settlement.payouts.models import PayoutAddress
from settlement.payouts.rules import Destination
from settlement.payouts.services import end_payout_address, request_payout_address
from sportsbook.models import Result
from sportsbook.services.results import enter_result
from staff.services.people import deactivate
from staff.services.roles import request_role
from tests.approvals.test_kinds import TestResettlement
from tests.approvals.test_production_access import READ, WRITE, change_networks, change_scopes, used_client
from tests.makers.partners import make_currency, make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import make_payout_address
from tests.makers.staff import make_user


@dataclass
class Case:
    """A request, the change that overtakes it, and how to read what there is then."""

    request: ApprovalRequest
    change: Callable[[], object]
    read: Callable[[], Any]
    stays: Any
    role: str = "b2b_office"


def waiting(request: ApprovalRequest | None) -> ApprovalRequest:
    assert request is not None
    return request


def manager() -> Any:
    return make_user("partners.change_apiclient", "partners.change_tenant")


def scopes() -> Case:
    client, asker = used_client(), manager()
    return Case(
        waiting(change_scopes(client, READ + WRITE, asker)),
        lambda: change_scopes(client, READ[:1], asker),
        lambda: ApiClient.objects.get(pk=client.pk).scopes,
        READ[:1],
    )


def networks() -> Case:
    tenant, asker = used_client().tenant, manager()
    with acting_as("b2b_jobs"):
        Tenant.objects.filter(pk=tenant.pk).update(allowed_ips=["198.51.100.0/24"])
    return Case(
        waiting(change_networks(tenant, ["198.51.100.0/24", "203.0.113.0/24"], asker)),
        lambda: change_networks(tenant, [], asker),
        lambda: Tenant.objects.get(pk=tenant.pk).allowed_ips,
        [],
    )


def ramp() -> Case:
    tenant = make_tenant("production")
    with acting_as("b2b_jobs"):
        Tenant.objects.filter(pk=tenant.pk).update(ramp_percent=10)
    request = request_ramp_step(
        tenant_id=tenant.pk, percent=20, reason="No errors", requested_by=manager(), requested_at=now()
    )
    return Case(
        request,
        lambda: lower_ramp(tenant_id=tenant.pk, percent=0, lowered_at=now(), reason="Emergency"),
        lambda: Tenant.objects.get(pk=tenant.pk).ramp_percent,
        0,
    )


def raise_of(key: LimitKey, amount: str) -> ApprovalRequest:
    return request_raise(
        key=key,
        amount=Decimal(amount),
        requested_by=make_user("risk.propose_limit"),
        requested_at=now(),
        reason="Asked by the partner",
    )


def lower(key: LimitKey, amount: str) -> None:
    by = make_user("risk.change_limit")
    done = set_limit(key=key, amount=Decimal(amount), set_by=by, set_at=now(), reason="Careful")
    assert done.request is None


def own_limit() -> Case:
    tenant = make_tenant()
    key = LimitKey(LimitKind.MAX_BET, False, tenant_id=tenant.pk)
    lower(key, "1000")
    return Case(
        raise_of(key, "5000"),
        lambda: lower(key, "0.0005"),
        lambda: Limit.objects.get(tenant=tenant).amount,
        Decimal("0.0005"),
    )


def partners_limit() -> Case:
    """A tenant without a limit of its own follows its partner's, which has no row yet either."""
    tenant = make_tenant()
    key = LimitKey(LimitKind.DAILY_STAKE, True, tenant_id=tenant.pk)
    above = LimitKey(LimitKind.DAILY_STAKE, True, partner_id=tenant.partner_id)
    return Case(
        raise_of(key, "90000"),
        lambda: lower(above, "5"),
        lambda: Limit.objects.filter(tenant_id=tenant.pk).count(),
        0,
    )


def exchange_rate() -> Case:
    base, day = make_currency(), date(2026, 3, 1)
    request = request_exchange_rate(
        base=base,
        quote="USD",
        valid_date=day,
        rate=Decimal("1.25"),
        source="desk",
        reason="Month end",
        requested_by=make_user("partners.change_exchangerate"),
        requested_at=now(),
    )
    return Case(
        request,
        lambda: enter_exchange_rate(
            base=base, quote="USD", valid_date=day, rate=Decimal(2), source="file", entered_at=now()
        ),
        lambda: ExchangeRate.objects.get(base_id=base).rate,
        Decimal(2),
        "b2b_jobs",
    )


def payout_address() -> Case:
    partner = make_tenant().partner
    row = make_payout_address(partner)
    request = request_payout_address(
        partner_id=partner.pk,
        currency="EUR",
        destination=Destination("bank", "DE89370400440532013000", bic="COBADEFF"),
        reason="Another bank",
        requested_by=make_user("settlement.add_payoutaddress"),
        requested_at=now(),
    )
    return Case(
        request,
        lambda: end_payout_address(address_id=row.pk, ended_at=now(), reason="Not theirs"),
        lambda: PayoutAddress.objects.filter(partner=partner).count(),
        1,
    )


def result() -> Case:
    made = TestResettlement()
    fixture = made.settled()
    return Case(
        made.asked(fixture),
        lambda: enter_result(fixture_id=fixture.pk, home=3, away=0, entered_by="feed", entered_at=now()),
        lambda: Result.objects.filter(fixture=fixture).latest("number").home,
        3,
        "b2b_jobs",
    )


def role_of_who_leaves() -> Case:
    user, by = make_user(), make_user("core.change_staffuser")
    request_role(user=user, role="trader", reason="New desk", requested_by=by, requested_at=now())
    return Case(
        ApprovalRequest.objects.get(subject_id=f"{user.pk}/trader"),
        lambda: deactivate(user_id=user.pk, reason="Has left", by=by, deactivated_at=now()),
        lambda: user.groups.count(),
        0,
    )


CASES = (
    scopes,
    networks,
    ramp,
    own_limit,
    partners_limit,
    exchange_rate,
    payout_address,
    result,
    role_of_who_leaves,
)
