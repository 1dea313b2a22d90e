"""Charts of the office, drawn on the server: bars and lines over time as SVG, axes and numbers as text.

    Chart("Bets a day", points=(Point("1 Nov 2026", "1 Nov"), ...), bars=(Series("Placed", (12, 30, ...)),))

`{% include "office/chart.html" with chart=chart %}` shows it, with its figures as a table below for whoever
would rather read. No script takes part: it looks the same in print, and follows the theme by its classes.
Text stays text at every width, so that axes can be read on a phone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cached_property
from typing import Final

Number = Decimal | int

HEIGHT: Final = 100
STEP: Final = 10
"""The plot is 100 units high, and 10 units wide a point."""
BAR_WIDTH: Final = Decimal("7.4")
LABELS_MAX: Final = 6
GRID_LINES: Final = 4
STEPS: Final = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))


@dataclass(frozen=True)
class Point:
    """A place on the horizontal axis: what it is called in full, and in short below the axis."""

    name: str
    short: str


@dataclass(frozen=True)
class Series:
    """A named row of figures, one a point. `tone` is the number of its colour, from 0 to 3."""

    name: str
    values: Sequence[Number]
    tone: int = 0


@dataclass(frozen=True)
class Bar:
    """A bar of the drawing, in its units, with what it says when pointed at."""

    x: Decimal
    y: Decimal
    height: Decimal
    tone: int
    title: str


@dataclass(frozen=True)
class Line:
    """A line of the drawing: `points` as SVG writes them."""

    points: str
    tone: int


@dataclass(frozen=True)
class Mark:
    """A label of an axis: its text, its place in percent of the height, or the points it spans."""

    text: str
    place: Decimal = Decimal(0)
    span: int = 1


@dataclass(frozen=True)
class Chart:
    """Bars stacked on one another, and lines across them, over points of time; `unit` is of the figures."""

    title: str
    points: tuple[Point, ...]
    bars: tuple[Series, ...] = ()
    lines: tuple[Series, ...] = ()
    unit: str = ""
    note: str = ""
    empty: str = "Nothing has happened in this time."
    url: str = ""
    url_text: str = ""

    @property
    def series(self) -> tuple[Series, ...]:
        """All series, as the legend and the table name them."""
        return self.bars + self.lines

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to draw."""
        return not any(value for series in self.series for value in series.values)

    @property
    def width(self) -> int:
        """The drawing's width in its units."""
        return STEP * len(self.points)

    @cached_property
    def scale(self) -> tuple[Decimal, Decimal, Decimal]:
        """The least and the greatest figure of the axis, both round, and the step between its marks."""
        tops = [Decimal(0), *(Decimal(value) for line in self.lines for value in line.values)]
        for place in range(len(self.points)):
            stacked = [Decimal(bar.values[place]) for bar in self.bars]
            tops.append(sum((value for value in stacked if value > 0), Decimal(0)))
            tops.append(sum((value for value in stacked if value < 0), Decimal(0)))
        least, greatest = min(tops), max(tops)
        step = nice_step((greatest - least) / GRID_LINES)
        low = -((-least / step).to_integral_value(ROUND_CEILING)) * step
        high = (greatest / step).to_integral_value(ROUND_CEILING) * step
        return low, max(high, low + step), step

    @property
    def marks(self) -> list[Mark]:
        """The vertical axis, from the top down, each with its place in percent from the top."""
        low, high, step = self.scale
        count = int((high - low) / step)
        return [
            Mark(short_number(low + step * number), self._y(low + step * number))
            for number in range(count, -1, -1)
        ]

    @property
    def labels(self) -> list[Mark]:
        """The horizontal axis: some points' short names, each over the points until the next."""
        stride = -(-len(self.points) // LABELS_MAX)
        return [
            Mark(self.points[place].short, span=min(stride, len(self.points) - place))
            for place in range(0, len(self.points), stride)
        ]

    @property
    def drawn_bars(self) -> list[Bar]:
        """The bars, those of one point stacked away from zero."""
        found = []
        for place, point in enumerate(self.points):
            above, below = Decimal(0), Decimal(0)
            for series in self.bars:
                value = Decimal(series.values[place])
                base = above if value >= 0 else below
                top, bottom = self._y(max(base, base + value)), self._y(min(base, base + value))
                if value:
                    x = place * STEP + (STEP - BAR_WIDTH) / 2
                    said = f"{point.name}: {full_number(value)}{self._unit} {series.name.lower()}"
                    found.append(Bar(x, top, bottom - top, series.tone, said))
                if value >= 0:
                    above += value
                else:
                    below += value
        return found

    @property
    def drawn_lines(self) -> list[Line]:
        """The lines, through the middle of each point."""
        return [
            Line(
                " ".join(
                    f"{place * STEP + STEP // 2},{self._y(Decimal(value))}"
                    for place, value in enumerate(series.values)
                ),
                series.tone,
            )
            for series in self.lines
        ]

    @property
    def rows(self) -> list[tuple[str, list[str]]]:
        """The table: each point's name and its figures, in the order of the series."""
        return [
            (point.name, [full_number(Decimal(series.values[place])) for series in self.series])
            for place, point in enumerate(self.points)
        ]

    @property
    def summary(self) -> str:
        """What somebody is told who does not see the drawing."""
        if self.is_empty:
            return f"{self.title}. {self.empty}"
        said = [f"{each.name}: {full_number(sum_of(each.values))}{self._unit} in all" for each in self.bars]
        first, last = self.points[0].name, self.points[-1].name
        return f"{self.title}, {first} to {last}. {'. '.join(said)}"

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""

    def _y(self, value: Decimal) -> Decimal:
        low, high, _ = self.scale
        return ((high - value) / (high - low) * HEIGHT).quantize(Decimal("0.01"))


def sum_of(values: Iterable[Number]) -> Decimal:
    """Return the sum of some figures."""
    return sum((Decimal(value) for value in values), Decimal(0))


def nice_step(least: Decimal) -> Decimal:
    """Return the least of 1, 2, 2.5, 5, 10, 20, ... (and their tenths below 1) that is not below `least`."""
    if least <= 0:
        return Decimal(1)
    power = Decimal(1).scaleb(least.adjusted())
    found = next(step * power for step in STEPS if step * power >= least)
    return max(found, Decimal("0.01"))


def short_number(value: Decimal) -> str:
    """Return a figure as an axis says it: `950`, `12k`, `1.5M`."""
    size = abs(value)
    for unit, name in ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k")):
        if size >= unit * (10 if name == "k" else 1):
            return f"{_plain(value / unit)}{name}"
    return _plain(value)


def full_number(value: Decimal) -> str:
    """Return a figure with its thousands parted; what is no whole number, with two decimals."""
    return f"{value:,.0f}" if value == value.to_integral_value() else f"{value:,.2f}"


def _plain(value: Decimal) -> str:
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
