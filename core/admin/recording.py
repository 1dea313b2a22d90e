"""What a saved form changed, in words that JSON can hold."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Model, QuerySet
from django.forms import ModelForm

from core.clock import instant_text

SECRET_FIELDS = frozenset({"password", "password1", "password2"})

Changes = tuple[dict[str, Any] | None, dict[str, Any]]


def changes_of(form: "ModelForm[Any]", *, is_new: bool) -> Changes:
    """Return the changed fields before and after; before is None for a new row. Passwords are only named."""
    names = list(form.cleaned_data) if is_new else form.changed_data
    after = {name: form.cleaned_data.get(name) for name in names if name not in SECRET_FIELDS}
    if any(name in SECRET_FIELDS for name in names):
        after["password"] = "changed"  # noqa: S105 - a word for it, never the thing
    if is_new:
        return None, after
    before = {name: form.initial.get(name) for name in names if name not in SECRET_FIELDS}
    return before, after


def words_of(values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return values as JSON can hold them: keys for rows, plain digits for decimals, RFC 3339 for moments."""
    return None if values is None else {name: _word(value) for name, value in values.items()}


def _word(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Model):
        return _word(value.pk)
    if isinstance(value, QuerySet | list | tuple | set | frozenset):
        return sorted((_word(one) for one in value), key=str)
    return str(value)
