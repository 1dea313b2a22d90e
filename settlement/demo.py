"""The demo: an invented partner with a test tenant, on a platform with currencies, rates and limits.

Seeding is done any number of times and changes only what is missing.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction

from core import clock
from core.errors import Refusal
from core.ids import typeid
from core.models import Currency, StaffUser
from partners.models import ApiClient, ExchangeRate, Partner, Tenant, TenantKind, Tier
from partners.oauth.credentials import Credentials, authenticate
from partners.onboarding.services import take_over_partner
from partners.onboarding.stages import Stage
from partners.rules import SCOPES
from partners.services import (
    change_partner,
    create_client,
    create_partner,
    create_tenant,
    enter_exchange_rate,
    issue_secret,
    rotate_secret,
)
from risk.models import Limit, LimitKind
from settlement.models import Payer, Plan
from settlement.services import agree_plan
from staff.demo import seed_staff

CURRENCIES: Final = {
    "AUD": (2, "Australian dollar"),
    "BHD": (3, "Bahraini dinar"),
    "BRL": (2, "Brazilian real"),
    "BTC": (8, "Bitcoin"),
    "CAD": (2, "Canadian dollar"),
    "CHF": (2, "Swiss franc"),
    "CLP": (0, "Chilean peso"),
    "CZK": (2, "Czech koruna"),
    "DKK": (2, "Danish krone"),
    "ETH": (18, "Ether"),
    "EUR": (2, "Euro"),
    "GBP": (2, "Pound sterling"),
    "HUF": (2, "Hungarian forint"),
    "INR": (2, "Indian rupee"),
    "JPY": (0, "Japanese yen"),
    "KRW": (0, "South Korean won"),
    "KWD": (3, "Kuwaiti dinar"),
    "LTC": (8, "Litecoin"),
    "MXN": (2, "Mexican peso"),
    "NOK": (2, "Norwegian krone"),
    "NZD": (2, "New Zealand dollar"),
    "PLN": (2, "Polish zloty"),
    "RON": (2, "Romanian leu"),
    "SEK": (2, "Swedish krona"),
    "TRY": (2, "Turkish lira"),
    "USD": (2, "US dollar"),
    "USDC": (6, "USD Coin"),
    "USDT": (6, "Tether"),
    "USDT.TRON": (6, "Tether on TRON"),
    "ZAR": (2, "South African rand"),
}
"""Scale and name."""
USD_RATES: Final = {
    "AUD": "0.66",
    "BHD": "2.65",
    "BRL": "0.18",
    "BTC": "60000",
    "CAD": "0.73",
    "CHF": "1.13",
    "CLP": "0.00105",
    "CZK": "0.0435",
    "DKK": "0.145",
    "ETH": "3000",
    "EUR": "1.08",
    "GBP": "1.27",
    "HUF": "0.00275",
    "INR": "0.0119",
    "JPY": "0.0067",
    "KRW": "0.00073",
    "KWD": "3.25",
    "LTC": "80",
    "MXN": "0.055",
    "NOK": "0.093",
    "NZD": "0.6",
    "PLN": "0.25",
    "RON": "0.217",
    "SEK": "0.094",
    "TRY": "0.029",
    "USDC": "1",
    "USDT": "1",
    "USDT.TRON": "1",
    "ZAR": "0.055",
}
"""What one unit costs in USD: round figures for a demo, which nobody should trade on."""
RATES_SINCE: Final = date(2020, 1, 1)
LIMITS_USD: Final = {LimitKind.MAX_BET: Decimal(10_000), LimitKind.DAILY_STAKE: Decimal(50_000)}

PARTNER_NAME: Final = "Demo Operator"
CLIENT_NAME: Final = "Demo system"
TENANT_CURRENCIES: Final = ("EUR", "USD")
TIME_ZONE: Final = "Europe/Malta"
COMMISSION_RATE: Final = Decimal("0.15")


@dataclass(frozen=True, slots=True)
class Demo:
    """What was seeded."""

    partner: Partner
    tenant: Tenant
    client: ApiClient


def seed_platform(*, seeded_at: datetime) -> None:
    """Give the platform its currencies, their rates in USD and the limits of `domain.md`."""
    Currency.objects.bulk_create(
        (Currency(code=code, scale=scale, name=name) for code, (scale, name) in CURRENCIES.items()),
        ignore_conflicts=True,
    )
    known = set(ExchangeRate.objects.filter(quote_id="USD").values_list("base_id", flat=True))
    for base, rate in USD_RATES.items():
        if base not in known:
            enter_exchange_rate(
                base=base,
                quote="USD",
                valid_date=RATES_SINCE,
                rate=Decimal(rate),
                source="demo",
                entered_at=seeded_at,
            )
    for kind, amount in LIMITS_USD.items():
        for vip in (False, True):
            Limit.objects.get_or_create(
                kind=kind,
                vip=vip,
                partner=None,
                tenant=None,
                defaults={"amount": amount, "updated_at": seeded_at},
            )


def seed_partner(*, seeded_at: datetime) -> Demo:
    """Return the demo partner with its test tenant, commission plan and API client."""
    with transaction.atomic():
        partner = Partner.objects.filter(name=PARTNER_NAME).first() or create_partner(
            name=PARTNER_NAME,
            legal_name="Demo Operator Ltd",
            legal_address="1 Example Street, Valletta",
            vat_number="MT10000034",
            country="MT",
            time_zone=TIME_ZONE,
            tier=Tier.PREMIUM,
            created_at=seeded_at,
        )
        if partner.stage == Stage.REGISTERED:
            take_over_partner(partner_id=partner.pk, taken_over_at=seeded_at)
            partner.refresh_from_db()
        tenant = Tenant.objects.filter(partner=partner, kind=TenantKind.TEST).first() or create_tenant(
            partner_id=partner.id, kind=TenantKind.TEST, currencies=TENANT_CURRENCIES, created_at=seeded_at
        )
        client = ApiClient.objects.filter(
            tenant=tenant, name=CLIENT_NAME, is_active=True
        ).first() or create_client(tenant_id=tenant.id, name=CLIENT_NAME, scopes=SCOPES, created_at=seeded_at)
    if not Plan.objects.filter(tenant=tenant).exists():
        agree_plan(
            tenant_id=tenant.id,
            rate=COMMISSION_RATE,
            currency="EUR",
            payer=Payer.PLATFORM,
            valid_from_date=seeded_at.astimezone(ZoneInfo(partner.time_zone)).date().replace(day=1),
            agreed_at=seeded_at,
        )
    return Demo(partner=partner, tenant=tenant, client=client)


def seed_owner(demo: Demo, *, seeded_at: datetime) -> None:
    """Let an account manager look after the demo partner, unless somebody does."""
    manager = StaffUser.objects.filter(groups__name="account_manager").order_by("pk").first()
    if demo.partner.account_manager_id is None and manager is not None:
        change_partner(
            partner_id=demo.partner.pk, changes={"account_manager_id": manager.pk}, changed_at=seeded_at
        )


def seed_credentials(demo: Demo, *, before: dict[str, Any], seeded_at: datetime) -> dict[str, Any]:
    """Return the client's and the staff's credentials: those from `before` that still hold, else new ones."""
    return {
        "clientId": demo.client.client_id,
        "clientSecret": _client_secret(demo.client, before, seeded_at),
        "partnerId": typeid("ptr", demo.partner.id),
        "tenantId": typeid("tnt", demo.tenant.id),
        **seed_staff(before, seeded_at=seeded_at),
    }


def _client_secret(client: ApiClient, before: dict[str, Any], seeded_at: datetime) -> str:
    secret = str(before.get("clientSecret") or "")
    if before.get("clientId") == client.client_id and secret:
        try:
            authenticate(Credentials(client_id=client.client_id, secret=secret), at=clock.now())
        except Refusal:
            pass
        else:
            return secret
    if client.secrets.exists():
        return rotate_secret(client_id=client.id, rotated_at=seeded_at, overlap=timedelta()).secret
    return issue_secret(client_id=client.id, issued_at=seeded_at).secret
