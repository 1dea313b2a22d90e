"""Who may open a stream and who may stay: tokens, tickets, scopes, addresses, origins, suspensions."""

import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from websockets.exceptions import InvalidStatus

from core.clock import now
from partners import services
from partners.rules import TOKEN_LIFETIME_SECONDS
from tests.makers.http import make_caller
from tests.makers.partners import access_token, make_client, make_tenant, tenant_of
from tests.makers.roles import acting_as
from tests.streaming.listening import announce, listen
from tests.streaming.serving import Stream

pytestmark = pytest.mark.slow

CLOSES_WITHIN_SECONDS = 2.0


def refused(stream: Stream, **kw: Any) -> tuple[int, str]:
    """Return the status and code with which a connection is refused."""
    with pytest.raises(InvalidStatus) as refusal, listen(stream, **kw):
        pass
    answer = refusal.value.response
    body = answer.body or b"{}"
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status_code, body.decode().split('"code":"')[1].split('"')[0]


def ticket(stream: Stream, tenant: Any, **kw: Any) -> str:
    answer = make_caller(tenant, **kw).post("/api/v2/stream/tickets")
    assert answer.status_code == 201, answer.content
    found = answer.json()
    assert set(found) == {"ticket", "expiresAt", "url"}
    return str(found["ticket"])


class TestToken:
    def test_nobody_comes_in_without(self, stream: Stream) -> None:
        assert refused(stream) == (401, "UNAUTHENTICATED")
        assert refused(stream, Authorization="Bearer x") == (401, "UNAUTHENTICATED")
        assert refused(stream, Authorization="Basic x") == (401, "UNAUTHENTICATED")

    def test_expired_token_is_refused(self, stream: Stream) -> None:
        made = make_client()
        then = int(now().timestamp()) - TOKEN_LIFETIME_SECONDS - 1
        token = access_token(made, iat=then, exp=then + TOKEN_LIFETIME_SECONDS)
        assert refused(stream, Authorization=f"Bearer {token}") == (401, "UNAUTHENTICATED")

    def test_scope_of_the_stream_is_needed(self, stream: Stream) -> None:
        made = make_client(scopes=["events:read"])
        assert refused(stream, made=made) == (403, "INSUFFICIENT_SCOPE")

    @pytest.mark.parametrize(
        ("scope", "may", "may_not"),
        [
            ("events:read", ["events"], ["odds", "fixtures"]),
            ("fixtures:read", ["odds", "fixtures"], ["events"]),
        ],
    )
    def test_topic_needs_the_scope_of_its_reads(
        self, stream: Stream, scope: str, may: list[str], may_not: list[str]
    ) -> None:
        with listen(stream, make_client(scopes=["stream", scope])) as listener:
            for topic in may_not:
                listener.ask("subscribe", id=1, topic=topic)
                assert listener.next()["code"] == "INSUFFICIENT_SCOPE"
            for number, topic in enumerate(may, 2):
                listener.live(topic, id=number, filter={})

    def test_ending_token_closes_unless_a_fresh_one_came(self, stream: Stream) -> None:
        made, at = make_client(), int(now().timestamp())
        ending = access_token(made, iat=at - 10, exp=at + 3)
        bearer = {"Authorization": f"Bearer {ending}"}
        with listen(stream, None, **bearer) as closing, listen(stream, None, **bearer) as staying:
            closing.live("events")
            staying.live("events")
            staying.ask("authenticate", id=5, token=access_token(made))
            assert staying.wait("status")["state"] == "authenticated"
            assert closing.closed() == (4401, "TOKEN_EXPIRED")
            announce(tenant_of(made), 1)
            assert staying.wait("event")["sequence"] == 1

    def test_connection_is_renewed_by_its_own_client_alone(self, stream: Stream) -> None:
        made = make_client()
        with listen(stream, made) as listener:
            listener.ask("authenticate", id=1, token=access_token(make_client()))
            assert listener.next()["code"] == "ANOTHER_CLIENT"

    def test_narrower_token_ends_what_it_does_not_cover(self, stream: Stream) -> None:
        made = make_client()
        with listen(stream, made) as listener:
            listener.live("events", id=1)
            listener.live("fixtures", id=2)
            listener.ask("authenticate", token=access_token(made, scopes=["stream", "fixtures:read"]))
            found = listener.wait("error")
            assert (found["id"], found["code"]) == (1, "INSUFFICIENT_SCOPE")
            listener.ask("unsubscribe", id=2)
            assert listener.wait("status")["state"] == "ended"


class TestTicket:
    def test_ticket_opens_the_stream_of_its_tenant(self, stream: Stream) -> None:
        tenant = make_tenant()
        with listen(stream, query=f"?ticket={ticket(stream, tenant)}") as listener:
            listener.live("events")
            announce(tenant.pk, 1)
            assert listener.wait("event")["sequence"] == 1

    def test_ticket_works_once(self, stream: Stream) -> None:
        query = f"?ticket={ticket(stream, make_tenant())}"
        with listen(stream, query=query), listen(stream, query=query) as again:
            assert again.closed() == (4401, "UNAUTHENTICATED")

    def test_ticket_has_no_more_scopes_than_its_token(self, stream: Stream) -> None:
        query = f"?ticket={ticket(stream, make_tenant(), scopes=['stream', 'fixtures:read'])}"
        with listen(stream, query=query) as listener:
            listener.ask("subscribe", id=1, topic="events")
            assert listener.next()["code"] == "INSUFFICIENT_SCOPE"

    def test_ticket_is_no_token_and_a_token_no_ticket(self, stream: Stream) -> None:
        tenant = make_tenant()
        shown = ticket(stream, tenant)
        assert refused(stream, Authorization=f"Bearer {shown}") == (401, "UNAUTHENTICATED")
        with listen(stream, query=f"?ticket={access_token(make_client(tenant))}") as listener:
            assert listener.closed() == (4401, "UNAUTHENTICATED")
        with listen(stream, query=f"?access_token={access_token(make_client(tenant))}&ticket=") as listener:
            assert listener.closed() == (4401, "UNAUTHENTICATED")
        caller = make_caller(tenant)
        caller.token = shown
        assert caller.get("/api/v2/events").status_code == 401

    def test_ticket_needs_the_scope(self, stream: Stream) -> None:
        answer = make_caller(make_tenant(), scopes=["events:read"]).post("/api/v2/stream/tickets")
        assert (answer.status_code, answer.json()["code"]) == (403, "INSUFFICIENT_SCOPE")

    def test_body_may_be_an_empty_object_and_nothing_else(self, stream: Stream) -> None:
        caller = make_caller(make_tenant())
        assert caller.post("/api/v2/stream/tickets", {}).status_code == 201
        answer = caller.post("/api/v2/stream/tickets", {"scope": "all"})
        assert (answer.status_code, answer.json()["code"]) == (400, "UNKNOWN_FIELD")

    def test_revoked_clients_ticket_opens_nothing(self, stream: Stream) -> None:
        made = make_client()
        caller = make_caller(make_tenant())
        caller.token = access_token(made)
        shown = caller.post("/api/v2/stream/tickets").json()["ticket"]
        with acting_as("b2b_jobs"):
            services.revoke_client(client_id=made.client.id, revoked_at=now())
        time.sleep(1.0)
        with listen(stream, query=f"?ticket={shown}") as listener:
            assert listener.closed() == (4401, "UNAUTHENTICATED")


class TestOrigin:
    def test_pages_of_others_do_not_come_in(self, stream: Stream) -> None:
        made = make_client()
        found = refused(stream, made=made, Origin="https://example.com")
        assert found == (403, "ORIGIN_NOT_ALLOWED")
        own = f"http://127.0.0.1:{stream.port}"
        with listen(stream, made, Origin=own) as listener:
            listener.live("events")


class TestAddress:
    def test_address_must_be_on_the_tenants_list(self, stream: Stream) -> None:
        made = make_client(make_tenant(allowed_ips=["192.0.2.0/24"]))
        assert refused(stream, made=made) == (403, "ADDRESS_NOT_ALLOWED")
        forwarded = {"X-Forwarded-For": "192.0.2.1"}
        assert refused(stream, made=made, **forwarded) == (403, "ADDRESS_NOT_ALLOWED")
        with listen(stream, make_client(make_tenant(allowed_ips=["127.0.0.0/8"]))) as listener:
            listener.live("events")


def suspend_tenant(made: Any) -> None:
    services.suspend_tenant(tenant_id=made.client.tenant_id, suspended_at=now(), reason="test")


def suspend_partner(made: Any) -> None:
    services.suspend_partner(partner_id=made.client.tenant.partner_id, suspended_at=now(), reason="test")


def revoke_client(made: Any) -> None:
    services.revoke_client(client_id=made.client.id, revoked_at=now())


class TestStaying:
    @pytest.mark.parametrize(
        ("end", "found"),
        [
            (suspend_tenant, (4403, "PARTNER_SUSPENDED")),
            (suspend_partner, (4403, "PARTNER_SUSPENDED")),
            (revoke_client, (4401, "TOKEN_REVOKED")),
        ],
    )
    def test_suspension_and_revocation_close_within_two_seconds(
        self, stream: Stream, end: Callable[[Any], None], found: tuple[int, str]
    ) -> None:
        made = make_client()
        with listen(stream, made) as listener, listen(stream, make_client()) as other:
            listener.live("events")
            with acting_as("b2b_jobs"):
                end(made)
            began = time.monotonic()
            assert listener.closed() == found
            assert time.monotonic() - began < CLOSES_WITHIN_SECONDS
            other.live("events")

    def test_suspended_tenant_does_not_come_in(self, stream: Stream) -> None:
        made = make_client()
        with acting_as("b2b_jobs"):
            suspend_tenant(made)
        time.sleep(1.0)
        assert refused(stream, made=made) == (403, "PARTNER_SUSPENDED")

    def test_revoked_token_closes(self, stream: Stream) -> None:
        caller = make_caller()
        with listen(stream, Authorization=f"Bearer {caller.token}") as listener:
            listener.live("events")
            answer = caller.http.post(
                "/oauth/revoke",
                urlencode(
                    {"client_id": caller.client_id, "client_secret": caller.secret, "token": caller.token}
                ),
                content_type="application/x-www-form-urlencoded",
            )
            assert answer.status_code == 200
            assert listener.closed(seconds=CLOSES_WITHIN_SECONDS) == (4401, "TOKEN_REVOKED")
