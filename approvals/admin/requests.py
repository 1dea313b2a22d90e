"""One request for approval, with what would change and what may be done, and the list of them."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from unfold.enums import ActionVariant

from approvals.admin.boxes import BoxFilter, KindFilter, open_box, rows_of, tabs
from approvals.admin.comparing import changes, compare, known, letters, revisions
from approvals.admin.dialogs import ApproveForm, EditForm, check_decidable, check_own
from approvals.admin.empty import empty_box
from approvals.deciding import may_decide
from approvals.inbox import may_look
from approvals.kinds import kind_of
from approvals.models import ApprovalRequest, RequestStatus
from approvals.services import approve_request, edit_request, reject_request, withdraw_request
from core.admin.base import ReadOnlyAdmin
from core.admin.cells import Panel, label, link, moment, moment_text, status_label
from core.admin.commands import CommandForm, ReasonForm, command, told
from core.admin.empty import Nothing
from core.admin.lists import OfficeList
from core.admin.scope import of_partner
from core.clock import now
from core.models import StaffUser
from staff.security import acting_staff, challenge


class Inbox(OfficeList):
    """What a page of requests is held against is read for all of them together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        rows = list(self.result_list)
        told = compare(rows)
        for row in rows:
            row.compared_of_page = told
        self.result_list = rows


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(ReadOnlyAdmin):
    """A change that one person asked for and another decides."""

    whose = of_partner("partner_id")
    id_prefix = "apr"
    list_display = ("title", "kind_shown", "compared", "status_shown", "asked_by", "asked", "ends", "decided")
    narrow_display = ("title", "status_shown")
    list_display_links = ("title",)
    list_filter = (BoxFilter, "status", KindFilter)
    list_select_related = ("requested_by", "decided_by", "decided_for")
    list_before_template = "office/approvals_boxes.html"
    search_fields = ("title__icontains", "requested_by__username__exact", "subject_id__exact")
    search_ids = {"ptr": "partner_id"}
    ordering = ("-id",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("title", "kind_shown"),
                    ("status_shown", "shown_id"),
                    "reason",
                    ("asked_by", "asked"),
                    ("ends", "subject"),
                )
            },
        ),
        ("Decision", {"fields": (("decided", "decision_note"), ("made", "failure_shown"))}),
    )
    actions_detail: Sequence[Any] = ("approve", "reject", "edit", "withdraw")

    # Who sees what

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_look(request)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_look(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = rows_of(open_box(request), acting_staff(request))
        return found.select_related(*self.list_select_related)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        boxes = tabs(acting_staff(request), opened=open_box(request))
        return super().changelist_view(request, {"boxes": boxes, **(extra_context or {})})

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[OfficeList]:
        return Inbox

    def why_empty(self, request: HttpRequest, found: OfficeList) -> Nothing:
        narrowed = bool(found.query or set(found.get_filters_params()) - {BoxFilter.parameter_name})
        return empty_box(open_box(request), acting_staff(request), is_narrowed=narrowed, at=now())

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        found = super().get_actions_detail(request, object_id)
        row = self.get_object(request, str(object_id))
        if row is None:
            return []
        own = acting_staff(request).pk == row.requested_by_id
        decides = may_decide(acting_staff(request), row, kind_of(row.kind), at=now())
        start = f"{self.opts.app_label}_{self.opts.model_name}_"
        mine = {start + name for name in ("edit", "withdraw")} if own else set()
        theirs = {start + name for name in ("approve", "reject")} if decides else set()
        return [each for each in found if each.action_name in mine | theirs]

    def hidden_commands(self, row: ApprovalRequest) -> frozenset[str]:
        if row.status == RequestStatus.PENDING and row.expires_at > now():
            return frozenset() if kind_of(row.kind).editable else frozenset({"edit"})
        if row.status == RequestStatus.APPROVED and row.executed_at is None and kind_of(row.kind).editable:
            return frozenset({"approve", "reject", "withdraw"})
        return frozenset({"approve", "reject", "edit", "withdraw"})

    # Cells

    @admin.display(description="kind", ordering="kind")
    def kind_shown(self, row: ApprovalRequest) -> str:
        return kind_of(row.kind).title

    @admin.display(description="held against what is known")
    def compared(self, row: ApprovalRequest) -> str:
        read_together = getattr(row, "compared_of_page", None)
        return (read_together if read_together is not None else compare([row])).get(row.pk) or "-"

    @admin.display(description="status", ordering="status")
    def status_shown(self, row: ApprovalRequest) -> str:
        if row.status == RequestStatus.APPROVED and row.executed_at is None:
            return label("approved", "Approved, not done yet")
        return status_label(row, "status")

    @admin.display(description="asked by", ordering="requested_by__username")
    def asked_by(self, row: ApprovalRequest) -> str:
        return _name(row.requested_by)

    @admin.display(description="asked", ordering="id")
    def asked(self, row: ApprovalRequest) -> str:
        return moment(row.requested_at)

    @admin.display(description="ends", ordering="expires_at")
    def ends(self, row: ApprovalRequest) -> str:
        return moment(row.expires_at)

    @admin.display(description="decided")
    def decided(self, row: ApprovalRequest) -> str:
        if row.decided_by is None:
            return moment(row.closed_at)
        stood_in_for = f" for {_name(row.decided_for)}" if row.decided_for is not None else ""
        return format_html("{} by {}{}", moment(row.decided_at), _name(row.decided_by), stood_in_for)

    @admin.display(description="done")
    def made(self, row: ApprovalRequest) -> str:
        return moment(row.executed_at)

    @admin.display(description="why it was not done")
    def failure_shown(self, row: ApprovalRequest) -> str:
        return row.failure or "-"

    @admin.display(description="about")
    def subject(self, row: ApprovalRequest) -> str:
        url = kind_of(row.kind).subject_url
        return link(url(row), "Open the record") if url is not None else "-"

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = super().get_fieldsets(request, obj)
        return shown[:1] if obj is not None and obj.status == RequestStatus.PENDING else shown

    def panels(self, request: HttpRequest, row: ApprovalRequest) -> list[Panel]:
        return [changes(row), *known(row), *revisions(row), letters(row)]

    # Commands

    @command(
        title="Approve",
        asks="You approve what stands here, and nothing else.",
        button="Approve",
        permissions=("approvals.change_approvalrequest",),
        form=ApproveForm,
        icon="check",
        variant=ActionVariant.PRIMARY,
        check=check_decidable,
    )
    def approve(self, request: HttpRequest, form: CommandForm, object_id: str) -> HttpResponse | None:
        row = self.found(request, object_id)
        challenged = challenge(request) if kind_of(row.kind).needs_step_up else None
        if challenged is not None:
            return challenged
        done = approve_request(
            request_id=row.pk,
            digest=form.cleaned_data["digest"],
            note=form.cleaned_data["note"],
            decided_by=acting_staff(request),
            decided_at=now(),
        )
        if done.status == RequestStatus.FAILED:
            told(request, f"Approved, but it could not be done: {done.failure}")
        elif done.executed_at is None:
            told(
                request,
                f"Approved. {_name(done.requested_by)} may do it until {moment_text(done.expires_at)}.",
            )
        else:
            told(request, f"Approved and done: {done.title}.")
        return None

    @command(
        title="Reject",
        asks="Nothing is changed. Who asked reads your reason.",
        button="Reject",
        permissions=("approvals.change_approvalrequest",),
        form=ReasonForm,
        icon="close",
        variant=ActionVariant.DANGER,
        check=check_decidable,
    )
    def reject(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        reject_request(
            request_id=self.found(request, object_id).pk,
            note=form.cleaned_data["reason"],
            decided_by=acting_staff(request),
            decided_at=now(),
        )
        told(request, "The request is rejected.")

    @command(
        title="Edit",
        asks="Whoever read the request must read it again; an approval not carried out yet is void.",
        button="Save",
        permissions=("approvals.add_approvalrequest",),
        form=EditForm,
        icon="edit",
        check=check_own,
    )
    def edit(self, request: HttpRequest, form: CommandForm, object_id: str) -> str:
        row = self.found(request, object_id)
        names = kind_of(row.kind).editable
        edited = edit_request(
            request_id=row.pk,
            changes={name: form.cleaned_data[name] for name in names if name in form.cleaned_data},
            reason=form.cleaned_data["reason"],
            edited_by=acting_staff(request),
            edited_at=now(),
        )
        told(request, "The request is changed.")
        return self.record_url(str(edited.pk))

    @command(
        title="Withdraw",
        asks="The request is closed, and nothing is changed.",
        button="Withdraw",
        permissions=("approvals.add_approvalrequest",),
        icon="undo",
        check=check_own,
    )
    def withdraw(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        row = self.found(request, object_id)
        withdraw_request(request_id=row.pk, withdrawn_by=acting_staff(request), withdrawn_at=now())
        told(request, "The request is withdrawn.")


def _name(user: StaffUser) -> str:
    return user.get_full_name() or user.get_username()
