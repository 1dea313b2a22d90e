"""The partner's page, Credentials: the API clients of both tenants, and what can be done with each."""

from datetime import datetime
from typing import Final

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.template.loader import render_to_string

from approvals.models import ApprovalRequest, RequestStatus
from core.admin.base import OfficeAdmin
from core.admin.cells import (
    Facts,
    Panel,
    change_url,
    joined,
    label,
    list_url,
    moment,
    moment_text,
    row_link,
    status_label,
)
from core.clock import now
from core.ids import typeid
from partners.admin.page import Shown, tab
from partners.admin.stopped import stopped_in_words
from partners.models import ApiClient, ClientSecret, Partner, Tenant, TenantKind
from partners.onboarding.stages import ENDED
from partners.rules import requests_per_minute
from partners.services.permits import CLIENT, PRODUCTION_CREDENTIALS

EVERY_ADDRESS: Final = {TenantKind.TEST: "every address", TenantKind.PRODUCTION: "none: production is closed"}
"""What an empty list of networks means."""


@tab("credentials")
def credentials(request: HttpRequest, partner: Partner) -> Shown:
    """Show each tenant with its API clients, their secrets and what may be done."""
    tenants = list(
        Tenant.objects.filter(partner=partner)
        .prefetch_related("currencies", "clients__secrets")
        .order_by("-kind")
    )
    waiting = _waiting(partner)
    sections: list[Panel | Facts] = []
    for tenant in tenants:
        tenant.partner = partner
        sections += [_tenant(request, tenant), _clients(request, tenant, waiting, now())]
    kinds = {tenant.kind for tenant in tenants}
    may_add = request.user.has_perm("partners.add_tenant") and partner.stage not in ENDED
    if may_add and kinds != set(TenantKind.values):
        kind = TenantKind.PRODUCTION if TenantKind.TEST in kinds else TenantKind.TEST
        sections.append(
            Panel(
                f"{kind.label} tenant",
                (),
                empty=f"There is no {kind.label.lower()} tenant yet.",
                add_url=f"{list_url(Tenant)}add/?partner={partner.pk}&kind={kind.value}",
                add_text=f"Add the {kind.label.lower()} tenant",
            )
        )
    return Shown(sections)


def _waiting(partner: Partner) -> dict[str, ApprovalRequest]:
    """Return the open requests for production secrets, by the client that each is about."""
    open_ones = ApprovalRequest.objects.filter(
        Q(status=RequestStatus.PENDING) | Q(status=RequestStatus.APPROVED, executed_at__isnull=True),
        kind=PRODUCTION_CREDENTIALS,
        subject_type=CLIENT,
        partner_id=partner.pk,
    )
    return {one.subject_id: one for one in open_ones}


def _tenant(request: HttpRequest, tenant: Tenant) -> Facts:
    per_minute = requests_per_minute(tenant.partner.tier, tenant.requests_per_minute)
    may_open = request.user.has_perm("partners.view_tenant")
    return Facts(
        f"{tenant.get_kind_display()} tenant",
        [
            ("Status", status_label(tenant, "status")),
            *([("Stopped", told)] if (told := stopped_in_words(tenant)) else []),
            ("Tenant", typeid("tnt", tenant.pk)),
            (
                "Allowed IPs",
                joined(tenant.allowed_ips) if tenant.allowed_ips else EVERY_ADDRESS[TenantKind(tenant.kind)],
            ),
            ("Requests a minute", f"{per_minute:,}"),
            ("Currencies", joined(sorted(currency.code for currency in tenant.currencies.all()))),
        ],
        add_url=change_url(Tenant, tenant.pk) if may_open else "",
        add_text="Open the tenant",
    )


def _clients(
    request: HttpRequest, tenant: Tenant, waiting: dict[str, ApprovalRequest], at: datetime
) -> Panel:
    page = admin.site.get_model_admin(ApiClient)
    assert isinstance(page, OfficeAdmin)
    rows = []
    for client in sorted(tenant.clients.all(), key=lambda one: (not one.is_active, one.name)):
        client.tenant = tenant
        commands = page.commands_of(request, client)
        rows.append(
            (
                row_link(ApiClient, client.pk, client.name),
                client.client_id,
                _state(client, waiting.get(str(client.pk))),
                _secrets(client, at),
                moment(client.last_used_at) if client.last_used_at else "never",
                joined(client.scopes),
                render_to_string("office/commands.html", {"commands": commands}) if commands else "-",
            )
        )
    may_add = request.user.has_perm("partners.add_apiclient") and tenant.partner.stage not in ENDED
    return Panel(
        f"API clients, {tenant.get_kind_display().lower()}",
        ("Name", "Client id", "State", "Secrets", "Last used", "Scopes", "Do"),
        rows,
        empty="No API client yet: add one, then issue its secret.",
        add_url=f"{list_url(ApiClient)}add/?tenant={tenant.pk}" if may_add else "",
        add_text="Add API client",
    )


def _state(client: ApiClient, request: ApprovalRequest | None) -> str:
    if not client.is_active:
        return label("revoked")
    if request is None:
        return label("active")
    said = "secret approved" if request.status == RequestStatus.APPROVED else "secret waits for approval"
    return row_link(ApprovalRequest, request.pk, said)


def _secrets(client: ApiClient, at: datetime) -> str:
    live = [
        secret
        for secret in client.secrets.all()
        if secret.revoked_at is None and (secret.expires_at is None or secret.expires_at > at)
    ]
    if not live:
        return "none that works"
    return "; ".join(_secret(secret) for secret in live)


def _secret(secret: ClientSecret) -> str:
    end = f"ends {moment_text(secret.expires_at)}" if secret.expires_at else "no end"
    return f"…{secret.hint}, {end}"
