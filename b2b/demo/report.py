"""What the demo shows while it plays and at the end: bars and tables on a terminal, plain lines elsewhere."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

FAULTS_SHOWN: Final = 20
PLAIN_WIDTH: Final = 100


@dataclass(slots=True)
class CurrencySums:
    """What a currency's bets of this run came to."""

    bets: int = 0
    stakes: Fraction = Fraction(0)
    payouts: Fraction = Fraction(0)
    commission: Fraction = Fraction(0)

    @property
    def revenue(self) -> Fraction:
        return self.stakes - self.payouts


@dataclass(slots=True)
class Totals:
    """What the summary says."""

    fixtures: int = 0
    players: int = 0
    asked: int = 0
    accepted: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    currencies: dict[str, CurrencySums] = field(default_factory=dict)
    statements: list[tuple[str, str, str]] = field(default_factory=list)
    """Number, total with its currency, and the exported file of each."""
    events: int = 0
    webhooks: int = 0
    streamed: int = 0
    ledger: str = ""
    trail: str = ""
    requests: int = 0
    limit_waited_seconds: float = 0.0


class Report:
    """Says what is being done, keeps what did not add up, and how long each step took."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self.faults: list[str] = []
        self._steps: list[tuple[str, float]] = []
        self._began = time.monotonic()

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Time a step; the function it yields is told how much of `total` is done."""
        began = time.monotonic()
        if self._console.is_terminal and total:
            columns = (
                TextColumn("{task.description:<34}"),
                BarColumn(bar_width=None),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            with Progress(*columns, console=self._console) as progress:
                task = progress.add_task(title, total=total)
                yield lambda done: progress.advance(task, done)
        else:
            self._console.print(title, markup=False)
            with self._console.status("...") if self._console.is_terminal else nullcontext():
                yield lambda _: None
        self._steps.append((title, time.monotonic() - began))

    def say(self, text: str) -> None:
        self._console.print(f"  {text}", markup=False)

    def fault(self, text: str) -> None:
        """Keep something that does not add up; the demo then fails."""
        self.faults.append(text)

    def summary(self, totals: Totals) -> None:
        """Print every figure, then what did not add up, if anything."""
        self._console.print()
        self._print(_bets_table(totals))
        self._print(_money_table(totals))
        self._print(self._steps_table())
        for number, total, path in totals.statements:
            self._console.print(f"Statement {number}: {total}, exported to {path}", markup=False)
        self._console.print(totals.ledger, markup=False)
        self._console.print(totals.trail, markup=False)
        if not self.faults:
            self._console.print(
                "Every payout, wallet, event and line of the statement is what was computed here.",
                style="bold green",
            )
            return
        self._console.print(f"{len(self.faults)} things do not add up:", style="bold red")
        for fault in self.faults[:FAULTS_SHOWN]:
            self._console.print(f"  {fault}", markup=False)

    def _print(self, table: Table) -> None:
        self._console.print(table, width=None if self._console.is_terminal else PLAIN_WIDTH)
        self._console.print()

    def _steps_table(self) -> Table:
        took = [(title, f"{seconds:.1f}") for title, seconds in self._steps]
        return _table("Seconds", [*took, ("All", f"{time.monotonic() - self._began:.1f}")])


def money_text(amount: Fraction) -> str:
    """Return an amount to the cent with thousands set apart, for people; it is exact to the cent already."""
    cents = round(amount * 100)
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100:,}.{abs(cents) % 100:02}"


def _bets_table(totals: Totals) -> Table:
    rows = [
        ("Fixtures", f"{totals.fixtures:,}"),
        ("Players", f"{totals.players:,}"),
        ("Bets asked for", f"{totals.asked:,}"),
        ("Accepted", f"{totals.accepted:,}"),
        *((f"  {status}", f"{count:,}") for status, count in sorted(totals.statuses.items())),
        ("Rejected", f"{totals.rejected.total():,}"),
        *((f"  {code}", f"{count:,}") for code, count in sorted(totals.rejected.items())),
        ("Events read", f"{totals.events:,}"),
        ("  by webhook", f"{totals.webhooks:,}"),
        ("  by stream", f"{totals.streamed:,}"),
        ("Requests", f"{totals.requests:,}"),
    ]
    if totals.limit_waited_seconds:
        rows.append(("Seconds waited for the rate limit", f"{totals.limit_waited_seconds:.0f}"))
    return _table("Bets", rows)


def _money_table(totals: Totals) -> Table:
    table = Table(title="Settled in this run", title_justify="left", title_style="bold")
    table.add_column("Currency")
    for heading in ("Bets", "Stakes", "Payouts", "Revenue", "Commission"):
        table.add_column(heading, justify="right")
    for currency, sums in sorted(totals.currencies.items()):
        table.add_row(
            currency,
            f"{sums.bets:,}",
            money_text(sums.stakes),
            money_text(sums.payouts),
            money_text(sums.revenue),
            money_text(sums.commission),
        )
    return table


def _table(title: str, rows: Sequence[tuple[str, str]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for name, value in rows:
        table.add_row(name, value)
    return table
