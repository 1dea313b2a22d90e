"""Pages of compliance that are no model's: a document's file, a document handed in, a dossier."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.utils.text import slugify

from core.admin.commands import told
from core.admin.forms import OfficeForm, add_refusal
from core.admin.pages import closed_page, office_page, office_view
from core.admin.paging import count_each
from core.clock import now
from core.errors import Refusal
from partners.admin.fields import Select, TextInput
from partners.admin.page import seen_partner, tab_url
from partners.compliance import dossier, queries, rules, storage
from partners.compliance.admin.scope import seen_by
from partners.compliance.models import EvidenceFile
from partners.compliance.services import hand_in_for_partner, record_dossier, record_download
from partners.compliance.services.handing_in import Handed
from partners.models import Partner
from partners.services.stops import check_not_ended

ADD: Final = "partners.add_evidencefile"
DOWNLOAD: Final = "partners.download_evidencefile"
BADGE_MAX: Final = 1_000
FILE_HEADERS: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


def queue_badge(request: HttpRequest) -> int:
    """Return how many documents wait, for the navigation."""
    return _badges(request)[0]


def ending_badge(request: HttpRequest) -> int:
    """Return how many documents end within 30 days or have expired, for the navigation."""
    return _badges(request)[1]


def _badges(request: HttpRequest) -> Sequence[int]:
    """Return both figures, counted by one query a page."""
    found: Sequence[int] | None = getattr(request, "_document_badges", None)
    if found is None:
        ending = queries.list_ending(today=queries.today_of(now()), within_days=30)
        asked = [seen_by(request.user, rows) for rows in (queries.list_queue(), ending)]
        found = count_each(asked, most=BADGE_MAX)
        request._document_badges = found  # type: ignore[attr-defined]
    return found


@office_view(DOWNLOAD)
def document_file(request: HttpRequest, evidence_id: UUID) -> HttpResponseBase:
    """Send a document as a file to be saved, never to be shown by the office itself; each time is
    recorded.
    """
    evidence = _found(request, evidence_id)
    try:
        content = storage.read(evidence.sha256)
    except Refusal as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(_document_url(evidence))
    record_download(evidence=evidence, downloaded_at=now())
    disposition = content_disposition_header(True, evidence.file_name) or "attachment"
    headers = {**FILE_HEADERS, "Content-Disposition": disposition, "Content-Length": str(len(content))}
    return HttpResponse(content, content_type=evidence.content_type, headers=headers)


@office_view(ADD, methods=("GET", "POST"))
def hand_in(request: HttpRequest, partner_id: UUID) -> HttpResponseBase:
    """Take a document that staff received from a partner."""
    partner = seen_partner(request, partner_id)
    title, back = f"Hand in a document of {partner.name}", tab_url(partner.pk, "compliance")
    closed = closed_page(request, title=title, back=back, check=lambda: check_not_ended(partner))
    if closed is not None:
        return closed
    asked = HandInForm(partner, request.POST or None, request.FILES or None)
    if request.method == "POST" and asked.is_valid():
        try:
            evidence = hand_in_for_partner(partner_id=partner.pk, handed=asked.handed(), uploaded_at=now())
        except Refusal as refusal:
            add_refusal(asked, refusal)
        else:
            told(request, f"{evidence.file_name} waits for review.")
            return HttpResponseRedirect(back)
    return office_page(
        request,
        "office/hand_in.html",
        title=title,
        subtitle=partner.name,
        form=asked,
        back=back,
    )


@office_view(DOWNLOAD, methods=("POST",))
def export_dossier(request: HttpRequest, partner_id: UUID) -> HttpResponseBase:
    """Send a partner's dossier as a ZIP while it is written; recorded before the first byte."""
    partner, at = seen_partner(request, partner_id), now()
    found = dossier.gather(partner, at=at)
    record_dossier(partner=partner, documents=found.documents, made_at=at)
    name = f"compliance-{slugify(partner.name) or 'partner'}-{at:%Y%m%d}.zip"
    return StreamingHttpResponse(
        dossier.write_zip(found),
        content_type="application/zip",
        headers={
            **FILE_HEADERS,
            "Content-Disposition": content_disposition_header(True, name) or "attachment",
        },
    )


class HandInForm(OfficeForm):
    """A file for one of the requirements that bind the partner."""

    requirement = forms.ChoiceField(widget=Select)
    file = forms.FileField(widget=forms.FileInput(attrs={"class": "office-input"}))
    issued_on = forms.DateField(required=False, widget=TextInput({"type": "date"}))
    expires_on = forms.DateField(required=False, label="Last day", widget=TextInput({"type": "date"}))

    def __init__(self, partner: Partner, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        size_max = rules.mebibytes(settings.EVIDENCE_BYTES_MAX)
        self.fields["file"].help_text = f"PDF, PNG or JPEG of {size_max} at most"
        self.asked = {str(one.pk): one for one in queries.list_asked(partner)}
        places = queries.jurisdictions_of(partner)
        choice = self.fields["requirement"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [
            (
                key,
                f"{one.get_area_display()}: {one}{'' if one.mandatory else ' (not mandatory)'}"
                f"{'' if rules.is_bound(one.jurisdiction, places) else ', planned'}",
            )
            for key, one in self.asked.items()
        ]

    def clean_file(self) -> Any:
        """Refuse what is too large at its field."""
        file = self.cleaned_data["file"]
        try:
            rules.check_size(file.size or 0, bytes_max=settings.EVIDENCE_BYTES_MAX)
        except Refusal as refusal:
            raise ValidationError(refusal.message) from refusal
        return file

    def handed(self) -> Handed:
        """Return what was filled in, for the service."""
        requirement, file = self.asked[self.cleaned_data["requirement"]], self.cleaned_data["file"]
        return Handed(
            document_type=requirement.document_type,
            jurisdiction=requirement.jurisdiction,
            file_name=file.name,
            content=file.read(),
            issued_on=self.cleaned_data["issued_on"],
            expires_on=self.cleaned_data["expires_on"],
        )


def _found(request: HttpRequest, evidence_id: UUID) -> EvidenceFile:
    evidence = seen_by(request.user, EvidenceFile.objects.filter(pk=evidence_id)).first()
    if evidence is None:
        raise Http404("There is no such document.")
    found: EvidenceFile = evidence
    return found


def _document_url(evidence: EvidenceFile) -> str:
    return reverse("admin:partners_evidencefile_change", args=(evidence.pk,))
