"""GET /events: what a partner can rely on when it follows the feed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import psycopg
import pytest

from core import clock
from core.events import publish
from core.numbering import number_batch
from core.tenancy import tenant
from tests.makers.http import Caller, make_caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    type: ClassVar[str] = "test.happened"
    tenant_id: UUID
    occurred_at: datetime
    number: int

    def data(self) -> dict[str, Any]:
        return {"number": self.number}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeldomHappened(Happened):
    type: ClassVar[str] = "test.seldom"


@pytest.fixture
def caller(committed: None) -> Caller:
    return make_caller()


@pytest.fixture
def relay_once(superuser_url: str) -> Iterator[Any]:
    with psycopg.connect(superuser_url, autocommit=True) as superuser:

        def relay() -> None:
            while number_batch(superuser):
                pass

        yield relay


def announce(tenant_id: UUID, count: int, kind: type[Happened] = Happened) -> None:
    with tenant(tenant_id):
        publish(
            *(kind(tenant_id=tenant_id, occurred_at=clock.now(), number=number) for number in range(count))
        )


class TestReadEvents:
    def test_pages_follow_each_other_without_gap_or_repetition(self, caller: Caller, relay_once: Any) -> None:
        announce(caller.tenant_id, 25)
        relay_once()
        seen, after = [], 0
        for _ in range(4):
            page = caller.get(f"/api/v2/events?after={after}&limit=10").json()
            seen += [event["sequence"] for event in page["data"]]
            after = page["nextAfter"]
        assert seen == list(range(1, 26))
        assert after == 25

    def test_event_has_its_public_form(self, caller: Caller, relay_once: Any) -> None:
        announce(caller.tenant_id, 1)
        relay_once()
        (event,) = caller.get("/api/v2/events").json()["data"]
        assert set(event) == {"eventId", "sequence", "type", "occurredAt", "data"}
        assert event["eventId"].startswith("evt_")
        assert event["occurredAt"].endswith("Z")
        assert event["data"] == {"number": 0}

    def test_passed_over_types_move_the_cursor(self, caller: Caller, relay_once: Any) -> None:
        announce(caller.tenant_id, 3)
        announce(caller.tenant_id, 1, SeldomHappened)
        announce(caller.tenant_id, 2)
        relay_once()
        page = caller.get("/api/v2/events?types=test.seldom,test.never").json()
        assert [event["sequence"] for event in page["data"]] == [4]
        assert page["nextAfter"] == 6

    def test_empty_feed_stays_where_it_is(self, caller: Caller) -> None:
        assert caller.get("/api/v2/events").json() == {"data": [], "nextAfter": 0}
        assert caller.get("/api/v2/events?after=7").json() == {"data": [], "nextAfter": 7}

    def test_other_tenants_events_are_not_there(self, caller: Caller, relay_once: Any) -> None:
        other = make_caller()
        announce(other.tenant_id, 3)
        relay_once()
        assert caller.get("/api/v2/events").json()["data"] == []

    @pytest.mark.parametrize(
        "query",
        [
            "after=-1",
            "after=x",
            "after=1.5",
            "after=99999999999999999999",
            "limit=0",
            "limit=201",
            "types=",
            "types=a",
        ],
    )
    def test_nonsense_is_refused(self, caller: Caller, query: str) -> None:
        answer = caller.get(f"/api/v2/events?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_FIELD")

    def test_token_without_the_scope_is_refused(self, committed: None) -> None:
        answer = make_caller(scopes=("bets:read",)).get("/api/v2/events")
        assert (answer.status_code, answer.json()["code"]) == (403, "INSUFFICIENT_SCOPE")
        assert answer.json()["details"] == {"scope": "events:read"}
