"""The REST API: a token that is renewed in time, and requests that are repeated where that is safe.

Every write carries its `reference`, or gets an `Idempotency-Key` here, so repeating one does it once: after a
broken connection, while the platform cannot answer, and when there were too many requests in this minute.
"""

import re
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Self

import httpx

from b2b_client.errors import PlatformAway, Refused
from b2b_client.events import Event, parse_time

API: Final = "/api/v2"
PAGE_SIZE: Final = 200
PATIENCE_SECONDS: Final = 150.0
PAUSE_SECONDS: Final = 0.5
RENEW_BEFORE_SECONDS: Final = 60.0
_LEFT: Final = re.compile(r";r=(\d+);t=(\d+)")


class Client:
    """One API client of a tenant; threads may share it.

    `waited_seconds` is how long its rate limit made it wait, `requests` how often it was answered.
    """

    def __init__(
        self, url: str, client_id: str, client_secret: str, *, patience_seconds: float = PATIENCE_SECONDS
    ) -> None:
        self._http = httpx.Client(base_url=url, timeout=httpx.Timeout(60.0, connect=5.0))
        self._credentials = (client_id, client_secret)
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._token = ""
        self._renew_at = 0.0
        self.waited_seconds = 0.0
        self.requests = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def get(self, path: str, **query: str | int) -> Any:
        """Return what `GET` answers. Raises Refused or PlatformAway, as every call here."""
        return self._call("GET", path, query=query).json()

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Return what `POST` answers; a body without a `reference` goes with a key of its own."""
        return self._write("POST", path, body)

    def put(self, path: str, body: Mapping[str, Any]) -> Any:
        """Return what `PUT` answers."""
        return self._write("PUT", path, body)

    def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        """Return what `PATCH` answers."""
        return self._write("PATCH", path, body)

    def delete(self, path: str) -> None:
        """Delete what is at a path."""
        self._call("DELETE", path)

    def pages(self, path: str, **query: str | int) -> Iterator[Any]:
        """Yield every row of a list, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(path, limit=PAGE_SIZE, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["data"]
            cursor = page["nextCursor"]

    def events(self, *, after: int, types: Sequence[str] = ()) -> Iterator[Event]:
        """Yield the feed's events above a sequence, to its present end; keep the last one's `sequence`."""
        is_behind = True
        while is_behind:
            found, until = self.feed_page(after=after, types=types)
            yield from found
            is_behind = until != after
            after = until

    def feed_page(self, *, after: int, types: Sequence[str] = ()) -> tuple[list[Event], int]:
        """Return a page of events above a sequence, and up to which sequence none was left out."""
        query = {"types": ",".join(types)} if types else {}
        page = self.get("/events", after=after, limit=PAGE_SIZE, **query)
        found = [
            Event(
                told["eventId"], told["sequence"], told["type"], parse_time(told["occurredAt"]), told["data"]
            )
            for told in page["data"]
        ]
        return found, page["nextAfter"]

    def download(self, path: str, **query: str) -> tuple[str, bytes]:
        """Return the name and the bytes of a file."""
        answer = self._call("GET", path, query=query)
        found = re.search(r'filename="([\w.-]+)"', answer.headers.get("Content-Disposition", ""))
        return found[1] if found else "download", answer.content

    def token(self) -> str:
        """Return an access token that lives for a minute at least: for the stream."""
        with self._lock:
            if not self._token or time.monotonic() > self._renew_at:
                self._renew()
            return self._token

    def _write(self, method: str, path: str, body: Mapping[str, Any]) -> Any:
        key = {} if "reference" in body else {"Idempotency-Key": uuid.uuid4().hex}
        answer = self._call(method, path, body=body, headers=key)
        return answer.json() if answer.content else None

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        give_up_at = time.monotonic() + self._patience_seconds
        was_renewed = False
        while True:
            try:
                token = self.token()
                answer = self._http.request(
                    method,
                    API + path,
                    params=query,
                    json=body,
                    headers={"Authorization": f"Bearer {token}", **(headers or {})},
                )
            except httpx.TransportError as error:
                if time.monotonic() > give_up_at:
                    raise PlatformAway(f"{method} {path}: {error}") from error
                time.sleep(PAUSE_SECONDS)
                continue
            self.requests += 1
            if answer.is_success:
                self._heed_limit(answer)
                return answer
            if answer.status_code == 401 and not was_renewed:
                was_renewed = True
                self.forget_token(token)
                continue
            pause = self._pause_before_repeat(answer)
            if pause is None or time.monotonic() + pause > give_up_at:
                raise Refused(answer)
            time.sleep(pause)

    def _pause_before_repeat(self, answer: httpx.Response) -> float | None:
        """Return how long to wait before the same request is sent again, None where that is no use."""
        asked = answer.headers.get("Retry-After", "")
        seconds = float(asked) if asked.isdigit() else PAUSE_SECONDS
        if answer.status_code == 429:
            self.waited_seconds += seconds
            return seconds
        if answer.status_code in {502, 503, 504} or Refused(answer).code == "REFERENCE_IN_PROGRESS":
            return seconds
        return None

    def forget_token(self, token: str) -> None:
        """Ask for another token next time: this one was not taken."""
        with self._lock:
            if token == self._token:
                self._token = ""

    def _heed_limit(self, answer: httpx.Response) -> None:
        """Wait for the next minute where this one has no requests left."""
        left = _LEFT.search(answer.headers.get("RateLimit", ""))
        if left and int(left[1]) == 0:
            self.waited_seconds += int(left[2])
            time.sleep(int(left[2]))

    def _renew(self) -> None:
        answer = self._http.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, auth=self._credentials
        )
        if answer.status_code in {429, 502, 503, 504}:
            raise httpx.ConnectError(f"no token at present: {answer.status_code}")
        if not answer.is_success:
            raise Refused(answer)
        granted = answer.json()
        self._token = granted["access_token"]
        self._renew_at = time.monotonic() + granted["expires_in"] - RENEW_BEFORE_SECONDS
