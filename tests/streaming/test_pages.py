"""What the stream's process answers over HTTP: its health, the page, and the few calls the page makes."""

import httpx
import pytest

from tests.makers.partners import bearer, make_client
from tests.streaming.listening import listen
from tests.streaming.serving import Stream

pytestmark = pytest.mark.slow


@pytest.fixture
def http(stream: Stream) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{stream.port}", timeout=10)


class TestHealth:
    def test_it_lives_and_is_ready(self, http: httpx.Client) -> None:
        assert http.get("/health/live").json() == {"status": "live"}
        answer = http.get("/health/ready")
        assert (answer.status_code, answer.json()["status"]) == (200, "ready")


class TestPage:
    def test_page_and_its_files_come_from_here_alone(self, http: httpx.Client) -> None:
        page = http.get("/docs/live")
        assert page.status_code == 200
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "<script>" not in page.text
        assert "style=" not in page.text
        for path in ("live.css", "live.js", "frames.js", "icon.svg"):
            assert http.get(f"/docs/live/{path}").status_code == 200
        assert http.get("/docs/live/../app.py").status_code == 404

    def test_page_exchanges_its_token_for_a_ticket_here(self, http: httpx.Client, stream: Stream) -> None:
        made = make_client()
        answer = http.post("/api/v2/stream/tickets", headers=bearer(made))
        assert answer.status_code == 201
        with listen(stream, query=f"?ticket={answer.json()['ticket']}") as listener:
            listener.live("events")

    def test_no_other_call_of_the_api_is_answered_here(self, http: httpx.Client) -> None:
        headers = bearer(make_client())
        for path in ("/api/v2/events", "/api/v2/players", "/oauth/token", "/"):
            answer = http.get(path, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
