"""What is set up inside the platform for one scenario; run by `manage.py shell`, as the jobs."""

import json
import secrets
from decimal import Decimal
from pathlib import Path

from django.core.management import call_command

from core.audit import acting
from core.clock import now
from core.ids import typeid
from partners.rules import SCOPES
from partners.services import create_client, create_partner, create_tenant, issue_secret
from risk.models import Limit, LimitKind
from sportsbook.models import Outcome

VIP_DAILY_LIMIT_USD = 120
"""So low that a few seconds of load reach it."""


def open_tenant(season: str) -> None:
    """Make a tenant that load may fall upon, load a season, and print what a client needs as the last
    line.
    """
    made_at = now()
    with acting("faults"):
        partner = create_partner(
            name=f"Partner {secrets.token_hex(6)}", country="MT", time_zone="UTC", created_at=made_at
        )
        tenant = create_tenant(
            partner_id=partner.id,
            kind="test",
            currencies=("EUR",),
            requests_per_minute=100_000,
            created_at=made_at,
        )
        client = create_client(tenant_id=tenant.id, name="load", scopes=SCOPES, created_at=made_at)
        Limit.objects.create(
            kind=LimitKind.DAILY_STAKE,
            vip=True,
            tenant=tenant,
            amount=Decimal(VIP_DAILY_LIMIT_USD),
            updated_at=made_at,
        )
        call_command("load_season", Path(season))
        outcomes = Outcome.objects.filter(market__fixture__competition_id=Path(season).stem)
        told = {
            "tenantId": str(tenant.id),
            "clientId": client.client_id,
            "clientSecret": issue_secret(client_id=client.id, issued_at=made_at).secret,
            "outcomes": [
                {
                    "outcomeId": typeid("out", each.id),
                    "fixtureId": str(each.market.fixture_id),
                    "odds": str(each.odds.normalize()),
                }
                for each in outcomes.select_related("market").order_by("id")
            ],
        }
    print(json.dumps(told))  # noqa: T201 - the harness reads it
