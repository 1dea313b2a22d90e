"""A partner's system under load: a few threads that place, deposit and withdraw, by a seed, through whatever
happens to the platform, and keep a journal.
"""

import json
import random
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from tests.faults.journal import Answer, Journal
from tests.makers.seasons import Row, make_season
from tests.running import Platform

TIMEOUT_SECONDS = 4.0
PLAYERS, VIPS = 8, 2
THREADS = 4
CLUBS = ["Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Maple", "Oak", "Pine", "Rowan", "Yew"]
SETUP = "from tests.faults.opening import open_tenant; open_tenant({!r})"


class Partner:
    """One tenant of a running platform, its players, and what there is to bet on."""

    def __init__(self, platform: Platform, folder: Path) -> None:
        self.platform = platform
        rows = [
            Row(home, away, date=f"{16 + place}/08/2025", score=f"{place % 4}-{place % 3}")
            for place, (home, away) in enumerate(zip(CLUBS[::2], CLUBS[1::2], strict=True))
        ]
        season = make_season(rows)
        self.season = season.written(folder)
        told = json.loads(
            self._manage("shell", "--no-imports", "-c", SETUP.format(self.season)).splitlines()[-1]
        )
        self.tenant_id: str = told["tenantId"]
        self.outcomes: list[dict[str, str]] = told["outcomes"]
        self._credentials = (told["clientId"], told["clientSecret"])
        self.journal = Journal(folder / f"{season.division}.journal")
        self.http = self.new_http()
        self.players = [self._register(place < VIPS) for place in range(PLAYERS)]
        self.vips = self.players[:VIPS]

    def new_http(self) -> httpx.Client:
        """Return a client with a token of its own."""
        http = httpx.Client(base_url=self.platform.api_url, timeout=TIMEOUT_SECONDS)
        answer = http.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, auth=self._credentials
        ).raise_for_status()
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return http

    def get(self, path: str, **query: str | int) -> Any:
        return self.http.get(f"/api/v2{path}", params=query).raise_for_status().json()

    def enter_results(self, *, wait: bool = True) -> None:
        """Play the season to its end; return when every bet is settled."""
        self._manage("enter_results", self.season, "--rehearsal", *([] if wait else ["--no-wait"]))

    def _manage(self, *arguments: str) -> str:
        done = self.platform.clerk.manage(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _register(self, vip: bool) -> str:
        body = {"reference": secrets.token_hex(8), "currency": "EUR", "country": "MT", "vip": vip}
        made: str = self.http.post("/api/v2/players", json=body).raise_for_status().json()["playerId"]
        send(self.http, self.journal, "movement", f"/players/{made}/deposits", movement("1000.00"))
        return made


def movement(amount: str) -> dict[str, Any]:
    return {"reference": f"M-{secrets.token_hex(8)}", "amount": amount, "currency": "EUR"}


def send(http: httpx.Client, journal: Journal, kind: str, path: str, body: dict[str, Any]) -> Answer:
    """Send one write and write down what was asked and answered."""
    journal.asked(kind, body["reference"], path, body)
    answer = _post(http, path, body)
    journal.answered(body["reference"], answer)
    return answer


def send_batch(http: httpx.Client, journal: Journal, bets: list[dict[str, Any]]) -> None:
    """Send bets in one request; each is a write of its own."""
    for bet in bets:
        journal.asked("bet", bet["reference"], "/bets", bet)
    answer = _post(http, "/bets/batch", {"bets": bets})
    results = answer.body["results"] if answer.status == 200 else [None] * len(bets)
    for bet, result in zip(bets, results, strict=True):
        told = answer if result is None else Answer(result["status"], result.get("bet") or result["error"])
        journal.answered(bet["reference"], told)


def _post(http: httpx.Client, path: str, body: dict[str, Any]) -> Answer:
    try:
        answer = http.post(f"/api/v2{path}", json=body)
        return Answer(answer.status_code, answer.json())
    except (httpx.TransportError, ValueError) as error:
        return Answer(0, {"error": repr(error)})


class Load:
    """The load of one scenario: it runs from `with` to the end of the block."""

    def __init__(self, partner: Partner, *, seed: int) -> None:
        self.partner = partner
        self.seed = seed
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(THREADS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self, number: int) -> None:
        chance = random.Random(f"{self.seed} {number}")
        journal = self.partner.journal
        sent: list[tuple[str, str, dict[str, Any]]] = []
        with httpx.Client(
            base_url=self.partner.platform.api_url, timeout=TIMEOUT_SECONDS, headers=self.partner.http.headers
        ) as http:
            while not self._stopping.is_set():
                if chance.random() < 0.1:
                    send_batch(http, journal, [make_bet(self.partner, chance) for _ in range(5)])
                    continue
                if sent and chance.random() < 0.1:
                    kind, path, body = chance.choice(sent)
                else:
                    kind, path, body = self._write(chance)
                    sent.append((kind, path, body))
                if send(http, journal, kind, path, body).status == 0:
                    time.sleep(0.1)

    def _write(self, chance: random.Random) -> tuple[str, str, dict[str, Any]]:
        player = chance.choice(self.partner.players)
        drawn = chance.random()
        if drawn < 0.7:
            return "bet", "/bets", make_bet(self.partner, chance)
        if drawn < 0.85:
            return "movement", f"/players/{player}/deposits", movement(f"{chance.randint(1, 999) / 100:.2f}")
        much = chance.choice(("0.50", "3.75", "100000.00"))
        return "movement", f"/players/{player}/withdrawals", movement(much)


def make_bet(partner: Partner, chance: random.Random) -> dict[str, Any]:
    """Return a bet on one or two fixtures."""
    legs: dict[str, dict[str, str]] = {}
    for outcome in chance.sample(partner.outcomes, 2 if chance.random() < 0.1 else 1):
        legs[outcome["fixtureId"]] = {"outcomeId": outcome["outcomeId"], "odds": outcome["odds"]}
    return {
        "reference": f"B-{secrets.token_hex(8)}",
        "playerId": chance.choice(partner.players),
        "stake": f"{chance.randint(10, 500) / 100:.2f}",
        "currency": "EUR",
        "legs": list(legs.values()),
        "allowDuplicate": True,
    }


def resolve(partner: Partner, *, seconds: float = 30.0) -> None:
    """Repeat every write of unknown outcome under its reference until it is known."""
    deadline = time.monotonic() + seconds
    for write in partner.journal.writes().values():
        while write.outcome == "unknown" and time.monotonic() < deadline:
            answer = send(partner.http, partner.journal, write.kind, write.path, write.body)
            write.answers.append(answer)
            if answer.outcome == "unknown":
                time.sleep(0.2)


def repeat(partner: Partner, *, at_most: int | None = None) -> None:
    """Repeat every write, or so many of them by chance: the answers must be the same again."""

    def again(batch: list[Any]) -> None:
        with httpx.Client(
            base_url=partner.platform.api_url, timeout=30.0, headers=partner.http.headers
        ) as http:
            for write in batch:
                send(http, partner.journal, write.kind, write.path, write.body)

    writes = list(partner.journal.writes().values())
    if at_most is not None and len(writes) > at_most:
        writes = random.Random(len(writes)).sample(writes, at_most)
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(again, _shares(writes)))


def _shares(writes: list[Any]) -> Iterator[list[Any]]:
    for number in range(THREADS):
        yield writes[number::THREADS]


def seconds_until_calm(partner: Partner, *, within: float) -> float:
    """Return in how many seconds ten writes in a row were answered, each within a second."""
    began = time.monotonic()
    in_a_row = 0
    while in_a_row < 10:
        asked_at = time.monotonic()
        path = f"/players/{partner.players[-1]}/deposits"
        answer = send(partner.http, partner.journal, "movement", path, movement("0.01"))
        is_calm = answer.outcome == "ok" and time.monotonic() - asked_at < 1
        in_a_row = in_a_row + 1 if is_calm else 0
        if time.monotonic() - began > within:
            break
        time.sleep(0 if is_calm else 0.1)
    return time.monotonic() - began
