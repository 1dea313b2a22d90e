"""What the sportsbook makes of facts: each tenant's own events."""

from core.facts import reacts_to
from core.models import Fact
from sportsbook.events import FixtureChanged, MarketChanged
from sportsbook.services.announcing import announce_fixture, announce_odds


@reacts_to(MarketChanged.type, name="sportsbook.announce_odds")
def tell_of_odds(fact: Fact) -> None:
    """Announce `odds.changed` to the tenants for whom the odds have moved far enough."""
    announce_odds(market=fact.data, owner_tenant_id=fact.tenant_id, changed_at=fact.occurred_at)


@reacts_to(FixtureChanged.type, name="sportsbook.announce_fixtures")
def tell_of_fixture(fact: Fact) -> None:
    """Announce `fixture.updated` to every live tenant."""
    announce_fixture(fixture=fact.data, owner_tenant_id=fact.tenant_id, changed_at=fact.occurred_at)
