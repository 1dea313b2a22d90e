"""Whose eyes a page is made for: a link is offered to those alone who may open what it leads to."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from django.apps import apps
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest

_request: Final[ContextVar[HttpRequest | None]] = ContextVar("office_request", default=None)


@contextmanager
def reading(request: HttpRequest) -> Iterator[None]:
    """Make what is shown meanwhile for who sends this request."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def may_open(model: type[Model] | str) -> bool:
    """Whether the reader may open the pages of a model (itself, or `app.Model`); where nobody reads, yes."""
    request = _request.get()
    known: type[Any] = apps.get_model(model) if isinstance(model, str) else model
    page = admin.site._registry.get(known)
    return request is None or page is None or page.has_view_permission(request)
