"""The reference client keeps the contract: it renews its token, repeats what is safe, waits when told to."""

import base64
import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import standardwebhooks

from b2b_client import Client, PlatformAway, Refused, WebhookRejected, verify_webhook
from core.clock import now

Answer = tuple[int, dict[str, Any], dict[str, str]]


SECRET, OTHER = (f"whsec_{base64.b64encode(bytes([each]) * 32).decode()}" for each in (1, 2))


class Platform(ThreadingHTTPServer):
    """Answers API calls from a script, in order; tokens are numbered."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Answer] = []
        self.asked: list[tuple[str, str, bytes]] = []
        self.keys: list[str] = []
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
            self.server.keys.append(self.headers.get("Idempotency-Key", ""))
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


class TestClient:
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

        with Client(platform.url, "id", "secret") as api:
            answer = api.post("/bets", {"reference": "B-1"})

        assert answer == {"betId": "bet_1"}
        assert platform.asked[0] == platform.asked[1]

    @pytest.mark.parametrize(
        "refusal", [error(422, "ODDS_CHANGED"), error(409, "REFERENCE_CONFLICT"), error(404, "NOT_FOUND")]
    )
    def test_takes_a_refusal_for_an_answer(self, platform: Platform, refusal: Answer) -> None:
        platform.script = [refusal]

        with Client(platform.url, "id", "secret") as api, pytest.raises(Refused) as refused:
            api.post("/bets", {"reference": "B-1"})

        assert refused.value.code == refusal[1]["code"]
        assert len(platform.asked) == 1

    def test_gets_a_new_token_when_the_old_one_is_not_believed(self, platform: Platform) -> None:
        platform.script = [error(401, "UNAUTHENTICATED"), (200, {"name": "Demo"}, {})]

        with Client(platform.url, "id", "secret") as api:
            api.get("/partner")

        assert [authorization for _, authorization, _ in platform.asked] == ["Bearer t1", "Bearer t2"]

    def test_waits_for_the_next_minute_when_no_request_is_left(self, platform: Platform) -> None:
        platform.script = [(200, {}, {"RateLimit": '"tenant";r=0;t=1'}), (200, {}, {})]

        with Client(platform.url, "id", "secret") as api:
            api.get("/partner")
            api.get("/partner")

        assert api.waited_seconds == 1

    def test_reads_every_page_of_a_list(self, platform: Platform) -> None:
        platform.script = [
            (200, {"data": [1, 2], "nextCursor": "abc"}, {}),
            (200, {"data": [3], "nextCursor": None}, {}),
        ]

        with Client(platform.url, "id", "secret") as api:
            assert list(api.pages("/bets")) == [1, 2, 3]

        assert [path for path, _, _ in platform.asked] == [
            "/api/v2/bets?limit=200",
            "/api/v2/bets?limit=200&cursor=abc",
        ]

    def test_takes_the_second_401_for_an_answer(self, platform: Platform) -> None:
        platform.script = [error(401, "UNAUTHENTICATED"), error(401, "UNAUTHENTICATED")]

        with Client(platform.url, "id", "secret") as api, pytest.raises(Refused):
            api.get("/partner")

        assert len(platform.asked) == 2

    def test_gives_a_write_without_a_reference_a_key_of_its_own(self, platform: Platform) -> None:
        platform.script = [error(503, "DATABASE_BUSY", Retry_After="0"), (201, {}, {}), (201, {}, {})]

        with Client(platform.url, "id", "secret") as api:
            api.post("/webhook-endpoints", {"url": "https://partner.example"})
            api.post("/bets", {"reference": "B-1"})

        first, again, other = platform.keys
        assert first == again
        assert len(first) == 32
        assert other == ""

    def test_follows_the_feed_to_its_end(self, platform: Platform) -> None:
        told = {
            "eventId": "evt_1",
            "type": "bet.placed",
            "occurredAt": "2026-03-01T12:00:00.000Z",
            "data": {},
        }
        platform.script = [
            (200, {"data": [{**told, "sequence": 4}], "nextAfter": 9}, {}),
            (200, {"data": [], "nextAfter": 9}, {}),
        ]

        with Client(platform.url, "id", "secret") as api:
            (event,) = api.events(after=3, types=["bet.placed"])

        assert (event.sequence, event.event_id, event.occurred_at.year) == (4, "evt_1", 2026)
        assert [path.partition("after=")[2] for path, _, _ in platform.asked] == [
            "3&limit=200&types=bet.placed",
            "9&limit=200&types=bet.placed",
        ]

    def test_gives_up_when_nothing_answers(self) -> None:
        with (
            Client("http://127.0.0.1:9", "id", "secret", patience_seconds=0.1) as api,
            pytest.raises(PlatformAway),
        ):
            api.get("/partner")


class TestVerifyWebhook:
    body = (
        b'{"type":"bet.placed","timestamp":"2026-03-01T12:00:00.000Z","sequence":7,'
        b'"partnerId":"ptr_1","data":{}}'
    )

    def signed(self, secret: str, *, at: datetime) -> dict[str, str]:
        signature = standardwebhooks.Webhook(secret).sign("evt_1", at, self.body.decode())
        return {
            "Webhook-Id": "evt_1",
            "Webhook-Timestamp": str(int(at.timestamp())),
            "Webhook-Signature": signature,
        }

    def test_takes_what_another_librarys_secret_signed(self) -> None:
        event = verify_webhook(self.body, self.signed(SECRET, at=now()), SECRET)
        assert (event.event_id, event.sequence, event.type) == ("evt_1", 7, "bet.placed")

    def test_takes_either_secret_while_one_is_rotated(self) -> None:
        headers = self.signed(SECRET, at=now())
        headers["Webhook-Signature"] += " " + self.signed(OTHER, at=now())["Webhook-Signature"]
        for secrets in (SECRET, OTHER, (OTHER, SECRET)):
            assert verify_webhook(self.body, headers, secrets).sequence == 7

    @pytest.mark.parametrize(
        ("changed", "secret", "late"),
        [(b"x", "", 0), (b"", "other", 0), (b"", "", 400), (b"", "", -400)],
        ids=["one byte more", "another secret", "old", "from the future"],
    )
    def test_refuses_what_is_not_the_platforms(self, changed: bytes, secret: str, late: int) -> None:
        headers = self.signed(SECRET, at=now() - timedelta(seconds=late))
        with pytest.raises(WebhookRejected):
            verify_webhook(self.body + changed, headers, OTHER if secret else SECRET)

    @pytest.mark.parametrize("missing", ["Webhook-Id", "Webhook-Timestamp", "Webhook-Signature"])
    def test_refuses_a_delivery_without_its_headers(self, missing: str) -> None:
        headers = {name: value for name, value in self.signed(SECRET, at=now()).items() if name != missing}
        with pytest.raises(WebhookRejected, match=missing.lower()):
            verify_webhook(self.body, headers, SECRET)
