"""The partner that places the bets: a token, players with money, and what they can bet on, all over HTTP."""

import random
import secrets
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import httpx

from benchmarks.stage import Stage
from core.ids import parse_typeid

API: Final = "/api/v2"
PLAYERS: Final = 1_000
DEPOSIT: Final = "100000.00"
REQUESTS_PER_MINUTE: Final = 100_000_000
BATCH_SIZE: Final = 100


@dataclass(frozen=True, slots=True)
class Pick:
    """An outcome as a fixture shows it."""

    fixture_id: str
    outcome_id: str
    odds: str


class Partner:
    """Makes requests for the load generator. Every bet has a reference of its own."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        demo = stage.demo
        self._http = httpx.Client(base_url=demo["apiUrl"], timeout=30)
        self.port = httpx.URL(demo["apiUrl"]).port or 80
        self.tenant_id = str(parse_typeid("tnt", demo["tenantId"]))
        self._random = random.Random(1)
        self._mark = secrets.token_hex(4)
        self._count = 0
        self.players: list[str] = []
        self.picks: list[Pick] = []
        self._token_until = 0.0

    def settle_in(self) -> None:
        """Raise the rate limit, register the players, pay their deposits, read the odds."""
        with self.stage.database() as connection:
            connection.execute(
                "UPDATE partners_tenant SET requests_per_minute = %s WHERE id = %s",
                [REQUESTS_PER_MINUTE, self.tenant_id],
            )
        self._wait_for_limit()
        with ThreadPoolExecutor(max_workers=8) as pool:
            self.players = list(pool.map(self._register, range(PLAYERS)))
        self.picks = [
            Pick(fixture["fixtureId"], outcome["outcomeId"], outcome["odds"])
            for fixture in self._fixtures()
            if fixture["status"] == "scheduled"
            for market in fixture["markets"]
            if market["status"] == "open"
            for outcome in market["outcomes"]
        ]

    @property
    def fixtures(self) -> list[str]:
        """The fixtures that can be bet on, in the order of their start."""
        return list(dict.fromkeys(pick.fixture_id for pick in self.picks))

    def place(self) -> bytes:
        """A request for one single on a random outcome, with a random stake."""
        return self._request("/bets", self._bet(self.picks))

    def place_batch(self, fixture_id: str = "") -> bytes:
        """A request for a hundred of them, on one fixture if one is named."""
        picks = [pick for pick in self.picks if pick.fixture_id == fixture_id] if fixture_id else self.picks
        bets = ",".join(self._bet(picks) for _ in range(BATCH_SIZE))
        return self._request("/bets/batch", f'{{"bets":[{bets}]}}')

    def renew_token(self) -> None:
        """Get a token that lasts for the next measurement."""
        if time.monotonic() < self._token_until:
            return
        demo = self.stage.demo
        answer = self._http.post(
            "/oauth/token",
            data={"grant_type": "client_credentials"},
            auth=(demo["clientId"], demo["clientSecret"]),
        ).raise_for_status().json()  # fmt: skip
        self._http.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self._token_until = time.monotonic() + answer["expires_in"] / 2

    def _register(self, number: int) -> str:
        """Register a player, pay the deposit, and return the id."""
        asked = {"reference": f"P{self._mark}-{number}", "currency": "EUR", "country": "MT"}
        player_id = str(self._post("/players", asked)["playerId"])
        paid = {"reference": f"D{self._mark}-{number}", "amount": DEPOSIT, "currency": "EUR"}
        self._post(f"/players/{player_id}/deposits", paid)
        return player_id

    def _bet(self, picks: list[Pick]) -> str:
        self._count += 1
        pick = self._random.choice(picks)
        return (
            f'{{"reference":"B{self._mark}-{self._count}","playerId":"{self._random.choice(self.players)}",'
            f'"stake":"{self._random.randrange(50, 500) / 100:.2f}","currency":"EUR",'
            f'"legs":[{{"outcomeId":"{pick.outcome_id}","odds":"{pick.odds}"}}]}}'
        )

    def _request(self, path: str, body: str) -> bytes:
        authorization = self._http.headers["Authorization"]
        return (
            f"POST {API}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Authorization: {authorization}\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        self.renew_token()
        return self._http.post(API + path, json=body).raise_for_status().json()

    def _get(self, path: str, **query: Any) -> httpx.Response:
        self.renew_token()
        return self._http.get(API + path, params=query).raise_for_status()

    def _fixtures(self) -> Iterable[Any]:
        cursor: str | None = ""
        while cursor is not None:
            page = self._get("/fixtures", limit=100, **({"cursor": cursor} if cursor else {})).json()
            yield from page["data"]
            cursor = page["nextCursor"]

    def _wait_for_limit(self) -> None:
        deadline = time.monotonic() + 15
        while self._get("/partner").headers["X-RateLimit-Limit"] != str(REQUESTS_PER_MINUTE):
            if time.monotonic() > deadline:
                raise RuntimeError("the api does not see the raised rate limit")
            time.sleep(0.2)
