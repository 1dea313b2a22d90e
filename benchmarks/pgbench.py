"""Running pgbench on the platform's own server, as the api's role."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from benchmarks.stage import pgbench_binary
from benchmarks.statements import INPUT_ROWS, INPUTS, script

WARM_SECONDS: Final = 3
"""How long its new sessions are given to make their plans, as those of the api have; not counted.

One second more than asked is run, since the last second of a run is not always reported."""
_RATE: Final = re.compile(r"^progress: ([\d.]+) s, ([\d.]+) tps", re.MULTILINE)
_PROCESSED: Final = re.compile(r"transactions actually processed: (\d+)")
_FAILED: Final = re.compile(r"number of failed transactions: (\d+)")
_COMMAND: Final = re.compile(r"^\s+([\d.]+)\s+\d+\s+(\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """`rate` is of the two statements alone; `rate_with_inputs` is what pgbench reported."""

    transactions: int
    rate: float
    rate_with_inputs: float
    latencies: list[float]

    def percentile(self, share: float) -> float:
        """A latency in milliseconds, such that `share` of all are below it."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] * 1000


def run(
    database_url: str,
    *,
    clients: int,
    seconds: float,
    rate: float = 0,
    input_rows: int = INPUT_ROWS,
) -> Run:
    """Place bets with pgbench alone; with `rate`, so many a second, logging each latency.

    `database_url` logs in as the api does.
    """
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        file = Path(folder) / "placement.sql"
        file.write_text(script(input_rows), "utf-8")
        url = urlsplit(database_url)
        command = [
            pgbench_binary(), "--no-vacuum", "--protocol=prepared", "--report-per-command",
            f"--file={file}", f"--client={clients}", f"--jobs={min(clients, 2)}",
            f"--time={WARM_SECONDS + 1 + max(1, round(seconds))}",
            "--progress=1",
            *([f"--rate={rate:.3f}", "--log", f"--log-prefix={folder}/log"] if rate else []),
            f"--host={url.hostname}", f"--port={url.port}", f"--username={url.username}",
            unquote(url.path[1:]),
        ]  # fmt: skip
        done = subprocess.run(
            command,
            env={**os.environ, "PGPASSWORD": unquote(url.password or "")},
            capture_output=True,
            text=True,
            check=False,
        )
        failed = _FAILED.search(done.stdout)
        if done.returncode or not failed or int(failed[1]):
            raise RuntimeError(f"pgbench failed:\n{done.stdout[-1000:]}\n{done.stderr[-2000:]}")
        logs = [path.read_text("utf-8") for path in Path(folder).glob("log.*")]
    processed = _PROCESSED.search(done.stdout)
    assert processed
    rates = [float(tps) for second, tps in _RATE.findall(done.stderr) if float(second) > WARM_SECONDS + 0.5]
    whole = sum(rates) / len(rates)
    latencies = _latencies(line.split(" ") for text in logs for line in text.splitlines())
    return Run(
        transactions=int(processed[1]),
        rate=whole / (1 - _inputs_share(done.stdout)),
        rate_with_inputs=whole,
        latencies=latencies,
    )


def _latencies(lines: Iterable[list[str]]) -> list[float]:
    """Return the latencies of a log, from when each transaction was due, without those of the first seconds.

    The third column is the latency in microseconds, the fifth and sixth are when the transaction ended.
    """
    ended = [(int(line[4]) + int(line[5]) / 1e6, int(line[2]) / 1e6) for line in lines]
    first = min((at for at, _ in ended), default=0)
    return [latency for at, latency in ended if at > first + WARM_SECONDS]


def _inputs_share(output: str) -> float:
    """The share of a transaction's time that reading its inputs took."""
    commands = [(float(milliseconds), text.strip()) for milliseconds, text in _COMMAND.findall(output)]
    inputs = sum(milliseconds for milliseconds, text in commands if text.startswith(INPUTS[:60]))
    total = sum(milliseconds for milliseconds, _ in commands)
    assert inputs, output
    return inputs / total
