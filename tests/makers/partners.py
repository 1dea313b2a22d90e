"""Makers of partners, tenants and API clients: written as the jobs would, whatever role the test has."""

import secrets
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from core.clock import now
from core.ids import typeid, uuid7
from core.models import Currency
from partners.models import ApiClient, ExchangeRate, Partner, Tenant
from partners.oauth.tokens import issuer, sign
from partners.onboarding.services import take_over_partner
from partners.rules import TOKEN_LIFETIME_SECONDS, scopes_for
from partners.services import create_client, create_partner, create_tenant, enter_exchange_rate, issue_secret
from risk.models import Limit
from tests.makers.roles import acting_as

SCALES = {"JPY": 0, "EUR": 2, "USD": 2, "GBP": 2, "KWD": 3, "USDT": 6, "USDT.TRON": 6, "BTC": 8, "ETH": 18}
"""The currencies that every test finds, with their scales."""
USD_RATES = {
    "EUR": "1.10",
    "GBP": "1.25",
    "JPY": "0.0065",
    "KWD": "3.25",
    "USDT": "1",
    "USDT.TRON": "1",
    "BTC": "60000",
    "ETH": "3000",
}
"""What one unit costs in USD, from long ago on."""
RATES_SINCE = date(2020, 1, 1)
LIMITS_USD = {
    ("max_bet", False): 10_000,
    ("max_bet", True): 10_000,
    ("daily_stake", False): 50_000,
    ("daily_stake", True): 50_000,
}
"""The platform's limits by kind and vip, as `domain.md` has them."""


@dataclass(frozen=True)
class MadeClient:
    """An API client and the one look at its secret."""

    client: ApiClient
    client_id: str
    secret: str

    def __repr__(self) -> str:
        return f"MadeClient({self.client_id!r})"


@cache
def ensure_platform() -> None:
    """Make sure of what every tenant stands on: currencies, exchange rates from 2020 on, and the platform's
    limits; once in each process, for nothing takes them away.
    """
    with acting_as("b2b_jobs"):
        for code, scale in SCALES.items():
            with suppress(IntegrityError), transaction.atomic():
                Currency.objects.get_or_create(code=code, defaults={"name": code, "scale": scale})
        known = set(
            ExchangeRate.objects.filter(quote_id="USD", valid_date=RATES_SINCE).values_list(
                "base_id", flat=True
            )
        )
        for base, rate in USD_RATES.items():
            if base not in known:
                with suppress(IntegrityError):
                    enter_exchange_rate(
                        base=base,
                        quote="USD",
                        valid_date=RATES_SINCE,
                        rate=Decimal(rate),
                        source="test",
                        entered_at=now(),
                    )
        for (kind, vip), amount in LIMITS_USD.items():
            with suppress(IntegrityError), transaction.atomic():
                Limit.objects.get_or_create(
                    kind=kind,
                    vip=vip,
                    partner=None,
                    tenant=None,
                    defaults={"amount": amount, "updated_at": now()},
                )


def make_partner(*, name: str = "", country: str = "MT", time_zone: str = "UTC", **kw: Any) -> Partner:
    """Return a live partner that nobody else has; committed. `tier` and more as in `create_partner`."""
    ensure_platform()
    with acting_as("b2b_jobs"):
        return _take_over(_make_newcomer(name=name, country=country, time_zone=time_zone, **kw))


def _make_newcomer(*, name: str = "", country: str = "MT", time_zone: str = "UTC", **kw: Any) -> Partner:
    return create_partner(
        name=name or f"Partner {secrets.token_hex(6)}",
        country=country,
        time_zone=time_zone,
        created_at=now(),
        **kw,
    )


def _take_over(partner: Partner) -> Partner:
    take_over_partner(partner_id=partner.pk, taken_over_at=now())
    partner.refresh_from_db()
    return partner


def make_tenant(
    kind: str = "test",
    currencies: Iterable[str] = ("EUR", "USD"),
    *,
    partner: Partner | None = None,
    allowed_ips: Iterable[str] = (),
    requests_per_minute: int | None = None,
    **kw: Any,
) -> Tenant:
    """Return a tenant that nobody else has, of a new partner (made with `**kw`) unless one is given;
    committed.
    """
    ensure_platform()
    with acting_as("b2b_jobs"):
        owner = partner or _make_newcomer(**kw)
        tenant = create_tenant(
            partner_id=owner.id,
            kind=kind,
            currencies=tuple(currencies),
            allowed_ips=tuple(allowed_ips),
            requests_per_minute=requests_per_minute,
            created_at=now() - timedelta(days=1),
        )
        if kind == "production":
            Tenant.objects.filter(pk=tenant.pk).update(ramp_percent=100)
            tenant.ramp_percent = 100
        # A live partner that has shown nothing had its production before its onboarding was recorded.
        tenant.partner = owner if partner else _take_over(owner)
        return tenant


def make_client(
    tenant: Tenant | None = None, *, scopes: Iterable[str] | None = None, name: str = ""
) -> MadeClient:
    """Return an API client with all scopes it may have and one secret; of a new tenant unless one is given;
    committed.
    """
    tenant = tenant or make_tenant()
    with acting_as("b2b_jobs"):
        given = scopes_for(tenant.kind) if scopes is None else tuple(scopes)
        name = name or f"system {secrets.token_hex(4)}"
        client = create_client(tenant_id=tenant.id, name=name, scopes=given, created_at=now())
        issued = issue_secret(client_id=client.id, issued_at=now())
    return MadeClient(client=client, client_id=client.client_id, secret=issued.secret)


def tenant_of(client: MadeClient) -> UUID:
    """Return the id of the tenant a made client acts for."""
    tenant_id: UUID = client.client.tenant_id
    return tenant_id


def access_token(made: MadeClient, *, scopes: Iterable[str] | None = None, **claims: Any) -> str:
    """Return an access token of a made client, signed with the platform's own key; `claims` replace the right
    ones.
    """
    client = made.client
    issued_at = int(now().timestamp())
    return sign(
        {
            "iss": issuer(),
            "aud": issuer(),
            "sub": client.client_id,
            "client_id": client.client_id,
            "partner": typeid("ptr", _tenant(client).partner_id),
            "tenant_kind": _tenant(client).kind,
            "iat": issued_at,
            "exp": issued_at + TOKEN_LIFETIME_SECONDS,
            "jti": str(uuid7()),
            "scope": " ".join(client.scopes if scopes is None else scopes),
            **claims,
        }
    )


def bearer(made: MadeClient, **kw: Any) -> dict[str, str]:
    """Return the headers with which a made client calls the API: `client.get(path, headers=bearer(made))`."""
    return {"Authorization": f"Bearer {access_token(made, **kw)}"}


def _tenant(client: ApiClient) -> Tenant:
    with acting_as("b2b_jobs"):
        return Tenant.objects.get(id=client.tenant_id)


def make_currency(scale: int = 2) -> str:
    """Return the code of a currency that nobody else has, and that has no rates yet; committed."""
    ensure_platform()
    code = "Z" + secrets.token_hex(4).upper()
    with acting_as("b2b_jobs"):
        Currency.objects.create(code=code, name=code, scale=scale)
    return code
