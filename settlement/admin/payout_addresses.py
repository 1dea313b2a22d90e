"""Where partners are paid, in the office: asked for here, approved in the inbox, usable a day after."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from unfold.enums import ActionVariant

from approvals.asking import waiting_url
from core.admin.base import ReadOnlyAdmin
from core.admin.cells import label, moment
from core.admin.commands import ReasonForm, command, told
from core.admin.forms import OfficeForm, add_refusal
from core.admin.pages import command_page
from core.admin.scope import of_partner
from core.clock import now
from core.models import Currency
from partners.models import Partner
from settlement.payouts.models import DestinationKind, Network, PayoutAddress
from settlement.payouts.rules import BadPayoutAddress, check_destination, masked
from settlement.payouts.services import end_payout_address, request_payout_address
from staff.security import acting_staff

if TYPE_CHECKING:
    from django.forms import Select, TextInput
else:
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput


class PayoutAddressForm(OfficeForm):
    """A bank account or an address on a network; its checksum is checked as it is entered."""

    partner = forms.ModelChoiceField(Partner.objects.order_by("name"), widget=Select)
    currency = forms.ModelChoiceField(
        Currency.objects.order_by("code"), widget=Select, help_text="What is paid there."
    )
    kind = forms.ChoiceField(choices=DestinationKind.choices, widget=Select)
    address = forms.CharField(
        max_length=120, widget=TextInput, help_text="The IBAN, or the address on the network."
    )
    bic = forms.CharField(
        max_length=11, label="BIC", required=False, widget=TextInput, help_text="Of a bank account."
    )
    network = forms.ChoiceField(
        choices=(("", "none"), *Network.choices),
        required=False,
        widget=Select,
        help_text="Of a cryptocurrency.",
    )
    reason = forms.CharField(
        max_length=200, widget=TextInput, help_text="How the partner told us, and how that was checked."
    )

    def clean(self) -> dict[str, Any]:
        asked: dict[str, Any] = super().clean() or {}
        if self.errors:
            return asked
        try:
            asked["destination"] = check_destination(
                kind=asked["kind"], address=asked["address"], bic=asked["bic"], network=asked["network"]
            )
        except BadPayoutAddress as refusal:
            add_refusal(self, refusal, field="address")
        return asked


@admin.register(PayoutAddress)
class PayoutAddressAdmin(ReadOnlyAdmin):
    """Where a partner is paid in one currency."""

    whose = of_partner("partner_id")
    list_display = ("partner", "currency_shown", "kind", "address_masked", "state", "usable", "ended")
    list_filter = ("kind", "network")
    list_select_related = ("partner", "made_by", "approved_by")
    search_fields = ("partner__name__icontains", "address__exact")
    search_ids = {"ptr": "partner_id"}
    ordering = ("partner__name", "currency_id", "-id")
    fieldsets = (
        (None, {"fields": (("partner", "currency_shown"), ("kind", "network"), ("address", "bic"))}),
        ("Use", {"fields": (("state", "usable"), "ended")}),
        ("Record", {"fields": (("made_by", "approved_by"), "approved")}),
    )
    actions_list: Sequence[Any] = ("propose",)
    actions_detail: Sequence[Any] = ("end",)

    def hidden_commands(self, row: PayoutAddress) -> frozenset[str]:
        is_over = row.ended_at is not None and row.ended_at <= now()
        return frozenset({"end"}) if is_over else frozenset()

    @admin.display(description="currency", ordering="currency_id")
    def currency_shown(self, row: PayoutAddress) -> str:
        return row.currency_id

    @admin.display(description="address")
    def address_masked(self, row: PayoutAddress) -> str:
        return masked(row.address)

    @admin.display(description="state")
    def state(self, row: PayoutAddress) -> str:
        at = now()
        if row.ended_at is not None and row.ended_at <= at:
            return label("expired", "Ended")
        if row.usable_from > at:
            return label("pending", "Waits for its day")
        return label("active", "Paid to") if row.ended_at is None else label("pending", "Being replaced")

    @admin.display(description="paid to from", ordering="usable_from")
    def usable(self, row: PayoutAddress) -> str:
        return moment(row.usable_from)

    @admin.display(description="until", ordering="ended_at")
    def ended(self, row: PayoutAddress) -> str:
        return moment(row.ended_at)

    @admin.display(description="approved")
    def approved(self, row: PayoutAddress) -> str:
        return moment(row.approved_at)

    @command_page(
        title="Enter a payout address",
        asks="A second person approves it; nothing is paid to it for another 24 hours.",
        button="Ask for approval",
        permissions=("settlement.add_payoutaddress",),
        form=PayoutAddressForm,
        icon="add",
    )
    def propose(self, request: HttpRequest, form: Any, object_id: str) -> str:
        asked = form.cleaned_data
        waiting = request_payout_address(
            partner_id=asked["partner"].pk,
            currency=asked["currency"].code,
            destination=asked["destination"],
            reason=asked["reason"],
            requested_by=acting_staff(request),
            requested_at=now(),
        )
        return waiting_url(request, waiting)

    @command(
        title="End at once",
        asks="Nothing more is paid to this address. Another one needs two people and a day.",
        button="End the address",
        permissions=("settlement.change_payoutaddress",),
        form=ReasonForm,
        icon="block",
        variant=ActionVariant.DANGER,
    )
    def end(self, request: HttpRequest, form: Any, object_id: str) -> None:
        row = self.found(request, object_id)
        end_payout_address(address_id=row.pk, ended_at=now(), reason=form.cleaned_data["reason"])
        told(request, "The address is ended.")
