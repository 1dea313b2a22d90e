"""The whole of a topic as a filter wants it, in the words in which its changes are told.

Called in threads, never in the event loop.
"""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from core.api.answers import json_bytes
from core.ids import parse_typeid
from core.tenancy import tenant
from sportsbook.api.fixtures import fixture_view
from sportsbook.models import FixtureStatus
from sportsbook.queries.fixtures import FixtureRow, list_pictured
from streaming.filters import FixturesFilter, OddsFilter

OVER: Final = (FixtureStatus.FINISHED, FixtureStatus.ABANDONED, FixtureStatus.CANCELLED)
"""Fixtures that a picture leaves out, unless it is asked for them by id: nothing happens there any more."""


def read_markets(tenant_id: UUID, wanted: OddsFilter) -> list[bytes]:
    """Return every market that a filter wants, each as JSON like `market.changed`, by kick-off."""
    return [
        json_bytes(shown)
        for row in _read_fixtures(tenant_id, wanted, with_markets=True)
        for shown in _markets_of(row)
        if wanted.market_types is None or shown["type"] in wanted.market_types
    ]


def read_fixtures(tenant_id: UUID, wanted: FixturesFilter) -> list[bytes]:
    """Return every fixture that a filter wants, each as JSON like `fixture.changed`, by kick-off."""
    return [
        json_bytes({name: value for name, value in fixture_view(row).items() if name != "markets"})
        for row in _read_fixtures(tenant_id, wanted, with_markets=False)
    ]


def _read_fixtures(
    tenant_id: UUID, wanted: OddsFilter | FixturesFilter, *, with_markets: bool
) -> list[FixtureRow]:
    chosen = Q()
    if wanted.sports is not None:
        chosen &= Q(competition__sport_id__in=wanted.sports)
    if wanted.competitions is not None:
        chosen &= Q(competition_id__in=wanted.competitions)
    if wanted.fixture_ids is not None:
        chosen &= Q(id__in=[parse_typeid("fix", text) for text in wanted.fixture_ids])
    else:
        chosen &= ~Q(status__in=OVER)
    with tenant(tenant_id):
        return list_pictured(tenant_id=tenant_id, chosen=chosen, with_markets=with_markets)


def _markets_of(row: FixtureRow) -> Iterable[dict[str, Any]]:
    shown = fixture_view(row)
    where = {name: shown[name] for name in ("fixtureId", "sport", "competition")}
    return ({**where, **market} for market in shown["markets"])
