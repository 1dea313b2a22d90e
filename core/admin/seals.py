"""The seals of history, read-only: what every chain's page of them has, the trail's; and their checks."""

from django.contrib import admin
from django.http import HttpRequest

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import Panel, label, moment
from core.admin.scope import everybodys
from core.models import TrailSeal
from core.sealing.models import AbstractSeal, Verification


class SealAdmin(ReadOnlyAdmin):
    """A link of a chain that seals history; a chain's own page names what it counts."""

    whose = everybodys
    is_large = True
    search_fields = ("number__exact",)
    ordering = ("-number",)

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

    list_display = ("seal", "sealed", "records", "changes", "begins", "ends")
    fields = (("seal", "sealed"), ("begins", "ends"), ("records", "changes"), "digest_shown")

    @admin.display(description="audit records")
    def records(self, seal: TrailSeal) -> int:
        return seal.record_count

    @admin.display(description="changes of rows")
    def changes(self, seal: TrailSeal) -> int:
        return seal.change_count


@admin.register(Verification)
class VerificationAdmin(ReadOnlyAdmin):
    """What came of checking a chain against all that it covers."""

    whose = everybodys
    list_display = ("verified", "chain", "result", "summary")
    narrow_display = ("verified", "chain", "result")
    list_filter = ("chain",)
    ordering = ("-id",)
    fields = (("verified", "result"), "chain", "summary")

    @admin.display(description="verified", ordering="id")
    def verified(self, row: Verification) -> str:
        return moment(row.verified_at)

    @admin.display(description="result")
    def result(self, row: Verification) -> str:
        return label("failed" if row.fault_count else "verified", row.verdict)

    def panels(self, request: HttpRequest, row: Verification) -> list[Panel]:
        faults = [(each,) for each in row.faults]
        return [Panel("Faults", ("What is wrong",), faults, empty="None: history is what was written.")]
