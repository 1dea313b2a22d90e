"""Every address of the office, from the URL conf itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any
from uuid import UUID

from django.urls import URLPattern, URLResolver, reverse

ABSENT = UUID("01890000-0000-7000-8000-000000000000")
STANDING_IN = {"uuid": str(ABSENT), "int": "999999999", "str": str(ABSENT), "path": str(ABSENT), "slug": "x"}


@dataclass(frozen=True)
class Address:
    """A page: its name, with the namespace, and a path that leads to it (to a row that is not there)."""

    name: str
    path: str


def addresses() -> list[Address]:
    """Return every named page of the office."""
    conf = import_module("b2b.urls.office")
    return sorted(
        {each.name: each for each in _walk(conf.urlpatterns, "", {})}.values(), key=lambda each: each.name
    )


def _walk(patterns: list[Any], space: str, above: dict[str, Any]) -> Iterator[Address]:
    for found in patterns:
        if isinstance(found, URLResolver):
            inner = f"{space}{found.namespace}:" if found.namespace else space
            yield from _walk(found.url_patterns, inner, {**above, **found.pattern.converters})
        elif isinstance(found, URLPattern) and found.name:
            name = f"{space}{found.name}"
            yield Address(name, _path(name, {**above, **found.pattern.converters}))


def _path(name: str, converters: dict[str, Any]) -> str:
    if name == "admin:app_list":
        return reverse(name, kwargs={"app_label": "partners"})
    kwargs = {
        key: STANDING_IN.get(type(value).__name__.removesuffix("Converter").lower(), str(ABSENT))
        for key, value in converters.items()
    }
    return reverse(name, kwargs=kwargs)
