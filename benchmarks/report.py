"""What was measured, beside what it is held against: as a table for people, as JSON for comparisons."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

from benchmarks.machine import Machine

Unit = Literal["/s", "ms", "MB", "s", "queries", "µs"]


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure must reach: `ratio` to the baseline where there is one, else the figure itself."""

    limit: float
    at: Literal["least", "most"]
    aim: float | None = None
    unit: str = ""

    def is_met(self, value: float) -> bool:
        return value >= self.limit if self.at == "least" else value <= self.limit

    def text(self) -> str:
        sign = "≥" if self.at == "least" else "≤"
        aim = f", aim {self.aim:g}{self.unit}" if self.aim is not None else ""
        return f"{sign} {self.limit:g}{self.unit}{aim}"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. `rounds` holds what each round gave, `notes` what helps to read it."""

    name: str
    what: str
    value: float
    unit: Unit
    baseline: float | None = None
    baseline_what: str = ""
    ratio: float | None = None
    target: Target | None = None
    rounds: list[dict[str, float]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        if self.target is None:
            return ""
        return "meets" if self.target.is_met(self.value if self.ratio is None else self.ratio) else "misses"


def show(figures: Sequence[Figure], machine: Machine, *, console: Console) -> None:
    """Print the machine, the table and the notes."""
    console.print(f"\n{machine.text()}\n", highlight=False)
    table = Table(header_style="bold", expand=False)
    for name, justify in (
        ("benchmark", "left"), ("figure", "right"), ("baseline of the same run", "right"), ("ratio", "right"),
        ("target", "left"), ("", "left"),
    ):  # fmt: skip
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for figure in figures:
        colour = {"meets": "green", "misses": "red"}.get(figure.verdict, "")
        baseline = "" if figure.baseline is None else f"{_number(figure.baseline)} {figure.unit}"
        table.add_row(
            f"[bold]{figure.name}[/bold]\n{figure.what}",
            f"{_number(figure.value)} {figure.unit}",
            f"{baseline}\n{figure.baseline_what}",
            "" if figure.ratio is None else f"{figure.ratio:.3g}",
            "" if figure.target is None else figure.target.text(),
            f"[{colour}]{figure.verdict}[/{colour}]" if colour else "",
        )
    console.print(table)
    for figure in figures:
        for note in figure.notes:
            console.print(f"  {figure.name}: {note}", highlight=False)


def write_json(figures: Sequence[Figure], machine: Machine, folder: Path) -> Path:
    """Write everything that was measured to a new file in `folder` and return it."""
    measured_at = datetime.now(UTC)
    content: dict[str, Any] = {
        "measuredAt": measured_at.isoformat(timespec="seconds"),
        "machine": asdict(machine),
        "figures": [{**asdict(figure), "verdict": figure.verdict} for figure in figures],
    }
    file = folder / f"{measured_at:%Y%m%d-%H%M%S}.json"
    file.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
    return file


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
