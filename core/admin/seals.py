"""The seals of history, read-only: what every chain's page of them has, and the audit trail's."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import moment
from core.admin.scope import everybodys
from core.models import TrailSeal
from core.sealing.models import AbstractSeal


class SealAdmin(ReadOnlyAdmin):
    """A link of a chain that seals history; a chain's own page names what it counts."""

    list_title: ClassVar[str]
    whose = everybodys
    is_large = True
    search_fields = ("number__exact",)
    ordering = ("-number",)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, {"title": self.list_title, **(extra_context or {})})

    @admin.display(description="seal", ordering="number")
    def seal(self, seal: AbstractSeal) -> int:
        return seal.number

    @admin.display(description="from transaction")
    def begins(self, seal: AbstractSeal) -> int:
        return seal.transaction_first

    @admin.display(description="before transaction")
    def ends(self, seal: AbstractSeal) -> int:
        return seal.transaction_end

    @admin.display(description="sealed", ordering="number")
    def sealed(self, seal: AbstractSeal) -> str:
        return moment(seal.sealed_at)

    @admin.display(description="digest")
    def digest_shown(self, seal: AbstractSeal) -> str:
        return bytes(seal.digest).hex()


@admin.register(TrailSeal)
class TrailSealAdmin(SealAdmin):
    """A link of the chain that seals audit records and row changes."""

    list_title = "Seals of the trail"
    list_display = ("seal", "sealed", "records", "changes", "begins", "ends")
    fields = (("seal", "sealed"), ("begins", "ends"), ("records", "changes"), "digest_shown")

    @admin.display(description="audit records")
    def records(self, seal: TrailSeal) -> int:
        return seal.record_count

    @admin.display(description="changes of rows")
    def changes(self, seal: TrailSeal) -> int:
        return seal.change_count
