"""What bounds a tenant, and what listeners are told when the platform itself is behind."""

from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from tests.makers.http import make_caller
from tests.makers.partners import make_client, make_tenant
from tests.partners.serving import OwnValkey
from tests.streaming.listening import announce, listen
from tests.streaming.serving import Stream, relay_process

pytestmark = pytest.mark.slow


class TestConnections:
    def test_a_tenant_has_so_many_and_others_have_theirs(self, committed: None) -> None:
        stream = Stream(more={"B2B_STREAM_CONNECTIONS_MAX": "2"}).start()
        tenant = make_tenant()
        made = make_client(tenant)
        try:
            with listen(stream, made), listen(stream, made):
                with pytest.raises(InvalidStatus) as refusal, listen(stream, made):
                    pass
                assert refusal.value.response.status_code == 429
                assert b"TOO_MANY_CONNECTIONS" in (refusal.value.response.body or b"")
                shown = make_caller(tenant).post("/api/v2/stream/tickets").json()["ticket"]
                with listen(stream, query=f"?ticket={shown}") as page:
                    assert page.closed() == (4429, "TOO_MANY_CONNECTIONS")
                with listen(stream, make_client()) as other:
                    other.live("fixtures")
            with listen(stream, made) as again:
                again.live("fixtures")
        finally:
            stream.stop()


class TestLateness:
    def test_listeners_are_told_that_the_relay_is_silent_and_that_it_is_back(
        self, committed: None, tmp_path: Path
    ) -> None:
        valkey = OwnValkey(tmp_path)
        valkey.start()
        stream, tenant = Stream(valkey_url=valkey.url), make_tenant()
        try:
            with relay_process(valkey.url):
                stream.start()
                with listen(stream, make_client(tenant)) as listener:
                    listener.live("events", id=3)
            with listen(stream, make_client(tenant)) as listener:
                listener.live("events", id=3)
                late = listener.wait("status", seconds=15)
                assert (late["id"], late["state"], late["cause"]) == (3, "late", "relay")
                announce(tenant.pk, 1)
                with relay_process(valkey.url):
                    assert listener.wait("status")["state"] == "live"
                    told = [frame for frame in listener.passed if frame["op"] == "event"]
                    assert (told or [listener.wait("event")])[0]["sequence"] == 1
        finally:
            stream.stop()
            valkey.stop()
