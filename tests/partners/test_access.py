"""How soon a suspension is seen, in every process, with Valkey, without it, and without PostgreSQL."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction
from pytest_django import Settings

from core.clock import now
from partners import services
from partners.access import AccessState, AccessUnknown, valkey
from tests.makers.partners import MadeClient, access_token, make_client
from tests.makers.roles import acting_as
from tests.partners.serving import OwnValkey, api_process, ask, free_port, seconds_until

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[OwnValkey]:
    server = OwnValkey(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def no_valkey(settings: Settings) -> Iterator[None]:
    settings.VALKEY_URL = f"redis://127.0.0.1:{free_port()}/0"
    valkey.cache_clear()
    yield
    valkey.cache_clear()


def suspend(made: MadeClient) -> None:
    with acting_as("b2b_jobs"):
        services.suspend_tenant(tenant_id=made.client.tenant_id, suspended_at=now(), reason="test")


def resume(made: MadeClient) -> None:
    with acting_as("b2b_jobs"):
        services.resume_tenant(tenant_id=made.client.tenant_id, resumed_at=now(), reason="test")


def suspended_after(state: AccessState, made: MadeClient) -> float:
    began = time.monotonic()
    while time.monotonic() - began < 5:
        if state.current().clients[made.client_id].is_suspended:
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError("never")


class TestAccessState:
    @pytest.mark.slow
    @pytest.mark.alone
    def test_change_is_seen_within_a_second(self) -> None:
        made, state = make_client(), AccessState()
        assert not state.current().clients[made.client_id].is_suspended
        suspend(made)
        assert suspended_after(state, made) < 1.1

    def test_unchanged_copy_is_kept(self) -> None:
        state = AccessState()
        first = state.current()
        time.sleep(1)
        second = state.current()
        assert second.clients is first.clients
        assert second.checked_at > first.checked_at

    @pytest.mark.slow
    @pytest.mark.alone
    @pytest.mark.usefixtures("no_valkey")
    def test_change_is_seen_within_a_second_without_valkey(self) -> None:
        made, state = make_client(), AccessState()
        assert not state.current().clients[made.client_id].is_suspended
        suspend(made)
        assert suspended_after(state, made) < 1.1

    @pytest.mark.slow
    def test_change_that_nobody_announced_is_seen_all_the_same(self) -> None:
        made, state = make_client(), AccessState()
        state.current()
        with acting_as("b2b_jobs"):
            type(made.client).objects.filter(id=made.client.id).update(is_active=False)
        began = time.monotonic()
        while state.current().clients[made.client_id].is_active:
            assert time.monotonic() - began < 6.5
            time.sleep(0.1)

    def test_new_client_is_known_at_once(self) -> None:
        state = AccessState()
        state.current()
        made = make_client()
        assert state.find_client(made.client_id) is not None
        assert state.find_client("nobody") is None

    def test_uncommitted_change_is_not_seen(self) -> None:
        made, state = make_client(), AccessState()
        assert state.find_client(made.client_id) is not None
        with pytest.raises(RuntimeError), acting_as("b2b_jobs"):
            self.suspend_and_fail(made)
        time.sleep(1)
        assert not state.current().clients[made.client_id].is_suspended

    def suspend_and_fail(self, made: MadeClient) -> None:
        with transaction.atomic():
            services.suspend_tenant(tenant_id=made.client.tenant_id, suspended_at=now(), reason="test")
            raise RuntimeError

    @pytest.mark.usefixtures("no_valkey")
    def test_nobody_is_let_in_when_neither_store_answers(self, no_database: Callable[[], Any]) -> None:
        state = AccessState()
        no_database()
        with pytest.raises(AccessUnknown) as refused:
            state.current()
        assert refused.value.retry_after_seconds == 1

    def test_copy_that_valkey_confirms_outlives_the_database(self, no_database: Callable[[], Any]) -> None:
        made, state = make_client(), AccessState()
        state.current()
        no_database()
        time.sleep(1)
        assert made.client_id in state.current().clients

    @pytest.fixture
    def no_database(self) -> Iterator[Callable[[], Any]]:
        """A function that makes this thread's database unreachable until the test is over."""
        before = connections["default"]

        def cut() -> None:
            dead = connections.create_connection("default")
            dead.settings_dict = {**before.settings_dict, "PORT": str(free_port())}
            connections["default"] = dead

        yield cut
        connections["default"] = before


@pytest.mark.slow
class TestOverProcesses:
    def test_suspension_is_seen_by_every_process_within_two_seconds(self) -> None:
        made = make_client()
        token = access_token(made)
        with api_process() as first, api_process() as second:
            assert [ask(url, token).status_code for url in (first, second)] == [200, 200]
            began = time.monotonic()
            suspend(made)
            for url in (first, second):
                seconds_until(403, url, token)
            assert time.monotonic() - began < 2
            resume(made)
            began = time.monotonic()
            for url in (first, second):
                seconds_until(200, url, token)
            assert time.monotonic() - began < 2

    def test_valkey_may_stop_and_come_back(self, own_valkey: OwnValkey) -> None:
        made = make_client()
        token = access_token(made)
        with api_process(valkey_url=own_valkey.url) as url:
            assert "RateLimit" in ask(url, token).headers
            own_valkey.stop()
            without = ask(url, token)
            assert without.status_code == 200
            assert "RateLimit" not in without.headers
            suspend(made)
            assert seconds_until(403, url, token) < 2
            resume(made)
            assert seconds_until(200, url, token) < 2
            own_valkey.start()
            deadline = time.monotonic() + 5
            while "RateLimit" not in ask(url, token).headers:
                assert time.monotonic() < deadline, "the rate limit never came back"
                time.sleep(0.1)
            suspend(made)
            # Announced on another Valkey: the copy is made anew in any case.
            assert seconds_until(403, url, token) < 6.5

    def test_requests_wait_for_valkey_when_the_setting_says_so(self, own_valkey: OwnValkey) -> None:
        token = access_token(make_client())
        with api_process(valkey_url=own_valkey.url, B2B_RATELIMIT_FAIL_OPEN="false") as url:
            assert ask(url, token).status_code == 200
            own_valkey.stop()
            refused = ask(url, token)
            assert (refused.status_code, refused.json()["code"]) == (503, "RATE_LIMITS_UNAVAILABLE")
