"""The inbox of approvals: what waits for me, what I asked for, and one request with what would change."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from unfold.enums import ActionVariant

from approvals.deciding import decided_for, may_decide
from approvals.inbox import may_look, shown_count
from approvals.kinds import kind_of, kinds, present, proposed
from approvals.models import ApprovalRequest, RequestStatus
from approvals.queries import list_decidable, list_requested, list_seen, only_open
from approvals.rules import NotTheRequester, RequestEdited, check_open
from approvals.services import approve_request, edit_request, reject_request, withdraw_request
from approvals.step_up import challenge
from core.admin.base import ReadOnlyAdmin
from core.admin.cells import Panel, label, link, list_url, moment, moment_text, status_label
from core.admin.commands import CommandForm, ReasonForm, command, told
from core.admin.scope import of_partner
from core.clock import now
from core.models import StaffUser
from staff.security import acting_staff

if TYPE_CHECKING:
    from django.forms import Textarea, TextInput
else:
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput

MINE, ASKED, ALL = "mine", "asked", "all"
LIST_NAME = "approvals_approvalrequest_changelist"
BOXES = ((MINE, "Mine to decide"), (ASKED, "Requested by me"), (ALL, "All"))


class BoxFilter(admin.SimpleListFilter):
    """Which of the three boxes is open. The tabs above the list show it, so the filters do not."""

    title = "box"
    parameter_name = "box"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(BOXES)

    def has_output(self) -> bool:
        return False

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.name, kind.title) for kind in kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class ApproveForm(CommandForm):
    """Approves what was read: the digest of the content travels with the dialog."""

    digest = forms.CharField(
        max_length=64, widget=forms.HiddenInput, error_messages={"required": RequestEdited.message}
    )
    note = forms.CharField(
        max_length=500, required=False, widget=Textarea({"rows": 2}), help_text="Kept in the history."
    )

    def __init__(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        found = list_seen(acting_staff(request), at=now()).filter(pk=object_id or "").first()
        self.fields["digest"].initial = found.payload_digest if found is not None else ""


class EditForm(ReasonForm):
    """The proposed values that may be edited, filled in as they are."""

    def __init__(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        found = list_requested(acting_staff(request)).filter(pk=object_id or "").first()
        if found is None:
            return
        names = kind_of(found.kind).editable
        for name, shown in names.items():
            self.fields[name] = forms.CharField(
                max_length=200, label=shown, initial=proposed(found).get(name), widget=TextInput
            )
        self.order_fields([*names, "reason"])


def _check_decidable(request: HttpRequest, row: ApprovalRequest) -> None:
    """Raise what keeps this person from deciding a request."""
    decided_for(acting_staff(request), row, kind_of(row.kind), at=now())
    check_open(status=row.status, expires_at=row.expires_at, at=now())


def _check_own(request: HttpRequest, row: ApprovalRequest) -> None:
    """Raise NotTheRequester unless this person asked."""
    if row.requested_by_id != acting_staff(request).pk:
        raise NotTheRequester


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(ReadOnlyAdmin):
    """A change that one person asked for and another decides."""

    whose = of_partner("partner_id")
    id_prefix = "apr"
    list_display = ("title", "kind_shown", "status_shown", "asked_by", "asked", "ends", "decided")
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
        user = acting_staff(request)
        box = _box(request)
        if box == MINE:
            found = list_decidable(user, at=now())
        else:
            found = list_requested(user) if box == ASKED else list_seen(user, at=now())
        return found.select_related(*self.list_select_related)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        box = _box(request)
        counts = _box_counts(acting_staff(request))
        tabs = [
            {
                "title": f"{title} ({counts[name]})",
                "url": f"{list_url(self.model)}?{urlencode({'box': name})}",
                "is_open": name == box,
            }
            for name, title in BOXES
        ]
        return super().changelist_view(request, {"boxes": tabs, **(extra_context or {})})

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
        title = "What would change" if row.executed_at is None else "What changed"
        headings = ("Value", "At the time of the request", "Proposed", "Difference")
        return [Panel(title, headings, _comparison(row)), *_revisions(row), _letters(row)]

    # Commands

    @command(
        title="Approve",
        asks="What is asked for is done as soon as you approve it; credentials are then issued by who asked.",
        button="Approve",
        permissions=("approvals.change_approvalrequest",),
        form=ApproveForm,
        icon="check",
        variant=ActionVariant.PRIMARY,
        check=_check_decidable,
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
        check=_check_decidable,
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
        check=_check_own,
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
        check=_check_own,
    )
    def withdraw(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        row = self.found(request, object_id)
        withdraw_request(request_id=row.pk, withdrawn_by=acting_staff(request), withdrawn_at=now())
        told(request, "The request is withdrawn.")


def _box(request: HttpRequest) -> str:
    """Return the box that is open: a record's page and a search without a box look into all of them."""
    is_list = request.resolver_match is not None and request.resolver_match.url_name == LIST_NAME
    asked = request.GET.get("box", "")
    if asked in dict(BOXES):
        return asked if is_list else ALL
    return MINE if is_list and "q" not in request.GET else ALL


def _box_counts(user: StaffUser) -> dict[str, str]:
    """Return how much is open in each box, in figures of two digits."""
    at = now()
    boxes = {
        MINE: list_decidable(user, at=at),
        ASKED: only_open(list_requested(user)),
        ALL: only_open(list_seen(user, at=at)),
    }
    return {name: shown_count(found) for name, found in boxes.items()}


def _letters(row: ApprovalRequest) -> Panel:
    return Panel(
        "Letters",
        ("About", "State", "To", "Tried", "What went wrong"),
        [
            (
                each.get_occasion_display(),
                status_label(each, "state"),
                ", ".join(each.recipients) or "-",
                moment(each.tried_at),
                each.failure or "-",
            )
            for each in row.letters.all()
        ],
        empty="No letter yet.",
    )


def _name(user: StaffUser) -> str:
    return user.get_full_name() or user.get_username()


def _comparison(row: ApprovalRequest) -> list[tuple[Any, ...]]:
    """Return the values side by side, those that differ first; what is empty on both sides is left out."""
    before, hidden = present(row) or {}, kind_of(row.kind).hidden
    sides = [(name, before.get(name), value) for name, value in proposed(row).items() if name not in hidden]
    return [
        (_words(name), _text(was), _text(value), "same" if was == value else label("changed", "Changed"))
        for name, was, value in sorted(sides, key=lambda side: side[1] == side[2])
        if was is not None or value is not None
    ]


def _revisions(row: ApprovalRequest) -> list[Panel]:
    if row.revision == 1:
        return []
    return [
        Panel(
            "Edits",
            ("Revision", "Made", "Proposed", "Reason"),
            [
                (
                    each.revision,
                    moment(each.made_at),
                    "; ".join(
                        f"{_words(name)}: {_text(value)}" for name, value in each.payload["proposed"].items()
                    ),
                    each.reason,
                )
                for each in row.revisions.order_by("-revision")
            ],
        )
    ]


def _words(name: str) -> str:
    """Return a value's name in words: `allowedIps` is "Allowed ips"."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return spaced.replace("_", " ").strip().capitalize()


def _text(value: Any) -> str:
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
