"""A partner's documents over HTTP: what was handed in and what came of it, and handing in another."""

from uuid import UUID

from django.conf import settings
from django.http import HttpResponse

from core.api.answers import JsonAnswer
from core.api.bodies import parse_query
from core.api.errors import BodyTooLarge
from core.api.idempotency import with_idempotency_key_of
from core.api.operation import operation
from core.api.pagination import Page, PageQuery
from core.api.uploads import parse_upload, upload_content
from core.api.views import PartnerRequest, PartnerView
from core.clock import now
from core.tenancy import tenant
from partners.compliance import queries
from partners.compliance.api.serializers import DocumentListView, DocumentView, HandIn, document_view
from partners.compliance.services import hand_in_document
from partners.compliance.services.handing_in import Handed


class Documents(PartnerView):
    required_scopes = {"GET": "", "POST": "support:write"}

    @operation(
        summary="List the company's compliance documents, newest first",
        query=PageQuery,
        answers={200: DocumentListView},
    )
    def get(self, request: PartnerRequest) -> HttpResponse:
        page = Page(parse_query(request, PageQuery), name="documents", key=(UUID,))
        with tenant(request.auth.tenant_id):
            found = queries.list_documents(partner_id=request.auth.partner_id, before=page.after)
            rows = list(found[: page.rows_needed])
        return JsonAnswer(page.shown(rows, view=document_view, key=lambda row: (row.pk,)))

    @operation(
        summary="Hand in a compliance document",
        description=(
            "A PDF, PNG or JPEG file, told by its content, for one of the types of document that the "
            "company is "
            "asked for. It is reviewed by people; `status` and `note` then say what came of it. The "
            "documents "
            "are the company's: both of its tenants see them."
        ),
        body=HandIn,
        upload=True,
        answers={201: DocumentView},
        codes=(
            "DOCUMENT_NOT_ASKED_FOR",
            "DOCUMENT_FORMAT_NOT_ACCEPTED",
            "DOCUMENT_DATES_NOT_VALID",
            "DOCUMENT_KNOWN",
            "DOCUMENT_STORE_UNAVAILABLE",
        ),
        takes_idempotency_key=True,
    )
    @with_idempotency_key_of(upload_content)
    def post(self, request: PartnerRequest) -> HttpResponse:
        asked, upload = parse_upload(request, HandIn)
        if len(upload.content) > settings.EVIDENCE_BYTES_MAX:
            raise BodyTooLarge(
                "The file is larger than a document may be.",
                details={"bytesMax": settings.EVIDENCE_BYTES_MAX},
            )
        handed = Handed(
            document_type=asked.type,
            jurisdiction=asked.jurisdiction or "",
            file_name=upload.file_name,
            content=upload.content,
            issued_on=asked.issued_on,
            expires_on=asked.expires_on,
        )
        evidence = hand_in_document(
            tenant_id=request.auth.tenant_id,
            partner_id=request.auth.partner_id,
            handed=handed,
            uploaded_at=now(),
        )
        return JsonAnswer(document_view(evidence), status=201)
