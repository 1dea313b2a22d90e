"""The partner's page: Commercial (configuration, plans, rates) and Statements."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from core.admin.cells import (
    Facts,
    Panel,
    joined,
    label,
    link,
    list_url,
    moment,
    money,
    row_link,
    status_label,
)
from core.clock import now
from core.ids import typeid
from core.money import exact_text
from partners.admin.page import Shown, tab
from partners.models import ExchangeRate, Partner, Product, Tenant
from settlement.models import Plan, Statement

STATEMENTS_MAX: Final = 60
LIMITS_CURRENCY: Final = "USD"
COLUMNS: Final = (
    "Statement",
    "Month",
    "Tenant",
    "Status",
    "Revenue",
    "Total",
    "Drafted",
    "Issued",
    "File",
)


@tab("commercial")
def commercial(request: HttpRequest, partner: Partner) -> Shown:
    """Show what was agreed with a partner, and the rates that its statements and limits use."""
    tenants = list(Tenant.objects.filter(partner=partner).prefetch_related("currencies").order_by("-kind"))
    plans = list(Plan.objects.filter(tenant__in=tenants).order_by("tenant_id", "-version"))
    codes = {currency.code for tenant in tenants for currency in tenant.currencies.all()}
    return Shown(
        [
            _configuration(request, partner, codes),
            _plans(request, partner, tenants, plans),
            _rates(codes | {plan.currency_id for plan in plans} | {LIMITS_CURRENCY}),
        ]
    )


@tab("statements")
def statements(request: HttpRequest, partner: Partner) -> Shown:
    """List a partner's statements, the newest month first."""
    found = (
        Statement.objects.filter(tenant__partner=partner)
        .select_related("tenant")
        .order_by("-period_start_date", "-id")
    )
    return Shown(
        [
            Panel(
                "Statements",
                COLUMNS,
                [
                    (
                        row_link(Statement, one.pk, one.number),
                        f"{one.period_start_date:%Y-%m}",
                        status_label(one.tenant, "kind"),
                        status_label(one, "status"),
                        money(one.revenue, one.currency_id),
                        money(one.total, one.currency_id),
                        moment(one.drafted_at),
                        moment(one.issued_at),
                        link(reverse("admin:settlement_statement_csv", args=(one.pk,)), "CSV"),
                    )
                    for one in found[:STATEMENTS_MAX]
                ],
                empty="No statement yet: the first is drafted at the end of a month with a commission plan.",
                note=f"The newest {STATEMENTS_MAX}. Months are those of {partner.time_zone}.",
                numeric=frozenset({"Revenue", "Total"}),
                add_url=f"{list_url(Statement)}?q={typeid('ptr', partner.pk)}",
                add_text="In the list of statements",
            )
        ]
    )


def _configuration(request: HttpRequest, partner: Partner, codes: set[str]) -> Facts:
    may_change = request.user.has_perm("partners.change_partner")
    return Facts(
        "Configuration",
        [
            ("Partner", typeid("ptr", partner.pk)),
            ("Products", joined(Product(each).label for each in partner.enabled_products)),
            ("Bet types", "Singles, multiples"),
            ("Odds format", "Decimal"),
            ("Currencies", joined(sorted(codes))),
            ("Tier", partner.get_tier_display()),
            ("Risk profile", partner.get_risk_profile_display()),
            ("Time zone", partner.time_zone),
        ],
        add_url=reverse("admin:partners_partner_change", args=(partner.pk,)) if may_change else "",
        add_text="Edit",
    )


def _plans(request: HttpRequest, partner: Partner, tenants: list[Tenant], plans: list[Plan]) -> Panel:
    kinds = {tenant.pk: tenant for tenant in tenants}
    today = now().astimezone(ZoneInfo(partner.time_zone)).date()
    may_agree = request.user.has_perm("settlement.add_plan")
    return Panel(
        "Commission plans",
        ("Tenant", "Version", "State", "Kind", "Rate", "Currency", "Paid by", "From", "Until"),
        [
            (
                status_label(kinds[plan.tenant_id], "kind"),
                row_link(Plan, plan.pk, f"version {plan.version}"),
                _plan_state(plan, today),
                plan.get_kind_display(),
                f"{exact_text(plan.rate * 100, 0)} %",
                plan.currency_id,
                plan.get_payer_display(),
                plan.valid_from,
                plan.valid_to or "-",
            )
            for plan in plans
        ],
        note="A plan is never edited: another version follows it, and a second person approves it.",
        empty="No commission plan yet: nothing that is settled is charged.",
        numeric=frozenset({"Rate"}),
        add_url=reverse("admin:settlement_plan_agree") if may_agree else "",
        add_text="Agree a plan",
    )


def _plan_state(plan: Plan, today: date) -> str:
    if plan.valid_to == plan.valid_from:
        return label("withdrawn", "replaced before it began")
    if plan.valid_from > today:
        return label("scheduled", "to come")
    if plan.valid_to is not None and plan.valid_to <= today:
        return label("settled", "over")
    return label("active")


def _rates(codes: set[str]) -> Panel:
    entered = (
        ExchangeRate.objects.filter(Q(base__in=codes) & Q(quote__in=codes), valid_date__lte=now().date())
        .order_by("base_id", "quote_id", "-valid_date")
        .distinct("base_id", "quote_id")
    )
    return Panel(
        "Exchange rates between its currencies",
        ("Pair", "Rate", "From", "Source"),
        [
            (f"1 {rate.base_id} in {rate.quote_id}", exact_text(rate.rate, 2), rate.valid_date, rate.source)
            for rate in entered
        ],
        note="The latest entries. Limits convert to USD at the rate of the day; "
        "a statement locks the rates that it used.",
        empty="No rate is entered between the partner's currencies.",
        numeric=frozenset({"Rate"}),
    )
