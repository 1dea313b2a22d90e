"""The office's home: each role's cards, charts and lists, in a handful of cheap queries.

A person with several roles sees the section of each, in the order of the roles. Figures over time come from
what `reporting` has counted; nothing here adds up bets or requests.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from django.http import HttpRequest

from b2b.dashboard.compliance import compliance
from b2b.dashboard.finance import finance
from b2b.dashboard.oversight import oversight, security
from b2b.dashboard.partners import account_manager
from b2b.dashboard.parts import Section, Viewer, count_cards
from b2b.dashboard.support import support
from b2b.dashboard.trading import risk, trader
from core.admin.cells import moment
from core.clock import now
from staff.queries import roles_of
from staff.rules import ROLE_NAMES

SECTIONS: Final[Mapping[str, Callable[[Viewer], Section]]] = MappingProxyType(
    {
        "account_manager": account_manager,
        "compliance": compliance,
        "trader": trader,
        "risk": risk,
        "finance_maker": finance,
        "finance_checker": finance,
        "support": support,
        "auditor": oversight,
        "security_admin": security,
    }
)
assert tuple(SECTIONS) == ROLE_NAMES


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the sections of this member of staff's roles; without a role, what their permissions show."""
    viewer = Viewer(request, now())
    sections = count_cards(section for section in _sections(viewer) if section.has_content)
    has_kinds = any(section.has_kinds for section in sections)
    return {
        **context,
        "title": "Home",
        "sections": sections,
        "kinds": _kinds(viewer) if has_kinds else [],
        "counted_at": moment(viewer.counted.counted_at) if has_kinds else "",
        "as_of": moment(viewer.at),
    }


def _sections(viewer: Viewer) -> Iterator[Section]:
    roles = roles_of(viewer.user)
    builders = list(dict.fromkeys(SECTIONS[name] for name in ROLE_NAMES if name in roles)) or [oversight]
    for build in builders:
        yield build(viewer)


def _kinds(viewer: Viewer) -> list[tuple[str, str, bool]]:
    """Return the tabs above the sections: title, address, and whether it is shown."""
    return [
        (title, f"?kind={kind}", kind == viewer.kind)
        for kind, title in (("production", "Production"), ("test", "Test"))
    ]
