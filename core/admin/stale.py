"""Forms that were opened before somebody else changed the row: nobody's change is undone unseen.

A form about a row carries a mark of every value that it began with. When it comes back and the row has other
values by then, it is not saved: it says what they are now. Saved again, it is meant.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin.typed import TypedText
from core.pii import personal_fields
from core.text import quoted

SEEN: Final = "seen"
"""The name of the hidden field with the marks: `name:mark name:mark`."""


class RowForm(TypedText):
    """A form that may be about a row: `row_shown` returns it, or None for a form of something new."""

    def row_shown(self) -> Model | None:
        """Return the row whose values the form began with."""
        return None

    @property
    def seen_input(self) -> SafeString:
        """The hidden field that says what the row is like now."""
        if self.row_shown() is None:
            return SafeString()
        marks = " ".join(f"{name}:{mark}" for name, mark in self._marks())
        return format_html('<input type="hidden" name="{}" value="{}">', self.add_prefix(SEEN), marks)

    def _clean_form(self) -> None:
        super()._clean_form()  # type: ignore[misc]
        row = self.row_shown()
        told = self.data.get(self.add_prefix(SEEN))
        if row is not None and told:
            seen = dict(each.split(":", 1) for each in told.split() if ":" in each)
            changed = [name for name, mark in self._marks() if not _is_same(seen.get(name), mark)]
            if changed:
                self.add_error(None, ValidationError(_sentence(self, row, changed), code="stale"))

    def _marks(self) -> Iterator[tuple[str, str]]:
        for name in self.fields:
            told = f"{name}={_word(self.initial.get(name))}"
            yield name, salted_hmac("core.admin.stale", told, algorithm="sha256").hexdigest()[:20]


def _is_same(seen: str | None, mark: str) -> bool:
    return seen is None or constant_time_compare(seen, mark)


def _word(value: Any) -> str:
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, Iterable) and not isinstance(value, str | Mapping):
        return "|".join(sorted(_word(each) for each in value))
    return "" if value is None else str(value)


def _sentence(form: RowForm, row: Model, changed: list[str]) -> str:
    personal = personal_fields(type(row))
    told = []
    for name in changed:
        label, value = str(form[name].label), quoted(_shown(form, name))
        present = f"now “{value}”" if value else "now empty"
        told.append(label if name in personal else f"{label} ({present})")
    return (
        f"Somebody changed this since you opened it: {', '.join(told)}. "
        "Save again to put yours in its place, or open the page anew."
    )


def _shown(form: RowForm, name: str) -> str:
    value = form.initial.get(name)
    choices = dict(getattr(form.fields[name], "choices", ()))
    if isinstance(value, list | tuple):
        return ", ".join(str(choices.get(each, each)) for each in value)
    return str(choices.get(value, "" if value is None else value))
