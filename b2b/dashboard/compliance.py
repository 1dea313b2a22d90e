"""The compliance officer's section: what is to review, what ends, and how many reviews a week."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Final

from django.db.models import Count
from django.db.models.functions import TruncWeek
from django.urls import reverse

from b2b.dashboard.parts import ROWS_MAX, Card, Section, Viewer, approvals_card, counted, stopped_card
from core.admin.cells import Panel, list_url, moment, row_link
from core.admin.charts import Chart, Point, Series
from partners.compliance.models import EvidenceFile, EvidenceStatus
from partners.compliance.queries import list_ending, list_queue, today_of
from partners.kyb.queries import count_screenings
from partners.models import Partner
from partners.onboarding.models import ComplianceArea
from partners.onboarding.stages import AreaStatus
from reporting.charts import AMBER, GREEN

WEEKS: Final = 12
SUBMITTED: Final = "?status__exact=submitted"


def compliance(viewer: Viewer) -> Section:
    """Return the queue by age, what ends, what was rejected and waits, and the reviews of each week."""
    queue = list(list_queue().select_related("partner", "requirement")[:ROWS_MAX])
    return Section(
        "Compliance",
        cards=_cards(viewer, queue),
        charts=[_reviews(viewer)],
        panels=[_queue(viewer, queue)],
        has_kinds=False,
    )


def _cards(viewer: Viewer, queue: list[EvidenceFile]) -> list[Card]:
    documents = list_url(EvidenceFile)
    found = [counted("To review", list_queue(), EvidenceFile, SUBMITTED)]
    if queue:
        days = (viewer.at - queue[0].uploaded_at).days
        oldest = "today" if days == 0 else f"{days} day{'s' if days > 1 else ''}"
        found.append(Card("The oldest has waited", oldest, documents + SUBMITTED, str(queue[0].partner)))
    ending = list_ending(today=today_of(viewer.at), within_days=30)
    rejected = ComplianceArea.objects.filter(status=AreaStatus.REJECTED)
    return [
        *found,
        Card("Documents expiring in 30 days", "", reverse("office-expiring"), rows=ending),
        counted(
            "Rejected and waiting", rejected, EvidenceFile, "?status__exact=rejected", "Areas of partners."
        ),
        stopped_card(viewer),
        *_screening_cards(viewer),
        *approvals_card(viewer),
    ]


def _screening_cards(viewer: Viewer) -> list[Card]:
    """Return whom to screen and which matches to decide, of partners that are neither declined nor ended."""
    if not viewer.may("partners.view_screening"):
        return []
    to_screen, to_decide = count_screenings(at=viewer.at)
    board = reverse("office-board")
    return [
        Card("Screenings to do", f"{to_screen:,}", board, "Companies, owners and directors."),
        Card("Matches to decide", f"{to_decide:,}", board, "By another person than the one who screened."),
    ]


def _reviews(viewer: Viewer) -> Chart:
    today = today_of(viewer.at)
    monday = today - timedelta(days=today.weekday())
    weeks = [monday - timedelta(weeks=ago) for ago in range(WEEKS - 1, -1, -1)]
    decided: Counter[tuple[date, bool]] = Counter()
    rows = (
        EvidenceFile.objects.filter(
            decided_at__gte=datetime(weeks[0].year, weeks[0].month, weeks[0].day, tzinfo=UTC)
        )
        .exclude(decided_by="system")
        .order_by()
        .values_list(TruncWeek("decided_at", tzinfo=UTC), "status")
        .annotate(count=Count("pk"))
    )
    for week, status, count in rows:
        decided[week.date(), status == EvidenceStatus.REJECTED] += count
    return Chart(
        "Documents decided a week",
        tuple(Point(f"week of {week:%Y-%m-%d}", f"{week.day} {week:%b}") for week in weeks),
        bars=(
            Series("Accepted", [decided[week, False] for week in weeks], GREEN),
            Series("Rejected", [decided[week, True] for week in weeks], AMBER),
        ),
        empty=f"No document was decided in {WEEKS} weeks.",
    )


def _queue(viewer: Viewer, queue: list[EvidenceFile]) -> Panel:
    return Panel(
        "Review queue, the oldest first",
        ("Document", "Partner", "Requirement", "Days", "Handed in"),
        [
            (
                row_link(EvidenceFile, each.pk, each.file_name),
                row_link(Partner, each.partner_id, each.partner),
                str(each.requirement),
                f"{(viewer.at - each.uploaded_at).days}",
                moment(each.uploaded_at),
            )
            for each in queue
        ],
        empty="Nothing waits for a review.",
        numeric=frozenset({"Days"}),
        add_url=list_url(EvidenceFile) + SUBMITTED,
        add_text="Review queue",
    )
