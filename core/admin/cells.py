"""How the office shows things: TypeIDs, money at its currency's scale, statuses as coloured labels, links.

Everything here escapes what it is given: partners' and players' words never become markup.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from core.admin.reader import may_open
from core.currencies import scale_of
from core.ids import typeid
from core.money import apart, exact_text

NBSP: Final = "\u00a0"
"""Between a figure and its unit, which no line break parts."""
LINKED: Final = ("/", "?", "#", "https://", "http://")
"""How an address begins that may be followed: never with `javascript:` or `data:`."""
VARIANTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "active": "success",
        "won": "success",
        "open": "success",
        "verified": "success",
        "paid": "success",
        "half_won": "success",
        "part_won": "success",
        "accepted": "info",
        "scheduled": "info",
        "in_play": "info",
        "test": "info",
        "draft": "info",
        "submitted": "info",
        "in_review": "info",
        "registered": "info",
        "live": "success",
        "maintenance": "success",
        "certified": "success",
        "met": "success",
        "settled": "neutral",
        "finished": "neutral",
        "production": "primary",
        "issued": "primary",
        "approved": "primary",
        "premium": "primary",
        "pending": "warning",
        "postponed": "warning",
        "missing": "warning",
        "paused": "warning",
        "signed": "warning",
        "void": "warning",
        "disputed": "warning",
        "half_lost": "warning",
        "part_lost": "warning",
        "suspended": "danger",
        "lost": "danger",
        "failed": "danger",
        "rejected": "danger",
        "abandoned": "danger",
        "cancelled": "danger",
        "revoked": "danger",
        "expired": "danger",
        "declined": "danger",
        "terminated": "danger",
        "withdrawn": "danger",
        "delivered": "success",
        "leased": "info",
        "dead": "danger",
        "disabled": "danger",
        "superseded": "neutral",
    }
)
"""The colour of each status word; the word itself is always shown, so colour never says anything alone."""


@dataclass(frozen=True)
class CommandLink:
    """A button that opens a command's dialog, or leads to its page."""

    title: str
    url: str
    is_dialog: bool = False
    is_danger: bool = False


@dataclass(frozen=True)
class Facts:
    """What is known of one thing, as a list of words and values, with the link that changes it.

    `lacking` says in a word or two what somebody has still to do here.
    """

    title: str
    facts: list[tuple[str, Any]]
    note: str = ""
    add_url: str = ""
    add_text: str = ""
    lacking: str = ""


@dataclass(frozen=True)
class Panel:
    """A table of related rows under a record: its title, headings and cells, and what to say when empty.

    `lacking` says in a word or two what somebody has still to do here.
    """

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    empty: str = "Nothing here."
    note: str = ""
    numeric: frozenset[str] = frozenset()
    add_url: str = ""
    add_text: str = ""
    lacking: str = ""

    @property
    def columns(self) -> list[tuple[str, bool]]:
        """Headings, each with whether its cells are numbers (and stand to the right)."""
        return [(heading, heading in self.numeric) for heading in self.headings]

    @property
    def lines(self) -> list[list[tuple[str, bool, Any]]]:
        """Rows of (heading, is a number, cell): a narrow screen repeats the heading beside each cell."""
        return [
            [
                (heading, heading in self.numeric, _unbroken(cell) if isinstance(cell, date) else cell)
                for heading, cell in zip(self.headings, row, strict=True)
            ]
            for row in self.rows
        ]


def label(value: str, text: str = "") -> SafeString:
    """Return a status as a coloured label that says it in words."""
    return format_html(
        '<span class="office-label office-label-{}">{}</span>',
        VARIANTS.get(value, "neutral"),
        text or value.replace("_", " ").capitalize(),
    )


def status_label(row: Model, name: str) -> SafeString:
    """Return a choice field of a row as a label with the choice's own words."""
    return label(getattr(row, name), getattr(row, f"get_{name}_display")())


class Figure(str):
    """A figure as a page shows it, its thousands apart: `50,000.00 EUR`; `plain` is the same for a file."""

    plain: str

    def __new__(cls, plain: str, unit: str = "") -> "Figure":
        """Take the digits alone, `-50000.00`, and the unit that follows them."""
        after = f"{NBSP}{unit}" if unit else ""
        made = super().__new__(cls, f"{apart(plain)}{after}")
        made.plain = f"{plain}{after}"
        return made


def money(amount: Decimal | None, currency: str) -> str:
    """Return an amount at its currency's scale followed by the currency; digits below the scale stay
    visible.
    """
    if amount is None:
        return "-"
    return Figure(exact_text(amount, scale_of(currency)), currency)


def figure(amount: Decimal, decimals_min: int) -> str:
    """Return an amount whose currency stands beside it, with its thousands apart."""
    return Figure(exact_text(amount, decimals_min))


def moment_text(at: datetime | None) -> str:
    """Return a moment in UTC, to the second, with its zone, for a sentence."""
    return "-" if at is None else f"{at:%Y-%m-%d %H:%M:%S}{NBSP}UTC"


def moment(at: datetime | None) -> SafeString | str:
    """Return a moment as a cell, which is not broken at its hyphens."""
    return "-" if at is None else _unbroken(moment_text(at))


def _unbroken(text: object) -> SafeString:
    return format_html('<span class="office-unbroken">{}</span>', text)


def shown_id(prefix: str, value: UUID | None) -> str:
    """Return the TypeID of a row, or a dash where there is none."""
    return "-" if value is None else typeid(prefix, value)


def change_url(model: type[Model], key: Any) -> str:
    """Return the address of a row's page in the office."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=(key,))


def list_url(model: type[Model]) -> str:
    """Return the address of a model's list in the office."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def link(url: str, text: object) -> SafeString:
    """Return a link within the office or to the web; the text alone where the address leads elsewhere."""
    if not url.startswith(LINKED):
        return format_html("{}", text)
    return format_html('<a class="text-link" href="{}">{}</a>', url, text)


def dialog_link(url: str, text: object, *, without: str) -> SafeString:
    """Return a link that opens a command's dialog; `without` scripts it leads to where the command stands."""
    return format_html(
        '<a class="text-link" href="{}" hx-get="{}" hx-target="#modal-content" hx-select="#dialog" '
        'x-on:htmx:after-on-load="openModal = true" aria-haspopup="dialog">{}</a>',
        without,
        url,
        text,
    )


def links_in_line(links: Sequence[SafeString]) -> str:
    """Return links beside each other, with a dot between them."""
    return format_html_join(" \u00b7 ", "{}", ((each,) for each in links))


def yes_or_no(value: bool) -> str:
    """Return a flag in a word: a red cross would shout where "no" is nothing bad."""
    return "yes" if value else "no"


def row_link(model: type[Model], key: Any, text: object) -> SafeString | str:
    """Return a link to a row's page, to who may not open it its text alone; a dash where there is no row."""
    if key is None:
        return "-"
    if not may_open(model):
        return str(text)
    page: Any = admin.site._registry.get(model)
    return link(page.record_url(str(key)) if page is not None else change_url(model, key), text)


def joined(words: Iterable[object]) -> str:
    """Return words after one another, or a dash where there are none."""
    return ", ".join(str(word) for word in words) or "-"
