"""The dialogs of a request, and who is told in place of one that it is not theirs to fill in."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest

from approvals.admin.comparing import changes, known
from approvals.deciding import decided_for
from approvals.kinds import Carrying, kind_of, proposed
from approvals.models import ApprovalRequest
from approvals.queries import list_requested, list_seen
from approvals.rules import NotTheRequester, RequestEdited, check_open
from core.admin.commands import CommandForm, ReasonForm
from core.clock import now
from staff.security import acting_staff

if TYPE_CHECKING:
    from django.forms import Textarea, TextInput
else:
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput


class ApproveForm(CommandForm):
    """Approves what was read: the dialog shows it, and the digest of the content travels with it."""

    form_before_template = "office/approve_dialog.html"
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
        self._read = found

    def get_before_template_context(
        self, request: HttpRequest, object_id: str | None = None
    ) -> dict[str, Any]:
        context = super().get_before_template_context(request, object_id)
        if self._read is None:
            return context
        return {
            **context,
            "changes": changes(self._read, whole=False),
            "known": known(self._read),
            "reason": self._read.reason,
            "then": _then(self._read),
        }


def _then(row: ApprovalRequest) -> str:
    """Return what becomes of a request that is approved."""
    if kind_of(row.kind).carrying is Carrying.BY_REQUESTER:
        asker = row.requested_by.get_full_name() or row.requested_by.get_username()
        return f"Nothing is done by the approval alone: {asker} may then do it, until the request ends."
    return "It is done as soon as you approve it."


class EditForm(ReasonForm):
    """The proposed values that may be edited, filled in as they are."""

    def __init__(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        found = list_requested(acting_staff(request)).filter(pk=object_id or "").first()
        if found is None:
            return
        names = kind_of(found.kind).editable
        for name, shown in names.items():
            self.fields[name] = forms.CharField(max_length=200, label=shown, widget=TextInput)
        self.begin_with(found, {name: proposed(found).get(name) for name in names})
        self.order_fields([*names, "reason"])


def check_decidable(request: HttpRequest, row: ApprovalRequest) -> None:
    """Raise what keeps this person from deciding a request."""
    decided_for(acting_staff(request), row, kind_of(row.kind), at=now())
    check_open(status=row.status, expires_at=row.expires_at, at=now())


def check_own(request: HttpRequest, row: ApprovalRequest) -> None:
    """Raise NotTheRequester unless this person asked."""
    if row.requested_by_id != acting_staff(request).pk:
        raise NotTheRequester
