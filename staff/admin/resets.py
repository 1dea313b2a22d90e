"""Resets of authenticators: what one security admin asked for and another confirms."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.enums import ActionVariant

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import label, moment
from core.admin.commands import CommandForm, command, told
from core.admin.scope import everybodys
from core.clock import now
from core.models import StaffUser
from staff.models import TotpReset
from staff.security import acting_staff, challenge
from staff.services.authenticators import check_confirmation, confirm_reset, withdraw_reset


@admin.register(TotpReset)
class TotpResetAdmin(ReadOnlyAdmin):
    """Who asked to take whose authenticator away, and who confirmed."""

    whose = everybodys
    list_display = ("user", "state", "requested_by", "requested", "confirmed_by")
    list_select_related = ("user", "requested_by", "confirmed_by")
    search_fields = ("user__username__icontains",)
    ordering = ("-id",)
    fields = (("user", "state"), "reason", ("requested_by", "requested"), ("confirmed_by", "confirmed"))
    actions_detail = ("confirm", "withdraw")

    @admin.display(description="state")
    def state(self, reset: TotpReset) -> str:
        if reset.confirmed_at:
            return label("approved", "Confirmed")
        if reset.withdrawn_at:
            return label("neutral", "Withdrawn")
        return label("pending", "Waits") if reset.expires_at > now() else label("expired", "Too old")

    @admin.display(description="requested", ordering="requested_at")
    def requested(self, reset: TotpReset) -> str:
        return moment(reset.requested_at)

    @admin.display(description="confirmed", ordering="confirmed_at")
    def confirmed(self, reset: TotpReset) -> str:
        return moment(reset.confirmed_at)

    def hidden_commands(self, row: Any) -> frozenset[str]:
        is_open = not (row.confirmed_at or row.withdrawn_at) and row.expires_at > now()
        return frozenset() if is_open else frozenset(self.actions_detail)

    @command(
        title="Confirm",
        asks="Take the authenticator and the password of this person away? They get a link to begin anew.",
        button="Confirm",
        permissions=("staff.change_totpreset",),
        form=CommandForm,
        variant=ActionVariant.DANGER,
        check=lambda request, reset: check_confirmation(reset, by=acting_staff(request), at=now()),
    )
    def confirm(self, request: HttpRequest, form: CommandForm, object_id: str) -> HttpResponse | None:
        if (code_first := challenge(request)) is not None:
            return code_first
        assert isinstance(request.user, StaffUser)
        is_sent = confirm_reset(reset_id=UUID(object_id), confirmed_by=request.user, confirmed_at=now())
        told(request, "Done; the link is sent." if is_sent else "Done, but the letter could not be sent.")
        return None

    @command(
        title="Withdraw",
        asks="Withdraw this request?",
        button="Withdraw",
        permissions=("staff.change_totpreset",),
        form=CommandForm,
    )
    def withdraw(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        withdraw_reset(reset_id=UUID(object_id), withdrawn_at=now())
        told(request, "The request is withdrawn.")
