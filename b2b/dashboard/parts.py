"""What the sections of the home page are made of: cards, charts and tables, and who looks at them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Final

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from approvals.inbox import may_look
from approvals.models import ApprovalRequest
from approvals.queries import list_decidable
from core.admin.cells import Panel, list_url
from core.admin.charts import Chart
from core.admin.paging import count_each
from core.models import StaffUser
from partners.compliance.queries import list_stopped
from partners.models import Partner, TenantKind
from partners.queries.scope import partners_of, sees_all
from reporting.queries import Counted, get_counted

COUNTED_MAX: Final = 10_000
ROWS_MAX: Final = 10
NAMES_MAX: Final = 5
"""So many names stand on a card."""


@dataclass(frozen=True)
class Card:
    """A figure and the list behind it. Where there are `rows`, the figure is how many; see `count_cards`.

    `is_alarm`: somebody has to act on it now.
    """

    title: str
    figure: str
    url: str
    note: str = ""
    rows: QuerySet[Any] | None = None
    is_alarm: bool = False


@dataclass(frozen=True)
class Section:
    """What one role sees of its work. `has_kinds`: whether it differs between test and production."""

    title: str
    cards: Sequence[Card] = ()
    charts: Sequence[Chart] = ()
    panels: Sequence[Panel] = ()
    has_kinds: bool = True

    @property
    def has_content(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.cards or self.charts or self.panels)


@dataclass
class Viewer:
    """Who looks, when, and at the tenants of which kind; looked up once for all sections."""

    request: HttpRequest
    at: datetime

    @property
    def user(self) -> StaffUser:
        """The member of staff."""
        user = self.request.user
        assert isinstance(user, StaffUser)
        return user

    def may(self, permission: str) -> bool:
        """Whether the member of staff has a permission."""
        return bool(self.user.has_perm(permission))

    @cached_property
    def kind(self) -> str:
        """The tenants shown: those asked for, else production as soon as anything happened there lately."""
        asked = self.request.GET.get("kind", "")
        if asked in TenantKind.values:
            return asked
        return TenantKind.PRODUCTION.value if self.counted.has_production else TenantKind.TEST.value

    @cached_property
    def counted(self) -> Counted:
        """How far everything is counted, and whether production has had bets, the viewer's own partners'."""
        own = None if sees_all(self.user) else self.partners
        return get_counted(since=self.at - timedelta(days=30), partners=own)

    @property
    def of_kind(self) -> str:
        """What the titles of charts say of whose figures they show."""
        return f", {self.kind}"

    @cached_property
    def partners(self) -> QuerySet[Partner]:
        """The partners that the member of staff sees."""
        return partners_of(self.user)


def counted(title: str, rows: QuerySet[Any], model: type[Model], query: str = "", note: str = "") -> Card:
    """Return a card that counts rows and leads to their list."""
    return Card(title, "", list_url(model) + query, note, rows)


def count_cards(sections: Iterable[Section]) -> list[Section]:
    """Return sections with the figures of all cards, each counted to 10,000 at most, by one query."""
    found = list(sections)
    asked = [card.rows for section in found for card in section.cards if card.rows is not None]
    counts = iter(count_each(asked, most=COUNTED_MAX + 1))
    return [
        replace(
            section,
            cards=[
                card if card.rows is None else replace(card, figure=_figure(next(counts)))
                for card in section.cards
            ],
        )
        for section in found
    ]


def _figure(count: int) -> str:
    return f"{count:,}" if count <= COUNTED_MAX else f"over {COUNTED_MAX:,}"


def named(names: Sequence[str]) -> str:
    """Return the first names in one line, and whether there are others."""
    return ", ".join(names[:NAMES_MAX]) + (" and others" if len(names) > NAMES_MAX else "")


def stopped_card(viewer: Viewer) -> Card:
    """Return the card of the partners whose production compliance has stopped, with their names."""
    stopped = viewer.partners.filter(pk__in=list_stopped())
    names = list(stopped.order_by("name").values_list("name", flat=True)[: NAMES_MAX + 1])
    return Card(
        "Production stopped by compliance",
        "",
        f"{list_url(Partner)}?production=stopped",
        named(names),
        stopped,
        is_alarm=bool(names),
    )


def approvals_card(viewer: Viewer) -> list[Card]:
    """Return the card of what waits for this member of staff's approval, for whoever decides anything."""
    if not may_look(viewer.request) or not viewer.may("approvals.change_approvalrequest"):
        return []
    waiting = list_decidable(viewer.user, at=viewer.at)
    return [counted("Waiting for your approval", waiting, ApprovalRequest)]
