"""The onboarding board: a column for each stage, a card for each partner, with what it still misses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from types import MappingProxyType
from typing import Final

from django.core.exceptions import PermissionDenied
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from core.admin.cells import list_url
from core.admin.exports import CHUNK, ROWS_MAX, plain_cell, send_rows
from core.admin.pages import office_page, office_view
from core.clock import now
from core.models import StaffUser
from partners.admin.page import stop_labels, tab_url
from partners.compliance.queries import stop_reason
from partners.models import Partner
from partners.onboarding.admin.mending import all_mending
from partners.onboarding.queries import Step, Steps, list_steps
from partners.onboarding.stages import ENDED, WAY, Stage
from partners.onboarding.waiting import LATE_DAYS, days_in_stage, is_late, late
from partners.queries.scope import ACCOUNT_MANAGER, partners_of
from staff.queries import roles_of

CARDS_MAX: Final = 20
"""Cards a column shows, those that wait longest first."""
STAGE_CARDS_MAX: Final = 200
"""Cards of the column, where one stage is asked for."""
COLUMNS: Final = (*WAY, Stage.PAUSED)
MANAGERS_MAX: Final = 200
NOBODY: Final = "-"
LATE: Final = "1"


@dataclass(frozen=True)
class Card:
    partner: Partner
    days: int
    is_late: bool
    onward: Step | None
    missing: list[SafeString | str]
    may_move: bool
    stops: list[str]

    @property
    def url(self) -> str:
        return tab_url(self.partner.pk, "overview")

    @property
    def move_url(self) -> str:
        return reverse("admin:partners_partner_move", args=(self.partner.pk,))

    @property
    def owner(self) -> str:
        return _owner(self.partner)


@dataclass(frozen=True)
class Column:
    stage: Stage
    count: int
    cards: list[Card]
    asked: Mapping[str, str]

    @property
    def url(self) -> str:
        """Where all partners of the stage are: on a board of it alone, and where that is shown, the list."""
        if self.asked["stage"] or self.stage in ENDED:
            return f"{list_url(Partner)}?stage__exact={self.stage.value}"
        return board_url({**self.asked, "stage": self.stage.value})

    @property
    def hidden(self) -> int:
        return self.count - len(self.cards)


def _owner(partner: Partner) -> str:
    manager = partner.account_manager
    return "nobody" if manager is None else manager.get_full_name() or manager.get_username()


def board_url(asked: Mapping[str, str]) -> str:
    """Return the address of the board with what is asked for."""
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{reverse('office-board')}?{query}" if query else reverse("office-board")


def late_url(asked: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the address of the board with those alone who are late, of what else is asked for."""
    return board_url({**asked, "late": LATE})


def board(request: HttpRequest) -> HttpResponse:
    """Show the partners that the member of staff sees, by stage."""
    if not request.user.has_perm("partners.view_partner"):
        raise PermissionDenied
    asked = _asked(request)
    at = now()
    seen = _asked_for(partners_of(request.user), asked, at=at)
    stages = [stage for stage in COLUMNS if asked["stage"] in ("", stage.value)]
    counted = seen.order_by().values("stage").annotate(count=Count("pk"), late=Count("pk", filter=late(at)))
    counts = {each["stage"]: each["count"] for each in counted}
    late_count = sum(each["late"] for each in counted if each["stage"] in stages)
    waiting = Window(RowNumber(), partition_by=F("stage"), order_by=(F("stage_since").asc(), F("pk").asc()))
    shown = list(
        seen.filter(stage__in=stages)
        .annotate(place=waiting)
        .filter(place__lte=STAGE_CARDS_MAX if asked["stage"] else CARDS_MAX)
        .select_related("account_manager")
        .annotate(stopped_for=stop_reason())
        .order_by("stage_since", "pk")
    )
    steps = list_steps(shown)
    may_move = request.user.has_perm("partners.add_onboardingmove")
    cards: dict[str, list[Card]] = {stage: [] for stage in stages}
    for partner in shown:
        cards[partner.stage].append(_card(request, partner, steps[partner.pk], at=at, may_move=may_move))
    return office_page(
        request,
        "office/board.html",
        title="Onboarding board",
        asked=asked,
        managers=_managers(request),
        stages=COLUMNS,
        columns=[Column(stage, counts.get(stage, 0), cards[stage], asked) for stage in stages],
        ended=[Column(stage, counts.get(stage, 0), [], asked) for stage in ENDED if counts.get(stage, 0)],
        late_count=late_count,
        late_days=LATE_DAYS,
        late_url=late_url(asked),
        export_url=reverse("office-board-export"),
        export_query=f"?{urlencode(asked)}",
        export_rows_max=f"{ROWS_MAX:,}",
    )


@office_view("partners.view_partner", methods=("POST",))
def export_board(request: HttpRequest) -> HttpResponseBase:
    """Answer with the board's partners as a CSV file, who waits longest first."""
    asked, at = _asked(request), now()
    seen = _asked_for(partners_of(request.user), asked, at=at)
    stages = [stage for stage in COLUMNS if asked["stage"] in ("", stage.value)]
    partners = seen.filter(stage__in=stages).select_related("account_manager").order_by("stage_since", "pk")
    return send_rows(
        request,
        listed="onboarding board",
        name="onboarding",
        headings=("Partner", "Stage", "Days here", "Account manager", "Next stage", "Missing"),
        rows=_rows(partners[: ROWS_MAX + 1], at=at),
    )


def _rows(partners: QuerySet[Partner], *, at: datetime) -> Iterator[list[str]]:
    found = partners.iterator(chunk_size=CHUNK)
    while some := list(islice(found, CHUNK)):
        steps = list_steps(some)
        for partner in some:
            onward = steps[partner.pk].onward
            cells = (
                partner.name,
                Stage(partner.stage).label,
                days_in_stage(partner, at),
                _owner(partner),
                onward.to_stage.label if onward is not None else "",
                ", ".join(onward.missing_titles) if onward is not None else "",
            )
            yield [plain_cell(cell) for cell in cells]


def _asked(request: HttpRequest) -> dict[str, str]:
    names = ("q", "manager", "stage", "late")
    return {name: request.GET.get(name, "").replace("\0", "").strip() for name in names}


def _asked_for(seen: QuerySet[Partner], asked: Mapping[str, str], *, at: datetime) -> QuerySet[Partner]:
    """Return the partners whose name has these words, who have this account manager, and who are late."""
    if asked["late"] == LATE:
        seen = seen.filter(late(at))
    if asked["q"]:
        seen = seen.filter(name__icontains=asked["q"])
    if asked["manager"] == NOBODY:
        return seen.filter(account_manager=None)
    return seen.filter(account_manager__username=asked["manager"]) if asked["manager"] else seen


def _managers(request: HttpRequest) -> list[StaffUser]:
    """Return whose partners can be chosen; an account manager is not asked."""
    if ACCOUNT_MANAGER in roles_of(request.user):
        return []
    return list(StaffUser.objects.filter(groups__name=ACCOUNT_MANAGER).order_by("username")[:MANAGERS_MAX])


def _card(request: HttpRequest, partner: Partner, steps: Steps, *, at: datetime, may_move: bool) -> Card:
    missing = steps.onward.missing if steps.onward is not None else ()
    return Card(
        partner,
        days_in_stage(partner, at),
        is_late(partner, at),
        steps.onward,
        all_mending(missing, partner.pk, request.user),
        may_move and bool(steps.steps),
        stop_labels(partner),
    )
