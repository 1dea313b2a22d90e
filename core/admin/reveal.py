"""Personal data: masked on every page; shown in clear to who may, by POST, with a reason that is kept.

What is shown is shown in that one answer; the next page has the masks again. A form that nobody can fill in
without the data shows them at once, and each opening of it is a look that is recorded (`looked_at`).
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed

from core import audit
from core.admin.about import field_title
from core.admin.cells import Panel
from core.admin.forms import OfficeForm
from core.admin.pages import command_page, office_page
from core.clock import now
from core.models import AuditRecord
from core.pii import masked, personal_fields

if TYPE_CHECKING:
    from django.forms import CheckboxSelectMultiple, Textarea
else:
    from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget as CheckboxSelectMultiple
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea

LOOK: Final = "reveal personal data"
OPENING: Final = timedelta(hours=1)
"""For so long a form that is refused and shown again counts as opened once."""
TITLE = "Show personal data"
ASKS = "What you tick is shown once, on the next page. Who looked, at what and why stays in the history."


class WhyForm(OfficeForm):
    """Asks why, on a page of its own."""

    reason = forms.CharField(max_length=200, widget=Textarea({"rows": 3}), help_text="Kept in the history.")


def masked_column(model: type[Model], name: str) -> Callable[[Any], Any]:
    """Return a column of a list, or a field of a page, that shows a personal field masked."""

    def shown(row: Any) -> Any:
        return masked(model, name, getattr(row, name)) or "-"

    shown.__name__ = name
    shown.short_description = field_title(model, name)  # type: ignore[attr-defined]
    return shown


def masked_names(model: type[Model], names: Any) -> Any:
    """Return names of fields, nested as they are, with a masked column in the place of each personal one."""
    personal = personal_fields(model)
    if isinstance(names, list | tuple):
        return type(names)(masked_names(model, name) for name in names)
    return masked_column(model, names) if isinstance(names, str) and names in personal else names


def reveal_form(model: type[Model]) -> type[forms.Form]:
    """Return the form that asks which personal fields to show, and why."""
    choices = [(name, field_title(model, name)) for name in personal_fields(model)]

    class RevealForm(WhyForm):
        fields_shown = forms.MultipleChoiceField(label="Show", choices=choices, widget=CheckboxSelectMultiple)
        field_order = ("fields_shown", "reason")

    return RevealForm


def reveal_command(model: type[Model], permission: str) -> Any:
    """Return the command of a model's page that shows its personal fields."""

    def reveal(model_admin: Any, request: HttpRequest, form: forms.Form, object_id: str) -> HttpResponse:
        return _revealed(
            request, model_admin.found(request, object_id), form, model_admin.record_url(object_id)
        )

    return command_page(
        title=TITLE,
        asks=ASKS,
        button="Show once",
        permissions=(permission,),
        form=reveal_form(model),
        icon="visibility",
    )(reveal)


def reveal_page(request: HttpRequest, *, row: Model, permission: str, back: str) -> HttpResponse:
    """Answer a page of its own that shows a row's personal fields, for rows that no admin shows.

    The caller has looked the row up within what this person sees; PermissionDenied without the permission.
    """
    if not request.user.has_perm(permission):
        raise PermissionDenied
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(("GET", "POST"))
    form = reveal_form(type(row))(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return _revealed(request, row, form, back)
    return office_page(
        request, "office/command.html", title=TITLE, asks=ASKS, button="Show once", form=form, back=back
    )


def looked_at(request: HttpRequest, row: Model, *names: str, reason: str) -> list[tuple[str, Any]]:
    """Record a look at personal fields, and return (title, value) of each, for a form that asks about them.

    A form that comes back with what is wrong with it is not recorded a second time. The caller has made sure
    that this person may fill the form in.
    """
    if request.method != "POST" or not _has_looked(row, names):
        _record(row, names, reason)
    return [(field_title(type(row), name), getattr(row, name) or "-") for name in names]


def _has_looked(row: Model, names: Iterable[str]) -> bool:
    return AuditRecord.objects.filter(
        action=LOOK,
        after__fields__contains=list(names),
        object_type=row._meta.label_lower,
        object_id=str(row.pk),
        actor=audit.current_actor().name,
        occurred_at__gt=now() - OPENING,
    ).exists()


def _record(row: Model, names: Iterable[str], reason: str) -> None:
    with transaction.atomic():
        audit.record(
            action=LOOK, subject=row, after={"fields": sorted(names)}, reason=reason, recorded_at=now()
        )


def _revealed(request: HttpRequest, row: Model, form: forms.Form, back: str) -> HttpResponse:
    model, names = type(row), form.cleaned_data["fields_shown"]
    _record(row, names, form.cleaned_data["reason"])
    shown = [(field_title(model, name), getattr(row, name) or "-") for name in names]
    return office_page(
        request,
        "office/revealed.html",
        title="Personal data",
        subtitle=str(model._meta.verbose_name).capitalize(),
        panels=[Panel("Shown this once", ("Field", "Value"), shown)],
        back=back,
    )
