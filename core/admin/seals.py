"""The seals of history, read-only: what every chain's page of them has, and the audit trail's."""

from django.contrib import admin

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import moment
from core.admin.scope import everybodys
from core.models import TrailSeal
from core.sealing.models import AbstractSeal


class SealAdmin(ReadOnlyAdmin):
    """A link of a chain that seals history; a chain's own page names what it counts."""

    whose = everybodys
    is_large = True
    search_fields = ("number__exact",)
    ordering = ("-number",)

    @admin.display(description="sealed", ordering="number")
    def sealed(self, seal: AbstractSeal) -> str:
        return moment(seal.sealed_at)

    @admin.display(description="digest")
    def digest_shown(self, seal: AbstractSeal) -> str:
        return bytes(seal.digest).hex()


@admin.register(TrailSeal)
class TrailSealAdmin(SealAdmin):
    """A link of the chain that seals audit records and row changes."""

    list_display = (
        "number",
        "transaction_first",
        "transaction_end",
        "record_count",
        "change_count",
        "sealed",
    )
    fields = (
        ("number", "sealed"),
        ("transaction_first", "transaction_end"),
        ("record_count", "change_count"),
        "digest_shown",
    )
