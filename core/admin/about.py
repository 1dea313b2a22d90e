"""What audit records are about, in words that reveal nothing: the kind of row, and its id or masked name."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.utils import label_for_field
from django.db.models import Model
from django.forms.utils import pretty_name

from core.admin.changes import find_model, subject_of
from core.ids import typeid
from core.models import AuditRecord
from core.pii import masked, personal_fields

NAME = "name"


def tell_about(records: Iterable[AuditRecord]) -> dict[Any, str]:
    """Return by each record's key what it is about, `Document doc_01…`; nothing where no id or name helps.

    What was shown in clear is named by its fields, `Contact A••• L•••: Name, Email`. One look-up for each
    kind whose rows have no id that staff see.
    """
    told = list(records)
    named = _masked_names(told)
    return {record.pk: _words(record, named) for record in told}


def field_title(model: type[Model], name: str) -> str:
    """Return what pages call a field."""
    return pretty_name(str(label_for_field(name, model)))


Names = Mapping[tuple[str, str], str]


def _words(record: AuditRecord, named: Names) -> str:
    model = find_model(record.object_type)
    if model is None:
        return ""
    which = named.get((record.object_type, record.object_id)) or _shown_id(model, record.object_id)
    shown = [name for name in (record.after or {}).get("fields", ()) if name in personal_fields(model)]
    about = f"{subject_of(record.object_type)} {which}".strip() if which or shown else ""
    return f"{about}: {', '.join(field_title(model, name) for name in shown)}" if shown else about


def _shown_id(model: type[Model], key: str) -> str:
    prefix = getattr(admin.site._registry.get(model), "id_prefix", "")
    return typeid(prefix, UUID(key)) if prefix else ""


def _masked_names(records: Iterable[AuditRecord]) -> Names:
    wanted: dict[str, set[str]] = {}
    for record in records:
        model = find_model(record.object_type)
        if model is not None and NAME in personal_fields(model) and not _shown_id(model, record.object_id):
            wanted.setdefault(record.object_type, set()).add(record.object_id)
    found = {}
    for label, keys in wanted.items():
        model = find_model(label)
        assert model is not None
        for key, name in model._default_manager.filter(pk__in=keys).values_list("pk", NAME):
            found[label, str(key)] = str(masked(model, NAME, name) or "")
    return found
