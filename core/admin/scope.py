"""Whose rows a member of staff sees: said once for each model, and obeyed by every page, choice and file.

`settings.OFFICE_SEEN` names the function that says which partners a person sees. Their ids, and those of
their tenants, go into queries as plain values: PostgreSQL then knows how many rows to expect, and reads them
by the index of the tenant, however large the table is.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Seen:
    """The partners that a person sees, and the tenants of these partners."""

    partners: tuple[UUID, ...]
    tenants: tuple[UUID, ...]


Whose = Callable[[Seen], Q]
"""Says which rows of a model belong to the partners that somebody sees."""


def everybodys(seen: Seen) -> Q:
    """The rows belong to no partner: whoever may view the model sees all of them."""
    return Q()


def of_partner(field: str) -> Whose:
    """The rows belong to the partner whose id stands in `field`."""
    return lambda seen: Q(**{f"{field}__in": seen.partners})


def of_tenant(field: str, *, shared: bool = False) -> Whose:
    """The rows belong to the tenant whose id stands in `field`; `shared` rows without one to everybody."""

    def whose(seen: Seen) -> Q:
        own = Q(**{f"{field}__in": seen.tenants})
        return own | Q(**{f"{field}__isnull": True}) if shared else own

    return whose


def seen_by(user: Any) -> Seen | None:
    """Return the partners that a person sees, None for all; looked up once for each object of the person."""
    found = getattr(user, "_seen_partners", ...)
    if found is ...:
        found = import_string(settings.OFFICE_SEEN)(user)
        user._seen_partners = found
    assert found is None or isinstance(found, Seen)
    return found


def narrowed(
    rows: QuerySet[Any], whose: Whose | None, user: Any, *, tenant_id: UUID | None = None
) -> QuerySet[Any]:
    """Return the rows that a person sees; of a model that does not say whose its rows are, none.

    Where one tenant is asked for that the person sees, its id alone stands in the query: a hundred of them
    beside it are planned anew for each partition, which takes longer than reading the rows.
    """
    seen = seen_by(user)
    if seen is None:
        return rows
    if whose is None:
        return rows.none()
    if tenant_id is not None and tenant_id in seen.tenants:
        seen = replace(seen, tenants=(tenant_id,))
    return rows.filter(whose(seen))


def narrow_choices(form: forms.BaseForm, user: Any) -> None:
    """Leave in a form's choices of rows those that the person sees."""
    if seen_by(user) is None:
        return
    for field in form.fields.values():
        rows: Any = getattr(field, "queryset", None)
        page: Any = None if rows is None else admin.site._registry.get(rows.model)
        if page is not None:
            field.queryset = narrowed(rows, getattr(type(page), "whose", None), user)  # type: ignore[attr-defined]
