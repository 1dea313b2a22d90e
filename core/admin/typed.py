"""What is typed into any form of the office: text that can be seen, of a length that can be kept."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.utils.datastructures import MultiValueDict

from core.text import HiddenCharacter, check_line, check_lines, composed, quoted

LINE_MAX: Final = 255
LINES_MAX: Final = 4000
"""So long may what is typed into a field be that names no length of its own."""


class TypedText(forms.BaseForm):
    """Composes what was typed, and refuses what cannot be seen and what is too long, before a field's own
    rules read it. Passwords are taken as they are.
    """

    def full_clean(self) -> None:
        if self.is_bound:
            for name, field in self._typed():
                self.data = _composed(self.data, self.add_prefix(name), is_long=_is_long(field))
                _guard(field)
        super().full_clean()

    def add_error(self, field: str | None, error: Any) -> None:
        """Add an error, whose sentence says again the beginning alone of a long text."""
        told = error if isinstance(error, ValidationError) else ValidationError(error)
        for each in each_error(told):
            if isinstance(each.params, dict):
                each.params = {
                    name: quoted(value) if isinstance(value, str) else value
                    for name, value in each.params.items()
                }
        super().add_error(field, told)

    def _typed(self) -> Iterator[tuple[str, forms.CharField]]:
        for name, field in self.fields.items():
            if isinstance(field, forms.CharField) and not isinstance(field.widget, forms.PasswordInput):
                yield name, field


def _composed(data: Any, name: str, *, is_long: bool) -> Any:
    """Return what was sent with one field composed, and a browser's line ends as they are kept."""
    if name not in data:
        return data
    old = data.getlist(name) if isinstance(data, MultiValueDict) else [data[name]]
    new = [_one_composed(each, is_long=is_long) for each in old]
    if new == old:
        return data
    copied = data.copy()
    if isinstance(copied, MultiValueDict):
        copied.setlist(name, new)
    else:
        copied[name] = new[0]
    return copied


def _one_composed(typed: Any, *, is_long: bool) -> Any:
    if not isinstance(typed, str):
        return typed
    return composed(typed.replace("\r\n", "\n") if is_long else typed)


def _is_long(field: forms.CharField) -> bool:
    return isinstance(field.widget, forms.Textarea)


def _guard(field: forms.CharField) -> None:
    check = _lines if _is_long(field) else _line
    if check in field.validators:
        return
    own: list[Any] = [check]
    if field.max_length is None:
        own.append(MaxLengthValidator(LINES_MAX if _is_long(field) else LINE_MAX))
    kept = (each for each in field.validators if not isinstance(each, ProhibitNullCharactersValidator))
    field.validators = [*own, *kept]


def _line(value: Any) -> None:
    _refuse(check_line, value)


def _lines(value: Any) -> None:
    _refuse(check_lines, value)


def _refuse(check: Callable[[str], str], value: Any) -> None:
    try:
        if isinstance(value, str):
            check(value)
    except HiddenCharacter as refusal:
        raise ValidationError(f"{refusal.message} Type it anew.") from None


def each_error(error: ValidationError) -> list[ValidationError]:
    if hasattr(error, "error_dict"):
        return [each for found in error.error_dict.values() for each in found]
    return list(error.error_list)
