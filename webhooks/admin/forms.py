"""What the commands of an endpoint ask for."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django import forms

from core.admin.commands import CommandForm
from core.admin.forms import OfficeForm
from partners.admin.fields import OVERLAPS, Select
from webhooks.rules import REPLAY_MAX

if TYPE_CHECKING:
    from django.forms import NumberInput
else:
    from unfold.widgets import UnfoldAdminIntegerFieldWidget as NumberInput

RETRIED: Final = (
    ("dead", "dead: every attempt failed"),
    ("expired", "expired: odds that were too old to send"),
    ("superseded", "superseded: newer odds came before"),
    ("pending", "pending: waiting for the next attempt"),
)


class RotateForm(OfficeForm):
    overlap_hours = forms.ChoiceField(
        choices=OVERLAPS, initial="24", widget=Select, label="The present secret signs for another"
    )

    @property
    def overlap(self) -> timedelta:
        """How long both secrets sign."""
        return timedelta(hours=int(self.cleaned_data["overlap_hours"]))


class ReplayForm(CommandForm):
    first = forms.IntegerField(
        min_value=1, max_value=2**62, widget=NumberInput, label="From sequence", help_text="Included."
    )
    last = forms.IntegerField(
        min_value=1,
        max_value=2**62,
        widget=NumberInput,
        label="To sequence",
        help_text=f"Included; at most {REPLAY_MAX:,} numbers.",
    )


class RetryForm(CommandForm):
    state = forms.ChoiceField(choices=RETRIED, initial="dead", widget=Select, label="Deliveries that are")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].help_text = "The oldest 10,000 are put back into the queue."
