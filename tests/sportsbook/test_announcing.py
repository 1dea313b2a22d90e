"""What tenants are told of fixtures: odds that moved far enough since they were last told, and updates."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from core.clock import now
from core.facts import react_all
from core.ids import typeid
from core.models import Event, Fact
from partners.models import Partner, Tenant
from partners.services import change_tenant, suspend_tenant
from sportsbook.models import MarketStatus
from sportsbook.services.announcing import announce_odds
from sportsbook.services.odds import change_odds, set_market_status
from sportsbook.services.results import enter_result
from tests.makers.partners import make_tenant
from tests.makers.relays import relaying
from tests.makers.sportsbook import MadeFixture, make_fixture

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]

EVENS: Mapping[tuple[str, str | None], Mapping[str, str]] = {
    ("match_result", None): {"home": "2.00", "draw": "3.40", "away": "3.60"}
}


@pytest.fixture
def react(superuser_url: str) -> Iterator[Any]:
    """Let the relay number what waits, and every handler react to it."""
    with relaying(superuser_url) as relay:

        def number_and_react() -> None:
            relay()
            react_all()
            relay()

        yield number_and_react


def move(made: MadeFixture, odds: str, name: str = "home") -> None:
    outcome = made.outcome(name=name)
    change_odds(market_id=outcome.market_id, odds={outcome.id: Decimal(odds)}, source="t", changed_at=now())


def told(tenant_id: UUID, kind: str = "odds.changed") -> list[dict[str, Any]]:
    """Return what a tenant was told, in order."""
    rows = Event.objects.filter(tenant_id=tenant_id, type=kind).order_by("sequence")
    return list(rows.values_list("data", flat=True))


def odds_told(tenant: Tenant) -> list[tuple[str, str]]:
    return [(data["previousOdds"], data["odds"]) for data in told(tenant.id)]


class TestAnnounceOdds:
    @pytest.mark.parametrize(
        ("odds", "is_told"),
        [("2.10", True), ("2.099999", False), ("1.90", True), ("1.900001", False), ("2.5", True)],
    )
    def test_threshold_is_five_percent_inclusive_and_exact(
        self, react: Any, odds: str, is_told: bool
    ) -> None:
        tenant, made = make_tenant(), make_fixture(markets=EVENS)
        move(made, odds)
        react()
        assert bool(odds_told(tenant)) is is_told

    def test_event_says_which_outcome_and_what_was_said_before(self, react: Any) -> None:
        tenant, made = make_tenant(), make_fixture(markets=EVENS)
        move(made, "2.2")
        react()
        (data,) = told(tenant.id)
        outcome = made.outcome()
        assert data.pop("changedAt").endswith("Z")
        assert data == {
            "fixtureId": typeid("fix", made.id),
            "sport": "football",
            "competition": "T0",
            "marketId": typeid("mkt", outcome.market_id),
            "marketType": "match_result",
            "line": None,
            "marketStatus": "open",
            "marketVersion": 2,
            "outcomeId": typeid("out", outcome.id),
            "name": "home",
            "odds": "2.20",
            "previousOdds": "2.00",
        }

    def test_slow_drift_is_told_when_it_adds_up(self, react: Any) -> None:
        tenant, made = make_tenant(), make_fixture(markets=EVENS)
        for odds in ("2.03", "2.06", "2.09", "2.12", "2.15", "2.18", "2.21", "2.24"):
            move(made, odds)
        react()
        assert odds_told(tenant) == [("2.00", "2.12"), ("2.12", "2.24")]

    def test_odds_that_come_back_are_compared_with_what_was_told(self, react: Any) -> None:
        tenant, made = make_tenant(), make_fixture(markets=EVENS)
        for odds in ("2.09", "2.00", "2.11", "2.01"):
            move(made, odds)
        react()
        assert odds_told(tenant) == [("2.00", "2.11")]

    def test_opening_odds_are_not_told(self, react: Any) -> None:
        tenant, made = make_tenant(), make_fixture(markets=EVENS)
        set_market_status(market_id=made.outcome().market_id, status=MarketStatus.SUSPENDED, changed_at=now())
        react()
        assert odds_told(tenant) == []

    def test_outcomes_are_told_each_for_itself(self, react: Any) -> None:
        tenant, made = make_tenant(), make_fixture(markets=EVENS)
        wanted = {made.outcome(name=name).id: Decimal(odds) for name, odds in
                  {"home": "2.2", "draw": "3.45", "away": "3.0"}.items()}  # fmt: skip
        change_odds(market_id=made.outcome().market_id, odds=wanted, source="t", changed_at=now())
        react()
        assert [data["name"] for data in told(tenant.id)] == ["home", "away"]

    def test_tenant_has_a_threshold_of_its_own(self, react: Any) -> None:
        fine, coarse, usual = make_tenant(), make_tenant(), make_tenant()
        for tenant, threshold in ((fine, "0"), (coarse, "0.2")):
            change_tenant(
                tenant_id=tenant.id, changes={"odds_threshold": Decimal(threshold)}, changed_at=now()
            )
        made = make_fixture(markets=EVENS)
        for odds in ("2.01", "2.11", "2.40"):
            move(made, odds)
        react()
        assert odds_told(fine) == [("2.00", "2.01"), ("2.01", "2.11"), ("2.11", "2.40")]
        assert odds_told(usual) == [("2.00", "2.11"), ("2.11", "2.40")]
        assert odds_told(coarse) == [("2.00", "2.40")]

    def test_tenant_that_is_closed_or_lacks_the_product_is_told_nothing(self, react: Any) -> None:
        suspended, without = make_tenant(), make_tenant()
        suspend_tenant(tenant_id=suspended.id, suspended_at=now(), reason="test")
        Partner.objects.filter(id=without.partner_id).update(enabled_products=["in_play"])
        stopped = make_tenant()
        Partner.objects.filter(id=stopped.partner_id).update(status="suspended", held_by=[":"])
        move(make_fixture(markets=EVENS), "2.5")
        react()
        assert [odds_told(tenant) for tenant in (suspended, without, stopped)] == [[], [], []]

    def test_sandboxs_odds_are_told_to_its_tenant_alone(self, react: Any) -> None:
        owner, other = make_tenant(), make_tenant()
        move(make_fixture(markets=EVENS, owner_tenant_id=owner.id), "2.5")
        react()
        assert (len(odds_told(owner)), len(odds_told(other))) == (1, 0)

    def test_fact_reacted_to_again_tells_nothing_again(self, react: Any) -> None:
        tenant, made = make_tenant(), make_fixture(markets=EVENS)
        move(made, "2.5")
        react()
        react()
        assert len(odds_told(tenant)) == 1

    def test_fact_tried_again_late_does_not_undo_what_was_told_since(self, react: Any) -> None:
        tenant, made = make_tenant(), make_fixture(markets=EVENS)
        move(made, "2.5")
        react()
        late = Fact.objects.filter(type="market.changed").latest("sequence")
        move(made, "3.0")
        react()
        announce_odds(market=late.data, owner_tenant_id=None, changed_at=late.occurred_at)
        react()
        assert odds_told(tenant) == [("2.00", "2.50"), ("2.50", "3.00")]


class TestAnnounceFixture:
    def test_result_is_told_to_every_live_tenant(self, react: Any) -> None:
        tenant, suspended, made = make_tenant(), make_tenant(), make_fixture()
        suspend_tenant(tenant_id=suspended.id, suspended_at=now(), reason="test")
        at = made.fixture.starts_at + timedelta(hours=2)
        enter_result(fixture_id=made.id, home=2, away=0, entered_by="ada", entered_at=at)
        react()
        (data,) = told(tenant.id, "fixture.updated")
        assert data["fixtureId"] == typeid("fix", made.id)
        assert (data["status"], data["score"], data["changed"]) == (
            "finished",
            {"home": 2, "away": 0},
            ["status", "score"],
        )
        assert data["updatedAt"].endswith("Z")
        assert told(suspended.id, "fixture.updated") == []
