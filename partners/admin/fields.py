"""Form fields of partners' pages: networks one a line, products and scopes to tick."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.text import quoted
from partners.rules import BadNetwork, parse_network

if TYPE_CHECKING:
    from django.forms import CheckboxSelectMultiple, Select, Textarea, TextInput
else:
    from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget as CheckboxSelectMultiple
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextareaWidget as Textarea
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput

__all__ = [
    "OVERLAPS",
    "CheckboxSelectMultiple",
    "NetworksField",
    "Select",
    "ShownText",
    "TextInput",
    "Textarea",
    "TickField",
]


OVERLAPS: Final = (("0", "no overlap"), ("1", "1 hour"), ("24", "24 hours"), ("168", "7 days"))
"""For how many hours a secret that is replaced still serves, to choose from."""


class ShownText(forms.Widget):
    """What a field holds as text, where this reader does not change it; its field is disabled."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return format_html('<output id="{}">{}</output>', (attrs or {}).get("id", f"id_{name}"), value or "-")


class NetworksField(forms.CharField):
    """IPv4 and IPv6 networks in CIDR form, one a line."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": Textarea({"rows": 4}), **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").replace(",", "\n").splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        for line in value:
            try:
                parse_network(line)
            except BadNetwork as refusal:
                raise ValidationError(f"{quoted(line)}: {refusal.message}") from refusal

    def run_validators(self, value: Any) -> None:
        """The networks are validated one by one above."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(list(initial or []) != self.to_python(data))


class TickField(forms.MultipleChoiceField):
    """Some of a few words, each with a box to tick; none is allowed unless required."""

    widget = CheckboxSelectMultiple

    def __init__(self, words: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(choices=words, **kwargs)
