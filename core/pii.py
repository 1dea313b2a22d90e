"""Personal data as the office shows it: masked, unless asked for with a reason (`core.admin.reveal`).

Whatever shows rows to staff (lists, pages, CSV, history, audit) asks here before it shows a field. Which
fields are personal is declared in each app's `privacy.py`.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model

from core.declared import find_declared
from core.masks import Mask


def personal_fields(model: type[Model] | str) -> Mapping[str, Mask]:
    """Return the personal fields of a model (or of `app.model`, or of its history), each with its mask."""
    found = find_declared(model)
    return {} if found is None else found.masks


def masked(model: type[Model] | str, name: str, value: Any) -> Any:
    """Return a field's value as staff see it: unchanged, or masked where the field is personal."""
    mask = personal_fields(model).get(name)
    return value if mask is None or value in (None, "", []) else mask(value)


def masked_values(model: type[Model] | str, values: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return values by field, such as an audit record's `before`, with what is personal masked."""
    return None if values is None else {name: masked(model, name, value) for name, value in values.items()}
