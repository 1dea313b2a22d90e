"""Pages of our own on a record: a form that asks, a service that is called, and an answer shown once.

Used where a dialog is too small, or where the answer (a new secret) must be shown on a page of its own.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from unfold.decorators import action
from unfold.enums import ActionVariant

from core.admin.cells import Facts
from core.admin.forms import add_refusal
from core.admin.scope import narrow_choices
from core.errors import Forbidden, Refusal

PageCommand = Callable[[Any, HttpRequest, Any, str], str | HttpResponse | None]
Page = Callable[..., HttpResponseBase]
Fits = Callable[[Any, Any], None]
"""Fits a form to the record that it is about."""
Known = Callable[[HttpRequest, Any], Sequence[Facts]]
"""Says what stands above a form, as it is filled in."""


def command_page(
    *,
    title: str,
    asks: str,
    button: str,
    permissions: tuple[str, ...],
    form: type[forms.Form],
    icon: str | None = None,
    variant: ActionVariant = ActionVariant.DEFAULT,
    known: Known | None = None,
    fits: Fits | None = None,
) -> Callable[[PageCommand], Any]:
    """Make a method `(self, request, form, object_id)` a command with a page of its own: GET asks, POST does.

    Takes what `core.admin.commands.command` takes, and runs under the same rules; a refusal is shown above
    the form, which the address may begin. `known` returns what stands above it; `fits` gets it with its row.
    """
    if not permissions:
        raise ValueError("a command needs permissions")

    def decorate(method: PageCommand) -> Any:
        @wraps(method)
        def show(model_admin: Any, request: HttpRequest, object_id: str = "") -> HttpResponse:
            if not all(request.user.has_perm(permission) for permission in permissions):
                raise PermissionDenied
            if connection.in_atomic_block:
                raise RuntimeError("a command starts outside of any transaction")
            row = model_admin.found(request, object_id) if object_id else None
            asked = _form_of(request, form, row, fits)
            if request.method == "POST" and asked.is_valid():
                try:
                    answer = method(model_admin, request, asked, object_id)
                except Refusal as refusal:
                    add_refusal(asked, refusal)
                else:
                    return _answered(answer, model_admin.record_url(object_id))
            return office_page(
                request,
                "office/command.html",
                title=title,
                subtitle=str(row) if row is not None else "",
                asks=asks,
                button=button,
                form=asked,
                sections=known(request, asked) if known is not None else (),
                danger=variant is ActionVariant.DANGER,
                back=model_admin.record_url(object_id),
            )

        found = action(
            permissions=permissions,
            description=title,
            icon=icon,
            variant=variant,
            url_path=method.__name__.replace("_", "-"),
        )(show)
        found.asks_on_a_page = True
        return found

    return decorate


def _form_of(request: HttpRequest, form: type[forms.Form], row: Any, fits: Fits | None) -> forms.Form:
    asked = form(request.POST) if request.method == "POST" else form(initial=request.GET.dict())
    narrow_choices(asked, request.user)
    if fits is not None:
        fits(asked, row)
    return asked


def _answered(answer: str | HttpResponse | None, back: str) -> HttpResponse:
    return answer if isinstance(answer, HttpResponse) else HttpResponseRedirect(answer or back)


def office_view(*permissions: str, methods: tuple[str, ...] = ("GET",)) -> Callable[[Page], Page]:
    """Make a function a page of the office, for staff with all of these permissions and for these methods."""
    if not permissions:
        raise ValueError("a page needs permissions")

    def decorate(page: Page) -> Page:
        @wraps(page)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not all(request.user.has_perm(permission) for permission in permissions):
                raise PermissionDenied
            if request.method not in (*methods, *(("HEAD",) if "GET" in methods else ())):
                return HttpResponseNotAllowed(methods)
            return page(request, *args, **kwargs)

        return admin.site.admin_view(checked)

    return decorate


def secret_page(
    request: HttpRequest, *, kind: str, secret: str, owner: str, owner_id: str, back: str, subtitle: str = ""
) -> TemplateResponse:
    """Return the page that shows a new secret this once, and whose it is; no cache keeps it."""
    answer = office_page(
        request,
        "office/secret.html",
        title="New secret",
        subtitle=subtitle,
        kind=kind,
        secret=secret,
        owner=owner,
        owner_id=owner_id,
        back=back,
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def closed_page(
    request: HttpRequest, *, title: str, back: str, check: Callable[[], None], subtitle: str = ""
) -> HttpResponse | None:
    """Return the page that says why there is no form, where `check` raises a refusal; else None."""
    try:
        check()
    except Refusal as refusal:
        page = office_page(
            request, "office/closed.html", title=title, subtitle=subtitle, says=refusal.message, back=back
        )
        page.status_code = 403 if isinstance(refusal, Forbidden) else 409
        return page
    return None


def office_page(
    request: HttpRequest, template: str, *, title: str, subtitle: str = "", **context: Any
) -> TemplateResponse:
    """Return a page of our own inside the office's frame."""
    return TemplateResponse(
        request,
        template,
        {**admin.site.each_context(request), "title": title, "subtitle": subtitle, **context},
    )
