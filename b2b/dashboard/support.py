"""The section of support: what partners' systems were refused, and what failed on our side."""

from typing import Final

from b2b.dashboard.parts import ROWS_MAX, Card, Section, Viewer
from core.admin.cells import Panel, label, list_url, moment, row_link
from core.errors import RULE_STATUS
from integration.models import ApiRequest
from reporting.charts import errors_chart
from reporting.queries import Grain, Requests, list_all_requests, span_until

HOURS: Final = 24


def support(viewer: Viewer) -> Section:
    """Return the requests and errors of a day by the hour, and what failed last."""
    span = span_until(Grain.HOUR, HOURS, at=viewer.at)
    requests = list_all_requests(span, kind=viewer.kind)
    may_look = viewer.may("integration.view_apirequest")
    return Section(
        "Support",
        cards=_cards(requests, viewer.kind) if may_look else [],
        charts=[errors_chart(requests, span, of=viewer.of_kind)],
        panels=[_failed()] if may_look else [],
    )


def _cards(requests: list[Requests], kind: str) -> list[Card]:
    url, note = list_url(ApiRequest), f"In {HOURS} hours, {kind}."
    return [
        Card("API requests", f"{sum(each.requests for each in requests):,}", url, note),
        Card("Refused (4xx)", f"{sum(each.refused for each in requests):,}", f"{url}?outcome=refused", note),
        Card("Failed (5xx)", f"{sum(each.failed for each in requests):,}", f"{url}?outcome=failed", note),
    ]


def _failed() -> Panel:
    newest = ApiRequest.objects.order_by("-id")[:1000]
    failed = [each for each in newest if each.status >= 400 and each.status != RULE_STATUS][:ROWS_MAX]
    return Panel(
        "Newest errors",
        ("At", "Request", "Status", "Code", "Request id"),
        [
            (
                row_link(ApiRequest, each.pk, moment(each.received_at)),
                str(each),
                label("rejected" if each.status >= 500 else "pending", str(each.status)),
                each.code or "-",
                each.request_id,
            )
            for each in failed
        ],
        empty="None of the last thousand requests was refused or failed.",
        add_url=list_url(ApiRequest),
        add_text="API requests",
    )
