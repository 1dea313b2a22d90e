"""Partners and their tenants: made and changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from core.audit import record
from core.clock import is_time_zone
from core.errors import BadRequest, Conflict
from core.models import Currency
from partners.access import announce_access_change
from partners.compliance.queries import jurisdictions_of
from partners.models import Partner, RiskProfile, Tenant, TenantCurrency, TenantKind, Tier
from partners.onboarding.models import ComplianceArea
from partners.onboarding.rules import check_country, check_vat_number
from partners.onboarding.stages import PRODUCTION, Area
from partners.rules import RAMP_START_PERCENT, check_requests_per_minute, parse_network
from partners.services.grounds import check_grounds, check_places
from partners.services.locking import lock_partner, lock_tenant
from partners.services.permits import TENANT, void_permits, void_widening
from partners.services.stops import check_not_ended, check_production

PARTNER_FIELDS: Final = frozenset(
    {
        "name",
        "legal_name",
        "legal_address",
        "vat_number",
        "country",
        "time_zone",
        "tier",
        "risk_profile",
        "enabled_products",
        "account_manager_id",
    }
)
"""What `change_partner` may change."""
TENANT_FIELDS: Final = frozenset({"allowed_ips", "requests_per_minute", "odds_threshold"})
"""What `change_tenant` may change."""


class PartnerNameTaken(Conflict):
    """Another partner has this name already."""

    code = "PARTNER_NAME_TAKEN"
    message = "There is a partner of this name already."


class TenantExists(Conflict):
    """A partner has at most one tenant of each kind."""

    code = "TENANT_EXISTS"
    message = "This partner has a tenant of this kind already."


class UnknownTimeZone(BadRequest):
    """A time zone that the tz database does not have."""

    code = "TIME_ZONE_UNKNOWN"
    message = "A time zone is named as in the tz database, such as Europe/Malta."


class UnknownCurrency(BadRequest):
    """A currency that the platform does not have."""

    code = "CURRENCY_UNKNOWN"
    message = "The platform does not have this currency."


def create_partner(
    *,
    name: str,
    country: str,
    created_at: datetime,
    time_zone: str = "UTC",
    tier: str = Tier.STANDARD,
    risk_profile: str = RiskProfile.STANDARD,
    legal_name: str = "",
    legal_address: str = "",
    vat_number: str = "",
    enabled_products: Sequence[str] | None = None,
    account_manager_id: int | None = None,
) -> Partner:
    """Enter a partner, registered, with its five areas of compliance still to prove. Raises PartnerNameTaken,
    UnknownTimeZone and BadIdentifier.
    """
    _check_time_zone(time_zone)
    country = check_country(country)
    check_vat_number(vat_number, country)
    partner = Partner(
        name=name,
        legal_name=legal_name,
        legal_address=legal_address,
        vat_number=vat_number,
        country=country,
        time_zone=time_zone,
        tier=tier,
        risk_profile=risk_profile,
        account_manager_id=account_manager_id,
        stage_since=created_at,
        created_at=created_at,
    )
    if enabled_products is not None:
        partner.enabled_products = list(enabled_products)
    with transaction.atomic():
        if Partner.objects.filter(name=name).exists():
            raise PartnerNameTaken
        partner.save(force_insert=True)
        ComplianceArea.objects.bulk_create(ComplianceArea(partner=partner, area=area) for area in Area.values)
        record(
            action="create partner",
            subject=partner,
            recorded_at=created_at,
            after=_shown(partner, PARTNER_FIELDS),
        )
    return partner


def change_partner(
    *, partner_id: UUID, changes: Mapping[str, Any], changed_at: datetime, reason: str = ""
) -> Partner:
    """Change a partner's particulars (`PARTNER_FIELDS`); the same again changes and records nothing.

    Of a partner that has ended, who looks after it alone. With production, compliance changes the country.
    Raises PartnerEnded, LeftToCompliance, PlaceNotReady, UnknownTimeZone and BadIdentifier.
    """
    if "time_zone" in changes:
        _check_time_zone(changes["time_zone"])
    with transaction.atomic():
        partner = lock_partner(partner_id)
        if set(changes) - {"account_manager_id"}:
            check_not_ended(partner)
        if "country" in changes:
            changes = {**changes, "country": check_country(changes["country"])}
            if changes["country"] != partner.country:
                check_grounds(partner)
        places = jurisdictions_of(partner) if "country" in changes else []
        if {"vat_number", "country"} & set(changes):
            check_vat_number(
                changes.get("vat_number", partner.vat_number), changes.get("country", partner.country)
            )
        change_row(
            partner, changes, PARTNER_FIELDS, action="change partner", changed_at=changed_at, reason=reason
        )
        if "country" in changes:
            check_places(partner, before=places, today=changed_at.date(), field="country")
    return partner


def create_tenant(
    *,
    partner_id: UUID,
    kind: str,
    currencies: Sequence[str],
    created_at: datetime,
    allowed_ips: Sequence[str] = (),
    requests_per_minute: int | None = None,
    odds_threshold: Decimal | None = None,
) -> Tenant:
    """Open a partner's test or production world with its currencies.

    Production may be opened before its partner is ready for it: nobody has credentials for it yet. From the
    stage deployment on it needs what resuming it needs.

    Raises PartnerNotFound, PartnerEnded, TenantExists, UnknownCurrency, BadNetwork, NetworkTooWide,
    BadRequestsPerMinute, and as `resume_tenant` does.
    """
    tenant = Tenant(
        kind=TenantKind(kind),
        allowed_ips=canonical_networks(allowed_ips, kind),
        requests_per_minute=check_requests_per_minute(requests_per_minute),
        odds_threshold=odds_threshold,
        ramp_percent=RAMP_START_PERCENT if kind == TenantKind.PRODUCTION else 100,
        created_at=created_at,
    )
    with transaction.atomic():
        tenant.partner = lock_partner(partner_id)
        check_not_ended(tenant.partner)
        if Tenant.objects.filter(partner_id=partner_id, kind=kind).exists():
            raise TenantExists
        if kind == TenantKind.PRODUCTION and tenant.partner.stage in PRODUCTION:
            check_production(tenant.partner, at=created_at)
        tenant.save(force_insert=True)
        _give_currencies(tenant, currencies)
        record(
            action="create tenant",
            subject=tenant,
            recorded_at=created_at,
            after={"kind": kind, "currencies": sorted(currencies), **_shown(tenant, TENANT_FIELDS)},
        )
        announce_access_change()
    return tenant


def change_tenant(
    *, tenant_id: UUID, changes: Mapping[str, Any], changed_at: datetime, reason: str = ""
) -> Tenant:
    """Change a tenant's allow-list, rate limit or odds threshold (`TENANT_FIELDS`); other networks end the
    approvals of secrets that were to be used from the old ones, and the request for more of them.

    Raises BadNetwork, NetworkTooWide, BadRequestsPerMinute and PartnerEnded.
    """
    with transaction.atomic():
        tenant = lock_tenant(tenant_id)
        check_not_ended(tenant.partner)
        if "allowed_ips" in changes:
            changes = {**changes, "allowed_ips": canonical_networks(changes["allowed_ips"], tenant.kind)}
        if changes.get("requests_per_minute", tenant.requests_per_minute) != tenant.requests_per_minute:
            check_requests_per_minute(changes["requests_per_minute"])
        if changes.get("allowed_ips", tenant.allowed_ips) != tenant.allowed_ips:
            void_permits(tenant.clients.values_list("pk", flat=True), voided_at=changed_at)
            void_widening(TENANT, tenant_id, voided_at=changed_at)
        change_row(
            tenant, changes, TENANT_FIELDS, action="change tenant", changed_at=changed_at, reason=reason
        )
    return tenant


def canonical_networks(texts: Sequence[str], kind: str) -> list[str]:
    """Return the networks of a kind of tenant as kept, once each. Raises BadNetwork and NetworkTooWide."""
    return list(dict.fromkeys(str(parse_network(text, tenant_kind=kind)) for text in texts))


def set_currencies(
    *, tenant_id: UUID, currencies: Sequence[str], changed_at: datetime, reason: str = ""
) -> None:
    """Say which currencies new players of a tenant may have a wallet in; existing wallets stay."""
    with transaction.atomic():
        tenant = lock_tenant(tenant_id)
        check_not_ended(tenant.partner)
        before = sorted(TenantCurrency.objects.filter(tenant=tenant).values_list("currency_id", flat=True))
        if before == sorted(set(currencies)):
            return
        TenantCurrency.objects.filter(tenant=tenant).exclude(currency_id__in=currencies).delete()
        _give_currencies(tenant, [code for code in currencies if code not in before])
        record(
            action="set currencies",
            subject=tenant,
            recorded_at=changed_at,
            before={"currencies": before},
            after={"currencies": sorted(set(currencies))},
            reason=reason,
        )


def change_row(
    subject: Partner | Tenant,
    changes: Mapping[str, Any],
    allowed: frozenset[str],
    *,
    action: str,
    changed_at: datetime,
    reason: str,
) -> None:
    """Write what differs and record it; the same again does neither. The row is locked."""
    forbidden = set(changes) - allowed
    if forbidden:
        raise ValueError(f"not to be changed this way: {', '.join(sorted(forbidden))}")
    new = {name: value for name, value in changes.items() if getattr(subject, name) != value}
    if not new:
        return
    before = _shown(subject, new)
    for name, value in new.items():
        setattr(subject, name, value)
    subject.save(update_fields=list(new))
    record(
        action=action,
        subject=subject,
        recorded_at=changed_at,
        before=before,
        after=_shown(subject, new),
        reason=reason,
    )
    announce_access_change()


def _shown(subject: Partner | Tenant, names: Mapping[str, Any] | frozenset[str]) -> dict[str, Any]:
    shown = {name: getattr(subject, name) for name in sorted(names)}
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in shown.items()}


def _give_currencies(tenant: Tenant, codes: Sequence[str]) -> None:
    known = set(Currency.objects.filter(code__in=codes).values_list("code", flat=True))
    unknown = sorted(set(codes) - known)
    if unknown:
        raise UnknownCurrency(details={"currencies": unknown})
    TenantCurrency.objects.bulk_create(
        TenantCurrency(tenant=tenant, currency_id=code) for code in dict.fromkeys(codes)
    )


def _check_time_zone(name: str) -> None:
    if not is_time_zone(name):
        raise UnknownTimeZone(details={"field": "time_zone"})
