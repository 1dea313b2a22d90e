"""The classes that every page of the office stands on.

Lists as in `core.admin.listing`, nothing deleted, and one AuditRecord, in the same transaction, for every
change that a form of the office saves.
"""

from collections.abc import Collection, Sequence
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import flatten_fieldsets, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from unfold.enums import ActionVariant

from core import audit
from core.admin import readonly
from core.admin.cells import CommandLink, Panel, list_url
from core.admin.checks import OfficeChecks
from core.admin.chosen import may_use
from core.admin.forms import OfficeModelForm, add_refusal
from core.admin.listing import ListedAdmin
from core.admin.pages import office_page
from core.admin.recording import changes_of, words_of
from core.admin.reveal import masked_names
from core.admin.timeline import row_timeline
from core.clock import now
from core.errors import Refusal
from core.ids import typeid

readonly.install()


class OfficeAdmin(ListedAdmin):
    """A model in the office, changed by plain forms or by commands; never deleted.

    `recorded_by_service` says that `save_model` calls a service that writes the audit record itself; the
    service runs inside the form's transaction, so it must not be one that opens `tenant()`
    (`core.admin.commands` says more). `history_with` names models whose changes are written down under this
    model's key (`core.operations.HistoryOf`) and shown with its history.
    """

    checks_class = OfficeChecks
    form = OfficeModelForm
    change_form_before_template = "office/seen.html"
    change_form_outer_after_template = "office/panels.html"
    warn_unsaved_form = True
    compressed_fields = True
    actions_detail: Sequence[Any] = ()
    recorded_by_service: bool = False
    history_with: Sequence[str] = ()

    # Reading

    def found(self, request: HttpRequest, object_id: str) -> Any:
        """Return the row that a page or command is about; 404 when there is none."""
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404("There is no such record.")
        return row

    def record_url(self, object_id: str) -> str:
        """Return the address of a row's page, or of the list when no row is named."""
        if not object_id:
            return list_url(self.model)
        name = f"{self.opts.app_label}_{self.opts.model_name}_change"
        return reverse(f"{self.admin_site.name}:{name}", args=(object_id,))

    def shown_id(self, row: Model) -> str:
        """Return the row's TypeID."""
        return typeid(self.id_prefix, row.pk)

    shown_id.short_description = "ID"  # type: ignore[attr-defined]

    def panels(self, request: HttpRequest, row: Any) -> list[Panel]:
        """Return the tables of related rows shown under a record."""
        return []

    def hidden_commands(self, row: Any) -> frozenset[str]:
        """Return the names of the commands that make no sense for this row as it is."""
        return frozenset()

    # Pages

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        row = kwargs.get("obj")
        context["panels"] = self.panels(request, row) if row is not None else []
        context.update(show_save_and_add_another=False, show_save_and_continue=False)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        allowed: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        row = self.get_object(request, unquote(str(object_id)))
        if row is None:
            return []
        start = f"{self.opts.app_label}_{self.opts.model_name}_"
        hidden = {start + name for name in self.hidden_commands(row)}
        return [found for found in allowed if found.action_name not in hidden]

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any], *args: Any, **kwargs: Any
    ) -> HttpResponse | None:
        """Carry out a command on ticked rows; what no row can have for its key is no such page."""
        for key in request.POST.getlist(ACTION_CHECKBOX_NAME):
            try:
                self.opts.pk.clean(key, None)
            except ValidationError:
                raise Http404 from None
        return super().response_action(request, queryset, *args, **kwargs)

    def get_actions(self, request: HttpRequest) -> Any:
        """Return the commands on ticked rows; without any, the list has no boxes to tick."""
        found = super().get_actions(request)
        return {name: each for name, each in found.items() if each and may_use(request, each[0])}

    def commands_of(
        self, request: HttpRequest, row: Any, *, among: Collection[str] | None = None
    ) -> list[CommandLink]:
        """Return the commands that this member of staff may give for a row, for pages other than its own:
        all of them, or those `among` the ones named.
        """
        hidden = self.hidden_commands(row)
        names = [
            name
            for name in self._extract_action_names(self.actions_detail)  # type: ignore[attr-defined]
            if name not in hidden and (among is None or name in among)
        ]
        found = [(name, self.get_unfold_action(name)) for name in names]  # type: ignore[attr-defined]
        return [
            CommandLink(
                title=action.description,
                url=reverse(f"{self.admin_site.name}:{action.action_name}", args=(row.pk,)),
                is_dialog=bool(action.dialog),
                is_danger=action.variant is ActionVariant.DANGER,
            )
            for name, action in found
            if all(request.user.has_perm(each) for each in getattr(self, name).allowed_permissions)
        ]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what happened to the row: who, when, why, and each field before and after."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.found(request, object_id)
        before = request.GET.get("before", "")
        timeline = row_timeline(
            labels=(self.opts.label_lower, *self.history_with),
            row_id=str(row.pk),
            user=request.user,
            before=before,
        )
        return office_page(
            request,
            "office/history.html",
            title="History",
            subtitle=str(row),
            timeline=timeline,
            timeline_before=before,
            timeline_url=request.path,
            timeline_open=True,
            back=self.record_url(object_id),
        )

    # Changing: nothing is deleted, every saved form is recorded

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Show or save the form; what a service refused rolls all back and is shown in the form, kept as
        filled in.
        """
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refusal as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        refusal: Refusal | None = getattr(request, "refusal", None)
        return form if refusal is None else _refused(form, refusal)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the rows that the person sees on the other model's own pages."""
        page = self.admin_site._registry.get(db_field.remote_field.model)
        if isinstance(page, OfficeAdmin) and "queryset" not in kwargs:
            kwargs["queryset"] = page.get_queryset(request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        return changes_of(form, is_new=add)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        if not self.recorded_by_service:
            self._record(f"add {self.opts.verbose_name}", obj, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        before, after = message
        if before != after and not self.recorded_by_service:
            self._record(f"change {self.opts.verbose_name}", obj, message)

    def _record(self, verb: str, row: Any, changes: Any) -> None:
        before, after = changes
        audit.record(
            action=verb,
            subject=row,
            before=words_of(before),
            after=words_of(after),
            recorded_at=now(),
        )


class ReadOnlyAdmin(OfficeAdmin):
    """A model that the office shows and never changes by a form: a ledger, bets, events, history."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return [
            (title, {**told, "fields": masked_names(self.model, told["fields"])})
            for title, told in super().get_fieldsets(request, obj)
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return flatten_fieldsets(self.get_fieldsets(request, obj))


def _refused(form: Any, refusal: Refusal) -> Any:
    """Return the form class with the refusal as an error of every form made by it."""

    def clean(self: Any) -> Any:
        cleaned = form.clean(self)
        add_refusal(self, refusal)
        return cleaned

    return type(form.__name__, (form,), {"clean": clean})
