"""Every numbered event has a delivery for each endpoint that wants it, once; odds supersede older odds."""

from datetime import timedelta

import pytest

from core.clock import now
from core.ids import uuid7
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.webhooks import announce, announce_odds, deliveries_of, make_endpoint
from tests.webhooks.conftest import Relay
from webhooks.models import Delivery, DeliveryKind, DeliveryState, DisabledReason
from webhooks.services import disable_endpoint, send_test, update_endpoint

pytestmark = pytest.mark.usefixtures("committed")


class TestWriteDeliveries:
    def test_every_endpoint_gets_what_it_wants_and_nothing_else(self, relay: Relay) -> None:
        tenant = make_tenant()
        every, bets = make_endpoint(tenant), make_endpoint(tenant, types=["bet.placed", "bet.settled"])
        announced = announce(tenant.pk, "bet.placed", "balance.updated", "bet.settled")
        relay()
        assert [each.event_id for each in deliveries_of(every)] == announced
        assert [each.type for each in deliveries_of(bets)] == ["bet.placed", "bet.settled"]
        assert [each.sequence for each in deliveries_of(every)] == [1, 2, 3]

    def test_other_tenants_events_are_not_sent(self, relay: Relay) -> None:
        endpoint = make_endpoint(make_tenant())
        announce(make_tenant().pk, "bet.placed")
        relay()
        assert deliveries_of(endpoint) == []

    def test_paused_endpoint_is_kept_its_deliveries(self, relay: Relay) -> None:
        tenant = make_tenant()
        endpoint = make_endpoint(tenant)
        update_endpoint(
            tenant_id=tenant.pk, endpoint_id=endpoint.pk, changes={"status": "paused"}, updated_at=now()
        )
        announce(tenant.pk, "bet.placed")
        relay()
        assert [each.state for each in deliveries_of(endpoint)] == [DeliveryState.PENDING]

    def test_disabled_endpoint_has_none(self, relay: Relay) -> None:
        tenant = make_tenant()
        endpoint = make_endpoint(tenant)
        disable_endpoint(
            tenant_id=tenant.pk, endpoint_id=endpoint.pk, disabled_at=now(), why=DisabledReason.PARTNER
        )
        announce(tenant.pk, "bet.placed")
        relay()
        assert deliveries_of(endpoint) == []

    def test_deliveries_are_due_in_the_order_of_the_sequence(self, relay: Relay) -> None:
        tenant = make_tenant()
        endpoint = make_endpoint(tenant)
        announce(tenant.pk, *["bet.placed"] * 20)
        relay()
        found = deliveries_of(endpoint)
        assert [each.pk for each in sorted(found, key=lambda each: each.next_at)] == [
            each.pk for each in found
        ]
        assert len({each.next_at for each in found}) == 20

    def test_test_goes_to_one_endpoint_whatever_it_wants(self, relay: Relay) -> None:
        tenant = make_tenant()
        tested, other = make_endpoint(tenant, types=["bet.placed"]), make_endpoint(tenant)
        event_id = send_test(tenant_id=tenant.pk, endpoint_id=tested.pk, asked_at=now())
        relay()
        (found,) = deliveries_of(tested)
        assert (found.event_id, found.kind, found.type) == (event_id, DeliveryKind.TEST, "webhook.test")
        assert deliveries_of(other) == []


class TestOdds:
    def test_have_a_short_life(self, relay: Relay) -> None:
        tenant = make_tenant()
        endpoint = make_endpoint(tenant)
        announce_odds(tenant.pk, uuid7())
        relay()
        (found,) = deliveries_of(endpoint)
        assert found.expires_at is not None
        assert abs(found.expires_at - now() - timedelta(seconds=60)) < timedelta(seconds=20)

    def test_supersede_older_odds_of_the_same_outcome_that_wait(self, relay: Relay) -> None:
        tenant = make_tenant()
        endpoint = make_endpoint(tenant)
        outcome, other = uuid7(), uuid7()
        announce_odds(tenant.pk, outcome)
        announce_odds(tenant.pk, other)
        relay()
        announce_odds(tenant.pk, outcome)
        relay()
        first, second, third = deliveries_of(endpoint)
        assert (first.state, second.state, third.state) == ("superseded", "pending", "pending")
        assert first.finished_at is not None

    def test_of_one_batch_supersede_each_other(self, relay: Relay) -> None:
        tenant = make_tenant()
        endpoint, outcome = make_endpoint(tenant), uuid7()
        for _ in range(3):
            announce_odds(tenant.pk, outcome)
        relay()
        assert [each.state for each in deliveries_of(endpoint)] == ["superseded", "superseded", "pending"]

    def test_leave_those_alone_that_are_being_sent(self, relay: Relay) -> None:
        tenant = make_tenant()
        endpoint, outcome = make_endpoint(tenant), uuid7()
        announce_odds(tenant.pk, outcome)
        relay()
        with acting_as("b2b_jobs"):
            Delivery.objects.filter(endpoint=endpoint).update(
                state="leased", lease_until=now(), lease_token=uuid7()
            )
        announce_odds(tenant.pk, outcome)
        relay()
        assert [each.state for each in deliveries_of(endpoint)] == ["leased", "pending"]

    def test_of_other_endpoints_are_left_alone(self, relay: Relay) -> None:
        first, second, outcome = make_tenant(), make_tenant(), uuid7()
        endpoints = [make_endpoint(first), make_endpoint(second)]
        for tenant in (first, second):
            announce_odds(tenant.pk, outcome)
        relay()
        assert [each.state for endpoint in endpoints for each in deliveries_of(endpoint)] == ["pending"] * 2
