"""The demo's client keeps the contract: it renews its token, repeats what is safe, waits when told to."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from b2b.demo import client
from b2b.demo.client import Api, PlatformAway, Refused

Answer = tuple[int, dict[str, Any], dict[str, str]]


class Platform(ThreadingHTTPServer):
    """Answers API calls from a script, in order; tokens are numbered."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Answer] = []
        self.asked: list[tuple[str, str, bytes]] = []
        self.tokens = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Platform

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/oauth/token":
            self.server.tokens += 1
            answer: Answer = (200, {"access_token": f"t{self.server.tokens}", "expires_in": 600}, {})
        else:
            self.server.asked.append((self.path, self.headers["Authorization"], body))
            answer = self.server.script.pop(0)
        status, shown, headers = answer
        written = json.dumps(shown).encode()
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(written))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(written)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def platform() -> Iterator[Platform]:
    found = Platform()
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


def error(status: int, code: str, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, {"status": "error", "code": code, "message": "No."}, named


class TestApi:
    @pytest.mark.parametrize(
        "first",
        [
            error(429, "RATE_LIMITED", Retry_After="0"),
            error(503, "DATABASE_BUSY", Retry_After="0"),
            error(409, "REFERENCE_IN_PROGRESS", Retry_After="0"),
        ],
    )
    def test_repeats_the_same_request_where_that_is_safe(self, platform: Platform, first: Answer) -> None:
        platform.script = [first, (201, {"betId": "bet_1"}, {})]

        with Api(platform.url, "id", "secret") as api:
            answer = api.post("/bets", {"reference": "B-1"})

        assert answer == {"betId": "bet_1"}
        assert platform.asked[0] == platform.asked[1]

    @pytest.mark.parametrize(
        "refusal", [error(422, "ODDS_CHANGED"), error(409, "REFERENCE_CONFLICT"), error(404, "NOT_FOUND")]
    )
    def test_takes_a_refusal_for_an_answer(self, platform: Platform, refusal: Answer) -> None:
        platform.script = [refusal]

        with Api(platform.url, "id", "secret") as api, pytest.raises(Refused) as refused:
            api.post("/bets", {"reference": "B-1"})

        assert refused.value.code == refusal[1]["code"]
        assert len(platform.asked) == 1

    def test_gets_a_new_token_when_the_old_one_is_not_believed(self, platform: Platform) -> None:
        platform.script = [error(401, "UNAUTHENTICATED"), (200, {"name": "Demo"}, {})]

        with Api(platform.url, "id", "secret") as api:
            api.get("/partner")

        assert [authorization for _, authorization, _ in platform.asked] == ["Bearer t1", "Bearer t2"]

    def test_waits_for_the_next_minute_when_no_request_is_left(self, platform: Platform) -> None:
        platform.script = [(200, {}, {"RateLimit": '"tenant";r=0;t=1'}), (200, {}, {})]

        with Api(platform.url, "id", "secret") as api:
            api.get("/partner")
            api.get("/partner")

        assert api.waited_seconds == 1

    def test_reads_every_page_of_a_list(self, platform: Platform) -> None:
        platform.script = [
            (200, {"data": [1, 2], "nextCursor": "abc"}, {}),
            (200, {"data": [3], "nextCursor": None}, {}),
        ]

        with Api(platform.url, "id", "secret") as api:
            assert list(api.pages("/bets")) == [1, 2, 3]

        assert [path for path, _, _ in platform.asked] == [
            "/api/v2/bets?limit=200",
            "/api/v2/bets?limit=200&cursor=abc",
        ]

    def test_gives_up_when_nothing_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(client, "PATIENCE_SECONDS", 0.1)
        monkeypatch.setattr(client, "PAUSE_SECONDS", 0.01)

        with Api("http://127.0.0.1:9", "id", "secret") as api, pytest.raises(PlatformAway):
            api.get("/partner")
