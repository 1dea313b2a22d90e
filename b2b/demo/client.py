"""The API as a partner's system calls it: a token that is renewed in time, and requests that are repeated.

Every write has a reference, so repeating one is safe: after a broken connection, while the platform cannot
answer, and when there were too many requests in this minute.
"""

import re
import time
from collections.abc import Iterator, Mapping
from typing import Any, Final

import httpx

API: Final = "/api/v2"
PAGE_SIZE: Final = 200
PATIENCE_SECONDS: Final = 150.0
PAUSE_SECONDS: Final = 0.5
RENEW_BEFORE_SECONDS: Final = 60.0
_LEFT: Final = re.compile(r";r=(\d+);t=(\d+)")


class Refused(Exception):
    """The platform answered with an error that repeating does not mend."""

    def __init__(self, answer: httpx.Response) -> None:
        self.status = answer.status_code
        try:
            envelope = answer.json()
        except ValueError:
            envelope = {}
        self.code = str(envelope.get("code", ""))
        super().__init__(
            f"{answer.request.method} {answer.request.url.path}: {self.status} {self.code} "
            f"{envelope.get('message', answer.text[:200])} ({envelope.get('requestId', 'no request id')})"
        )


class PlatformAway(Exception):
    """Nothing answered for as long as one waits."""


class Api:
    """One API client of a tenant. `waited_seconds` is how long its rate limit made it wait."""

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=httpx.Timeout(60.0, connect=5.0))
        self._credentials = (client_id, client_secret)
        self._token = ""
        self._renew_at = 0.0
        self.waited_seconds = 0.0
        self.requests = 0

    def __enter__(self) -> "Api":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **query: str | int) -> Any:
        """Return what `GET` answers. Raises Refused or PlatformAway, as every call here."""
        return self._call("GET", path, query=query).json()

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Return what `POST` answers; the body holds its own reference."""
        return self._call("POST", path, body=body).json()

    def pages(self, path: str, **query: str | int) -> Iterator[Any]:
        """Yield every row of a list, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            page = self.get(path, limit=PAGE_SIZE, **query, **({"cursor": cursor} if cursor else {}))
            yield from page["data"]
            cursor = page["nextCursor"]

    def download(self, path: str, **query: str) -> tuple[str, bytes]:
        """Return the name and the bytes of a file."""
        answer = self._call("GET", path, query=query)
        found = re.search(r'filename="([\w.-]+)"', answer.headers.get("Content-Disposition", ""))
        return found[1] if found else "download", answer.content

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str | int] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                answer = self._http.request(
                    method, API + path, params=query, json=body, headers=self._authorization()
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
        if answer.status_code == 401 and self._token:
            self._token = ""
            return 0.0
        if answer.status_code in {502, 503, 504} or Refused(answer).code == "REFERENCE_IN_PROGRESS":
            return seconds
        return None

    def _heed_limit(self, answer: httpx.Response) -> None:
        """Wait for the next minute where this one has no requests left."""
        left = _LEFT.search(answer.headers.get("RateLimit", ""))
        if left and int(left[1]) == 0:
            self.waited_seconds += int(left[2])
            time.sleep(int(left[2]))

    def _authorization(self) -> dict[str, str]:
        if not self._token or time.monotonic() > self._renew_at:
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
        return {"Authorization": f"Bearer {self._token}"}
