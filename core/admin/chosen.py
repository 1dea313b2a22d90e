"""Commands on several rows of a list, which are ticked: a page asks first, and the command runs by POST only.

The same rules as for a command on one row (`core.admin.commands`): permissions, one service, no transaction
open. Only what stands on the page can be ticked, 50 rows at most.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from core.admin.pages import office_page

SURE = "_sure"
ChosenCommand = Callable[[Any, HttpRequest, Sequence[Any]], None]


def chosen_command(
    *, title: str, asks: str, button: str, permissions: tuple[str, ...]
) -> Callable[[ChosenCommand], Any]:
    """Make a method `(self, request, rows)` a command on the ticked rows of a list (`actions`).

    `asks` is the question that the page puts, `button` what its button says, `permissions` what the member
    of staff must have. The method says what came of it (`told`); the list is shown again.
    """
    if not permissions:
        raise ValueError("a command needs permissions")

    def decorate(method: ChosenCommand) -> Any:
        @wraps(method)
        def run(admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
            if not all(request.user.has_perm(permission) for permission in permissions):
                raise PermissionDenied
            if connection.in_atomic_block:
                raise RuntimeError("a command starts outside of any transaction")
            ticked = list(
                rows.filter(pk__in=request.POST.getlist(ACTION_CHECKBOX_NAME))[: admin.list_per_page]
            )
            if SURE in request.POST:
                method(admin, request, ticked)
                return None
            return office_page(
                request,
                "office/chosen.html",
                title=title,
                asks=asks,
                button=button,
                rows=[(str(row.pk), str(row)) for row in ticked],
                names=admin.opts.verbose_name if len(ticked) == 1 else admin.opts.verbose_name_plural,
                command=method.__name__,
                tick=ACTION_CHECKBOX_NAME,
                sure=SURE,
                back=request.get_full_path(),
            )

        found: Any = run
        found.short_description = title
        found.needed_permissions = permissions
        return found

    return decorate


def may_use(request: HttpRequest, command: Any) -> bool:
    """Whether a member of staff may give a command on ticked rows."""
    return all(request.user.has_perm(each) for each in getattr(command, "needed_permissions", ()))
