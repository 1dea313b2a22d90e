"""The partner's page, Overview: where the partner stands, how it is doing, its people, and notes about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.urls import reverse

from core.admin.cells import Panel, label, link, links_in_line, moment, status_label, yes_or_no
from core.clock import now
from core.pii import masked
from core.together import read_together
from integration.admin.partner_tab import errors_share
from integration.queries import Traffic, list_traffic
from partners.admin.page import Shown, stopped_for, tab, tab_url
from partners.admin.ramp import ramp_in_words
from partners.models import Partner, Status, Tenant, TenantKind
from partners.onboarding.admin.mending import all_mending, mending
from partners.onboarding.models import Contact, Note
from partners.onboarding.queries import list_way
from partners.onboarding.stages import ENDED, WAY, Stage
from partners.onboarding.waiting import days_in_stage, is_late
from reporting.charts import partner_overview
from sportsbook.models import Bet

NOTES_MAX: Final = 50
HOURS: Final = 24
DAYS: Final = 30


@dataclass(frozen=True)
class Card:
    """A figure of the partner's health, and the page behind it."""

    title: str
    figure: Any
    note: str = ""
    url: str = ""


@tab("overview")
def overview(request: HttpRequest, partner: Partner) -> Shown:
    """Show a partner's stage with what it misses, its health, its contacts and the notes about it."""
    at = now()
    way = list_way(partner)
    onward = way.steps.onward
    contacts, notes = read_together(
        Contact.objects.filter(partner=partner).order_by("-is_active", "-is_primary", "name"),
        Note.objects.filter(partner=partner).order_by("-id")[:NOTES_MAX],
    )
    return Shown(
        [_contacts(request, partner, contacts)],
        template="office/partner/overview.html",
        context={
            "days": days_in_stage(partner, at),
            "is_late": is_late(partner, at),
            "way": _stages(partner),
            "is_beside": Stage(partner.stage) not in WAY,
            "stopped_for": stopped_for(partner),
            "onward": onward,
            "missing": all_mending(onward.missing if onward else (), partner.pk, request.user),
            "checklist": [
                (each, each.title if each.is_met else mending(each.fact, partner.pk, request.user))
                for each in way.checklist
            ],
            **_doing(request, partner, at),
            "notes": notes if request.user.has_perm("partners.view_note") else None,
            "note_url": _note_url(request, partner),
        },
    )


def _note_url(request: HttpRequest, partner: Partner) -> str:
    return reverse("office-note", args=(partner.pk,)) if request.user.has_perm("partners.add_note") else ""


def _stages(partner: Partner) -> list[dict[str, Any]]:
    """Return the stages of the way, each with whether it is behind, here or to come."""
    present = Stage(partner.stage)
    place = WAY.index(present) if present in WAY else -1
    return [
        {"label": stage.label, "is_done": number < place, "is_here": number == place}
        for number, stage in enumerate(WAY)
    ]


def _state_card(partner: Partner, tenant: Tenant, url: str) -> Card:
    """Return whether a tenant's systems are let in: it is stopped with its partner, whatever it is itself."""
    with_partner = partner.status == Status.SUSPENDED and tenant.status == Status.ACTIVE
    shown, stopped = (partner, "with the whole partner") if with_partner else (tenant, "")
    note = "; ".join(each for each in (stopped, ramp_in_words(tenant)) if each)
    return Card(f"{tenant.get_kind_display()} tenant", status_label(shown, "status"), note, url)


def _doing(request: HttpRequest, partner: Partner, at: datetime) -> dict[str, Any]:
    """Return the cards of each tenant, and the charts of one.

    That which is asked for, else production once it has had bets, else the test tenant.
    """
    newest = Bet.objects.filter(tenant_id=OuterRef("pk")).order_by("-id").values("placed_at")[:1]
    tenants = list(
        Tenant.objects.filter(partner=partner).annotate(last_bet_at=Subquery(newest)).order_by("-kind")
    )
    traffic = list_traffic(tenant_ids=[each.pk for each in tenants], since=at - timedelta(hours=HOURS))
    may_see_log = request.user.has_perm("integration.view_apirequest")
    log_url = tab_url(partner.pk, "integration") if may_see_log else ""
    keys_url = tab_url(partner.pk, "credentials") if request.user.has_perm("partners.view_apiclient") else ""
    cards: list[Card] = []
    for tenant in tenants:
        found = traffic.get(tenant.pk, Traffic())
        kind = tenant.get_kind_display()
        last_bet_at: datetime | None = tenant.last_bet_at
        cards += [
            _state_card(partner, tenant, keys_url),
            Card(
                f"{kind}: errors, {HOURS} h",
                errors_share(found),
                _calls(found, at),
                log_url,
            ),
            Card(
                f"{kind}: last bet",
                _ago(last_bet_at, at),
                moment(last_bet_at) if last_bet_at else "",
            ),
        ]
    kinds = [tenant.kind for tenant in tenants]
    in_use = [each.kind for each in tenants if each.kind == TenantKind.PRODUCTION and each.last_bet_at]
    usual = next(iter([*in_use, *kinds]), "")
    asked = request.GET.get("of", usual)
    shown = asked if asked in kinds else usual
    return {
        "cards": cards,
        "charts": partner_overview(partner, days=DAYS, at=at, kind=shown).charts if shown else (),
        "days_shown": DAYS,
        "chart_tabs": [
            {"title": tenant.get_kind_display(), "kind": tenant.kind, "is_current": tenant.kind == shown}
            for tenant in tenants
        ],
    }


def _calls(traffic: Traffic, at: datetime) -> str:
    """Return of how many requests a share is, and when the last one was."""
    return (
        f"of {traffic.count:,} requests, the last {_ago(traffic.last_at, at)}"
        if traffic.count
        else "no request"
    )


def _ago(moment_at: datetime | None, at: datetime) -> str:
    """Return how long ago something was, in the one unit that says most."""
    if moment_at is None:
        return "never"
    seconds = max(int((at - moment_at).total_seconds()), 0)
    for size, unit in ((86_400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"


def _contacts(request: HttpRequest, partner: Partner, contacts: Sequence[Contact]) -> Panel:
    if not request.user.has_perm("partners.view_contact"):
        return Panel("Contacts", (), empty="Contacts are shown to account managers and compliance.")
    may_change = request.user.has_perm("partners.change_contact") and partner.stage not in ENDED
    may_reveal = request.user.has_perm("partners.reveal_contact")
    return Panel(
        "Contacts",
        ("Name", "Role", "E-mail", "Phone", "Primary", "State", ""),
        [
            (
                masked(Contact, "name", one.name),
                one.get_role_display(),
                masked(Contact, "email", one.email),
                masked(Contact, "phone", one.phone) or "-",
                yes_or_no(one.is_primary),
                label("active") if one.is_active else label("settled", "has left"),
                _contact_links(one, may_change=may_change, may_reveal=may_reveal),
            )
            for one in contacts
        ],
        empty="Nobody is entered yet: add the primary contact, then the technical one.",
        add_url=reverse("office-contact-add", args=(partner.pk,)) if may_change else "",
        add_text="Add contact",
    )


def _contact_links(contact: Contact, *, may_change: bool, may_reveal: bool) -> str:
    links = []
    if may_reveal:
        links.append(link(reverse("office-reveal-contact", args=(contact.pk,)), "Show"))
    if may_change:
        links.append(link(reverse("office-contact", args=(contact.partner_id, contact.pk)), "Edit"))
    return links_in_line(links)
