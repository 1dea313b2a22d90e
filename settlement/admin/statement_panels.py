"""The tables under a statement: its approvals, charges, adjustments and lines."""

from django.urls import reverse

from approvals.models import ApprovalRequest
from core.admin.cells import Panel, moment, money, row_link, status_label
from core.money import exact_text
from settlement import queries
from settlement.models import Payer, PlanKind, Statement, StatementCharge
from settlement.services.drafts import SUBJECT
from sportsbook.models import Fixture

LINES_SHOWN_MAX = 500


def requests_panel(statement: Statement) -> Panel:
    """Return what was asked about a statement, the newest first."""
    requests = ApprovalRequest.objects.filter(
        subject_type=SUBJECT, subject_id=str(statement.pk)
    ).select_related("requested_by", "decided_by")
    return Panel(
        "Approvals",
        ("Request", "Status", "Asked", "By", "Decided", "By"),
        [
            (
                row_link(ApprovalRequest, each.pk, each.title),
                status_label(each, "status"),
                moment(each.requested_at),
                each.requested_by.get_username(),
                moment(each.decided_at),
                each.decided_by.get_username() if each.decided_by is not None else "-",
            )
            for each in requests.order_by("-id")[:20]
        ],
        empty="Nothing was asked yet: submit the statement once its month is over.",
    )


def charges_panel(statement: Statement) -> Panel:
    """Return what each rule of the plan comes to."""
    charges = StatementCharge.objects.filter(tenant_id=statement.tenant_id, statement_id=statement.pk)
    return Panel(
        "Charges",
        ("No.", "Rule", "Revenue", "Rate", "Conversion rate", "From", "Commission"),
        [
            (
                charge.number,
                charge.get_rule_display(),
                money(charge.base, charge.currency),
                exact_text(charge.rate, 2),
                exact_text(charge.conversion_rate, 2),
                f"{charge.conversion_source}, {charge.conversion_date}",
                money(charge.amount, statement.currency_id),
            )
            for charge in charges.order_by("number")
        ],
        empty="No charge: nothing was settled.",
        numeric=frozenset({"No.", "Revenue", "Rate", "Conversion rate", "Commission"}),
        add_url=reverse("admin:settlement_statement_csv", args=(statement.pk,)),
        add_text="Download as CSV",
    )


def adjustments_panel(statement: Statement) -> Panel:
    """Return what two people added to the total or took from it."""
    return Panel(
        "Adjustments",
        ("Amount", "Reason", "Made", "Asked by", "Approved by"),
        [
            (
                money(each.amount, each.currency),
                each.reason,
                moment(each.made_at),
                each.made_by.get_username(),
                each.approved_by.get_username(),
            )
            for each in queries.list_adjustments(statement).select_related("made_by", "approved_by")
        ],
        empty="No adjustment.",
        numeric=frozenset({"Amount"}),
    )


def plan_panel(statement: Statement) -> Panel:
    """Return the versions of the plan that the month was reckoned by, as they were when it was drafted."""
    payers = dict(Payer.choices)
    kinds = dict(PlanKind.choices)
    return Panel(
        "Plan",
        ("Version", "Kind", "Rate", "Paid by", "From", "Until"),
        [
            (
                version["version"],
                kinds.get(version["kind"], version["kind"]),
                version["rate"],
                payers.get(statement.plan["payer"], statement.plan["payer"]),
                version["validFrom"],
                version["validTo"] or "-",
            )
            for version in statement.plan.get("versions", ())
        ],
        note="As it was when the statement was drafted. The rate is a fraction: 0.15 is 15 %.",
        empty="No plan is kept with this statement.",
        numeric=frozenset({"Version", "Rate"}),
    )


def parties_panel(statement: Statement) -> Panel:
    """Return who the statement is of and for, as they were when it was drafted."""
    return Panel(
        "Parties",
        ("Party", "Legal name", "Address", "VAT number", "Country"),
        [
            (
                shown,
                *(party.get(name) or "-" for name in ("legalName", "legalAddress", "vatNumber", "country")),
            )
            for shown, party in (
                ("Platform", statement.parties.get("platform")),
                ("Partner", statement.parties.get("partner")),
            )
            if party
        ],
        note="As they were when the statement was drafted; they are printed on it.",
        empty="No parties are kept with this statement.",
    )


def lines_panel(statement: Statement) -> Panel:
    """Return what was settled on each fixture; no more than LINES_SHOWN_MAX lines."""
    lines = list(queries.list_lines(statement)[: LINES_SHOWN_MAX + 1])
    is_cut = len(lines) > LINES_SHOWN_MAX
    return Panel(
        "Lines",
        ("No.", "Fixture", "Kick-off", "Bets", "Stakes", "Payouts", "Revenue", "Commission, unrounded"),
        [
            (
                line.number,
                row_link(Fixture, line.fixture_id, f"{line.home} - {line.away}")
                if line.fixture_id
                else "All multiples",
                moment(line.starts_at),
                line.bet_count,
                money(line.stakes, line.currency),
                money(line.payouts, line.currency),
                money(line.revenue, line.currency),
                money(line.amount, line.currency),
            )
            for line in lines[:LINES_SHOWN_MAX]
        ],
        note=f"The first {LINES_SHOWN_MAX} lines; the CSV file has all." if is_cut else "",
        empty="No line: nothing was settled.",
        numeric=frozenset({"No.", "Bets", "Stakes", "Payouts", "Revenue", "Commission, unrounded"}),
    )
