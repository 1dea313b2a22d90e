"""How a form shows a row that it does not change: as all pages do, linked for who may open it, and each field
asked for once.
"""

from typing import Any

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist
from unfold.fields import UnfoldAdminReadonlyField

from core.admin.cells import row_link


def install() -> None:
    """Let the library, which has no setting for either, link no row to who may not open it, and work out a
    field that is shown once instead of five times: its template reads one three times, and each time the
    lines of the form are gone through, it asks for the value to learn the type.
    """
    UnfoldAdminReadonlyField.get_admin_url = _shown
    UnfoldAdminReadonlyField.contents = _contents
    UnfoldAdminReadonlyField._resolve_field = _model_field


_work_out = UnfoldAdminReadonlyField.contents


def _shown(_: UnfoldAdminReadonlyField, remote_field: Any, row: Any) -> str:
    is_known = remote_field.model in admin.site._registry
    return row_link(remote_field.model, row.pk, row) if is_known else str(row)


def _contents(self: UnfoldAdminReadonlyField) -> Any:
    worked_out: dict[Any, Any] = self.form.__dict__.setdefault("_worked_out", {})
    name = self.field["field"]
    if name not in worked_out:
        worked_out[name] = _work_out(self)
    return worked_out[name]


def _model_field(self: UnfoldAdminReadonlyField) -> Any:
    """Return the model's own field with two empty places, as the library unpacks three; False for others."""
    try:
        return self.form.instance._meta.get_field(self.field["field"]), None, None
    except FieldDoesNotExist:
        return False
