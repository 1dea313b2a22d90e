"""Two walls stand between tenants, and each holds alone: with the queries' own filters taken out, the
policies still hide other tenants' rows; with the policies taken out, the filters still do.

The one place where our own code is patched: a wall is removed to prove that the other stands.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from uuid import UUID

import psycopg
import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper
from pytest_django import DjangoDbBlocker

from b2b import environment
from core.api.routes import list_routes, parameter_prefix
from core.errors import NotFound
from core.ids import parse_typeid, typeid, uuid7
from core.tenancy import tenant
from sportsbook.queries.bets import get_bet
from tests.contracts.table import OAUTH, PUBLIC, ROWS, Owned, Row, make_owned
from tests.makers.http import Caller, make_caller
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from wallet.queries import get_player

pytestmark = pytest.mark.usefixtures("committed")

FILTER = re.compile(r'((?:"?\w+"?\.)?"?(?:owner_)?tenant_id"?) = (%s|\(%s\))')
CALLS = sorted(call for call, row in ROWS.items() if row.scope not in (PUBLIC, OAUTH))
PARAMETERS = {
    (method, route.path): route.parameters for route in list_routes() for method in route.operations
}


@contextmanager
def without_filters() -> Iterator[None]:
    """Take `tenant_id = ...` out of every statement that this process sends, the ORM's and our own."""
    patch = pytest.MonkeyPatch()
    execute = CursorWrapper.execute

    def execute_unfiltered(self: CursorWrapper, sql: str, params: Any = None) -> Any:
        return execute(self, FILTER.sub(r"(\1 = \2 OR true)", sql), params)

    patch.setattr(CursorWrapper, "execute", execute_unfiltered)
    try:
        yield
    finally:
        patch.undo()


@contextmanager
def without_policies(superuser_url: str) -> Iterator[None]:
    """Open every table to everybody who has the right to it, as if nobody had thought of policies."""
    with psycopg.connect(superuser_url, autocommit=True) as database:
        closed = [
            name
            for (name,) in database.execute(
                "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace"
            ).fetchall()
        ]
        assert len(closed) > 20
        try:
            for table in closed:
                database.execute(f'ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY'.encode())
            yield
        finally:
            for table in closed:
                database.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY'.encode())


@dataclass(frozen=True)
class World:
    """What a tenant owns, and a caller of another tenant, which has one of everything as well."""

    theirs: Owned
    caller: Caller


def make_world() -> World:
    owner = make_tenant(requests_per_minute=100_000)
    make_owned(owner)
    return World(make_owned(make_tenant()), make_caller(owner))


@pytest.fixture(scope="class", params=["without_filters", "without_policies"])
def world(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[World]:
    """Two tenants, and then one of the two walls between them removed, for as long as the class runs."""
    with django_db_blocker.unblock():
        with acting_as("b2b_api"):
            made = make_world()
        wall = without_filters() if request.param == "without_filters" else without_policies(_superuser_url())
        with wall:
            yield made


def _superuser_url() -> str:
    """As the fixture `superuser_url`, which lives for one test only."""
    url = urlsplit(str(environment.state()["bootstrap_url"]))
    return urlunsplit(url._replace(path=f"/{quote(connection.settings_dict['NAME'])}"))


@pytest.fixture
def theirs(committed: None) -> Owned:
    return make_owned(make_tenant())


def names(call: tuple[str, str]) -> str:
    return " ".join(call)


def path_with(call: tuple[str, str], owned: Owned | None) -> str:
    path = call[1]
    for name in PARAMETERS[call]:
        found = getattr(owned, name) if owned else typeid(parameter_prefix(name) or "", uuid7())
        path = re.sub(r"\{[A-Za-z]+\}", found, path, count=1)
    return f"{path}?{ROWS[call].query}" if ROWS[call].query else path


def body_of(row: Row, player_id: str) -> Any:
    if row.id_in_body is not None:
        return row.id_in_body(player_id)
    return row.body() if row.body is not None else None


def told(answer: Any) -> Any:
    return answer.status_code, re.sub(r'"(requestId|timestamp)":"[^"]*"', "", answer.content.decode())


class TestOneWall:
    @pytest.mark.parametrize("call", [call for call in CALLS if PARAMETERS[call]], ids=names)
    def test_other_tenants_ids_are_unknown(self, world: World, call: tuple[str, str]) -> None:
        body = body_of(ROWS[call], world.theirs.player_id)
        foreign = world.caller.call(call[0], path_with(call, world.theirs), body)
        unknown = world.caller.call(call[0], path_with(call, None), body)
        assert foreign.status_code == 404, foreign.content
        assert told(foreign) == told(unknown)

    @pytest.mark.parametrize("call", [call for call in CALLS if ROWS[call].id_in_body], ids=names)
    def test_other_tenants_players_cannot_bet(self, world: World, call: tuple[str, str]) -> None:
        answers = [
            world.caller.call(call[0], path_with(call, None), body_of(ROWS[call], player))
            for player in (world.theirs.player_id, typeid("plr", uuid7()))
        ]
        assert told(answers[0]) == told(answers[1])
        assert b"NOT_FOUND" in answers[0].content

    @pytest.mark.parametrize(
        "call", [call for call in CALLS if call[0] == "GET" and not PARAMETERS[call]], ids=names
    )
    def test_lists_hold_nothing_of_other_tenants(self, world: World, call: tuple[str, str]) -> None:
        page = path_with(call, None)
        limit = "&limit=200" if "?" in page else "?limit=200"
        answer = world.caller.get(page + limit)
        if answer.status_code == 400:
            answer = world.caller.get(page)
        assert answer.status_code == 200, answer.content
        for own in (
            world.theirs.player_id,
            world.theirs.fixture_id,
            world.theirs.bet_id,
            world.theirs.statement_id,
        ):
            assert own not in answer.content.decode()


class TestTheWallsAreReallyDown:
    """Else the tests above would prove nothing."""

    def test_without_filters_a_login_past_the_policies_finds_other_tenants_rows(self, theirs: Owned) -> None:
        mine = make_tenant().id
        player_id, bet_id = parse_typeid("plr", theirs.player_id), parse_typeid("bet", theirs.bet_id)
        with acting_as("b2b_jobs"), without_filters(), tenant(mine):
            assert get_player(tenant_id=mine, player_id=player_id).id == player_id
            assert get_bet(tenant_id=mine, bet_id=bet_id).bet_id == bet_id

    def test_without_filters_the_policies_hide_them_from_the_services(self, theirs: Owned) -> None:
        mine = make_tenant().id
        player_id = parse_typeid("plr", theirs.player_id)
        with without_filters(), tenant(mine), pytest.raises(NotFound):
            get_player(tenant_id=mine, player_id=player_id)

    def test_without_policies_the_api_could_read_everything(self, theirs: Owned, superuser_url: str) -> None:
        with without_policies(superuser_url):
            assert _count_foreign_players() > 0
        assert _count_foreign_players() == 0


def _count_foreign_players() -> int:
    mine: UUID = make_tenant().id
    with tenant(mine), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM wallet_player WHERE tenant_id <> %s", [mine])
        count: int = cursor.fetchone()[0]
    return count
