"""What is kept of one person, whole: every row that leads to theirs, as JSON and CSV in one ZIP file.

Nothing is listed by hand: the tables are found by their foreign keys, and every field goes in that is not
secret and does not name our own staff: whom compliance watches reads this. `core.declared` says which are.
"""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from django.apps import apps
from django.db.models import Model, QuerySet

from core.admin.recording import words_of
from core.declared import DataClass, fields_of, find_declared
from core.spreadsheets import BOM, text_cell

PATH_MAX: Final = 3
KEPT_BACK: Final = frozenset({DataClass.SECRET, DataClass.STAFF})


def paths_to(subject: type[Model]) -> dict[type[Model], str]:
    """Return every model with foreign keys that lead to a subject, with the lookup of its subject's key."""
    found: dict[type[Model], str] = {subject: "pk"}
    for _ in range(PATH_MAX):
        known = dict(found)
        for model in apps.get_models():
            if model not in found and not model._meta.proxy:
                for field in model._meta.local_concrete_fields:
                    if field.related_model in known:
                        further = known[field.related_model]
                        found[model] = f"{field.name}__{further}"
                        break
    return found


def exported_fields(model: type[Model]) -> list[str]:
    """Return the fields of a model that an export holds: all that are neither secret nor about our staff."""
    declared = find_declared(model)
    classes = declared.classes if declared else {}
    return [found.name for found in fields_of(model) if classes.get(found.name) not in KEPT_BACK]


def export_subject(row: Model) -> bytes:
    """Return a ZIP file of what is kept of a person: `all.json`, and a CSV file for each table with rows."""
    tables = {model._meta.label_lower: list(_rows(model, lookup, row)) for model, lookup in _paths(row)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("all.json", json.dumps(tables, ensure_ascii=False, indent=1))
        for label, rows in tables.items():
            if rows:
                file.writestr(f"{label}.csv", _csv(rows))
    return buffer.getvalue()


def _paths(row: Model) -> Iterator[tuple[type[Model], str]]:
    yield from sorted(paths_to(type(row)).items(), key=lambda found: found[0]._meta.label)


def _rows(model: type[Model], lookup: str, row: Model) -> Iterator[dict[str, Any]]:
    names = exported_fields(model)
    attributes = {name: model._meta.get_field(name).attname for name in names}  # type: ignore[union-attr]
    tenant_id = getattr(row, "tenant_id", None)
    found: QuerySet[Any] = model._default_manager.filter(**{lookup: row.pk})
    if tenant_id is not None and hasattr(model, "tenant_id"):
        found = found.filter(tenant_id=tenant_id)
    for each in found.iterator(chunk_size=1000):
        yield words_of({name: _value(getattr(each, attributes[name])) for name in names}) or {}


def _value(value: Any) -> Any:
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def _csv(rows: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\r\n").writerow
    write(rows[0])
    for row in rows:
        write(["" if value is None else text_cell(str(value)) for value in row.values()])
    return BOM + text.getvalue()
