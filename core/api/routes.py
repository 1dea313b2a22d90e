"""What the API process serves: every route, with its view and the methods that it answers.

Read from the URL resolver, so that documentation and contract tests cannot forget a route. A redirect is
another spelling of a route, and none of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.urls import URLPattern, URLResolver, get_resolver
from django.views.generic import RedirectView

from core.api.operation import Operation, operation_of
from core.ids import PREFIXES

METHODS: Final = ("get", "post", "put", "patch", "delete")
_PARAMETER: Final = re.compile(r"<(?:[a-z_]+:)?(?P<name>[a-z_]+)>")
_PREFIX_OF_PARAMETER: Final = {f"{kind.replace(' ', '_')}_id": prefix for prefix, kind in PREFIXES.items()}


@dataclass(frozen=True)
class Route:
    """One path with its view. `path` is as OpenAPI writes it: `/api/v2/players/{playerId}`."""

    path: str
    view: Any
    parameters: tuple[str, ...]

    @property
    def operations(self) -> dict[str, Operation | None]:
        """The methods that the view answers, in upper case, each with what it tells about itself."""
        found = {method.upper(): getattr(self.view, method, None) for method in METHODS}
        return {method: operation_of(handler) for method, handler in found.items() if handler is not None}

    @property
    def required_scopes(self) -> dict[str, str]:
        """The scope that each method needs; empty for a view that anybody may call."""
        return dict(getattr(self.view, "required_scopes", {}))


def list_routes() -> list[Route]:
    """Return every route of this process, ordered by path."""
    return sorted(_walk(get_resolver().url_patterns, ""), key=lambda route: route.path)


def parameter_prefix(name: str) -> str | None:
    """Return the TypeID prefix that a path parameter wants (`player_id`: `plr`), None if it is no id."""
    return _PREFIX_OF_PARAMETER.get(name)


def camel(name: str) -> str:
    """Return a snake_case name in camelCase."""
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)


def _walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
            continue
        callback: Any = pattern.callback
        view = getattr(callback, "view_class", None) or getattr(callback, "cls", callback)
        if isinstance(view, type) and issubclass(view, RedirectView):
            continue
        shown = _PARAMETER.sub(lambda found: "{" + camel(found["name"]) + "}", path)
        names = tuple(found["name"] for found in _PARAMETER.finditer(path))
        yield Route(path="/" + shown.lstrip("^/").rstrip("$"), view=view, parameters=names)
