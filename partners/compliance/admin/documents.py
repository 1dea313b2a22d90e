"""Documents in the office: the queue, each decision, and who looked at what."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from unfold.enums import ActionVariant

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import NBSP, Panel, change_url, label, link, list_url, moment, row_link, status_label
from core.admin.commands import CommandForm, ReasonForm, command, told
from core.admin.scope import of_partner
from core.clock import now
from core.models import AuditRecord
from partners.admin.fields import Textarea
from partners.compliance import queries
from partners.compliance.dispatch import send_soon
from partners.compliance.models import EvidenceFile, EvidenceStatus
from partners.compliance.services import accept_evidence, ask_for_copy, reject_evidence, reopen_evidence
from partners.onboarding.models import ComplianceArea

DECIDE = ("partners.decide_evidencefile",)
QUEUE = "?status__exact=submitted"


class NoteForm(CommandForm):
    """A decision that may say more; the partner reads it."""

    note = forms.CharField(
        max_length=500,
        required=False,
        widget=Textarea({"rows": 3}),
        help_text="Kept, and shown to the partner.",
    )


class WhyForm(ReasonForm):
    """A decision against a document; the partner reads why."""

    reason = forms.CharField(
        max_length=500, widget=Textarea({"rows": 3}), help_text="Kept, and shown to the partner."
    )


@admin.register(EvidenceFile)
class EvidenceFileAdmin(ReadOnlyAdmin):
    """A document that a partner handed in, decided here; oldest first."""

    whose = of_partner("partner_id")
    id_prefix = "doc"
    list_display = (
        "file_name",
        "partner",
        "asked",
        "area",
        "status_shown",
        "uploaded",
        "waits",
        "expires_on",
    )
    narrow_display = ("file_name", "partner", "status_shown")
    list_filter = ("status", "requirement__area")
    list_select_related = ("partner", "requirement")
    search_fields = ("partner__name__icontains", "requirement__document_type__exact", "sha256__exact")
    search_ids = {"ptr": "partner_id"}
    ordering = ("uploaded_at", "pk")
    fieldsets = (
        (None, {"fields": (("file_shown", "status_shown"), ("partner_shown", "asked"), ("area", "ends"))}),
        ("Handed in", {"fields": (("uploaded", "by"), ("issued_on", "size"), "sha256")}),
        ("Decision", {"fields": (("decided_by", "decided"), "note")}),
        ("Record", {"fields": ("shown_id",)}),
    )
    actions_detail = ("accept", "reject", "reopen", "ask_copy")

    @admin.display(description="requirement", ordering="requirement__title")
    def asked(self, evidence: EvidenceFile) -> str:
        return str(evidence.requirement)

    @admin.display(description="area", ordering="requirement__area")
    def area(self, evidence: EvidenceFile) -> str:
        return evidence.requirement.get_area_display()

    @admin.display(description="status", ordering="status")
    def status_shown(self, evidence: EvidenceFile) -> str:
        return status_label(evidence, "status")

    @admin.display(description="handed in", ordering="uploaded_at")
    def uploaded(self, evidence: EvidenceFile) -> str:
        return moment(evidence.uploaded_at)

    @admin.display(description="waits")
    def waits(self, evidence: EvidenceFile) -> str:
        if evidence.status != EvidenceStatus.SUBMITTED:
            return "-"
        days = (now() - evidence.uploaded_at).days
        return f"{days}{NBSP}day{'' if days == 1 else 's'}"

    @admin.display(description="file")
    def file_shown(self, evidence: EvidenceFile) -> str:
        return link(reverse("office-document-file", args=(evidence.pk,)), evidence.file_name)

    @admin.display(description="partner")
    def partner_shown(self, evidence: EvidenceFile) -> str:
        return link(reverse("office-partner-compliance", args=(evidence.partner_id,)), evidence.partner)

    @admin.display(description="by")
    def by(self, evidence: EvidenceFile) -> str:
        who = "API client" if evidence.uploader == "client" else "staff"
        return f"{evidence.uploaded_by} ({who})"

    @admin.display(description="size")
    def size(self, evidence: EvidenceFile) -> str:
        return f"{max(1, round(evidence.size_bytes / 1024)):,}{NBSP}KiB, {evidence.content_type}"

    @admin.display(description="decided")
    def decided(self, evidence: EvidenceFile) -> str:
        return moment(evidence.decided_at)

    @admin.display(description="last day")
    def ends(self, evidence: EvidenceFile) -> str:
        if evidence.expires_on is None:
            return "-"
        left = (evidence.expires_on - queries.today_of(now())).days
        return f"{evidence.expires_on} ({f'in {left} days' if left >= 0 else f'{-left} days ago'})"

    def hidden_commands(self, row: EvidenceFile) -> frozenset[str]:
        shown = {
            EvidenceStatus.SUBMITTED: {"accept", "reject"},
            EvidenceStatus.ACCEPTED: {"reopen", "ask_copy"},
            EvidenceStatus.REJECTED: {"reopen"},
            EvidenceStatus.EXPIRED: {"ask_copy"},
        }
        return frozenset(
            {"accept", "reject", "reopen", "ask_copy"} - shown.get(EvidenceStatus(row.status), set())
        )

    def panels(self, request: HttpRequest, row: EvidenceFile) -> list[Panel]:
        others = EvidenceFile.objects.filter(partner=row.partner_id, requirement=row.requirement_id)
        verdict = ComplianceArea.objects.filter(partner=row.partner_id, area=row.requirement.area).first()
        found = [
            Panel(
                f"{row.requirement.get_area_display()}: other documents of this requirement",
                ("Document", "Status", "Handed in", "Last day", "Note"),
                [
                    (
                        row_link(EvidenceFile, other.pk, other.file_name),
                        status_label(other, "status"),
                        moment(other.uploaded_at),
                        other.expires_on or "-",
                        other.note or "-",
                    )
                    for other in others.exclude(pk=row.pk).order_by("-uploaded_at")[:20]
                ],
                empty="This is the only one.",
                note=f"The area is {verdict.get_status_display().lower()} at present." if verdict else "",
            )
        ]
        if request.user.has_perm("core.view_auditrecord") or request.user.has_perm(DECIDE[0]):
            found.append(_decisions(queries.list_decisions([row])))
        return found

    def _next(self, evidence_id: UUID) -> str:
        """Return the address of the document that waits next, else of the queue."""
        following = queries.find_next(after=queries.get_evidence(evidence_id=evidence_id))
        return list_url(EvidenceFile) + QUEUE if following is None else change_url(EvidenceFile, following.pk)

    @command(
        title="Accept",
        asks=(
            "The document counts from now on and takes the place of earlier ones. The next "
            "in the queue follows."
        ),
        button="Accept document",
        permissions=DECIDE,
        form=NoteForm,
        icon="check",
    )
    def accept(self, request: HttpRequest, form: Any, object_id: str) -> str:
        found = self.found(request, object_id)
        accept_evidence(evidence_id=found.pk, accepted_at=now(), note=form.cleaned_data["note"])
        send_soon()
        told(request, f"{found.requirement} of {found.partner} is accepted.")
        return self._next(found.pk)

    @command(
        title="Reject",
        asks="The partner must hand in another document. The next in the queue follows.",
        button="Reject document",
        permissions=DECIDE,
        form=WhyForm,
        icon="close",
        variant=ActionVariant.DANGER,
    )
    def reject(self, request: HttpRequest, form: Any, object_id: str) -> str:
        found = self.found(request, object_id)
        reject_evidence(evidence_id=found.pk, rejected_at=now(), reason=form.cleaned_data["reason"])
        told(request, f"{found.requirement} of {found.partner} is rejected.")
        return self._next(found.pk)

    @command(
        title="Reopen",
        asks=(
            "The document waits for review again. If its area was accepted, the partner loses go-live: its "
            "production stops until the area is accepted again."
        ),
        button="Reopen",
        permissions=DECIDE,
        form=WhyForm,
        icon="undo",
        variant=ActionVariant.DANGER,
    )
    def reopen(self, request: HttpRequest, form: Any, object_id: str) -> None:
        found = self.found(request, object_id)
        reopen_evidence(evidence_id=found.pk, reopened_at=now(), reason=form.cleaned_data["reason"])
        send_soon()
        told(request, f"{found.requirement} of {found.partner} is in review again.")

    @command(
        title="Ask for a new copy",
        asks="The partner's contacts get a letter.",
        button="Ask for a new copy",
        permissions=DECIDE,
        form=NoteForm,
        icon="mail",
    )
    def ask_copy(self, request: HttpRequest, form: Any, object_id: str) -> None:
        found = self.found(request, object_id)
        ask_for_copy(evidence_id=found.pk, asked_at=now(), note=form.cleaned_data["note"])
        send_soon()
        told(request, f"{found.partner} is asked for a new copy.")


def _decisions(records: list[AuditRecord]) -> Panel:
    return Panel(
        "What was done",
        ("At", "By", "What", "Why"),
        [
            (moment(one.occurred_at), one.actor, label("", one.action.capitalize()), one.reason or "-")
            for one in reversed(records)
        ],
        empty="Nothing yet.",
    )
