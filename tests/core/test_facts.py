"""Facts about fixtures: numbered once, reacted to once by each handler, and never held up by a broken one."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from core import facts
from core.clock import now
from core.facts import NotInTransaction, error_text, forget_facts, publish_fact, react_all, reacts_to
from core.models import Fact, HandlerCursor, QuarantinedFact
from core.quarantine import ask_for_retry, retry_asked
from tests.makers.relays import relaying

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A fact for tests."""

    type: ClassVar[str] = "test.noted"
    tenant_id: UUID | None = None
    occurred_at: datetime
    number: int

    def data(self) -> dict[str, Any]:
        return {"number": self.number}


@pytest.fixture
def relay(superuser_url: str) -> Iterator[Any]:
    with relaying(superuser_url) as found:
        yield found


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """A handler of this test alone, which writes down what it sees and breaks at 13."""
    name, found = f"test.{uuid4().hex}", []
    monkeypatch.setattr(facts, "_HANDLERS", {})

    @reacts_to("test.noted", name=name)
    def note(fact: Fact) -> None:
        if fact.data["number"] == 13:
            raise ValueError("unlucky")
        found.append(fact.data["number"])

    last = Fact.objects.order_by("-sequence").values_list("sequence", flat=True).first()
    HandlerCursor.objects.create(handler=name, sequence=last or 0)
    return found


def announce(*numbers: int) -> None:
    with transaction.atomic():
        publish_fact(*(Noted(occurred_at=now(), number=number) for number in numbers))


class TestPublishFact:
    def test_of_a_rolled_back_transaction_has_announced_nothing(self, relay: Any, seen: list[int]) -> None:
        with transaction.atomic():
            publish_fact(Noted(occurred_at=now(), number=1))
            transaction.set_rollback(True)
        relay()
        react_all()
        assert seen == []

    def test_outside_a_transaction_is_refused(self) -> None:
        with pytest.raises(NotInTransaction):
            publish_fact(Noted(occurred_at=now(), number=1))

    @pytest.mark.role("b2b_api")
    def test_partners_process_announces_nothing_about_the_platforms_fixtures(self) -> None:
        with pytest.raises(Exception, match="row-level security"), transaction.atomic():
            publish_fact(Noted(occurred_at=now(), number=1))


class TestReactAll:
    def test_reacts_to_each_once_and_in_order(self, relay: Any, seen: list[int]) -> None:
        announce(1, 2)
        announce(3)
        relay()
        assert react_all() == 3
        assert react_all() == 0
        assert seen == [1, 2, 3]

    def test_puts_aside_what_breaks_a_handler_and_goes_on(self, relay: Any, seen: list[int]) -> None:
        announce(12, 13, 14)
        relay()
        react_all()
        assert seen == [12, 14]
        aside = QuarantinedFact.objects.latest("id")
        assert (aside.data, aside.error) == ({"number": 13}, "ValueError: unlucky")

    def test_keeps_nothing_of_the_row_that_the_database_refused(self) -> None:
        broken = IntegrityError("violates a constraint\nDETAIL:  Failing row contains (Ada Lovelace).")
        assert error_text(broken) == "IntegrityError: violates a constraint"

    def test_leaves_a_handler_alone_that_another_process_is_at(
        self, relay: Any, seen: list[int], superuser_url: str
    ) -> None:
        announce(1)
        relay()
        with psycopg.connect(superuser_url) as other:
            other.execute("SELECT FROM core_handlercursor FOR UPDATE")
            assert react_all() == 0
        assert react_all() == 1

    def test_killed_half_way_has_reacted_to_nothing(self, relay: Any, seen: list[int]) -> None:
        name = next(iter(facts._HANDLERS))
        announce(1)
        relay()

        @reacts_to("test.noted", name=name)
        def end_the_session(fact: Fact) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")

        before = HandlerCursor.objects.get(handler=name).sequence
        with pytest.raises(Exception, match=r"terminat|clos"):
            react_all()
        connection.close()
        assert HandlerCursor.objects.get(handler=name).sequence == before


class TestRetryAsked:
    def put_aside(self, relay: Any, number: int) -> QuarantinedFact:
        announce(number)
        relay()
        react_all()
        return QuarantinedFact.objects.latest("id")

    def test_reacts_to_it_and_lets_it_go(self, relay: Any, seen: list[int]) -> None:
        aside = self.put_aside(relay, 13)
        assert retry_asked(at=now()) == 0

        @reacts_to("test.noted", name=aside.handler)
        def mended(fact: Fact) -> None:
            seen.append(fact.data["number"])

        ask_for_retry(quarantined_id=aside.id, asked_at=now(), reason="mended")
        assert retry_asked(at=now()) == 1
        assert seen == [13]
        assert not QuarantinedFact.objects.filter(id=aside.id).exists()

    def test_that_fails_again_stays_with_what_went_wrong(self, relay: Any, seen: list[int]) -> None:
        aside = self.put_aside(relay, 13)
        ask_for_retry(quarantined_id=aside.id, asked_at=now(), reason="hope")
        assert retry_asked(at=now()) == 0
        aside.refresh_from_db()
        assert (aside.attempts, aside.retry_asked_at, aside.error) == (2, None, "ValueError: unlucky")

    def test_whose_handler_is_gone_stays(self, relay: Any, seen: list[int]) -> None:
        aside = self.put_aside(relay, 13)
        facts._HANDLERS.clear()
        ask_for_retry(quarantined_id=aside.id, asked_at=now(), reason="hope")
        assert retry_asked(at=now()) == 0
        aside.refresh_from_db()
        assert aside.attempts == 2


class TestForgetFacts:
    def test_keeps_the_last_and_what_somebody_has_not_seen(self, relay: Any, seen: list[int]) -> None:
        announce(1, 2, 3)
        relay()
        later = now() + timedelta(days=2)
        forget_facts(older_than=timedelta(days=1), at=later)
        assert [fact.data["number"] for fact in Fact.objects.order_by("-sequence")[:3]] == [3, 2, 1]
        HandlerCursor.objects.update(sequence=Fact.objects.latest("sequence").sequence)
        forget_facts(older_than=timedelta(days=1), at=later)
        kept = Fact.objects.filter(type="test.noted").order_by("sequence")
        assert [fact.data["number"] for fact in kept] == [3]
