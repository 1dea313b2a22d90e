"""Webhook endpoints and deliveries over HTTP, as their partner handles them."""

import base64
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections

from core.clock import now
from core.ids import parse_typeid, typeid
from partners.models import Tenant
from tests.makers.http import Caller, make_caller
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.webhooks import announce, deliveries_of, make_attempt, make_delivery, make_endpoint
from tests.webhooks.conftest import Relay
from webhooks import services
from webhooks.keys import decrypt_secret
from webhooks.models import Endpoint, Secret
from webhooks.rules import ENDPOINTS_MAX, TooManyEndpoints

pytestmark = pytest.mark.usefixtures("committed")
ENDPOINTS = "/api/v2/webhook-endpoints"
DELIVERIES = "/api/v2/webhook-deliveries"


@pytest.fixture
def owner(committed: None) -> Tenant:
    return make_tenant()


@pytest.fixture
def caller(owner: Tenant) -> Caller:
    return make_caller(owner)


def add(caller: Caller, **body: Any) -> Any:
    return caller.post(ENDPOINTS, {"url": "https://hooks.example.com/events", **body})


def path_of(endpoint: Endpoint, *rest: str) -> str:
    return "/".join((ENDPOINTS, typeid("whe", endpoint.pk), *rest))


def secrets_of(endpoint_id: str) -> list[Secret]:
    with acting_as("b2b_jobs"):
        return list(Secret.objects.filter(endpoint_id=parse_typeid("whe", endpoint_id)).order_by("pk"))


class TestAddEndpoint:
    def test_answers_with_the_secret_that_deliveries_are_signed_with(self, caller: Caller) -> None:
        answer = add(caller, types=["bet.settled", "bet.placed"], description="Bets")
        assert answer.status_code == 201, answer.content
        found = answer.json()
        (kept,) = secrets_of(found["endpointId"])
        secret = base64.b64decode(found["secret"].removeprefix("whsec_"))
        assert 24 <= len(secret) <= 64
        assert decrypt_secret(bytes(kept.encrypted), endpoint_id=kept.endpoint_id) == secret
        assert found["types"] == ["bet.placed", "bet.settled"]
        assert (found["status"], found["apiVersion"], found["strictOrder"]) == ("active", "2", False)

    def test_secret_is_shown_once(self, caller: Caller) -> None:
        made = add(caller).json()
        for path in (ENDPOINTS, f"{ENDPOINTS}/{made['endpointId']}"):
            answer = caller.get(path)
            assert answer.status_code == 200
            assert made["secret"] not in answer.content.decode()
        (shown,) = caller.get(ENDPOINTS).json()["data"][0]["secrets"]
        assert shown["hint"] == made["secret"][-4:]

    def test_api_process_cannot_read_a_secret_back(self, caller: Caller) -> None:
        add(caller)
        with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
            cursor.execute("SELECT encrypted FROM webhooks_secret")

    def test_same_idempotency_key_gives_the_same_secret_and_keeps_none_in_clear(self, caller: Caller) -> None:
        first = add_with_key(caller, "key-1")
        again = add_with_key(caller, "key-1")
        assert again.content == first.content
        assert again.headers["Idempotent-Replayed"] == "true"
        with acting_as("b2b_jobs"), connection.cursor() as cursor:
            cursor.execute("SELECT body FROM core_idempotencykey WHERE tenant_id = %s", [caller.tenant_id])
            (body,) = cursor.fetchone()
        assert first.json()["secret"].encode() not in bytes(body)

    @pytest.mark.parametrize(
        "url",
        ["http://hooks.example.com/", "https://10.0.0.1/", "https://localhost/", "https://u:p@example.com/"],
    )
    def test_url_that_leads_inside_is_refused(self, caller: Caller, url: str) -> None:
        answer = add(caller, url=url)
        assert (answer.status_code, answer.json()["code"]) == (400, "WEBHOOK_URL_REFUSED")

    def test_type_that_does_not_exist_is_refused(self, caller: Caller) -> None:
        answer = add(caller, types=["bet.placed", "bet.dreamt"])
        assert (answer.status_code, answer.json()["code"]) == (400, "EVENT_TYPE_UNKNOWN")
        assert answer.json()["details"]["types"] == ["bet.dreamt"]
        assert "bet.placed" in answer.json()["details"]["known"]

    def test_twenty_are_enough(self, owner: Tenant, caller: Caller) -> None:
        for _ in range(ENDPOINTS_MAX):
            made = make_endpoint(owner)
        answer = add(caller)
        assert (answer.status_code, answer.json()["code"]) == (409, "WEBHOOK_ENDPOINTS_EXHAUSTED")
        assert caller.call("DELETE", path_of(made)).status_code == 204
        assert add(caller).status_code == 201


def add_with_key(caller: Caller, key: str) -> Any:
    body = {"url": "https://hooks.example.com/events"}
    answer = caller.post(ENDPOINTS, body, HTTP_IDEMPOTENCY_KEY=key)
    assert answer.status_code == 201, answer.content
    return answer


class TestChangeEndpoint:
    def test_pausing_and_resuming(self, owner: Tenant, caller: Caller) -> None:
        endpoint = make_endpoint(owner)
        with acting_as("b2b_jobs"):
            Endpoint.objects.filter(pk=endpoint.pk).update(
                consecutive_failures=7, failing_since=now(), breaker_until=now()
            )
        paused = caller.call("PATCH", path_of(endpoint), {"status": "paused"})
        assert (paused.status_code, paused.json()["status"]) == (200, "paused")
        assert paused.json()["health"]["consecutiveFailures"] == 7
        resumed = caller.call("PATCH", path_of(endpoint), {"status": "active"}).json()
        assert (resumed["status"], resumed["health"]["consecutiveFailures"]) == ("active", 0)
        assert resumed["health"]["failingSince"] is None

    def test_disabling_says_when_and_by_whom(self, owner: Tenant, caller: Caller) -> None:
        endpoint = make_endpoint(owner)
        found = caller.call("PATCH", path_of(endpoint), {"status": "disabled"}).json()
        assert (found["status"], found["disabledReason"]) == ("disabled", "partner")
        assert found["disabledAt"]
        back = caller.call("PATCH", path_of(endpoint), {"status": "active"}).json()
        assert (back["disabledAt"], back["disabledReason"]) == (None, None)

    def test_limit_is_taken_away_by_null_and_left_alone_by_silence(
        self, owner: Tenant, caller: Caller
    ) -> None:
        endpoint = make_endpoint(owner, rate_per_second=5)
        assert caller.call("PATCH", path_of(endpoint), {"concurrency": 2}).json()["ratePerSecond"] == 5
        assert (
            caller.call("PATCH", path_of(endpoint), {"ratePerSecond": None}).json()["ratePerSecond"] is None
        )

    @pytest.mark.parametrize(
        "body", [{"concurrency": 11}, {"concurrency": 0}, {"ratePerSecond": 0}, {"status": "gone"}]
    )
    def test_what_cannot_be_is_refused(self, owner: Tenant, caller: Caller, body: dict[str, Any]) -> None:
        assert caller.call("PATCH", path_of(make_endpoint(owner)), body).status_code == 400

    def test_url_is_looked_at_again(self, owner: Tenant, caller: Caller) -> None:
        answer = caller.call("PATCH", path_of(make_endpoint(owner)), {"url": "https://169.254.169.254/"})
        assert answer.json()["code"] == "WEBHOOK_URL_REFUSED"


class TestActivate:
    def test_again_forgets_failures_though_it_was_active(self, owner: Tenant, caller: Caller) -> None:
        endpoint = make_endpoint(owner)
        with acting_as("b2b_jobs"):
            Endpoint.objects.filter(pk=endpoint.pk).update(
                consecutive_failures=10, failing_since=now(), breaker_until=now() + timedelta(minutes=15)
            )
        answer = caller.call("PATCH", path_of(endpoint), {"status": "active"})
        assert answer.status_code == 200, answer.content
        health = answer.json()["health"]
        assert (health["consecutiveFailures"], health["heldBackUntil"]) == (0, None)

    def test_brings_forward_what_waits_for_its_next_attempt(self, owner: Tenant, caller: Caller) -> None:
        endpoint = make_endpoint(owner)
        make_delivery(endpoint, attempts=3, next_at=now() + timedelta(hours=20))
        make_delivery(endpoint)
        answer = caller.post(path_of(endpoint, "retries"), {"state": "pending"})
        assert answer.json() == {"queued": 1}
        assert all(each.next_at <= now() for each in deliveries_of(endpoint))


class TestRemoveEndpoint:
    def test_it_is_gone_and_what_waited_is_cancelled(self, owner: Tenant, caller: Caller) -> None:
        endpoint = make_endpoint(owner)
        delivery = make_delivery(endpoint)
        assert caller.call("DELETE", path_of(endpoint)).status_code == 204
        assert caller.get(path_of(endpoint)).status_code == 404
        assert caller.get(f"{DELIVERIES}/{typeid('dlv', delivery.pk)}").status_code == 404
        assert caller.get(ENDPOINTS).json()["data"] == []
        assert [each.state for each in deliveries_of(endpoint)] == ["cancelled"]
        assert secrets_of(typeid("whe", endpoint.pk)) == []

    @pytest.mark.parametrize("body", [b"[]", b'{"a":', b'{"noSuchField":1}'])
    def test_body_that_says_something_is_refused(self, owner: Tenant, caller: Caller, body: bytes) -> None:
        assert caller.call("DELETE", path_of(make_endpoint(owner)), body).status_code == 400


class TestRotateSecret:
    def test_both_sign_until_the_overlap_is_over(self, owner: Tenant, caller: Caller) -> None:
        endpoint = make_endpoint(owner)
        answer = caller.post(path_of(endpoint, "secret-rotations"))
        assert answer.status_code == 201, answer.content
        old, new = secrets_of(typeid("whe", endpoint.pk))
        assert new.expires_at is None
        assert old.expires_at is not None
        assert abs(old.expires_at - now() - timedelta(hours=24)) < timedelta(minutes=1)
        assert answer.json()["secret"][-4:] == new.hint
        assert len(answer.json()["secrets"]) == 2

    def test_third_waits_until_the_first_has_ended_or_ends_all(self, owner: Tenant, caller: Caller) -> None:
        endpoint = make_endpoint(owner)
        path = path_of(endpoint, "secret-rotations")
        assert caller.post(path, {"overlapHours": 168}).status_code == 201
        promised = secrets_of(typeid("whe", endpoint.pk))
        refused = caller.post(path, {"overlapHours": 1})
        assert (refused.status_code, refused.json()["code"]) == (409, "WEBHOOK_ROTATION_UNDER_WAY")
        assert [each.expires_at for each in secrets_of(typeid("whe", endpoint.pk))] == [
            each.expires_at for each in promised
        ]
        assert caller.post(path, {"overlapHours": 0}).status_code == 201
        assert len(secrets_of(typeid("whe", endpoint.pk))) == 1

    def test_without_overlap_the_old_one_ends_at_once(self, owner: Tenant, caller: Caller) -> None:
        endpoint = make_endpoint(owner)
        caller.post(path_of(endpoint, "secret-rotations"), {"overlapHours": 0})
        assert len(secrets_of(typeid("whe", endpoint.pk))) == 1


class TestSendTest:
    def test_event_arrives_in_the_feed_and_at_the_endpoint(
        self, owner: Tenant, caller: Caller, relay: Relay
    ) -> None:
        endpoint = make_endpoint(owner, types=["bet.placed"])
        answer = caller.post(path_of(endpoint, "tests"))
        assert answer.status_code == 202, answer.content
        relay()
        (event,) = caller.get("/api/v2/events").json()["data"]
        (delivery,) = caller.get(path_of(endpoint, "deliveries")).json()["data"]
        assert event["eventId"] == delivery["eventId"] == answer.json()["eventId"]
        assert event["data"] == {"endpointId": typeid("whe", endpoint.pk)}
        assert (delivery["kind"], delivery["state"]) == ("test", "pending")

    def test_disabled_endpoint_is_sent_none(self, owner: Tenant, caller: Caller) -> None:
        endpoint = make_endpoint(owner)
        caller.call("PATCH", path_of(endpoint), {"status": "disabled"})
        answer = caller.post(path_of(endpoint, "tests"))
        assert (answer.status_code, answer.json()["code"]) == (409, "WEBHOOK_ENDPOINT_DISABLED")


class TestReplay:
    def test_part_of_the_sequence_comes_again_under_the_same_ids(
        self, owner: Tenant, caller: Caller, relay: Relay
    ) -> None:
        ids = announce(owner.pk, *["bet.placed", "bet.settled"] * 5)
        relay()
        endpoint = make_endpoint(owner)
        answer = caller.post(path_of(endpoint, "replays"), {"fromSequence": 3, "toSequence": 6})
        assert (answer.status_code, answer.json()) == (202, {"queued": 4})
        found = deliveries_of(endpoint)
        assert [each.event_id for each in found] == ids[2:6]
        assert {each.kind for each in found} == {"replay"}
        due = [each.next_at for each in found]
        assert due == sorted(due)

    def test_of_what_waits_already_is_not_queued_again(
        self, owner: Tenant, caller: Caller, relay: Relay
    ) -> None:
        announce(owner.pk, *["bet.placed"] * 5)
        relay()
        endpoint = make_endpoint(owner)
        asked = {"fromSequence": 1, "toSequence": 10_000}
        queued = [caller.post(path_of(endpoint, "replays"), asked).json()["queued"] for _ in range(3)]
        assert queued == [5, 0, 0]

    def test_of_some_types_alone(self, owner: Tenant, caller: Caller, relay: Relay) -> None:
        announce(owner.pk, *["bet.placed", "bet.settled"] * 5)
        relay()
        endpoint = make_endpoint(owner, types=["bet.placed"])
        everything = {"fromSequence": 1, "toSequence": 10_000}
        assert caller.post(path_of(endpoint, "replays"), everything).json() == {"queued": 5}
        chosen = caller.post(path_of(endpoint, "replays"), {**everything, "types": ["bet.settled"]})
        assert chosen.json() == {"queued": 5}
        assert [each.type for each in deliveries_of(endpoint)].count("bet.settled") == 5

    @pytest.mark.parametrize(("first", "last"), [(5, 4), (1, 10_001)])
    def test_of_too_much_or_nothing_is_refused(
        self, owner: Tenant, caller: Caller, first: int, last: int
    ) -> None:
        body = {"fromSequence": first, "toSequence": last}
        answer = caller.post(path_of(make_endpoint(owner), "replays"), body)
        assert (answer.status_code, answer.json()["code"]) == (400, "REPLAY_OUT_OF_RANGE")


class TestListDeliveries:
    def test_by_state_type_and_sequence_and_in_pages(self, owner: Tenant, caller: Caller) -> None:
        endpoint = make_endpoint(owner)
        for number in range(1, 6):
            make_delivery(endpoint, sequence=number, state="dead" if number == 3 else "pending")
        make_delivery(endpoint, sequence=6, type="bet.settled")
        path = path_of(endpoint, "deliveries")
        assert [each["sequence"] for each in caller.get(path).json()["data"]] == [6, 5, 4, 3, 2, 1]
        assert [each["sequence"] for each in caller.get(f"{path}?state=dead").json()["data"]] == [3]
        assert [each["sequence"] for each in caller.get(f"{path}?type=bet.settled").json()["data"]] == [6]
        assert [each["sequence"] for each in caller.get(f"{path}?sequence=2").json()["data"]] == [2]
        first = caller.get(f"{path}?limit=4").json()
        second = caller.get(f"{path}?limit=4&cursor={first['nextCursor']}").json()
        assert [each["sequence"] for each in second["data"]] == [2, 1]
        assert caller.get(path_of(endpoint)).json()["health"]["waiting"] == 5

    def test_by_a_type_that_does_not_exist_is_refused(self, owner: Tenant, caller: Caller) -> None:
        answer = caller.get(f"{path_of(make_endpoint(owner), 'deliveries')}?type=bet.setled")
        assert (answer.status_code, answer.json()["code"]) == (400, "EVENT_TYPE_UNKNOWN")

    def test_one_shows_each_attempt(self, owner: Tenant, caller: Caller) -> None:
        delivery = make_delivery(make_endpoint(owner), attempts=1)
        make_attempt(delivery)
        (attempt,) = caller.get(f"{DELIVERIES}/{typeid('dlv', delivery.pk)}").json()["attempts"]
        assert (attempt["number"], attempt["status"], attempt["durationMs"]) == (1, 500, 12)
        assert attempt["responseBody"] == "oh no"


class TestRetry:
    @pytest.mark.parametrize("state", ["dead", "delivered", "expired", "superseded", "cancelled", "pending"])
    def test_it_waits_again_with_a_new_schedule(self, owner: Tenant, caller: Caller, state: str) -> None:
        delivery = make_delivery(make_endpoint(owner), state=state, attempts=10, expires_at=now())
        answer = caller.post(f"{DELIVERIES}/{typeid('dlv', delivery.pk)}/retries")
        assert (answer.status_code, answer.json()["state"]) == (202, "pending")
        with acting_as("b2b_jobs"):
            delivery.refresh_from_db()
        assert (delivery.attempts, delivery.attempts_before) == (10, 10)
        assert (delivery.expires_at, delivery.finished_at) == (None, None)
        assert delivery.next_at <= now()

    def test_what_is_being_sent_is_left_alone(self, owner: Tenant, caller: Caller) -> None:
        delivery = make_delivery(
            make_endpoint(owner), state="leased", lease_until=now(), lease_token=owner.pk
        )
        answer = caller.post(f"{DELIVERIES}/{typeid('dlv', delivery.pk)}/retries")
        assert (answer.status_code, answer.json()["code"]) == (409, "WEBHOOK_DELIVERY_UNDER_WAY")

    def test_all_the_dead_of_a_time_wait_again_in_order(self, owner: Tenant, caller: Caller) -> None:
        endpoint = make_endpoint(owner)
        old = now() - timedelta(days=2)
        make_delivery(endpoint, state="dead", sequence=1, created_at=old)
        for number in (3, 2, 4):
            make_delivery(endpoint, state="dead", sequence=number)
        make_delivery(endpoint, state="delivered", sequence=5)
        body = {"state": "dead", "from": (now() - timedelta(days=1)).isoformat()}
        assert caller.post(path_of(endpoint, "retries"), body).json() == {"queued": 3}
        found = deliveries_of(endpoint)
        assert [each.state for each in found] == ["dead", "pending", "pending", "pending", "delivered"]
        due = [each.next_at for each in found[1:4]]
        assert due == sorted(due)


class TestManyAtOnce:
    def test_never_make_more_endpoints_than_there_may_be(self, owner: Tenant) -> None:
        for _ in range(ENDPOINTS_MAX - 3):
            make_endpoint(owner)
        answers: list[str] = []

        def create() -> None:
            try:
                services.create_endpoint(
                    tenant_id=owner.pk,
                    asked=services.NewEndpoint(url="https://hooks.example.com/"),
                    created_at=now(),
                )
                answers.append("made")
            except TooManyEndpoints:
                answers.append("refused")
            finally:
                connections.close_all()

        threads = [threading.Thread(target=create) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == ["made"] * 3 + ["refused"] * 5
