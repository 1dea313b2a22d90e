"""The rate limit: counted exactly over processes, told on every answer, and open when Valkey is away."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import Settings

from core.clock import now
from partners.api.throttling import count_request
from partners.services import change_tenant
from tests.makers.partners import MadeClient, access_token, make_client, make_tenant
from tests.makers.roles import acting_as
from tests.partners.asking import call
from tests.partners.serving import api_process, ask, free_port

pytestmark = pytest.mark.usefixtures("committed")

HEADERS = ("RateLimit-Policy", "RateLimit", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")


def limited(requests_per_minute: int) -> MadeClient:
    return make_client(make_tenant(requests_per_minute=requests_per_minute))


class TestTenantThrottle:
    @pytest.mark.parametrize(("tier", "limit"), [("standard", "1000"), ("premium", "5000")])
    def test_tier_decides_the_limit(self, tier: str, limit: str) -> None:
        answer = call(access_token(make_client(make_tenant(tier=tier))))
        assert answer.headers["RateLimit-Policy"] == f'"tenant";q={limit};w=60'
        assert answer.headers["X-RateLimit-Limit"] == limit
        assert answer.headers["X-RateLimit-Remaining"] == str(int(limit) - 1)
        assert 0 < int(answer.headers["X-RateLimit-Reset"]) - time.time() <= 61

    def test_every_answer_tells_how_it_stands(self) -> None:
        made = make_client(scopes=("bets:read",))
        token = access_token(made)
        answers = [
            call(token),
            call(token, "/api/v2/events"),
            call(token, "/api/v2/bets/bet_unknown"),
            call(token, "/api/v2/bets?nonsense=1"),
        ]
        assert [answer.status_code for answer in answers] == [200, 403, 404, 400]
        assert all(name in answer.headers for answer in answers for name in HEADERS)
        remaining = [int(answer.headers["X-RateLimit-Remaining"]) for answer in answers]
        assert remaining == sorted(remaining, reverse=True)

    @pytest.mark.parametrize(
        ("method", "path", "status"),
        [
            ("GET", "/api/v2/nowhere", 404),
            ("GET", "/nowhere", 404),
            ("DELETE", "/api/v2/bets", 405),
            ("OPTIONS", "/api/v2/partner", 405),
            ("GET", f"/api/v2/bets?{'x' * 9000}", 414),
        ],
    )
    def test_answer_that_no_view_gave_is_counted_for_whoever_proves_who_asks(
        self, method: str, path: str, status: int
    ) -> None:
        token = access_token(limited(1))
        first, past = (Client().generic(method, path, HTTP_AUTHORIZATION=f"Bearer {token}") for _ in range(2))
        assert first.status_code == status
        assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("1", "0")
        assert all(name in first.headers for name in HEADERS)
        assert (past.status_code, past.json()["code"]) == (429, "RATE_LIMITED")
        assert all(name in past.headers for name in HEADERS)

    def test_body_that_is_too_large_is_counted(self) -> None:
        token = access_token(limited(9))
        answer = Client().post(
            "/api/v2/bets",
            b"x" * 300_000,
            content_type="application/json",
            HTTP_AUTHORIZATION=f"Bearer {token}",
        )
        assert (answer.status_code, answer.headers["X-RateLimit-Remaining"]) == (413, "8")

    @pytest.mark.parametrize("token", [None, "Bearer nonsense", "Basic eDp5"])
    @pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("PUT", "/docs/", 405)])
    def test_nobodys_request_tells_of_no_limit(
        self, token: str | None, method: str, path: str, status: int
    ) -> None:
        headers = {} if token is None else {"HTTP_AUTHORIZATION": token}
        answer = Client().generic(method, path, **headers)  # type: ignore[arg-type]
        assert answer.status_code == status
        assert not [name for name in HEADERS if name in answer.headers]

    def test_request_past_the_limit_is_429(self) -> None:
        token = access_token(limited(3))
        answers = [call(token) for _ in range(8)]
        past = answers[-1]
        assert (past.status_code, past.json()["code"]) == (429, "RATE_LIMITED")
        assert 1 <= int(past.headers["Retry-After"]) <= 60
        assert past.headers["X-RateLimit-Remaining"] == "0"
        assert all(name in past.headers for name in HEADERS)

    def test_clients_of_one_tenant_share_and_tenants_do_not(self) -> None:
        tenant = make_tenant(requests_per_minute=100)
        one, other, stranger = make_client(tenant), make_client(tenant), limited(100)
        call(access_token(one))
        assert call(access_token(other)).headers["X-RateLimit-Remaining"] in {"98", "99"}
        assert call(access_token(stranger)).headers["X-RateLimit-Remaining"] == "99"

    def test_new_figure_takes_effect(self) -> None:
        made = limited(5)
        token = access_token(made)
        call(token)
        with acting_as("b2b_jobs"):
            change_tenant(
                tenant_id=made.client.tenant_id, changes={"requests_per_minute": None}, changed_at=now()
            )
        assert call(token).headers["X-RateLimit-Limit"] == "1000"

    def test_refused_token_is_not_counted(self) -> None:
        made = limited(100)
        before = int(call(access_token(made)).headers["X-RateLimit-Remaining"])
        call(access_token(made, exp=1, iat=0))
        assert int(call(access_token(made)).headers["X-RateLimit-Remaining"]) >= before - 1


class TestCountRequest:
    def test_threads_lose_no_count(self) -> None:
        key, found = f"threads {time.time()}", []

        def count() -> None:
            for _ in range(100):
                usage = count_request(None, group="test", key=key, limit=250)
                assert usage is not None
                found.append(usage[0])

        threads = [threading.Thread(target=count) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        # Two windows may have been counted in; within each no number is given twice.
        assert len(found) == 800
        assert max(Counter(found).values()) <= 2
        assert sum(Counter(found).values()) == 800
        assert {1, 2, 3} <= set(found)


@pytest.mark.usefixtures("dead_counters")
class TestWithoutValkey:
    @pytest.fixture
    def dead_counters(self, settings: Settings) -> None:
        """Point the counters at a port where nobody listens."""
        dead = {**settings.CACHES["ratelimit"], "LOCATION": f"redis://127.0.0.1:{free_port()}/0"}
        settings.CACHES = {**settings.CACHES, "ratelimit": dead}
        assert caches["ratelimit"] is not None

    def test_requests_pass_when_the_setting_says_so(self, settings: Settings) -> None:
        settings.RATELIMIT_FAIL_OPEN = True
        answer = call(access_token(limited(1)))
        assert answer.status_code == 200
        assert answer.headers["X-RateLimit-Limit"] == "1"
        assert "X-RateLimit-Remaining" not in answer.headers

    def test_requests_wait_when_the_setting_says_so(self, settings: Settings) -> None:
        settings.RATELIMIT_FAIL_OPEN = False
        answer = call(access_token(limited(1)))
        assert (answer.status_code, answer.json()["code"]) == (503, "RATE_LIMITS_UNAVAILABLE")
        assert answer.headers["Retry-After"] == "1"

    def test_unknown_path_stays_unknown(self, settings: Settings) -> None:
        settings.RATELIMIT_FAIL_OPEN = False
        assert call(access_token(limited(1)), "/api/v2/nowhere").status_code == 404


@pytest.mark.slow
@pytest.mark.alone
class TestOverProcesses:
    def test_exactly_the_limit_is_accepted_in_a_window(self) -> None:
        limit, requests = 1000, 1200
        made, neighbour = limited(limit), limited(limit)
        token = access_token(made)
        with api_process() as first, api_process() as second:
            self.wait_for_a_new_window(first, token)
            began = time.monotonic()
            with ThreadPoolExecutor(8) as pool:
                sent = pool.map(lambda number: self.send((first, second)[number % 2], token), range(requests))
                statuses = Counter(sent)
            taken = time.monotonic() - began
            assert ask(first, access_token(neighbour)).headers["X-RateLimit-Remaining"] == str(limit - 1)
        assert taken < 50, "the machine is too slow to send them within one window"
        # One request found the beginning of the window.
        assert statuses == {200: limit - 1, 429: requests - limit + 1}

    def wait_for_a_new_window(self, url: str, token: str) -> None:
        left = int(ask(url, token).headers["X-RateLimit-Reset"]) - time.time()
        time.sleep(left + 0.2)
        assert ask(url, token).headers["X-RateLimit-Remaining"] == "999"

    def send(self, url: str, token: str) -> int:
        clients: Any = self.__dict__.setdefault("clients", threading.local())
        if not hasattr(clients, "http"):
            clients.http = httpx.Client(timeout=60)
        answer = clients.http.get(f"{url}/api/v2/sports", headers={"Authorization": f"Bearer {token}"})
        return int(answer.status_code)


class TestPublicAnswers:
    def test_public_paths_have_no_limit_of_a_tenant(self) -> None:
        assert "RateLimit" not in Client().get("/.well-known/jwks.json").headers
