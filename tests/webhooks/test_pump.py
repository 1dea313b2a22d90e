"""What the pump does with deliveries: sends them signed, tries again, gives up, and keeps to the limits."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from pytest_django import Settings
from standardwebhooks.webhooks import Webhook

from core.clock import now
from core.ids import typeid, uuid7
from tests.makers.http import make_caller
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.webhooks import (
    announce,
    announce_odds,
    deliveries_of,
    make_delivery,
    make_endpoint,
    make_secret_endpoint,
)
from tests.webhooks.conftest import Relay
from tests.webhooks.pumping import (
    attempts,
    change,
    change_deliveries,
    leave_others_in_peace,
    pumping,
    renewed,
    states,
    wait_until,
)
from tests.webhooks.receiving import after, hang, ok, receiver, status
from webhooks.models import Delivery, DisabledReason, Endpoint, EndpointStatus
from webhooks.services import rotate_secret, update_endpoint

pytestmark = [pytest.mark.usefixtures("alone"), pytest.mark.role("b2b_jobs")]


@pytest.fixture
def alone(committed: None, settings: Settings) -> None:
    """No earlier test's endpoint is sent anything; loopback is within reach of test worlds."""
    settings.WEBHOOK_ALLOW_NETS = ["127.0.0.0/8"]
    settings.WEBHOOK_TIMEOUT_SECONDS = 2.0
    leave_others_in_peace()


def pause(endpoint: Endpoint, status: str = "paused") -> None:
    update_endpoint(
        tenant_id=endpoint.tenant_id, endpoint_id=endpoint.pk, changes={"status": status}, updated_at=now()
    )


class TestDelivery:
    def test_carries_the_event_signed(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver() as theirs, pumping():
            endpoint, secret = make_secret_endpoint(tenant, url=theirs.url)
            (event_id,) = announce(tenant.pk, "bet.placed", note="naïve ✓")
            relay()
            wait_until(lambda: states(endpoint) == ["delivered"])
        (message,) = theirs.messages
        body = Webhook(secret).verify(message.body, message.headers)
        assert body["data"] == {"note": "naïve ✓"}
        assert (body["type"], body["sequence"]) == ("bet.placed", 1)
        assert body["partnerId"] == typeid("ptr", tenant.partner_id)
        assert set(body) == {"type", "timestamp", "sequence", "partnerId", "data"}
        assert message.id == typeid("evt", event_id)
        assert int(message.headers["content-length"]) == len(message.body)
        assert message.headers["content-type"] == "application/json"
        assert set(message.headers) == {
            "host", "accept", "content-type", "content-length", "user-agent",
            "webhook-id", "webhook-timestamp", "webhook-signature",
        }  # fmt: skip

    def test_shows_its_partner_what_was_signed_and_where_it_went(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver() as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, "bet.placed", note="naïve ✓ </pre>", stake="1.10")
            relay()
            wait_until(lambda: states(endpoint) == ["delivered"])
        (message,), (delivery,) = theirs.messages, deliveries_of(endpoint)
        with acting_as("b2b_api"):
            caller = make_caller(tenant)
            shown = caller.get(f"/api/v2/webhook-deliveries/{typeid('dlv', delivery.pk)}").json()
        assert shown["body"].encode() == message.body
        assert [each["url"] for each in shown["attempts"]] == [theirs.url]

    def test_is_written_down_without_its_signature(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(status(200, "X-Trace: abc", body=b"x" * 9000)) as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, "bet.placed")
            relay()
            wait_until(lambda: states(endpoint) == ["delivered"])
        (attempt,) = attempts(endpoint)
        assert (attempt.number, attempt.status, attempt.error) == (1, 200, "")
        assert attempt.response_headers["x-trace"] == "abc"
        assert attempt.response_body == "x" * 4096
        assert "webhook-id" in attempt.request_headers
        assert "webhook-signature" not in attempt.request_headers
        wait_until(lambda: renewed(endpoint).last_delivered_at is not None)

    def test_is_signed_by_both_secrets_while_one_is_replaced(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver() as theirs, pumping():
            endpoint, old = make_secret_endpoint(tenant, url=theirs.url)
            with acting_as("b2b_api"):
                new = rotate_secret(
                    tenant_id=tenant.pk, endpoint_id=endpoint.pk, rotated_at=now(), overlap=timedelta(hours=1)
                ).secret
            announce(tenant.pk, "bet.placed")
            relay()
            wait_until(lambda: states(endpoint) == ["delivered"])
        (message,) = theirs.messages
        for secret in (old, new):
            Webhook(secret).verify(message.body, message.headers)
        assert len(message.headers["webhook-signature"].split(" ")) == 2

    def test_keeps_its_id_and_body_when_it_is_sent_again(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(status(500)) as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, "bet.placed")
            relay()
            wait_until(lambda: len(attempts(endpoint)) == 1)
            theirs.answering = ok
            change_deliveries(endpoint, next_at=now())
            wait_until(lambda: states(endpoint) == ["delivered"])
        first, second = theirs.messages
        assert (first.id, first.body) == (second.id, second.body)
        assert [each.number for each in attempts(endpoint)] == [1, 2]

    def test_of_an_event_that_is_not_kept_any_more_is_dead(self) -> None:
        with receiver() as theirs, pumping():
            endpoint = make_endpoint(make_tenant(), url=theirs.url)
            make_delivery(endpoint, sequence=77)
            wait_until(lambda: states(endpoint) == ["dead"])
        assert attempts(endpoint)[0].error == "event_forgotten"
        assert theirs.messages == []


class TestFailure:
    def test_is_tried_again_in_five_seconds(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(status(500)) as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, "bet.placed")
            relay()
            wait_until(lambda: len(attempts(endpoint)) == 1)
            delivery = Delivery.objects.get(endpoint=endpoint)
        assert (delivery.state, delivery.attempts) == ("pending", 1)
        wait = (delivery.next_at - attempts(endpoint)[0].started_at).total_seconds()
        assert 4.4 < wait < 6.5
        assert renewed(endpoint).consecutive_failures == 1

    def test_waits_as_long_as_it_is_asked_to(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(status(503, "Retry-After: 120")) as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, "bet.placed")
            relay()
            wait_until(lambda: len(attempts(endpoint)) == 1)
            delivery = Delivery.objects.get(endpoint=endpoint)
            wait_until(lambda: renewed(endpoint).breaker_until is not None)
        assert 119 < (delivery.next_at - attempts(endpoint)[0].started_at).total_seconds() < 125

    def test_is_dead_after_the_last_attempt(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(status(500)) as theirs:
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, "bet.placed")
            relay()
            change_deliveries(endpoint, attempts=12, attempts_before=3)
            with pumping():
                wait_until(lambda: states(endpoint) == ["dead"])
        assert attempts(endpoint)[0].number == 13

    def test_410_disables_the_endpoint(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(status(410)) as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, "bet.placed")
            relay()
            wait_until(lambda: renewed(endpoint).status == EndpointStatus.DISABLED)
            wait_until(lambda: states(endpoint) == ["dead"])
        assert renewed(endpoint).disabled_reason == DisabledReason.GONE

    def test_for_five_days_disables_the_endpoint(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(status(500)) as theirs:
            endpoint = make_endpoint(tenant, url=theirs.url)
            change(endpoint, consecutive_failures=40, failing_since=now() - timedelta(days=5, seconds=1))
            announce(tenant.pk, "bet.placed")
            relay()
            with pumping():
                wait_until(lambda: renewed(endpoint).status == EndpointStatus.DISABLED)
        assert renewed(endpoint).disabled_reason == DisabledReason.FAILING

    def test_five_in_a_row_open_the_breaker_and_a_success_closes_it(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(status(500)) as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url, concurrency=1)
            announce(tenant.pk, *["bet.placed"] * 30)
            relay()
            wait_until(lambda: renewed(endpoint).breaker_until is not None)
            assert len(theirs.messages) == 5
            theirs.answering = ok
            wait_until(lambda: states(endpoint) == ["delivered"] * 30)
            wait_until(lambda: renewed(endpoint).consecutive_failures == 0)
        assert renewed(endpoint).breaker_until is None


class TestLimits:
    def test_paused_endpoint_is_sent_nothing_until_it_goes_on(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver() as theirs, pumping():
            paused, active = make_endpoint(tenant, url=theirs.url), make_endpoint(tenant, url=theirs.url)
            pause(paused)
            announce(tenant.pk, "bet.placed")
            relay()
            wait_until(lambda: states(active) == ["delivered"])
            assert states(paused) == ["pending"]
            pause(paused, "active")
            wait_until(lambda: states(paused) == ["delivered"])

    def test_no_more_requests_at_once_than_the_endpoint_takes(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(after(0.05)) as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url, concurrency=3)
            announce(tenant.pk, *["bet.placed"] * 60)
            relay()
            wait_until(lambda: states(endpoint) == ["delivered"] * 60)
        assert theirs.most_under_way == 3

    def test_no_more_in_a_second_than_the_endpoint_wants(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver() as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url, rate_per_second=10)
            announce(tenant.pk, *["bet.placed"] * 25)
            relay()
            wait_until(lambda: states(endpoint) == ["delivered"] * 25)
        times = sorted(message.came_at for message in theirs.messages)
        assert times[-1] - times[0] >= 2.3
        assert max(sum(1 for at in times if since <= at < since + 1) for since in times) <= 11

    def test_strict_order_waits_for_the_one_before(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(status(500)) as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url, strict_order=True)
            announce(tenant.pk, *["bet.placed"] * 40)
            relay()
            wait_until(lambda: len(attempts(endpoint)) == 1)
            theirs.answering = ok
            announce(tenant.pk, "bet.settled")
            relay()
            wait_until(lambda: states(endpoint) == ["delivered"] * 41)
        numbers = [json.loads(message.body)["sequence"] for message in theirs.messages]
        assert numbers == [1, *range(1, 42)]
        assert theirs.most_under_way == 1

    def test_odds_that_have_lived_too_long_are_not_sent(self, relay: Relay, settings: Settings) -> None:
        settings.WEBHOOK_ODDS_LIFE_SECONDS = 1
        tenant = make_tenant()
        with receiver(status(500)) as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce_odds(tenant.pk, uuid7())
            relay()
            wait_until(lambda: states(endpoint) == ["expired"])
            late = make_endpoint(tenant, url=theirs.url)
            pause(late)
            announce_odds(tenant.pk, uuid7())
            relay()
            wait_until(lambda: states(late) == ["expired"])
        assert len(attempts(endpoint)) <= 2


class TestLease:
    def test_of_a_dead_pump_ends_and_another_sends(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver() as theirs:
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, "bet.placed", "bet.settled")
            relay()
            leased = {"state": "leased", "lease_token": uuid4(), "lease_until": now() + timedelta(seconds=2)}
            change_deliveries(endpoint, **leased)
            with pumping():
                wait_until(lambda: states(endpoint) == ["delivered"] * 2)

    def test_that_was_lost_writes_nothing(self, relay: Relay) -> None:
        """The zombie: a pump that was frozen while another took over what it had."""
        tenant = make_tenant()
        with receiver(after(1.0)) as theirs, pumping():
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, "bet.placed")
            relay()
            wait_until(lambda: len(theirs.messages) == 1)
            theirs_now = uuid4()
            change_deliveries(endpoint, lease_token=theirs_now, lease_until=now() + timedelta(minutes=5))
            wait_until(lambda: theirs.under_way == 0)
            announce(tenant.pk, "bet.settled")
            relay()
            wait_until(lambda: states(endpoint) == ["leased", "delivered"])
        delivery = Delivery.objects.get(endpoint=endpoint, state="leased")
        assert (delivery.lease_token, delivery.attempts) == (theirs_now, 0)

    def test_is_given_back_when_the_pump_stops(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(hang) as theirs:
            endpoint = make_endpoint(tenant, url=theirs.url, concurrency=1)
            announce(tenant.pk, *["bet.placed"] * 4)
            relay()
            with pumping():
                wait_until(lambda: len(theirs.messages) == 1)
            assert states(endpoint) == ["pending"] * 4


class TestLeadership:
    def test_is_one_pumps_at_a_time(self, relay: Relay) -> None:
        tenant = make_tenant()
        with receiver(after(0.01)) as theirs, pumping() as first, pumping() as second:
            endpoint = make_endpoint(tenant, url=theirs.url)
            announce(tenant.pk, *["bet.placed"] * 50)
            relay()
            wait_until(lambda: states(endpoint) == ["delivered"] * 50)
            assert sorted(len(pump._lanes) for pump in (first, second))[0] == 0
        assert len(set(theirs.ids)) == len(theirs.ids) == 50
