"""Commands: the buttons of the office. Each asks in a dialog first, runs by POST only, and calls one service.

Transactions. Services own theirs, and those that work for one tenant open `core.tenancy.tenant`, which
refuses to run inside another transaction. Django wraps the saving of a change form in one; it wraps neither
a button's address nor a page of our own. So whatever goes through such a service is a command or a page,
never `save_model`, and a command makes sure that no transaction is open before it starts.
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from unfold.decorators import action
from unfold.enums import ActionVariant

from core.admin.dialogs import in_dialog, moved_on
from core.admin.forms import add_refusal
from core.admin.scope import narrow_choices
from core.admin.stale import RowForm
from core.errors import Forbidden, Refusal

if TYPE_CHECKING:
    from django.forms import Textarea

    class BaseDialogForm(forms.Form):
        def __init__(
            self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any
        ) -> None: ...

        request: HttpRequest
        object_id: str | None
else:
    from unfold.forms import BaseDialogForm
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea


class CommandForm(RowForm, BaseDialogForm):
    """The dialog of a command: it names the record, may ask for more, and says why it was refused.

    One that is filled in from a row undoes nobody's change of it unseen: `begin_with`.
    """

    form_before_template = "office/dialog_before.html"
    _row: Model | None = None
    _form_submitted = forms.BooleanField(
        initial=True,
        widget=forms.HiddenInput,
        error_messages={"required": "Nothing is done before the button of the dialog is pressed."},
    )

    def __init__(self, request: HttpRequest, object_id: str | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        narrow_choices(self, request.user)

    def begin_with(self, row: Model, values: Mapping[str, Any]) -> None:
        """Fill fields in with what they are in a row."""
        self._row = row
        self.initial.update(values)

    def row_shown(self) -> Model | None:
        return self._row

    @property
    def hidden_errors(self) -> list[str]:
        """What is wrong with fields that nobody sees."""
        return [str(error) for field in self.hidden_fields() for error in field.errors]

    def get_before_template_context(
        self, request: HttpRequest, object_id: str | None = None
    ) -> dict[str, Any]:
        return {"form": self, "about": _about(request)}


class ReasonForm(CommandForm):
    """A command that asks why; the answer stays in the history."""

    reason = forms.CharField(max_length=200, widget=Textarea({"rows": 3}), help_text="Kept in the history.")


Command = Callable[[Any, HttpRequest, Any, str], str | HttpResponse | None]
Check = Callable[[HttpRequest, Any], None]


def command(
    *,
    title: str,
    asks: str,
    button: str,
    permissions: tuple[str, ...],
    form: type[CommandForm] = CommandForm,
    icon: str | None = None,
    variant: ActionVariant = ActionVariant.DEFAULT,
    check: Check | None = None,
) -> Callable[[Command], Any]:
    """Make a method `(self, request, form, object_id)` a button with a dialog on the record's page.

    `asks` is the question that the dialog puts, `button` what its button says, `permissions` what the
    member of staff must have (`app.codename`). The method returns the address to go to next (None: the
    record's page), or a page of its own. A refusal is shown in the dialog, which stays open. What `check`
    raises for a POST about a row, whatever is filled in, is said in place of the dialog.
    """
    if not permissions:
        raise ValueError("a command needs permissions")
    dialog = {"title": title, "description": asks, "form_class": form, "form_submit_text": button}

    def decorate(method: Command) -> Any:
        @wraps(method)
        def run(admin: Any, request: HttpRequest, form: CommandForm, object_id: str) -> HttpResponse:
            if connection.in_atomic_block:
                raise RuntimeError("a command starts outside of any transaction")
            try:
                answer = method(admin, request, form, object_id)
            except Refusal as refusal:
                add_refusal(form, refusal)
                context = {"dialog": dialog, "form": form, "form_submit_text": button}
                return _refused(request, "unfold/helpers/dialog.html", context, refusal)
            if isinstance(answer, HttpResponse):
                return answer
            return moved_on(request, answer or admin.record_url(object_id))

        asking = action(
            permissions=permissions,
            description=title,
            icon=icon,
            variant=variant,
            dialog=dialog,
            url_path=method.__name__.replace("_", "-"),
        )(run)

        @wraps(asking)
        def checked(admin: Any, request: HttpRequest, object_id: str) -> Any:
            # Before the dialog's form is made, which may look the record up.
            if not all(request.user.has_perm(permission) for permission in permissions):
                raise PermissionDenied
            against = _find_refusal(check, request, _found(admin, request, object_id))
            if against is not None:
                context = {"title": title, "refusal": against.message}
                return _refused(request, "office/dialog_refused.html", context, against)
            return asking(admin, request, object_id=object_id)

        return checked

    return decorate


def _found(admin: Any, request: HttpRequest, object_id: str) -> Any:
    """Return the row that a command is about, and let its dialog name it."""
    row = admin.found(request, object_id)
    request.about = (str(admin.opts.verbose_name), str(row))  # type: ignore[attr-defined]
    return row


def _find_refusal(check: Check | None, request: HttpRequest, row: Any) -> Refusal | None:
    try:
        if check is not None and request.method == "POST":
            check(request, row)
    except Refusal as refusal:
        return refusal
    return None


def _about(request: HttpRequest) -> tuple[str, str] | None:
    """Return the kind of the record that a dialog is about, and what it is called."""
    return getattr(request, "about", None)


def _refused(request: HttpRequest, template: str, context: dict[str, Any], refusal: Refusal) -> HttpResponse:
    """Show what was refused. A dialog has the status 200: htmx shows no other."""
    context = {**context, "about": _about(request)}
    status = 200 if in_dialog(request) else 403 if isinstance(refusal, Forbidden) else 409
    return render(request, template, context, status=status)


def told(request: HttpRequest, text: str) -> None:
    """Say on the next page what was done."""
    messages.success(request, text)
