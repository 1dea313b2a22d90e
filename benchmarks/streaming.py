"""The stream beside npm `ws`: a thousand connections, ten changes a second, so 10,000 deliveries a second.

Ours take the whole way (outbox, relay, Valkey, stream); `ws` is handed each message by a pipe and sends the
same bytes to all. The clients of both are one program. What counts is the CPU time of the process that sends,
by delivery, in the same run and in turns; and that every connection was told every change, in order.
"""

import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import redis
from rich.console import Console

from b2b.environment import ROOT
from benchmarks.placing import Plan
from benchmarks.report import Figure, Target
from benchmarks.stage import Stage

CONNECTIONS: Final = 1_000
CHANGES_PER_SECOND: Final = 10
SETTLES_SECONDS: Final = 2.0
RATIO_MOST: Final = 2.0
WS_VERSION: Final = "8"
_INSERT: Final = (
    "INSERT INTO core_factoutbox (tenant_id, type, occurred_at, data) "
    "VALUES (NULL, 'fixture.changed', now(), %s::jsonb)"
)

Round = dict[str, float]
Send = Callable[[str], None]


class Uneven(Exception):
    """A connection was told too little, too much, or in another order: nothing to be measured."""


def measure(stage: Stage, folder: Path, plan: Plan, console: Console) -> list[Figure]:
    """Measure on a running platform; `ws` is installed below `folder`, where there is npm."""
    rival = _install_ws(folder)
    ours: list[Round] = []
    theirs: list[Round] = []
    for number in range(plan.rounds):
        ours.append(_measure_ours(stage, plan.seconds))
        if rival is not None:
            theirs.append(_measure_ws(rival, plan.seconds))
        console.print(f"  round {number + 1}: {ours[-1]} {theirs[-1] if theirs else ''}", highlight=False)
    cost = statistics.median(each["microseconds"] for each in ours)
    baseline = statistics.median(each["microseconds"] for each in theirs) if theirs else None
    per_second = statistics.median(each["per_second"] for each in ours)
    notes = [
        f"{CONNECTIONS} connections, one topic, {per_second:,.0f} deliveries/s, none lost, all in order",
        f"from the announcement to the client: median {statistics.median(e['median'] for e in ours):.0f} ms, "
        f"p99 {statistics.median(e['p99'] for e in ours):.0f} ms",
    ]
    if baseline is None:
        notes.append("npm is not there, so there is no baseline")
    return [
        Figure(
            name="stream",
            what="CPU of the process by delivery",
            value=cost,
            unit="µs",
            baseline=baseline,
            baseline_what=f"npm ws {WS_VERSION}",
            ratio=cost / baseline if baseline else None,
            target=Target(RATIO_MOST, "most") if baseline else None,
            rounds=[
                {
                    **{f"ours {name}": value for name, value in one.items()},
                    **({f"ws {name}": value for name, value in theirs[place].items()} if theirs else {}),
                }
                for place, one in enumerate(ours)
            ],
            notes=notes,
        )
    ]


def _measure_ours(stage: Stage, seconds: float) -> Round:
    demo = stage.demo
    token = httpx.post(
        f"{demo['apiUrl']}/oauth/token",
        data={"grant_type": "client_credentials", "scope": "stream fixtures:read"},
        auth=(demo["clientId"], demo["clientSecret"]),
    ).json()["access_token"]
    bell = redis.Redis.from_url(stage.state["valkey_url"])
    process = psutil.Process(stage.pid_of("stream"))
    with stage.database() as database, _listeners(stage.state["ports"]["stream"], token) as listeners:

        def send(change: str) -> None:
            database.execute(_INSERT, [change])
            bell.publish("b2b:bell", b"")

        return _measure(process, listeners, send, seconds)


def _measure_ws(folder: Path, seconds: float) -> Round:
    server = subprocess.Popen(
        ["node", str(ROOT / "benchmarks" / "rival" / "ws_server.mjs"), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin
    assert server.stdout
    pipe = server.stdin
    try:
        port = int(server.stdout.readline())
        with _listeners(port, "") as listeners:

            def send(change: str) -> None:
                pipe.write(f'{{"op":"delta","id":1,"topic":"fixtures","clock":"1","fixtures":[{change}]}}\n')
                pipe.flush()

            return _measure(psutil.Process(server.pid), listeners, send, seconds)
    finally:
        server.kill()
        server.wait()


def _measure(
    process: psutil.Process, listeners: "subprocess.Popen[str]", send: Send, seconds: float
) -> Round:
    count = round(seconds * CHANGES_PER_SECOND)
    before, began = process.cpu_times(), time.monotonic()
    for number in range(count):
        time.sleep(max(0.0, began + number / CHANGES_PER_SECOND - time.monotonic()))
        send(_change())
    took = time.monotonic() - began
    time.sleep(SETTLES_SECONDS)
    after = process.cpu_times()
    assert listeners.stdin
    assert listeners.stdout
    listeners.stdin.write("stop\n")
    listeners.stdin.flush()
    found: dict[str, Any] = json.loads(listeners.stdout.readline())
    if (found["fewest"], found["most"], found["disorder"]) != (count, count, 0):
        raise Uneven(f"{count} changes were announced; the connections were told {found}")
    spent = (after.user + after.system) - (before.user + before.system)
    return {
        "microseconds": round(spent / (count * CONNECTIONS) * 1e6, 2),
        "per_second": round(count * CONNECTIONS / took),
        "median": round(found["median"], 1),
        "p99": round(found["p99"], 1),
    }


def _change() -> str:
    """A fixture as `fixture.changed` tells it; the home team's name says when it was announced."""
    return json.dumps(
        {
            "fixtureId": "fix_01k0000000e00800000000000s",
            "sport": "football",
            "competition": "S0",
            "home": f"@{time.time_ns()}@",
            "away": "Fennwick Albion",
            "startsAt": "2026-03-01T12:00:00.000Z",
            "status": "in_play",
            "score": {"home": 1, "away": 0},
            "changed": ["score"],
        }
    )


@contextmanager
def _listeners(port: int, token: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.listeners", str(port), str(CONNECTIONS)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        process.stdin.write(f"{token}\n")
        process.stdin.flush()
        if process.stdout.readline().strip() != "ready":
            raise Uneven("the connections could not be opened")
        time.sleep(SETTLES_SECONDS)
        yield process
    finally:
        process.kill()
        process.wait()


def _install_ws(folder: Path) -> Path | None:
    """Install npm `ws`; return the folder in which node finds it, None without npm or the registry."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        return None
    place = folder / "ws"
    if not (place / "node_modules" / "ws").is_dir():
        place.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(place)]
        done = subprocess.run([*command, f"ws@{WS_VERSION}"], capture_output=True, check=False)
        if done.returncode:
            return None
    return place
