"""What a subscription wants of its topic. A filter only selects: it never changes what a frame says."""

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from core.api.bodies import Body, InvalidField, UnknownField, parse_bytes
from core.errors import BadRequest
from core.event_types import check_types
from core.ids import NotAnId, parse_typeid
from sportsbook.rules.settling import MarketType

Name = Annotated[str, Meta(min_length=1, max_length=64)]
Names = Annotated[frozenset[Name], Meta(min_length=1, max_length=200)]


class OddsFilter(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Markets of these sports, competitions, fixtures and types; what is left out does not narrow."""

    sports: Names | None = None
    competitions: Names | None = None
    fixture_ids: Names | None = None
    market_types: Names | None = None

    def matches(self, data: dict[str, Any]) -> bool:
        """Whether a `market.changed` is wanted."""
        return (
            (self.sports is None or data.get("sport") in self.sports)
            and (self.competitions is None or data.get("competition") in self.competitions)
            and (self.fixture_ids is None or data.get("fixtureId") in self.fixture_ids)
            and (self.market_types is None or data.get("type") in self.market_types)
        )


class FixturesFilter(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Fixtures of these sports and competitions, or these alone."""

    sports: Names | None = None
    competitions: Names | None = None
    fixture_ids: Names | None = None

    def matches(self, data: dict[str, Any]) -> bool:
        """Whether a `fixture.changed` is wanted."""
        return (
            (self.sports is None or data.get("sport") in self.sports)
            and (self.competitions is None or data.get("competition") in self.competitions)
            and (self.fixture_ids is None or data.get("fixtureId") in self.fixture_ids)
        )


class EventsFilter(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """Events of these types, and of these players."""

    types: Names | None = None
    player_ids: Names | None = None


Filter = OddsFilter | FixturesFilter | EventsFilter
KINDS: Final[dict[str, type[Filter]]] = {
    "odds": OddsFilter,
    "fixtures": FixturesFilter,
    "events": EventsFilter,
}


def filter_of(topic: Literal["odds", "fixtures", "events"], raw: bytes) -> Filter:
    """Return the filter of a frame. Raises BadRequest that names the field as `filter.<name>`."""
    if raw == b"null":
        raw = b"{}"
    try:
        found = parse_bytes(raw, KINDS[topic])
    except UnknownField as refusal:
        names = [f"filter.{name}" for name in (refusal.details or {}).get("fields", [])]
        raise UnknownField(
            f"A filter of {topic} does not know: {', '.join(names)}.", details={"fields": names}
        ) from None
    except BadRequest as refusal:
        field = (refusal.details or {}).get("field", "")
        name = f"filter.{field}" if field else "filter"
        message = (
            refusal.message.replace(f"field {field} ", f"field {name} ")
            if field
            else ("The field filter must be an object.")
        )
        raise InvalidField(message, details={"field": name}) from None
    _check(found)
    return found


def _check(found: Filter) -> None:
    """Refuse what can never be told of: a name that does not exist would be waited for in vain.

    Sports and competitions are not looked up: one may be added while the subscription goes on.
    """
    match found:
        case EventsFilter():
            check_types(found.types or ())
            _check_ids("playerIds", "plr", found.player_ids)
        case OddsFilter() | FixturesFilter():
            _check_ids("fixtureIds", "fix", found.fixture_ids)
    if isinstance(found, OddsFilter):
        unknown = (found.market_types or frozenset()) - set(MarketType)
        if unknown:
            known = [str(kind) for kind in MarketType]
            raise InvalidField(
                f"The field filter.marketTypes takes: {', '.join(known)}.",
                details={"field": "filter.marketTypes", "known": known},
            )


def _check_ids(name: str, prefix: str, ids: Iterable[str] | None) -> None:
    try:
        for each in ids or ():
            parse_typeid(prefix, each)
    except NotAnId:
        raise InvalidField(
            f"The field filter.{name} takes ids that begin with {prefix}_.",
            details={"field": f"filter.{name}"},
        ) from None
