"""Several short lists by one query: a page of many small tables asks the database once.

Each list is a subquery that gives its rows as JSON, in its own order; they become rows of their models again.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Field, ForeignKey, Model, QuerySet
from django.db.models.functions import JSONObject


def read_together(*lists: QuerySet[Any]) -> list[list[Any]]:
    """Return the rows of each list, as `list(...)` returns them.

    A list is of whole rows, with the foreign keys that `select_related` names, one step far. Raises
    ValueError for a list that names none but follows all.
    """
    asked = [_as_json(one).query.sql_with_params() for one in lists]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join(f"ARRAY({sql})" for sql, _ in asked),
            [value for _, params in asked for value in params],
        )
        found = cursor.fetchone()
    return [
        [_row(one.model, json.loads(text, parse_float=Decimal), _followed(one)) for text in texts]
        for one, texts in zip(lists, found, strict=True)
    ]


def _as_json(rows: QuerySet[Any]) -> QuerySet[Any]:
    fields: dict[str, Any] = {field.attname: field.attname for field in _fields(rows.model)}
    for name in _followed(rows):
        model = _model_behind(rows.model, name)
        fields[name] = JSONObject(**{field.attname: f"{name}__{field.attname}" for field in _fields(model)})
    return rows.select_related(None).values_list(JSONObject(**fields))


def _row(model: type[Model], values: Mapping[str, Any], followed: tuple[str, ...]) -> Model:
    fields = _fields(model)
    row = model.from_db(
        connection.alias,
        [field.attname for field in fields],
        [field.to_python(values[field.attname]) for field in fields],
    )
    for name in followed:
        behind = _model_behind(model, name)
        is_there = values[name][behind._meta.pk.attname] is not None
        setattr(row, name, _row(behind, values[name], ()) if is_there else None)
    return row


def _followed(rows: QuerySet[Any]) -> tuple[str, ...]:
    named = rows.query.select_related
    if named is True:
        raise ValueError("say which foreign keys the rows are read with")
    return tuple(named or ())


def _fields(model: type[Model]) -> "list[Field[Any, Any]]":
    return list(model._meta.concrete_fields)


def _model_behind(model: type[Model], name: str) -> type[Model]:
    field = model._meta.get_field(name)
    assert isinstance(field, ForeignKey)
    found: type[Model] = field.remote_field.model
    return found
