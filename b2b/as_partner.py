"""View as partner: what the partner's API answers, read-only and recorded each time.

The page asks the API's own views for their GET answers in the name of one of the partner's tenants: what is
shown is what the partner's system gets. The session stays that of the member of staff; nothing here takes a
POST, and only the views named in `PARTS` are ever asked, by GET alone.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.utils.http import urlencode

from core.admin.cells import Facts, Panel, label
from core.admin.pages import office_page, office_view
from core.admin.paging import ROWS_MAX
from core.api.principal import Principal
from core.audit import record
from core.clock import now
from core.errors import Refusal
from core.ids import typeid
from partners.admin.page import VIEW, VIEW_AS_PARTNER, seen_partner, tab_url
from partners.api.onboarding import Onboarding
from partners.compliance.api.views import Documents
from partners.models import ApiClient, Tenant
from settlement.api.partner import ThePartner
from settlement.api.views import Statements
from sportsbook.api.bets import Bets
from wallet.models import Player
from webhooks.api.endpoints import Endpoints

ROWS: Final = 50


@dataclass(frozen=True)
class AsPartner:
    """A GET request of a partner's system, as the API's views read it."""

    auth: Principal
    GET: QueryDict
    method: Literal["GET"] = "GET"


@dataclass(frozen=True)
class Part:
    """One answer of the API: its title, its address, its view, and which fields its table shows."""

    title: str
    path: str
    view: Any
    columns: Mapping[str, str]

    @property
    def is_list(self) -> bool:
        """Whether the answer is a list that is shown page by page."""
        return bool(self.columns)


PARTS: Final[Mapping[str, Part]] = {
    "configuration": Part("Configuration", "/api/v2/partner", ThePartner, {}),
    "onboarding": Part("Onboarding", "/api/v2/onboarding", Onboarding, {}),
    "bets": Part(
        "Bets",
        "/api/v2/bets",
        Bets,
        {
            "betId": "Bet",
            "reference": "Reference",
            "status": "Status",
            "type": "Type",
            "stake": "Stake",
            "currency": "Currency",
            "odds": "Odds",
            "payout": "Payout",
            "placedAt": "Placed",
        },
    ),
    "statements": Part(
        "Statements",
        "/api/v2/statements",
        Statements,
        {
            "number": "Statement",
            "period.start": "From",
            "period.end": "Until",
            "status": "Status",
            "revenue": "Revenue",
            "total": "Total",
            "currency": "Currency",
            "issuedAt": "Issued",
        },
    ),
    "documents": Part(
        "Documents",
        "/api/v2/compliance/documents",
        Documents,
        {
            "fileName": "File",
            "title": "Asked for",
            "status": "Status",
            "note": "Note",
            "expiresOn": "Last day",
            "uploadedAt": "Handed in",
        },
    ),
    "webhooks": Part(
        "Webhooks",
        "/api/v2/webhook-endpoints",
        Endpoints,
        {
            "url": "URL",
            "status": "Status",
            "health.consecutiveFailures": "Failures in a row",
            "health.waiting": "Waiting",
            "health.dead": "Dead",
            "health.lastDeliveredAt": "Last delivered",
        },
    ),
}
NUMERIC: Final = frozenset(
    {"Stake", "Odds", "Payout", "Revenue", "Total", "Failures in a row", "Waiting", "Dead"}
)


@office_view(VIEW, VIEW_AS_PARTNER)
def as_partner(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """Show one part of what a partner's API shows, for one of its tenants, and record who looked."""
    partner = seen_partner(request, partner_id)
    tenants = {tenant.kind: tenant for tenant in Tenant.objects.filter(partner=partner).order_by("-kind")}
    asked = request.GET.get("show", "configuration")
    part = PARTS.get(asked)
    if part is None:
        raise Http404("The API shows no such thing.")
    tenant = tenants.get(request.GET.get("tenant", "")) or next(iter(tenants.values()), None)
    sections: list[Panel | Facts] = []
    older_url, answer_text, problem = "", "", ""
    if tenant is not None:
        tenant.partner = partner
        _record(tenant, part)
        try:
            answer = _ask(part, tenant, request.GET.get("cursor", ""))
        except Refusal as refusal:
            problem = refusal.message
        else:
            answer_text = json.dumps(answer, ensure_ascii=False, indent=1)
            sections = _sections(part, answer, tenant)
            cursor = answer.get("nextCursor") if part.is_list else None
            older_url = _url(tenant.kind, asked, cursor=cursor) if cursor else ""
    return office_page(
        request,
        "office/partner/as_partner.html",
        title=partner.name,
        subtitle="As the partner sees it",
        partner=partner,
        tenant=tenant,
        tenants=[
            {"title": each.get_kind_display(), "url": _url(kind, asked), "is_current": each == tenant}
            for kind, each in tenants.items()
        ],
        parts=[
            {
                "title": each.title,
                "url": _url(tenant.kind if tenant else "", name),
                "is_current": name == asked,
            }
            for name, each in PARTS.items()
        ],
        part=part,
        sections=sections,
        older_url=older_url,
        answer_text=answer_text,
        problem=problem,
        back=tab_url(partner.pk, "overview"),
    )


def _url(kind: str, part: str, *, cursor: str = "") -> str:
    return "?" + urlencode({"tenant": kind, "show": part, **({"cursor": cursor} if cursor else {})})


def _record(tenant: Tenant, part: Part) -> None:
    with transaction.atomic():
        record(
            action="view as partner",
            subject=tenant.partner,
            recorded_at=now(),
            after={"as": typeid("tnt", tenant.pk), "tenant": tenant.kind, "shown": part.path},
        )


def _ask(part: Part, tenant: Tenant, cursor: str) -> dict[str, Any]:
    """Return what the API answers to the tenant's system. Raises Refusal, as for a cursor that is none."""
    partner = tenant.partner
    client = ApiClient.objects.filter(tenant=tenant, is_active=True).order_by("id").first()
    principal = Principal(
        tenant_id=tenant.pk,
        partner_id=partner.pk,
        client_id=client.client_id if client else "",
        scopes=frozenset(),
        tenant_kind=cast(Literal["test", "production"], tenant.kind),
        tier=partner.tier,
        time_zone=partner.time_zone,
    )
    query = QueryDict(mutable=True)
    if part.is_list:
        query["limit"] = str(ROWS)
        if cursor:
            query["cursor"] = cursor
    get: Callable[[Any], HttpResponse] = part.view().get
    found: dict[str, Any] = json.loads(get(AsPartner(principal, query)).content)
    return found


def _sections(part: Part, answer: dict[str, Any], tenant: Tenant) -> list[Panel | Facts]:
    if part.is_list:
        return [
            Panel(
                part.title,
                tuple(part.columns.values()),
                [tuple(_cell(name, _value(row, name)) for name in part.columns) for row in answer["data"]],
                empty="The API answers with an empty list.",
                numeric=NUMERIC & set(part.columns.values()),
            )
        ]
    plain = [(name, _cell(name, value)) for name, value in answer.items() if not _is_table(value)]
    if part.view is ThePartner:
        plain.append(("players", _count_players(tenant)))
    tables: list[Panel | Facts] = [
        Panel(
            name,
            tuple(value[0]),
            [tuple(_cell(key, row[key]) for key in value[0]) for row in value],
        )
        for name, value in answer.items()
        if _is_table(value)
    ]
    return [Facts(part.title, plain), *tables]


def _count_players(tenant: Tenant) -> str:
    count = Player.objects.filter(tenant=tenant).order_by()[: ROWS_MAX + 1].count()
    return f"{count:,}" if count <= ROWS_MAX else f"over {ROWS_MAX:,}"


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _value(row: Mapping[str, Any], name: str) -> Any:
    found: Any = row
    for key in name.split("."):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _cell(name: str, value: Any) -> Any:
    if name == "status" and isinstance(value, str):
        return label(value)
    if value is None or value in ("", []):
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items())
    return str(value)
