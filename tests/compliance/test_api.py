"""`GET` and `POST /compliance/documents`, as a partner's system calls them."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from core.api.uploads import UPLOAD_BYTES_MAX
from core.clock import now
from core.models import AuditRecord
from partners.compliance.models import EvidenceFile
from partners.compliance.services import reject_evidence
from tests.makers.compliance import accept, hand_in, jpeg, pdf
from tests.makers.http import Caller, make_caller
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as

pytestmark = pytest.mark.usefixtures("committed")

PATH = "/api/v2/compliance/documents"
NEXT_YEAR = (now().date() + timedelta(days=365)).isoformat()


@pytest.fixture
def caller() -> Caller:
    return make_caller(make_tenant())


def form(content: bytes | None = None, name: str = "licence.pdf", **fields: Any) -> dict[str, Any]:
    file = io.BytesIO(pdf() if content is None else content)
    file.name = name
    given = {"file": file, "type": "gaming_licence", "expiresOn": NEXT_YEAR, **fields}
    return {key: value for key, value in given.items() if value is not None}


def send(caller: Caller, fields: dict[str, Any], **headers: Any) -> Any:
    return caller.http.post(PATH, fields, HTTP_AUTHORIZATION=f"Bearer {caller.token}", **headers)


def send_raw(caller: Caller, raw: bytes, content_type: str = MULTIPART_CONTENT, **headers: Any) -> Any:
    return caller.http.generic(
        "POST", PATH, raw, content_type=content_type, HTTP_AUTHORIZATION=f"Bearer {caller.token}", **headers
    )


def refused(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json().get("code")) == (status, code), answer.content
    details: dict[str, Any] = answer.json().get("details") or {}
    return details


class TestHandIn:
    def test_document_is_taken_and_shown(self, caller: Caller) -> None:
        content = pdf()
        answer = send(caller, form(content, "Our licence.PDF"))
        assert answer.status_code == 201, answer.content
        shown = answer.json()
        assert shown["documentId"].startswith("doc_")
        assert (shown["fileName"], shown["contentType"]) == ("Our licence.pdf", "application/pdf")
        assert (shown["type"], shown["area"], shown["status"]) == (
            "gaming_licence",
            "local_licence",
            "submitted",
        )
        assert shown["sizeBytes"] == len(content)
        assert (shown["issuedOn"], shown["expiresOn"], shown["decidedAt"]) == (None, NEXT_YEAR, None)
        assert caller.get(PATH).json() == {"data": [shown], "nextCursor": None}

    def test_client_is_recorded(self, caller: Caller) -> None:
        send(caller, form())
        with acting_as("b2b_office"):
            made = EvidenceFile.objects.get(uploaded_by=caller.client_id)
            record = AuditRecord.objects.get(object_id=str(made.pk))
        assert (record.actor, record.action) == (caller.client_id, "hand in document")

    def test_content_decides_and_not_the_name(self, caller: Caller) -> None:
        shown = send(caller, form(jpeg(), "licence.pdf")).json()
        assert (shown["fileName"], shown["contentType"]) == ("licence.jpg", "image/jpeg")
        for content in (b"<html></html>", b"MZ" + b"\0" * 64, b""):
            refused(send(caller, form(content, "licence.pdf")), 422, "DOCUMENT_FORMAT_NOT_ACCEPTED")

    def test_unasked_type_is_refused_and_the_asked_ones_named(self, caller: Caller) -> None:
        details = refused(send(caller, form(type="love_letter")), 422, "DOCUMENT_NOT_ASKED_FOR")
        assert "registry_extract" in details["types"]

    def test_passed_and_missing_days_are_refused(self, caller: Caller) -> None:
        for given in ("2020-01-01", None):
            details = refused(send(caller, form(expiresOn=given)), 422, "DOCUMENT_DATES_NOT_VALID")
            assert details == {"field": "expiresOn"}

    def test_same_file_again_is_a_conflict(self, caller: Caller) -> None:
        content = pdf()
        assert send(caller, form(content)).status_code == 201
        refused(send(caller, form(content)), 409, "DOCUMENT_KNOWN")

    def test_jurisdiction_can_be_named(self, caller: Caller) -> None:
        assert send(caller, form(jurisdiction="*")).status_code == 201
        refused(send(caller, form(jurisdiction="GB")), 422, "DOCUMENT_NOT_ASKED_FOR")


class TestForm:
    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"file": None}, "MISSING_FIELD"),
            ({"file": "text"}, "INVALID_FIELD"),
            ({"type": None}, "MISSING_FIELD"),
            ({"type": "../x"}, "INVALID_FIELD"),
            ({"type": ["gaming_licence", "aml_policy"]}, "DUPLICATE_FIELD"),
            ({"status": "accepted"}, "UNKNOWN_FIELD"),
            ({"partnerId": "ptr_x"}, "UNKNOWN_FIELD"),
            ({"expiresOn": "tomorrow"}, "INVALID_FIELD"),
            ({"expiresOn": "2026-02-30"}, "INVALID_FIELD"),
            ({"issuedOn": "2026-01-01T00:00:00Z"}, "INVALID_FIELD"),
        ],
    )
    def test_broken_field_is_named(self, caller: Caller, fields: dict[str, Any], code: str) -> None:
        refused(send(caller, form(**fields)), 400, code)

    def test_second_file_is_refused(self, caller: Caller) -> None:
        two = form()
        two["other"] = io.BytesIO(pdf())
        two["other"].name = "other.pdf"
        refused(send(caller, two), 400, "UNKNOWN_FIELD")
        twice = form(file=[form()["file"], form()["file"]])
        refused(send(caller, twice), 400, "DUPLICATE_FIELD")

    def test_form_that_is_cut_short_is_refused(self, caller: Caller) -> None:
        raw = encode_multipart(BOUNDARY, form())
        refused(send_raw(caller, raw[:-40]), 400, "BAD_REQUEST")
        refused(send_raw(caller, raw, "multipart/form-data"), 400, "BAD_REQUEST")
        refused(send_raw(caller, b"x"), 400, "BAD_REQUEST")

    def test_other_media_types_are_refused(self, caller: Caller) -> None:
        refused(caller.post(PATH, {"type": "gaming_licence"}), 415, "UNSUPPORTED_MEDIA_TYPE")

    def test_forms_are_refused_elsewhere(self, caller: Caller) -> None:
        answer = caller.http.post("/api/v2/players", form(), HTTP_AUTHORIZATION=f"Bearer {caller.token}")
        refused(answer, 415, "UNSUPPORTED_MEDIA_TYPE")


class TestSize:
    def test_file_may_have_20_mib_and_not_a_byte_more(self, caller: Caller) -> None:
        bytes_max = 20 * 1024 * 1024
        assert send(caller, form(pdf().ljust(bytes_max, b" "))).status_code == 201
        details = refused(send(caller, form(pdf().ljust(bytes_max + 1, b" "))), 413, "BODY_TOO_LARGE")
        assert details == {"bytesMax": bytes_max}

    def test_form_beyond_its_bound_is_refused_unread(self, caller: Caller) -> None:
        answer = send_raw(caller, b"x", CONTENT_LENGTH=str(UPLOAD_BYTES_MAX + 1))
        assert refused(answer, 413, "BODY_TOO_LARGE") == {"bytesMax": UPLOAD_BYTES_MAX}

    def test_form_in_chunks_is_read(self, caller: Caller) -> None:
        raw = encode_multipart(BOUNDARY, form())
        chunked: dict[str, Any] = {"HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
        chunked["wsgi.input"] = io.BytesIO(raw)
        answer = send_raw(caller, b"x", **chunked)
        assert answer.status_code == 201, answer.content

    def test_json_stays_at_256_kib(self, caller: Caller) -> None:
        refused(caller.post("/api/v2/players", b"x" * (256 * 1024 + 1)), 413, "BODY_TOO_LARGE")


class TestIdempotencyKey:
    def test_same_form_again_gives_the_first_answer(self, caller: Caller) -> None:
        content = pdf()
        first = send(caller, form(content), HTTP_IDEMPOTENCY_KEY="K-1")
        raw = encode_multipart("another-boundary", form(content))
        again = send_raw(
            caller, raw, "multipart/form-data; boundary=another-boundary", HTTP_IDEMPOTENCY_KEY="K-1"
        )
        assert (first.status_code, again.status_code) == (201, 201), again.content
        assert again.content == first.content
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_other_file_under_the_same_key_is_a_conflict(self, caller: Caller) -> None:
        send(caller, form(), HTTP_IDEMPOTENCY_KEY="K-2")
        refused(send(caller, form(), HTTP_IDEMPOTENCY_KEY="K-2"), 409, "REFERENCE_CONFLICT")


class TestList:
    def test_both_tenants_of_a_partner_see_its_documents_and_nobody_else(self) -> None:
        first, other = make_tenant("production", allowed_ips=["127.0.0.1"]), make_tenant()
        second = make_tenant(partner=first.partner)
        send(make_caller(first), form())
        assert len(make_caller(second).get(PATH).json()["data"]) == 1
        assert make_caller(other).get(PATH).json()["data"] == []

    def test_tells_what_was_decided_and_not_by_whom(self) -> None:
        tenant = make_tenant()
        made = hand_in(tenant.partner)
        with acting_as("b2b_office"):
            reject_evidence(evidence_id=made.pk, rejected_at=now(), reason="Blurred")
        answer = make_caller(tenant).get(PATH)
        (shown,) = answer.json()["data"]
        assert (shown["status"], shown["note"]) == ("rejected", "Blurred")
        assert shown["decidedAt"] is not None
        assert "decidedBy" not in shown
        assert b"account manager" not in answer.content

    def test_pages_follow_each_other(self) -> None:
        tenant = make_tenant()
        for _ in range(5):
            accept(hand_in(tenant.partner).pk)
        caller = make_caller(tenant)
        seen, cursor = [], ""
        while True:
            page = caller.get(f"{PATH}?limit=2{cursor}").json()
            seen += [row["documentId"] for row in page["data"]]
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
        assert len(seen) == len(set(seen)) == 5
        assert seen == sorted(seen, reverse=True)

    def test_file_itself_is_never_served(self) -> None:
        tenant = make_tenant()
        made = hand_in(tenant.partner)
        caller = make_caller(tenant)
        for path in (f"{PATH}/{made.pk}", f"{PATH}/{made.pk}/file", f"/evidence/{made.sha256}"):
            assert caller.get(path).status_code == 404
        assert Client(raise_request_exception=False).get(PATH).status_code == 401


class TestStoreThatIsAway:
    def test_is_told_and_leaves_no_row(self, caller: Caller, settings: Any, tmp_path: Any) -> None:
        blocked = tmp_path / "a-file"
        blocked.write_text("no folder can be made below a file")
        settings.EVIDENCE_DIR = blocked / "evidence"
        answer = send(caller, form())
        refused(answer, 503, "DOCUMENT_STORE_UNAVAILABLE")
        assert answer.headers["Retry-After"] == "60"
        assert caller.get(PATH).json()["data"] == []
