"""The partner's page, Limits: those of the platform, the partner and its tenants side by side."""

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html

from approvals.inbox import may_look
from approvals.models import ApprovalRequest, RequestStatus
from core.admin.cells import NBSP, Panel, change_url, figure, label, link, list_url, moment, money, row_link
from partners.admin.page import Shown, tab
from partners.models import Partner, Tenant
from risk import rules
from risk.in_force import OWNERS, USD
from risk.models import Limit, LimitKind
from risk.services.limits import LIMIT_RAISE


@dataclass(frozen=True)
class Row:
    """One kind of limit for ordinary or for VIP players, with whatever is set at each place."""

    kind: LimitKind
    vip: bool
    found: list[Limit]

    def at(self, *, partner: Partner | None = None, tenant: Tenant | None = None) -> Limit | None:
        """Return what is set at a place: at the platform without arguments."""
        wanted = (partner.pk if partner else None, tenant.pk if tenant else None)
        return next((one for one in self.found if (one.partner_id, one.tenant_id) == wanted), None)


@tab("limits")
def limits(request: HttpRequest, partner: Partner) -> Shown:
    """Show which limits are set where, which of them count, and what is proposed."""
    tenants = list(Tenant.objects.filter(partner=partner).order_by("-kind"))
    found = list(
        Limit.objects.filter(
            Q(partner__isnull=True, tenant__isnull=True) | Q(partner=partner) | Q(tenant__in=tenants)
        )
    )
    rows = [
        Row(kind, vip, [one for one in found if (one.kind, one.vip) == (kind, vip)])
        for kind in LimitKind
        for vip in (False, True)
    ]
    return Shown([_table(request, partner, tenants, rows), _proposals(request, partner)])


def _table(request: HttpRequest, partner: Partner, tenants: list[Tenant], rows: list[Row]) -> Panel:
    may_set = request.user.has_perm("risk.add_limit")
    counting = [f"Counts in {tenant.kind}" for tenant in tenants]
    own = [f"{tenant.get_kind_display()} tenant" for tenant in tenants]
    return Panel(
        "Limits on a player's stakes",
        ("Limit", "Players", "Platform", "Partner", *own, *counting),
        [
            (
                row.kind.label,
                "VIP" if row.vip else "ordinary",
                _cell(row, row.at(), may_set=may_set),
                _cell(row, row.at(partner=partner), may_set=may_set, partner=partner),
                *(_cell(row, row.at(tenant=tenant), may_set=may_set, tenant=tenant) for tenant in tenants),
                *(_counting(row, partner, tenant) for tenant in tenants),
            )
            for row in rows
        ],
        note="In USD. The nearest counts: the tenant's own, else the partner's, else the platform's. "
        "A lower limit holds at once; a higher one waits for a second person.",
        numeric=frozenset({"Platform", "Partner", *own, *counting}),
        add_url=f"{list_url(Limit)}?{urlencode({'q': partner.name})}",
        add_text="In the list of limits",
    )


def _cell(
    row: Row,
    limit: Limit | None,
    *,
    may_set: bool,
    partner: Partner | None = None,
    tenant: Tenant | None = None,
) -> str:
    if limit is not None:
        shown = figure(limit.amount, 2)
        return link(change_url(Limit, limit.pk), shown) if may_set else shown
    if partner is None and tenant is None:
        return figure(rules.PLATFORM_DEFAULTS_USD[rules.LimitKind(row.kind)], 2)
    if not may_set:
        return "-"
    owner = {"partner": partner.pk} if partner else {"tenant": tenant.pk if tenant else ""}
    asked = urlencode({"kind": row.kind.value, **({"vip": "on"} if row.vip else {}), **owner})
    return link(f"{list_url(Limit)}add/?{asked}", "Set")


def _counting(row: Row, partner: Partner, tenant: Tenant) -> str:
    places = (
        (rules.LimitScope.TENANT, row.at(tenant=tenant)),
        (rules.LimitScope.PARTNER, row.at(partner=partner)),
        (rules.LimitScope.PLATFORM, row.at()),
    )
    scope, limit = next(((scope, one) for scope, one in places if one is not None), places[-1])
    amount = limit.amount if limit else rules.PLATFORM_DEFAULTS_USD[rules.LimitKind(row.kind)]
    return format_html("<span><strong>{}{}USD</strong><br>{}</span>", figure(amount, 2), NBSP, OWNERS[scope])


def _proposals(request: HttpRequest, partner: Partner) -> Panel:
    waiting = (
        ApprovalRequest.objects.filter(kind=LIMIT_RAISE, partner_id=partner.pk, status=RequestStatus.PENDING)
        .select_related("requested_by")
        .order_by("id")[:20]
    )
    may_open = may_look(request)
    return Panel(
        "Proposed, waiting for a second person",
        ("Limit", "Now", "Proposed", "By", "Reason", "Until"),
        [
            (
                row_link(ApprovalRequest, one.pk, one.title) if may_open else one.title,
                money(Decimal(one.payload["present"]["amount"]), USD),
                label("pending", money(Decimal(one.payload["proposed"]["amount"]), USD)),
                str(one.requested_by),
                one.reason,
                moment(one.expires_at),
            )
            for one in waiting
        ],
        empty="No limit is proposed.",
        numeric=frozenset({"Now"}),
    )
