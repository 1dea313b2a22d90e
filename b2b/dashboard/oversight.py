"""The sections of who looks at everything, and of who looks after staff."""

from approvals.models import ApprovalRequest, RequestStatus
from b2b.dashboard.finance import statements_due
from b2b.dashboard.history import verification_cards
from b2b.dashboard.parts import ROWS_MAX, Card, Section, Viewer, approvals_card, counted
from b2b.dashboard.trading import fixture_cards, newest_bets
from core.admin.cells import Panel, list_url, moment, row_link
from core.admin.charts import Chart
from core.models import AuditRecord, StaffUser
from partners.compliance.models import EvidenceFile
from partners.compliance.queries import list_queue
from partners.models import Partner, Status
from reporting.charts import bets_chart, errors_chart, revenue_chart, stakes_chart
from reporting.queries import Grain, list_all_bets, list_all_requests, span_until
from settlement.models import Statement, StatementStatus
from staff.models import TotpReset


def oversight(viewer: Viewer) -> Section:
    """Return an overview of everything that the member of staff may view."""
    return Section("Overview", cards=_cards(viewer), charts=_charts(viewer), panels=_panels(viewer))


def security(viewer: Viewer) -> Section:
    """Return who works here, and whose authenticator is to be taken away."""
    resets = TotpReset.objects.filter(
        confirmed_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=viewer.at
    )
    return Section(
        "Staff",
        cards=[
            counted(
                "Active staff", StaffUser.objects.filter(is_active=True), StaffUser, "?is_active__exact=1"
            ),
            counted("Authenticator resets that wait", resets, TotpReset),
            *approvals_card(viewer),
        ],
        has_kinds=False,
    )


def _cards(viewer: Viewer) -> list[Card]:
    found = verification_cards(viewer)
    if viewer.may("partners.view_partner"):
        found.append(counted("Partners", viewer.partners, Partner))
        suspended = viewer.partners.filter(status=Status.SUSPENDED)
        found.append(counted("Suspended partners", suspended, Partner, "?status__exact=suspended"))
    if viewer.may("partners.view_evidencefile"):
        queue = list_queue(viewer.partners)
        found.append(counted("Documents to review", queue, EvidenceFile, "?status__exact=submitted"))
    if viewer.may("approvals.view_approvalrequest"):
        pending = ApprovalRequest.objects.filter(status=RequestStatus.PENDING)
        found.append(counted("Approvals pending", pending, ApprovalRequest, "?box=all"))
    if viewer.may("sportsbook.view_fixture"):
        found += fixture_cards(viewer)
    if viewer.may("settlement.view_statement"):
        drafts = Statement.objects.filter(status=StatementStatus.DRAFT)
        found.append(counted("Draft statements", drafts, Statement, "?status__exact=draft"))
    return found


def _charts(viewer: Viewer) -> list[Chart]:
    span = span_until(Grain.DAY, 30, at=viewer.at)
    found: list[Chart] = []
    if viewer.may("sportsbook.view_bet"):
        bets = list_all_bets(span, kind=viewer.kind)
        found += [
            bets_chart(bets, span, of=viewer.of_kind),
            stakes_chart(bets, span, of=viewer.of_kind),
            revenue_chart(bets, span, of=viewer.of_kind),
        ]
    if viewer.may("integration.view_apirequest"):
        found.append(errors_chart(list_all_requests(span, kind=viewer.kind), span, of=viewer.of_kind))
    return found


def _panels(viewer: Viewer) -> list[Panel]:
    found = []
    if viewer.may("core.view_auditrecord"):
        found.append(_newest_records())
    if viewer.may("sportsbook.view_bet"):
        found.append(newest_bets())
    if viewer.may("settlement.view_statement"):
        found.append(statements_due())
    return found


def _newest_records() -> Panel:
    return Panel(
        "Newest changes",
        ("When", "Who", "What", "Record", "Why"),
        [
            (
                row_link(AuditRecord, each.pk, moment(each.occurred_at)),
                each.actor,
                each.action,
                each.object_type,
                each.reason or "-",
            )
            for each in AuditRecord.objects.order_by("-id")[:ROWS_MAX]
        ],
        empty="Nothing has been changed yet.",
        add_url=list_url(AuditRecord),
        add_text="History",
    )
