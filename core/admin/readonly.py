"""How a form shows a row that it does not change: as all pages do, linked for who may open it."""

from typing import Any

from django.contrib import admin
from unfold.fields import UnfoldAdminReadonlyField

from core.admin.cells import row_link


def install() -> None:
    """Let the library, which links every row for everybody and has no setting for it, show rows so."""
    UnfoldAdminReadonlyField.get_admin_url = _shown


def _shown(_: UnfoldAdminReadonlyField, remote_field: Any, row: Any) -> str:
    is_known = remote_field.model in admin.site._registry
    return row_link(remote_field.model, row.pk, row) if is_known else str(row)
