"""Statements over HTTP: lists, one in full, what is behind it, and files of it."""

import base64
import hashlib
from datetime import date, datetime
from typing import Annotated, Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpResponse
from msgspec import Meta

from core.api.answers import JsonAnswer
from core.api.bodies import InvalidField, Query, parse_query
from core.api.operation import operation
from core.api.pagination import Page, PageQuery
from core.api.views import PartnerRequest, PartnerView, path_id
from core.errors import BadRequest
from core.ids import NotAnId, parse_typeid
from settlement import exports, queries
from settlement.api import serializers
from settlement.models import Statement
from sportsbook.models import Settlement

MULTI: Final = "MULTI"


class FormatNotAvailable(BadRequest):
    code = "FORMAT_NOT_AVAILABLE"
    message = "Statements are not exported in this format."


class SettledBetsQuery(PageQuery, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    fixture_id: (
        Annotated[str, Meta(max_length=64, description="Of one fixture's lines; MULTI for the multiples'.")]
        | None
    ) = None


class ExportQuery(Query, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    format: Annotated[str, Meta(max_length=16, description="csv.")] = "csv"


class Statements(PartnerView):
    required_scopes = {"GET": "statements:read"}

    @operation(
        summary="List statements, the newest month first",
        query=PageQuery,
        answers={200: serializers.StatementListView},
        codes=("CURSOR_INVALID",),
    )
    def get(self, request: PartnerRequest) -> HttpResponse:
        page = Page(parse_query(request, PageQuery), name="statements", key=(date, UUID))
        with queries.snapshot(request.auth.tenant_id):
            shown = queries.list_statements(
                tenant_id=request.auth.tenant_id, tenant_kind=request.auth.tenant_kind, after=page.after
            )
            rows = list(shown.select_related("tenant")[: page.rows_needed])
            return JsonAnswer(
                page.shown(
                    rows,
                    view=serializers.statement_head_view,
                    key=lambda row: (row.period_start_date, row.pk),
                )
            )


class OneStatement(PartnerView):
    required_scopes = {"GET": "statements:read"}

    @operation(
        summary="Read a statement with all its lines and charges",
        answers={200: serializers.StatementView},
        codes=("NOT_FOUND",),
    )
    def get(self, request: PartnerRequest, statement_id: str) -> HttpResponse:
        with queries.snapshot(request.auth.tenant_id):
            content = queries.get_content(_get_shown(request, statement_id))
            return JsonAnswer(serializers.statement_view(content))


class StatementLines(PartnerView):
    required_scopes = {"GET": "statements:read"}

    @operation(
        summary="List a statement's lines",
        query=PageQuery,
        answers={200: serializers.LineListView},
        codes=("NOT_FOUND", "CURSOR_INVALID"),
    )
    def get(self, request: PartnerRequest, statement_id: str) -> HttpResponse:
        page = Page(parse_query(request, PageQuery), name="statement-lines", key=(int,))
        with queries.snapshot(request.auth.tenant_id):
            lines = queries.list_lines(_get_shown(request, statement_id), after=page.after)
            rows = list(lines[: page.rows_needed])
            return JsonAnswer(page.shown(rows, view=serializers.line_view, key=lambda row: (row.number,)))


class StatementBets(PartnerView):
    required_scopes = {"GET": "statements:read"}

    @operation(
        summary="List the settlements of bets behind a statement",
        query=SettledBetsQuery,
        answers={200: serializers.SettledBetListView},
        codes=("NOT_FOUND", "CURSOR_INVALID"),
    )
    def get(self, request: PartnerRequest, statement_id: str) -> HttpResponse:
        query = parse_query(request, SettledBetsQuery)
        page = Page(query, name="statement-bets", key=(datetime, UUID, int))
        with queries.snapshot(request.auth.tenant_id):
            settled = queries.list_settlements(_get_shown(request, statement_id), after=page.after)
            if query.fixture_id is not None:
                settled = _of_line(settled, query.fixture_id)
            rows = list(settled[: page.rows_needed])
            return JsonAnswer(
                page.shown(
                    rows,
                    view=serializers.settled_bet_view,
                    key=lambda row: (row.settled_at, row.bet_id, row.revision),
                )
            )


class StatementExport(PartnerView):
    required_scopes = {"GET": "statements:read"}

    @operation(
        summary="Export a statement as a file",
        query=ExportQuery,
        answers={200: "text/csv"},
        codes=("NOT_FOUND", "FORMAT_NOT_AVAILABLE"),
    )
    def get(self, request: PartnerRequest, statement_id: str) -> HttpResponse:
        query = parse_query(request, ExportQuery)
        if query.format not in exports.FORMATS:
            raise FormatNotAvailable(
                f"Statements are exported as {', '.join(exports.FORMATS)}.",
                details={"format": query.format, "available": list(exports.FORMATS)},
            )
        with queries.snapshot(request.auth.tenant_id):
            content = queries.get_content(_get_shown(request, statement_id))
            written = exports.statement_csv(content)
        return _file_answer(written, exports.file_name(content.statement, "csv"))


def _get_shown(request: PartnerRequest, statement_id: str) -> Statement:
    return queries.get_statement(
        tenant_id=request.auth.tenant_id,
        statement_id=path_id("stm", statement_id),
        tenant_kind=request.auth.tenant_kind,
    )


def _of_line(settled: QuerySet[Settlement], fixture_id: str) -> QuerySet[Settlement]:
    if fixture_id == MULTI:
        return settled.filter(fixture__isnull=True)
    try:
        return settled.filter(fixture_id=parse_typeid("fix", fixture_id))
    except NotAnId:
        raise InvalidField(
            "The parameter fixtureId is no fixture's id.", details={"field": "fixtureId"}
        ) from None


def _file_answer(written: bytes, name: str) -> HttpResponse:
    # Sent whole, with its length and digest: a statement that is cut short must not look like one.
    digest = hashlib.sha256(written)
    return HttpResponse(
        written,
        content_type="text/csv; charset=utf-8; header=present",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Length": str(len(written)),
            "ETag": f'"{digest.hexdigest()}"',
            "Repr-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
        },
    )
