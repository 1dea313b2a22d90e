"""The account manager's section: my partners, those that wait, and what each needs next."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import F, OuterRef, Subquery, Sum
from django.urls import reverse

from b2b.dashboard.parts import ROWS_MAX, Card, Section, Viewer, named, stopped_card
from core.admin.cells import Panel, joined, label, list_url, row_link
from partners.models import Partner, Status, Tenant, TenantKind
from partners.onboarding.admin.mending import mending_in_line
from partners.onboarding.board import late_url
from partners.onboarding.queries import Step, list_steps
from partners.onboarding.stages import ENDED, ON_THE_WAY, PRODUCTION, Stage
from partners.onboarding.waiting import LATE_DAYS, days_in_stage, is_late
from partners.rules import RAMP_WHOLE_PERCENT
from reporting.charts import bets_chart
from reporting.models import DailyRequests
from reporting.queries import Grain, list_bets, span_until

ERROR_RATE_MAX: Final = Decimal("0.02")
ERROR_DAYS: Final = 7


def account_manager(viewer: Viewer) -> Section:
    """Return my partners by stage, who waits, who fails, bets a day, and the next step of each."""
    mine = _my_partners(viewer)
    tenant_ids = [partner.shown_tenant_id for partner in mine if partner.shown_tenant_id is not None]
    waiting = [partner for partner in mine if partner.stage in ON_THE_WAY]
    span = span_until(Grain.DAY, 30, at=viewer.at)
    bets = list_bets(span, tenant_ids=tenant_ids)
    return Section(
        "My partners",
        cards=_cards(viewer, mine),
        charts=[bets_chart(bets, span, of=f" of my partners{viewer.of_kind}")],
        panels=[_next_steps(viewer, waiting[:ROWS_MAX])],
    )


def _my_partners(viewer: Viewer) -> list[Any]:
    """Return my partners, who waits longest first, with the tenant shown, requests, errors and ramp."""
    ramp = Tenant.objects.filter(partner=OuterRef("pk"), kind=TenantKind.PRODUCTION).values("ramp_percent")
    tenant = Tenant.objects.filter(partner=OuterRef("pk"), kind=viewer.kind).values("pk")
    since = viewer.at.date() - timedelta(days=ERROR_DAYS - 1)
    lately = DailyRequests.objects.filter(
        tenant__partner=OuterRef("pk"), tenant__kind=viewer.kind, day__gte=since
    ).values("tenant")
    return list(
        viewer.partners.annotate(
            shown_tenant_id=Subquery(tenant),
            requests=Subquery(lately.annotate(sum=Sum("requests")).values("sum")),
            ramp_percent=Subquery(ramp),
            errors=Subquery(lately.annotate(sum=Sum(F("refused") + F("failed"))).values("sum")),
        ).order_by("stage_since", "pk")
    )


def _cards(viewer: Viewer, mine: list[Any]) -> list[Card]:
    stages = Counter(partner.stage for partner in mine)
    partners = list_url(Partner)
    late = sum(is_late(partner, viewer.at) for partner in mine)
    failing = [
        partner.pk for partner in mine if (partner.errors or 0) > ERROR_RATE_MAX * (partner.requests or 0)
    ]
    by_stage = joined(f"{count} {Stage(stage).label.lower()}" for stage, count in _in_order(stages))
    chosen = ",".join(str(key) for key in failing[:50])
    return [
        Card("My partners", f"{stages.total():,}", partners, by_stage if stages else ""),
        Card(
            f"Waiting over {LATE_DAYS} days",
            f"{late:,}",
            late_url(),
            "On their way, and late where they are.",
        ),
        Card(
            "Error rate over 2 %",
            f"{len(failing):,}",
            f"{partners}?id__in={chosen}" if failing else partners,
            f"Refused (4xx) or failed (5xx), of their API requests of {ERROR_DAYS} days, {viewer.kind}. "
            "What a rule refuses (422) is no error.",
        ),
        _ramp_card(mine),
        stopped_card(viewer),
        *_suspended_card(mine),
    ]


def _suspended_card(mine: list[Any]) -> list[Card]:
    """Return the card of the partners whom somebody has suspended, while there are any."""
    names = sorted(each.name for each in mine if each.status == Status.SUSPENDED and each.stage not in ENDED)
    url = f"{list_url(Partner)}?status__exact={Status.SUSPENDED.value}"
    return [Card("Suspended partners", f"{len(names):,}", url, named(names), is_alarm=True)] if names else []


def _ramp_card(mine: list[Any]) -> Card:
    """Return the card of the partners in production with a part of their players, the least routed first."""
    ramping = sorted(
        (partner.ramp_percent, partner.name)
        for partner in mine
        if partner.stage in PRODUCTION
        and partner.ramp_percent is not None
        and partner.ramp_percent < RAMP_WHOLE_PERCENT
    )
    return Card(
        "Ramp below 100 %",
        f"{len(ramping):,}",
        f"{list_url(Partner)}?ramp=below",
        named([f"{name} {percent} %" for percent, name in ramping]),
    )


def _in_order(stages: Counter[str]) -> list[tuple[str, int]]:
    return [(stage.value, stages[stage.value]) for stage in Stage if stages[stage.value]]


def _missing(viewer: Viewer, partner: Partner, onward: Step | None) -> str:
    if onward is None:
        return "-"
    return mending_in_line(onward.missing, partner.pk, viewer.user) if onward.missing else "nothing"


def _next_steps(viewer: Viewer, partners: list[Any]) -> Panel:
    steps = list_steps(partners) if partners else {}
    rows = []
    for partner in partners:
        onward = steps[partner.pk].onward
        rows.append(
            (
                row_link(Partner, partner.pk, partner.name),
                label(partner.stage, Stage(partner.stage).label),
                f"{days_in_stage(partner, viewer.at)}",
                "-" if onward is None else onward.to_stage.label,
                _missing(viewer, partner, onward),
            )
        )
    return Panel(
        "Next steps, who waits longest first",
        ("Partner", "Stage", "Days", "Next", "Still missing"),
        rows,
        empty="No partner of yours is on its way. Register one under All partners.",
        numeric=frozenset({"Days"}),
        add_url=reverse("office-board"),
        add_text="Onboarding board",
    )
