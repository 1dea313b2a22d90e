"""Statements in the office: drafted for a month, read line by line, and taken away as CSV."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.html import format_html
from unfold.enums import ActionVariant

from approvals.asking import waiting_url
from core.admin.base import ReadOnlyAdmin
from core.admin.cells import Panel, change_url, moment, money, status_label
from core.admin.commands import CommandForm, ReasonForm, command, told
from core.admin.forms import OfficeForm
from core.admin.pages import command_page
from core.admin.scope import of_tenant
from core.clock import now
from core.models import StaffUser
from partners.models import Tenant
from settlement import queries
from settlement.admin.statement_panels import (
    adjustments_panel,
    charges_panel,
    lines_panel,
    parties_panel,
    plan_panel,
    requests_panel,
)
from settlement.exports import file_name, statement_csv
from settlement.models import Statement, StatementStatus
from settlement.rules.periods import BadPeriod, Month
from settlement.services import draft_statement
from settlement.services.adjusting import request_adjustment
from settlement.services.reviewing import return_statement, submit_statement
from staff.security import acting_staff

if TYPE_CHECKING:
    from django.forms import NumberInput, Select, Textarea, TextInput
else:
    from unfold.widgets import UnfoldAdminDecimalFieldWidget as NumberInput
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput


class MonthField(forms.CharField):
    """A month written as YYYY-MM."""

    def clean(self, value: Any) -> Any:
        try:
            return Month.parse(super().clean(value))
        except BadPeriod as refusal:
            raise ValidationError(refusal.message) from refusal


class DraftForm(OfficeForm):
    tenant = forms.ModelChoiceField(Tenant.objects.select_related("partner"), widget=Select)
    month = MonthField(widget=TextInput({"type": "month"}), help_text="Such as 2026-11.")


class AdjustForm(CommandForm):
    amount = forms.DecimalField(
        max_digits=38,
        decimal_places=18,
        widget=NumberInput({"step": "any"}),
        help_text="In the statement's currency; below zero it takes away.",
    )
    reason = forms.CharField(
        max_length=200, widget=Textarea({"rows": 3}), help_text="Printed on the statement."
    )


class NoteForm(CommandForm):
    reason = forms.CharField(
        max_length=200, label="Note", widget=Textarea({"rows": 3}), help_text="Who approves reads it."
    )


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    """What is owed for one month of a tenant."""

    whose = of_tenant("tenant_id")
    id_prefix = "stm"
    list_display = ("number", "tenant", "status_shown", "period", "revenue_shown", "total_shown", "drafted")
    narrow_display = ("number", "status_shown", "total_shown")
    list_filter = ("status",)
    list_select_related = ("tenant__partner", "prepared_by", "approved_by")
    search_fields = ("number__iexact", "tenant__partner__name__icontains")
    search_ids = {"tnt": "tenant_id", "ptr": "tenant__partner_id"}
    ordering = ("-period_start_date", "-id")
    fieldsets = (
        (None, {"fields": (("number", "shown_id"), ("tenant", "status_shown"), ("period", "time_zone"))}),
        ("Money", {"fields": (("revenue_shown", "charged"), ("adjusted", "total_shown"))}),
        ("Review", {"fields": (("prepared", "approved"),)}),
        ("Record", {"fields": (("drafted", "issued"),)}),
    )
    fieldsets_until_issued = (*fieldsets[:-1], ("Record", {"fields": ("drafted",)}))
    actions_list: Sequence[Any] = ("draft",)
    actions_detail: Sequence[Any] = ("submit", "adjust", "draft_again", "return_to_draft")

    def get_fieldsets(self, request: HttpRequest, obj: Statement | None = None) -> Any:
        if obj is not None and obj.issued_at is None:
            return self.fieldsets_until_issued
        return super().get_fieldsets(request, obj)

    @admin.display(description="status", ordering="status")
    def status_shown(self, statement: Statement) -> str:
        return status_label(statement, "status")

    @admin.display(description="month", ordering="period_start_date")
    def period(self, statement: Statement) -> str:
        return f"{statement.period_start_date:%Y-%m}"

    @admin.display(description="revenue")
    def revenue_shown(self, statement: Statement) -> str:
        return money(statement.revenue, statement.currency_id)

    @admin.display(description="commission")
    def charged(self, statement: Statement) -> str:
        return money(statement.total - _adjusted(statement), statement.currency_id)

    @admin.display(description="adjustments")
    def adjusted(self, statement: Statement) -> str:
        return money(_adjusted(statement), statement.currency_id)

    @admin.display(description="total")
    def total_shown(self, statement: Statement) -> str:
        return money(statement.total, statement.currency_id)

    @admin.display(description="drafted", ordering="drafted_at")
    def drafted(self, statement: Statement) -> str:
        return moment(statement.drafted_at)

    @admin.display(description="prepared")
    def prepared(self, statement: Statement) -> str:
        return _said(statement.prepared_by, statement.submitted_at)

    @admin.display(description="approved")
    def approved(self, statement: Statement) -> str:
        return _said(statement.approved_by, statement.approved_at)

    @admin.display(description="issued")
    def issued(self, statement: Statement) -> str:
        return moment(statement.issued_at)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.csv)
        return [path("<path:object_id>/csv/", view, name="settlement_statement_csv"), *super().get_urls()]

    def csv(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Answer with the statement as a CSV file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        found = self.found(request, object_id)
        with queries.snapshot(found.tenant_id):
            statement = queries.get_any_statement(tenant_id=found.tenant_id, statement_id=found.pk)
            written = statement_csv(queries.get_content(statement))
            name = file_name(statement, "csv")
        return HttpResponse(
            written,
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )

    def hidden_commands(self, row: Statement) -> frozenset[str]:
        if row.status == StatementStatus.DRAFT:
            return frozenset({"return_to_draft"})
        if row.status in (StatementStatus.IN_REVIEW, StatementStatus.APPROVED):
            return frozenset({"submit", "adjust", "draft_again"})
        return frozenset({"submit", "adjust", "draft_again", "return_to_draft"})

    def panels(self, request: HttpRequest, row: Statement) -> list[Panel]:
        return [
            requests_panel(row),
            charges_panel(row),
            adjustments_panel(row),
            plan_panel(row),
            parties_panel(row),
            lines_panel(row),
        ]

    @command_page(
        title="Draft a statement",
        asks="What was settled in the month is counted until now. A draft of the month is replaced.",
        button="Draft statement",
        permissions=("settlement.add_statement",),
        form=DraftForm,
        icon="add",
    )
    def draft(self, request: HttpRequest, form: Any, object_id: str) -> str:
        tenant, month = form.cleaned_data["tenant"], form.cleaned_data["month"]
        statement = draft_statement(tenant_id=tenant.pk, period_start_date=month.start_date, drafted_at=now())
        told(request, f"Statement {statement.number} is drafted.")
        return change_url(Statement, statement.pk)

    @command(
        title="Draft again",
        asks="What was settled in the month is counted anew, until now. The draft keeps its number.",
        button="Draft again",
        permissions=("settlement.add_statement",),
        icon="refresh",
    )
    def draft_again(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        statement = self.found(request, object_id)
        draft_statement(
            tenant_id=statement.tenant_id,
            period_start_date=statement.period_start_date,
            drafted_at=now(),
        )
        told(request, f"Statement {statement.number} is drafted again.")

    @command(
        title="Adjust",
        asks="A second person approves the amount before it is added to the total. The reason is printed.",
        button="Ask for approval",
        permissions=("settlement.change_statement",),
        form=AdjustForm,
        icon="exposure",
    )
    def adjust(self, request: HttpRequest, form: Any, object_id: str) -> str:
        statement = self.found(request, object_id)
        asked = request_adjustment(
            tenant_id=statement.tenant_id,
            statement_id=statement.pk,
            amount=form.cleaned_data["amount"],
            reason=form.cleaned_data["reason"],
            requested_by=acting_staff(request),
            requested_at=now(),
        )
        return waiting_url(request, asked)

    @command(
        title="Submit",
        asks="The figures stand still from here on. A second person approves them; you cannot.",
        button="Submit for approval",
        permissions=("settlement.change_statement",),
        form=NoteForm,
        icon="send",
        variant=ActionVariant.PRIMARY,
    )
    def submit(self, request: HttpRequest, form: Any, object_id: str) -> str:
        statement = self.found(request, object_id)
        asked = submit_statement(
            tenant_id=statement.tenant_id,
            statement_id=statement.pk,
            note=form.cleaned_data["reason"],
            submitted_by=acting_staff(request),
            submitted_at=now(),
        )
        return waiting_url(request, asked)

    @command(
        title="Return to draft",
        asks="The statement can be changed again; what was approved is void, and it must be submitted anew.",
        button="Return to draft",
        permissions=("settlement.change_statement",),
        form=ReasonForm,
        icon="undo",
    )
    def return_to_draft(self, request: HttpRequest, form: Any, object_id: str) -> None:
        statement = self.found(request, object_id)
        return_statement(
            tenant_id=statement.tenant_id,
            statement_id=statement.pk,
            reason=form.cleaned_data["reason"],
            returned_by=acting_staff(request),
            returned_at=now(),
        )
        told(request, f"Statement {statement.number} is a draft again.")


def _adjusted(statement: Statement) -> Decimal:
    return sum((each.amount for each in queries.list_adjustments(statement)), Decimal(0))


def _said(user: StaffUser | None, at: datetime | None) -> str:
    if user is None:
        return "-"
    return format_html("{} by {}", moment(at), user.get_full_name() or user.get_username())
