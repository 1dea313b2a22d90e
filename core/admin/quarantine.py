"""Facts that a handler could not react to, and the way to let it try again."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import label, moment
from core.admin.commands import ReasonForm, command, told
from core.admin.scope import of_tenant
from core.clock import now
from core.models import QuarantinedFact
from core.quarantine import ask_for_retry


@admin.register(QuarantinedFact)
class QuarantinedFactAdmin(ReadOnlyAdmin):
    """A fact about a fixture that was put aside: what should have come of it for partners has not."""

    whose = of_tenant("tenant_id", shared=True)
    list_display = ("put_aside", "type", "handler", "sequence", "state", "short_error")
    list_filter = ("handler", "type")
    search_fields = ("error__icontains",)
    ordering = ("-id",)
    fieldsets = (
        (None, {"fields": (("type", "sequence"), ("handler", "state"), ("occurred", "put_aside"))}),
        ("What went wrong", {"fields": ("error", "data")}),
    )
    actions_detail: Sequence[Any] = ("retry",)

    @admin.display(description="put aside", ordering="quarantined_at")
    def put_aside(self, fact: QuarantinedFact) -> str:
        return moment(fact.quarantined_at)

    @admin.display(description="happened")
    def occurred(self, fact: QuarantinedFact) -> str:
        return moment(fact.occurred_at)

    @admin.display(description="state")
    def state(self, fact: QuarantinedFact) -> str:
        if fact.retry_asked_at is not None:
            return label("pending", "Being tried again")
        return label("failed", "Failed" if fact.attempts == 1 else f"Failed {fact.attempts} times")

    @admin.display(description="error")
    def short_error(self, fact: QuarantinedFact) -> str:
        return fact.error[:120]

    def hidden_commands(self, row: QuarantinedFact) -> frozenset[str]:
        return frozenset({"retry"} if row.retry_asked_at is not None else ())

    @command(
        title="Try again",
        asks="What partners should have been told of this fact is told now, after what happened since. If it "
        "fails again, it stays here.",
        button="Try again",
        permissions=("core.change_quarantinedfact",),
        form=ReasonForm,
        icon="replay",
    )
    def retry(self, request: HttpRequest, form: Any, object_id: str) -> None:
        fact = self.found(request, object_id)
        ask_for_retry(quarantined_id=fact.pk, asked_at=now(), reason=form.cleaned_data["reason"])
        told(request, "It is being tried again; it leaves this list when it succeeds.")
