"""The types of events: published, with schemas that what is really announced keeps to, and with no person."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from core.api.codes import DOCS
from core.api.openapi import document
from core.clock import now
from core.event_types import EventType, event_types, schema_of
from core.facts import react_all
from core.models import Event
from sportsbook.services.odds import change_odds
from sportsbook.services.results import enter_result, withdraw_result
from tests.contracts.events import faults_of, properties_of
from tests.makers.bets import ask, make_bettor, place, settle_fixture
from tests.makers.partners import make_tenant
from tests.makers.relays import relaying
from tests.makers.roles import acting_as
from tests.makers.sportsbook import make_fixture
from tests.makers.wallet import make_player, put, take
from wallet.services import roll_back, update_player

PUBLISHED = {
    "bet.cancelled",
    "bet.cashed_out",
    "bet.placed",
    "bet.rejected",
    "bet.settled",
    "balance.updated",
    "fixture.updated",
    "odds.changed",
    "player.reinstated",
    "player.suspended",
    "statement.issued",
    "ticket.updated",
    "user.registered",
    "webhook.test",
}
PERSONAL = {"name", "email", "birthdate", "address", "phone", "firstname", "lastname", "ip"}
ALLOWED_NAMES = {("odds.changed", "name")}
"""The name of an outcome is nobody's."""
KINDS = sorted(event_types().values(), key=lambda kind: kind.name)


def named(kind: EventType) -> str:
    return kind.name


class TestSchemas:
    def test_every_type_of_the_platform_is_published(self) -> None:
        assert set(event_types()) == PUBLISHED

    @pytest.mark.parametrize("kind", KINDS, ids=named)
    def test_schema_is_one_and_its_example_keeps_to_it(self, kind: EventType) -> None:
        Draft202012Validator.check_schema(schema_of(kind))
        assert faults_of([(kind.name, kind.example)]) == []

    @pytest.mark.parametrize("kind", KINDS, ids=named)
    def test_no_property_is_a_persons(self, kind: EventType) -> None:
        personal = {name for name in properties_of(schema_of(kind)) if name.lower() in PERSONAL}
        assert {(kind.name, name) for name in personal} <= ALLOWED_NAMES

    def test_property_that_no_schema_names_is_found(self) -> None:
        example = event_types()["user.registered"].example
        (fault,) = faults_of([("user.registered", {**example, "email": "x@example.com"})])
        assert "email" in fault

    @pytest.mark.parametrize("kind", KINDS, ids=named)
    def test_page_says_when_each_is_sent_and_shows_its_example(self, kind: EventType) -> None:
        page = (DOCS / "events.md").read_text("utf-8")
        _, _, section = page.partition(f"### {kind.name}\n")
        assert section.startswith(f"\nSent when {kind.sent_when}.\n")
        example = section.split("```json\n", 1)[1].split("```", 1)[0]
        assert json.loads(example) == kind.example

    def test_openapi_shows_each_as_a_webhook(self) -> None:
        assert set(document()["webhooks"]) == PUBLISHED


class TestReadEventTypes:
    def test_list_names_the_schema_of_each(self, committed: None) -> None:
        found = Client().get("/api/v2/event-types").json()["data"]
        assert [each["type"] for each in found] == sorted(PUBLISHED)
        assert {each["type"] for each in found if each["planned"]} == {
            "bet.cancelled",
            "bet.cashed_out",
            "statement.issued",
            "ticket.updated",
        }
        for each in found:
            answer = Client().get(each["schemaPath"])
            assert answer.headers["Content-Type"] == "application/schema+json"
            assert answer.json()["$schema"] == "https://json-schema.org/draft/2020-12/schema"

    def test_unknown_type_is_not_found(self, committed: None) -> None:
        answer = Client().get("/api/v2/event-types/bet.lost/schema")
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")


def do_everything(tenant: Any) -> None:
    """Let everything happen to a tenant that is told today."""
    player = make_bettor(tenant, available="500.00")
    made, other = make_fixture(), make_fixture()
    place(player, ask(player, made.outcome()), ask(player, [made.outcome(), other.outcome(name="draw")]))
    place(player, ask(player, made.outcome(), stake="90000.00"), ask(player, made.outcome(), odds=["9.99"]))
    with acting_as("b2b_jobs"):
        outcome = other.outcome()
        change_odds(
            market_id=outcome.market_id, odds={outcome.id: outcome.odds * 2}, source="t", changed_at=now()
        )
        at = made.fixture.starts_at + timedelta(hours=2)
        enter_result(fixture_id=made.id, home=2, away=1, entered_by="ada", entered_at=at)
        settle_fixture(made.id)
        enter_result(fixture_id=made.id, home=0, away=1, entered_by="ada", entered_at=at, reason="wrong")
        settle_fixture(made.id)
        withdraw_result(fixture_id=made.id, entered_by="ada", entered_at=at, reason="wrong")
        settle_fixture(made.id)
    mover = make_player(tenant.id, name="Ada Lovelace", email="ada@example.com")
    put(mover, "50.00", reference="D-1")
    take(mover, "20.00")
    roll_back(
        tenant_id=tenant.id, player_id=mover.id, reference="R-1", original_reference="D-1", posted_at=now()
    )
    for status in ("suspended", "active", "suspended", "closed"):
        update_player(tenant_id=tenant.id, player_id=mover.id, updated_at=now(), status=status)


class TestAnnouncedEvents:
    def test_keep_to_their_schemas_and_name_nobody(self, committed: None, superuser_url: str) -> None:
        tenant = make_tenant()
        do_everything(tenant)
        with relaying(superuser_url) as relay, acting_as("b2b_jobs"):
            relay()
            react_all()
            relay()
            told = list(
                Event.objects.filter(tenant_id=tenant.id).order_by("sequence").values_list("type", "data")
            )
        assert faults_of(told) == []
        sent = {kind.name for kind in KINDS if not kind.is_planned} - {"webhook.test"}
        assert {kind for kind, _ in told} == sent
        statuses = [kind for kind, _ in told if kind.startswith("player.")]
        assert statuses == ["player.suspended", "player.reinstated", "player.suspended"]
        codes = [data["code"] for kind, data in told if kind == "bet.rejected"]
        assert codes == ["STAKE_ABOVE_LIMIT", "ODDS_CHANGED"]
        assert "Ada" not in str(told)
        assert "@" not in str(told)
