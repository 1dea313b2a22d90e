"""`GET /partner`: what the platform has on record about the partner that asks, its limits and its plan."""

from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpResponse
from msgspec import Meta, field

from core import clock
from core.api.answers import JsonAnswer
from core.api.bodies import Shown
from core.api.operation import operation
from core.api.views import PartnerRequest, PartnerView
from core.ids import typeid
from core.money import exact_text
from core.tenancy import tenant
from partners.queries import TenantConfiguration, get_configuration
from risk import rules as risk_rules
from risk.models import Limit
from settlement.models import Plan

USD_DECIMALS = 2


class CommissionStructure(Shown, frozen=True, kw_only=True, rename="camel"):
    """The plan of today."""

    type: Annotated[str, Meta(description="revenue_share, ...")]
    value: Annotated[str, Meta(description="A fraction as a decimal string: 0.15 is 15 %.")]


class MaxBetLimits(Shown, frozen=True, kw_only=True, rename="camel"):
    """The largest stake of one bet, in USD."""

    default: Annotated[str, Meta(description="A decimal string.")]
    vip: Annotated[str, Meta(description="A decimal string, for vip players.")]
    currency: str = "USD"


class TenantView(Shown, frozen=True, kw_only=True, rename="camel"):
    """The world that the access token is for."""

    tenant_id: str
    kind: Annotated[str, Meta(description="test or production.")]
    status: Annotated[str, Meta(description="active or suspended.")]


class PartnerConfiguration(Shown, frozen=True, kw_only=True, rename="camel"):
    """The partner configuration."""

    partner_id: str
    name: str
    api_key: Annotated[str, Meta(description="The client id of the system that asks.")]
    allowed_ips: Annotated[list[str], Meta(description="Networks in CIDR form.")] = field(name="allowedIPs")
    risk_profile: str
    commission_structure: CommissionStructure | None
    enabled_products: list[str]
    max_bet_limits: MaxBetLimits
    tier: str
    status: str
    tenant: TenantView
    currencies: list[str]
    time_zone: str


class ThePartner(PartnerView):
    """Any of the partner's systems may ask, whatever its scopes."""

    required_scopes = {"GET": ""}

    @operation(summary="The partner's configuration", answers={200: PartnerConfiguration})
    def get(self, request: PartnerRequest) -> HttpResponse:
        principal = request.auth
        with tenant(principal.tenant_id):
            found = get_configuration(tenant_id=principal.tenant_id)
            limits = _max_bet_limits(found)
            plan = _find_plan(principal.tenant_id, found.partner.time_zone, clock.now())
        return JsonAnswer(configuration_view(found, client_id=principal.client_id, limits=limits, plan=plan))


def configuration_view(
    found: TenantConfiguration, *, client_id: str, limits: MaxBetLimits, plan: Plan | None
) -> PartnerConfiguration:
    """Return the configuration as the partner is shown it."""
    partner, its_tenant = found.partner, found.tenant
    return PartnerConfiguration(
        partner_id=typeid("ptr", partner.id),
        name=partner.name,
        api_key=client_id,
        allowed_ips=list(its_tenant.allowed_ips),
        risk_profile=partner.risk_profile,
        commission_structure=(
            CommissionStructure(type=plan.kind, value=exact_text(plan.rate, 2)) if plan else None
        ),
        enabled_products=list(partner.enabled_products),
        max_bet_limits=limits,
        tier=partner.tier,
        status=partner.status,
        tenant=TenantView(
            tenant_id=typeid("tnt", its_tenant.id), kind=its_tenant.kind, status=its_tenant.status
        ),
        currencies=list(found.currencies),
        time_zone=partner.time_zone,
    )


def _max_bet_limits(found: TenantConfiguration) -> MaxBetLimits:
    rows = Limit.objects.filter(
        Q(partner=None, tenant=None) | Q(partner=found.partner) | Q(tenant=found.tenant)
    )
    limits = [_limit(row) for row in rows]
    default, vip = (
        exact_text(risk_rules.resolve_limits(limits, vip=is_vip)[risk_rules.LimitKind.MAX_BET], USD_DECIMALS)
        for is_vip in (False, True)
    )
    return MaxBetLimits(default=default, vip=vip)


def _limit(row: Limit) -> risk_rules.Limit:
    scope = risk_rules.LimitScope.PLATFORM
    if row.partner_id:
        scope = risk_rules.LimitScope.PARTNER
    elif row.tenant_id:
        scope = risk_rules.LimitScope.TENANT
    return risk_rules.Limit(kind=risk_rules.LimitKind(row.kind), scope=scope, vip=row.vip, amount=row.amount)


def _find_plan(tenant_id: UUID, time_zone: str, at: datetime) -> Plan | None:
    today = at.astimezone(ZoneInfo(time_zone)).date()
    valid = Plan.objects.filter(tenant_id=tenant_id, valid_from__lte=today)
    return valid.filter(Q(valid_to=None) | Q(valid_to__gt=today)).first()
