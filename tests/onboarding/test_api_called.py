"""`api_called`: a request with an access token was answered; a token alone calls nothing. Through HTTP."""

import time
from typing import Any

import pytest
from django.db import connection

from core.clock import now
from integration.queries import find_request
from partners.models import Tenant
from partners.onboarding.queries import list_facts
from partners.services import suspend_tenant
from reporting.services.forgetting import forget_hours
from tests.makers.partners import MadeClient, access_token, make_client, make_tenant
from tests.makers.reporting import count_everything
from tests.makers.roles import acting_as
from tests.partners.asking import ask_token, call

pytestmark = pytest.mark.usefixtures("committed")


def is_called(client: MadeClient, answer: Any) -> bool:
    """Whether the fact holds, once the request that was answered so is written down and counted."""
    deadline = time.monotonic() + 20
    with acting_as("b2b_jobs"):
        while find_request(answer.headers["X-Request-ID"]) is None:
            assert time.monotonic() < deadline, "the request is not in the log"
            time.sleep(0.05)
    count_everything()
    return fact(client)


def fact(client: MadeClient) -> bool:
    with acting_as("b2b_office"):
        partner_id = Tenant.objects.get(pk=client.client.tenant_id).partner_id
        return list_facts([partner_id])[partner_id]["api_called"]


def made_in(kind: str, scopes: tuple[str, ...] = ()) -> MadeClient:
    """Return a client of a new tenant that may call from here."""
    return make_client(make_tenant(kind, allowed_ips=["127.0.0.1"]), scopes=scopes)


class TestApiCalled:
    def test_token_alone_is_no_call(self) -> None:
        made = made_in("test")
        answer = ask_token(made)
        assert answer.status_code == 200
        assert not is_called(made, answer)

    def test_suspended_tenants_requests_are_none(self) -> None:
        made = made_in("test")
        token = access_token(made)
        with acting_as("b2b_jobs"):
            suspend_tenant(tenant_id=made.client.tenant_id, suspended_at=now(), reason="test")
        for answer in (call(token, "/api/v2/onboarding"), ask_token(made)):
            assert answer.status_code == 403
            assert not is_called(made, answer)

    def test_refused_request_is_none_either(self) -> None:
        made = made_in("test")
        answer = call(access_token(made), "/api/v2/bets")
        assert answer.status_code == 403
        assert not is_called(made, answer)

    def test_answered_request_is_one_and_stays_one_when_the_log_is_forgotten(self) -> None:
        made = made_in("test")
        answer = call(access_token(made), "/api/v2/onboarding")
        assert answer.status_code == 200
        assert is_called(made, answer)
        with acting_as("b2b_owner"), connection.cursor() as cursor:
            cursor.execute("DELETE FROM integration_apirequest WHERE client_id = %s", [made.client_id])
        with acting_as("b2b_jobs"):
            forget_hours(before=now())
        assert fact(made)

    def test_call_in_production_is_none_in_the_test_tenant(self) -> None:
        made = made_in("production")
        answer = call(access_token(made), "/api/v2/onboarding")
        assert answer.status_code == 200
        assert not is_called(made, answer)
