"""Webhooks in the office: what staff do for a partner, and the inspector of deliveries."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils.html import escape

from core.admin.cells import moment_text
from core.clock import now
from core.ids import typeid
from partners.models import Partner
from tests.makers.partners import make_partner, make_tenant
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.makers.webhooks import (
    announce,
    deliveries_of,
    make_attempt,
    make_delivery,
    make_endpoint,
    make_secret_endpoint,
)
from tests.office.commanding import address, new_records, run
from tests.office.makers import make_staff, superuser
from tests.webhooks.conftest import Relay, relay
from webhooks.models import Delivery, Endpoint, Secret
from webhooks.queries import find_body

__all__ = ["relay"]
pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]


class TestEndpoints:
    def test_paused_resumed_and_disabled_with_a_reason(self) -> None:
        endpoint = make_endpoint(make_tenant())
        browser = make_staff("webhooks.view_endpoint", "webhooks.change_endpoint")
        for command, status in (("pause", "paused"), ("resume", "active"), ("disable", "disabled")):
            run(browser, Endpoint, command, endpoint.pk, reason="The partner asked")
            endpoint.refresh_from_db()
            assert endpoint.status == status
        assert endpoint.disabled_reason == "staff"
        assert new_records(endpoint, 1) == [
            "pause webhook endpoint",
            "activate webhook endpoint",
            "disable webhook endpoint",
        ]

    def test_new_secret_is_shown_once_and_both_sign(self) -> None:
        endpoint, first = make_secret_endpoint(make_tenant())
        answer = superuser().post(address(Endpoint, "rotate", endpoint.pk), {"overlap_hours": "24"})
        assert answer.status_code == 200
        assert "whsec_" in answer.content.decode()
        assert "no-store" in answer.headers["Cache-Control"]
        page = superuser().get(address(Endpoint, "change", endpoint.pk)).content.decode()
        assert "whsec_" not in page
        assert first[-4:] in page
        assert Secret.objects.defer("encrypted").filter(endpoint=endpoint).count() == 2
        assert new_records(endpoint, 1) == ["rotate webhook secret"]

    def test_test_replay_and_retry_are_queued(self, relay: Relay) -> None:
        tenant = make_tenant()
        announce(tenant.pk, "bet.placed", "bet.settled")
        relay()
        endpoint = make_endpoint(tenant)
        browser = make_staff("webhooks.view_endpoint", "webhooks.change_delivery")
        run(browser, Endpoint, "replay", endpoint.pk, first="1", last="2")
        assert [each.kind for each in deliveries_of(endpoint)] == ["replay", "replay"]
        run(browser, Endpoint, "test", endpoint.pk)
        relay()
        assert deliveries_of(endpoint)[-1].type == "webhook.test"
        with acting_as("b2b_jobs"):
            Delivery.objects.filter(endpoint=endpoint).update(state="dead", finished_at=now())
        run(browser, Endpoint, "retry", endpoint.pk, state="dead")
        assert {each.state for each in deliveries_of(endpoint)} == {"pending"}

    def test_replay_of_too_much_is_refused_in_the_dialog(self) -> None:
        endpoint = make_endpoint(make_tenant())
        answer = run(superuser(), Endpoint, "replay", endpoint.pk, first="1", last="20000")
        assert "10,000" in answer.content.decode()
        assert "HX-Redirect" not in answer.headers

    def test_disabled_by_staff_says_when_and_is_resumed_by_staff(self) -> None:
        endpoint = make_endpoint(make_tenant())
        run(superuser(), Endpoint, "disable", endpoint.pk, reason="It floods us")
        endpoint.refresh_from_db()
        page = superuser().get(address(Endpoint, "change", endpoint.pk)).content.decode()
        assert f"{moment_text(endpoint.disabled_at)}: by our staff" in page
        run(superuser(), Endpoint, "resume", endpoint.pk, reason="It is mended")
        endpoint.refresh_from_db()
        assert (endpoint.status, endpoint.disabled_reason) == ("active", "")

    def test_list_says_how_much_waits_and_is_dead(self) -> None:
        tenant = make_tenant()
        endpoint = make_endpoint(tenant, url="https://queues.example.com/")
        for number in range(3):
            make_delivery(endpoint, sequence=number + 1)
        make_delivery(endpoint, sequence=9, state="dead")
        page: Any = superuser().get(address(Endpoint, "changelist") + f"?q={typeid('tnt', tenant.pk)}")
        (row,) = page.context_data["cl"].result_list
        assert (row.waiting_count, row.dead_count) == (3, 1)


class TestDeliveries:
    def test_record_shows_each_attempt_with_headers_body_and_time(self) -> None:
        delivery = make_delivery(make_endpoint(make_tenant()), state="dead", attempts=2)
        make_attempt(delivery)
        make_attempt(
            delivery, number=2, status=None, error="timed_out", response_body="", response_headers={}
        )
        page = superuser().get(address(Delivery, "change", delivery.pk)).content.decode()
        for shown in ("500", "oh no", "server: test", "timed out", "12\u00a0ms", "webhook-id: evt_"):
            assert shown in page, shown

    def test_record_shows_the_body_that_is_signed_and_where_it_went(self, relay: Relay) -> None:
        tenant = make_tenant()
        endpoint = make_endpoint(tenant)
        announce(tenant.pk, "bet.placed", note="<i>naïve</i>")
        relay()
        (delivery,) = deliveries_of(endpoint)
        make_attempt(delivery, url="https://before.example.com/hook")
        page = superuser().get(address(Delivery, "change", delivery.pk)).content.decode()
        body = find_body(delivery)
        assert body is not None
        assert escape(body) in page
        assert f"{len(body.encode())} bytes" in page
        assert "POST https://before.example.com/hook" in page

    def test_nothing_is_promised_while_the_endpoint_is_off(self) -> None:
        endpoint = make_endpoint(make_tenant())
        delivery = make_delivery(endpoint)
        shown = [address(Delivery, "change", delivery.pk), address(Endpoint, "change", endpoint.pk)]
        told = "when the endpoint is on again"
        assert not any(told in superuser().get(page).content.decode() for page in shown)
        run(superuser(), Endpoint, "disable", endpoint.pk, reason="The partner asked")
        assert all(told in superuser().get(page).content.decode() for page in shown)

    def test_answer_of_a_partner_never_becomes_markup(self) -> None:
        delivery = make_delivery(make_endpoint(make_tenant()), state="dead", attempts=1)
        make_attempt(delivery, response_body="<script>alert(1)</script>", response_headers={"a": "<b>"})
        page = superuser().get(address(Delivery, "change", delivery.pk)).content.decode()
        assert "<script>alert(1)" not in page
        assert "&lt;script&gt;alert(1)" in page

    def test_one_is_sent_once_more(self) -> None:
        delivery = make_delivery(make_endpoint(make_tenant()), state="dead", attempts=10)
        browser = make_staff("webhooks.view_delivery", "webhooks.change_delivery")
        run(browser, Delivery, "retry", delivery.pk)
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts_before) == ("pending", 10)
        assert new_records(delivery) == ["retry delivery"]

    def test_several_are_ticked_and_sent_once_more_after_a_question(self) -> None:
        endpoint = make_endpoint(make_tenant())
        first, second, other = (make_delivery(endpoint, state="dead", sequence=n) for n in (1, 2, 3))
        browser = make_staff("webhooks.view_delivery", "webhooks.change_delivery")
        ticked = {"action": "retry_ticked", "_selected_action": [str(first.pk), str(second.pk)]}
        asked = browser.post(address(Delivery, "changelist"), {**ticked, "index": "0"})
        assert "2 deliveries" in asked.content.decode()
        assert [each.state for each in deliveries_of(endpoint)] == ["dead"] * 3
        done = browser.post(address(Delivery, "changelist"), {**ticked, "_sure": "1"}, follow=True)
        assert "Put into the queue: 2 of 2." in done.content.decode()
        assert [each.state for each in deliveries_of(endpoint)] == ["pending", "pending", "dead"]
        assert [new_records(each) for each in (first, second, other)] == [["retry delivery"]] * 2 + [[]]

    def test_several_of_a_disabled_endpoint_are_refused_in_words(self) -> None:
        endpoint = make_endpoint(make_tenant())
        delivery = make_delivery(endpoint, state="dead")
        run(superuser(), Endpoint, "disable", endpoint.pk, reason="The partner asked")
        done = superuser().post(
            address(Delivery, "changelist"),
            {"action": "retry_ticked", "_selected_action": [str(delivery.pk)], "_sure": "1"},
            follow=True,
        )
        assert "The endpoint is disabled" in done.content.decode()
        assert deliveries_of(endpoint)[0].state == "dead"

    def test_nothing_is_ticked_by_whoever_may_only_look(self) -> None:
        delivery = make_delivery(make_endpoint(make_tenant()), state="dead")
        browser = make_staff("webhooks.view_delivery")
        assert 'name="_selected_action"' not in browser.get(address(Delivery, "changelist")).content.decode()
        browser.post(
            address(Delivery, "changelist"),
            {"action": "retry_ticked", "_selected_action": [str(delivery.pk)], "_sure": "1"},
        )
        delivery.refresh_from_db()
        assert delivery.state == "dead"

    def test_are_found_by_their_endpoint(self) -> None:
        endpoint = make_endpoint(make_tenant())
        delivery = make_delivery(endpoint)
        make_delivery(make_endpoint(make_tenant()))
        page: Any = superuser().get(address(Delivery, "changelist") + f"?q={typeid('whe', endpoint.pk)}")
        assert [row.pk for row in page.context_data["cl"].result_list] == [delivery.pk]

    def test_are_found_by_their_event(self, relay: Relay) -> None:
        tenant = make_tenant()
        endpoint = make_endpoint(tenant)
        wanted, _ = announce(tenant.pk, "bet.placed", "bet.settled")
        relay()
        page: Any = superuser().get(address(Delivery, "changelist") + f"?q={typeid('evt', wanted)}")
        (row,) = page.context_data["cl"].result_list
        assert (row.event_id, row.endpoint_id) == (wanted, endpoint.pk)


class TestAccountManager:
    def test_sees_the_endpoints_and_deliveries_of_own_partners_alone(self) -> None:
        manager = make_user(roles=("account_manager",))
        with acting_as("b2b_jobs"):
            own = make_partner()
            Partner.objects.filter(pk=own.pk).update(account_manager=manager)
        mine = make_endpoint(make_tenant(partner=own), url="https://mine.example.com/")
        theirs = make_endpoint(make_tenant(), url="https://theirs.example.com/")
        browser = log_in(manager)
        for model, rows in (
            (Endpoint, (mine, theirs)),
            (Delivery, (make_delivery(mine), make_delivery(theirs))),
        ):
            listed = browser.get(address(model, "changelist")).content.decode()
            assert "mine.example.com" in listed
            assert "theirs.example.com" not in listed
            assert browser.get(address(model, "change", rows[0].pk)).status_code == 200
            assert browser.get(address(model, "change", rows[1].pk)).status_code in (302, 404)

    def test_finds_them_on_the_partners_page(self) -> None:
        tenant = make_tenant()
        make_endpoint(tenant, url="https://tab.example.com/")
        page = superuser().get(reverse("office-partner-integration", args=(tenant.partner_id,)))
        assert "tab.example.com" in page.content.decode()
