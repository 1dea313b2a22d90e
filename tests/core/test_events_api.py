"""GET /events: what a partner can rely on when it follows the feed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection
from django.test.utils import CaptureQueriesContext

from core import clock
from core.events import publish
from core.services import forget_events
from core.tenancy import call_in_tenant, tenant
from tests.makers.http import Caller, make_caller
from tests.makers.relays import relaying
from tests.makers.roles import acting_as


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    type: ClassVar[str] = "bet.placed"
    tenant_id: UUID
    occurred_at: datetime
    number: int

    def data(self) -> dict[str, Any]:
        return {"number": self.number}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeldomHappened(Happened):
    type: ClassVar[str] = "bet.settled"


@pytest.fixture
def caller(committed: None) -> Caller:
    return make_caller()


@pytest.fixture
def relay_once(superuser_url: str) -> Iterator[Any]:
    with relaying(superuser_url) as relay:
        yield relay


def announce(tenant_id: UUID, count: int, kind: type[Happened] = Happened) -> None:
    with tenant(tenant_id):
        publish(
            *(kind(tenant_id=tenant_id, occurred_at=clock.now(), number=number) for number in range(count))
        )


def age(superuser_url: str, tenant_id: UUID, *, up_to: int, days: int) -> None:
    """Make a tenant's first events as old as if they had happened so many days ago."""
    with psycopg.connect(superuser_url) as superuser:
        superuser.execute("SET session_replication_role = replica")
        superuser.execute(
            "UPDATE core_event SET occurred_at = occurred_at - make_interval(days => %s) "
            "WHERE tenant_id = %s AND sequence <= %s",
            [days, tenant_id, up_to],
        )


def forget(days: int = 90) -> int:
    with acting_as("b2b_jobs"):
        return forget_events(older_than=timedelta(days=days), at=clock.now())


class TestForgetEvents:
    def test_feed_says_from_where_on_it_is_kept(
        self, caller: Caller, relay_once: Any, superuser_url: str
    ) -> None:
        announce(caller.tenant_id, 10)
        relay_once()
        assert caller.get("/api/v2/events?limit=1").json()["oldestSequence"] == 1
        age(superuser_url, caller.tenant_id, up_to=6, days=91)
        assert forget() >= 6
        page = caller.get("/api/v2/events?after=6").json()
        assert page["oldestSequence"] == 7
        assert [event["sequence"] for event in page["data"]] == [7, 8, 9, 10]

    def test_reader_who_comes_too_late_is_told_of_the_gap(
        self, caller: Caller, relay_once: Any, superuser_url: str
    ) -> None:
        announce(caller.tenant_id, 10)
        relay_once()
        age(superuser_url, caller.tenant_id, up_to=6, days=91)
        forget()
        late = caller.get("/api/v2/events?after=5")
        assert (late.status_code, late.json()["code"]) == (410, "EVENTS_GONE")
        assert late.json()["details"] == {"oldestSequence": 7}
        afresh = caller.get("/api/v2/events").json()
        assert [event["sequence"] for event in afresh["data"]] == [7, 8, 9, 10]

    def test_last_event_stays_and_its_number_goes_on(
        self, caller: Caller, relay_once: Any, superuser_url: str
    ) -> None:
        announce(caller.tenant_id, 3)
        relay_once()
        age(superuser_url, caller.tenant_id, up_to=3, days=400)
        assert forget() >= 2
        announce(caller.tenant_id, 1)
        relay_once()
        page = caller.get("/api/v2/events?after=2").json()
        assert [event["sequence"] for event in page["data"]] == [3, 4]

    def test_younger_event_keeps_all_after_it(
        self, caller: Caller, relay_once: Any, superuser_url: str
    ) -> None:
        announce(caller.tenant_id, 5)
        relay_once()
        age(superuser_url, caller.tenant_id, up_to=5, days=400)
        age(superuser_url, caller.tenant_id, up_to=2, days=-400)
        age(superuser_url, caller.tenant_id, up_to=1, days=400)
        forget()
        assert caller.get("/api/v2/events").json()["oldestSequence"] == 2

    def test_more_than_a_call_removes_are_removed(
        self, caller: Caller, relay_once: Any, superuser_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("core.services.EVENTS_PER_CALL", 2)
        announce(caller.tenant_id, 6)
        relay_once()
        age(superuser_url, caller.tenant_id, up_to=5, days=91)
        assert forget() >= 5
        assert caller.get("/api/v2/events").json()["oldestSequence"] == 6

    @pytest.mark.role("b2b_jobs")
    def test_no_day_is_too_young(self, committed: None) -> None:
        with pytest.raises(IntegrityError, match="a day at least"):
            call_in_tenant("SELECT core_forget_events(%s, now(), 10)", [uuid4()])

    def test_api_may_not_remove_any(self, caller: Caller) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"):
            call_in_tenant("SELECT core_forget_events(%s, now(), 10)", [caller.tenant_id])


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
        page = caller.get("/api/v2/events?types=bet.settled,bet.cancelled").json()
        assert [event["sequence"] for event in page["data"]] == [4]
        assert page["nextAfter"] == 6

    def test_types_given_twice_or_in_any_order_are_told_in_order_once(
        self, caller: Caller, relay_once: Any
    ) -> None:
        announce(caller.tenant_id, 1)
        announce(caller.tenant_id, 1, SeldomHappened)
        announce(caller.tenant_id, 2)
        relay_once()
        types = "bet.settled,bet.placed,bet.settled"
        page = caller.get(f"/api/v2/events?types={types}&limit=3").json()
        assert [event["sequence"] for event in page["data"]] == [1, 2, 3]
        assert page["nextAfter"] == 3

    def test_poll_is_one_query(self, caller: Caller, relay_once: Any) -> None:
        announce(caller.tenant_id, 3)
        relay_once()
        caller.get("/api/v2/events")
        with CaptureQueriesContext(connection) as asked:
            caller.get("/api/v2/events?after=3")
        assert len(asked.captured_queries) <= 1

    def test_empty_feed_stays_where_it_is(self, caller: Caller) -> None:
        nothing: dict[str, Any] = {"data": [], "oldestSequence": None}
        assert caller.get("/api/v2/events").json() == {**nothing, "nextAfter": 0}

    def test_number_that_no_event_has_yet_is_refused_with_the_last(
        self, caller: Caller, relay_once: Any
    ) -> None:
        nobody_knows = caller.get("/api/v2/events?after=7")
        assert (nobody_knows.status_code, nobody_knows.json()["code"]) == (400, "SEQUENCE_UNKNOWN")
        assert nobody_knows.json()["details"] == {"latestSequence": 0}
        announce(caller.tenant_id, 3)
        relay_once()
        assert caller.get("/api/v2/events?after=4").json()["details"] == {"latestSequence": 3}
        assert caller.get("/api/v2/events?after=3").json()["nextAfter"] == 3

    def test_type_that_does_not_exist_is_refused_with_those_that_do(self, caller: Caller) -> None:
        answer = caller.get("/api/v2/events?types=bet.placed,bet.setled")
        assert (answer.status_code, answer.json()["code"]) == (400, "EVENT_TYPE_UNKNOWN")
        assert answer.json()["details"]["types"] == ["bet.setled"]
        assert "bet.settled" in answer.json()["details"]["known"]

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
