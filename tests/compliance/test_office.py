"""Compliance in the office: queue, decisions, files, what ends, the dossier; and who may do what."""

import csv
import io
import re
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import now
from core.models import AuditRecord
from partners.compliance import storage
from partners.compliance.models import ComplianceReminder, ComplianceRequirement, EvidenceFile
from partners.models import Partner
from tests.makers.compliance import accept_all, accepted, areas, hand_in, pdf
from tests.makers.partners import make_partner
from tests.makers.staff import log_in, make_user
from tests.office.makers import make_staff, written

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

VIEW = "partners.view_evidencefile"
DECIDE = "partners.decide_evidencefile"
DOWNLOAD = "partners.download_evidencefile"
ADD = "partners.add_evidencefile"
LIST = "admin:partners_evidencefile_changelist"


def officer() -> Client:
    return make_staff("partners.view_partner", VIEW, DECIDE, DOWNLOAD, ADD)


def page_of(evidence: EvidenceFile) -> str:
    return reverse("admin:partners_evidencefile_change", args=(evidence.pk,))


def command(browser: Client, evidence: EvidenceFile, name: str, **fields: str) -> Any:
    url = reverse(f"admin:partners_evidencefile_{name}", args=(evidence.pk,))
    return browser.post(url, {"_form_submitted": "True", **fields}, headers={"HX-Request": "true"})


def file_of(evidence: EvidenceFile) -> str:
    return reverse("office-document-file", args=(evidence.pk,))


def actions_on(row: Any) -> list[str]:
    found = AuditRecord.objects.filter(object_id=str(row.pk)).order_by("id")
    return list(found.values_list("action", flat=True))


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)


class TestQueue:
    def test_oldest_comes_first_and_decided_ones_are_gone(self) -> None:
        partner = make_partner()
        ends = now().date() + timedelta(days=99)
        newer = hand_in(partner, "aml_policy", at=now(), expires_on=ends)
        older = hand_in(partner, "privacy_policy", at=now() - timedelta(days=9), expires_on=ends)
        done = accepted(partner, "gaming_licence")
        page = officer().get(reverse(LIST), {"status__exact": "submitted", "q": partner.name})
        text = page.content.decode()
        assert text.index(str(older.pk)) < text.index(str(newer.pk))
        assert str(done.pk) not in text
        assert "9\u00a0days" in text

    def test_takes_few_queries(self) -> None:
        partner = make_partner()
        for kind in ("aml_policy", "privacy_policy", "gaming_licence"):
            hand_in(partner, kind)
        browser = officer()
        browser.get(reverse(LIST))
        with CaptureQueriesContext(connection) as queries:
            browser.get(reverse(LIST), {"status__exact": "submitted"})
        assert len(queries) <= 16, [query["sql"] for query in queries]


class TestDecide:
    def test_accepting_leads_to_the_next_in_the_queue(self) -> None:
        partner = make_partner()
        long_ago, ends = now() - timedelta(days=3000), now().date() + timedelta(days=9)
        first = hand_in(partner, "aml_policy", at=long_ago, expires_on=ends)
        second = hand_in(partner, "privacy_policy", at=long_ago + timedelta(seconds=1), expires_on=ends)
        answer = command(officer(), first, "accept", note="Fine")
        assert answer.headers["HX-Redirect"] == page_of(second)
        first.refresh_from_db()
        assert (first.status, first.note) == ("accepted", "Fine")
        assert actions_on(first) == ["hand in document", "accept document"]
        command(officer(), second, "accept")

    def test_rejecting_asks_why(self) -> None:
        made = hand_in(make_partner())
        assert "HX-Redirect" not in command(officer(), made, "reject", reason="").headers
        assert "HX-Redirect" in command(officer(), made, "reject", reason="Blurred").headers
        made.refresh_from_db()
        assert (made.status, made.note) == ("rejected", "Blurred")

    def test_reopening_takes_go_live_away(self) -> None:
        partner = make_partner()
        made = accepted(partner)
        command(officer(), made, "reopen", reason="A doubt")
        assert areas(partner)["local_licence"] == "in_review"

    def test_decided_document_says_so_in_the_dialog(self) -> None:
        made = accepted(make_partner())
        answer = command(officer(), made, "accept")
        assert "decided already" in answer.content.decode()

    def test_page_offers_what_its_status_allows(self) -> None:
        browser = officer()
        text = browser.get(page_of(hand_in(make_partner()))).content.decode()
        assert "Reject" in text
        assert "Reopen" not in text
        text = browser.get(page_of(accepted(make_partner()))).content.decode()
        assert "Reopen" in text
        assert ">Reject<" not in text

    @pytest.mark.parametrize("name", ["accept", "reject", "reopen", "ask_copy"])
    def test_staff_without_the_right_decide_nothing(self, name: str) -> None:
        made = hand_in(make_partner())
        assert command(make_staff(VIEW, DOWNLOAD), made, name, reason="x").status_code == 403
        made.refresh_from_db()
        assert made.status == "submitted"


class TestFile:
    def test_is_sent_to_be_saved_in_a_sandbox_and_recorded(self) -> None:
        content = pdf()
        made = hand_in(make_partner(), content=content)
        answer = officer().get(file_of(made))
        assert body(answer) == content
        assert answer.headers["Content-Disposition"] == 'attachment; filename="gaming_licence.pdf"'
        assert answer.headers["Content-Security-Policy"].startswith("sandbox;")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Type"] == "application/pdf"
        assert "no-store" in answer.headers["Cache-Control"]
        assert actions_on(made)[-1] == "download document"

    def test_is_closed_to_who_may_only_look_at_the_record(self) -> None:
        made = hand_in(make_partner())
        assert make_staff(VIEW).get(file_of(made)).status_code == 403
        assert Client().get(file_of(made)).status_code == 302
        assert "download document" not in actions_on(made)

    def test_is_open_to_an_auditor_too_and_recorded(self) -> None:
        made = hand_in(make_partner())
        assert log_in(make_user(roles=("auditor",))).get(file_of(made)).status_code == 200
        assert actions_on(made)[-1] == "download document"

    def test_damaged_file_is_told_and_not_sent(self) -> None:
        made = hand_in(make_partner())
        storage.path_of(made.sha256).write_bytes(b"%PDF-other")
        answer = officer().get(file_of(made), follow=True)
        assert "not what was handed in" in answer.content.decode()
        assert "download document" not in actions_on(made)


class TestExpiring:
    def test_ticked_documents_are_asked_for_anew(self) -> None:
        partner = make_partner()
        soon = now().date() + timedelta(days=5)
        ticked = accepted(partner, "aml_policy", expires_on=soon)
        other = accepted(partner, "privacy_policy", expires_on=soon)
        later = accepted(partner, "gaming_licence")
        browser = officer()
        text = browser.get(reverse("office-expiring")).content.decode()
        assert str(ticked.pk) in text
        assert str(later.pk) not in text
        browser.post(reverse("office-expiring"), {"document": [str(ticked.pk), "x"], "note": "Soon, please"})
        asked = ComplianceReminder.objects.get(evidence=ticked)
        assert (asked.days, asked.note, asked.state) == (0, "Soon, please", "pending")
        assert not ComplianceReminder.objects.filter(evidence=other).exists()

    def test_file_has_the_documents_that_end(self) -> None:
        partner = make_partner()
        soon = accepted(partner, expires_on=now().date() + timedelta(days=5))
        later = make_partner()
        accepted(later, "gaming_licence")
        rows = written(make_staff(VIEW).post(reverse("office-expiring-export")))
        assert rows[0] == ["Document", "Partner", "Status", "Last day", "Left", "Asked"]
        (own,) = (row for row in rows if row[1] == partner.name)
        assert (own[3], own[4]) == (f"{soon.expires_on:%Y-%m-%d}", "5 days")
        assert later.name not in str(rows)
        stranger = log_in(make_user(roles=("account_manager",)))
        assert len(written(stranger.post(reverse("office-expiring-export")))) == 1
        assert make_staff().post(reverse("office-expiring-export")).status_code == 403

    def test_looking_is_not_asking(self) -> None:
        made = accepted(make_partner(), expires_on=now().date() + timedelta(days=5))
        browser = make_staff(VIEW)
        assert browser.get(reverse("office-expiring")).status_code == 200
        assert browser.post(reverse("office-expiring"), {"document": str(made.pk)}).status_code == 403
        assert make_staff().get(reverse("office-expiring")).status_code == 403


class TestPartnerPage:
    def test_shows_areas_and_what_is_missing(self) -> None:
        partner = make_partner()
        accept_all(partner)
        text = officer().get(reverse("office-partner-compliance", args=(partner.pk,))).content.decode()
        for words in (
            "Local licence",
            "Gaming licence of each market",
            "Record of staff training",
            "Dossier",
        ):
            assert words in text

    def test_counts_what_is_missing_and_what_waits_for_review(self) -> None:
        partner, browser = make_partner(), officer()
        url = reverse("office-partner-compliance", args=(partner.pk,))
        missing = int(re.findall(r">(\d+) missing<", browser.get(url).content.decode())[0])
        hand_in(partner)
        hand_in(partner, "aml_policy")
        assert f"{missing - 2} missing, 2 to review" in browser.get(url).content.decode()

    def test_staff_hand_in_what_they_received(self) -> None:
        partner = make_partner()
        browser = officer()
        url = reverse("office-hand-in", args=(partner.pk,))
        asked = ComplianceRequirement.objects.get(document_type="gaming_licence")
        given = {"requirement": str(asked.pk), "expires_on": now().date() + timedelta(days=9)}
        page = browser.post(url, {**given, "file": SimpleUploadedFile("l.pdf", b"<html>")})
        assert "PDF, PNG or JPEG" in page.content.decode()
        answer = browser.post(url, {**given, "file": SimpleUploadedFile("l.pdf", pdf())})
        assert answer.status_code == 302
        made = EvidenceFile.objects.get(partner=partner)
        assert (made.uploader, made.status) == ("staff", "submitted")
        assert browser.get(url).status_code == 200

    def test_too_large_a_document_is_refused_at_its_field_with_the_limit(self, settings: Any) -> None:
        settings.EVIDENCE_BYTES_MAX = 3 * 2**19
        partner = make_partner()
        url = reverse("office-hand-in", args=(partner.pk,))
        asked = ComplianceRequirement.objects.get(document_type="gaming_licence")
        file = SimpleUploadedFile("l.pdf", pdf().ljust(2**21 + 1, b" "))
        browser = officer()
        page = browser.post(url, {"requirement": str(asked.pk), "file": file}).content.decode()
        assert "The file has 2.01 MiB; a document has 1.5 MiB at most." in page
        assert "PDF, PNG or JPEG of 1.5 MiB at most" in browser.get(url).content.decode()
        assert not EvidenceFile.objects.filter(partner=partner).exists()


class TestDossier:
    def export(self, partner: Partner, browser: Client | None = None) -> Any:
        return (browser or officer()).post(reverse("office-dossier", args=(partner.pk,)))

    def test_holds_index_decisions_and_every_file(self) -> None:
        partner = make_partner()
        made = accept_all(partner)
        answer = self.export(partner)
        assert answer.streaming
        archive = zipfile.ZipFile(io.BytesIO(body(answer)))
        assert archive.testzip() is None
        rows = list(csv.DictReader(io.StringIO(archive.read("index.csv").decode())))
        assert len(rows) == len(made)
        for row in rows:
            assert row["status"] == "accepted"
            assert archive.read(row["in dossier"]) == storage.read(row["sha256"])
        decisions = list(csv.DictReader(io.StringIO(archive.read("decisions.csv").decode())))
        assert {"hand in document", "accept document"} <= {row["action"] for row in decisions}
        verdicts = list(csv.DictReader(io.StringIO(archive.read("areas.csv").decode())))
        assert {row["status"] for row in verdicts} == {"accepted"}
        assert partner.name in archive.read("index.html").decode()

    def test_is_recorded_for_the_partner_and_each_document(self) -> None:
        partner = make_partner()
        made = accepted(partner)
        body(self.export(partner))
        assert "export dossier" in actions_on(partner)
        assert actions_on(made)[-1] == "download document"

    def test_says_which_file_is_damaged(self) -> None:
        partner = make_partner()
        made = accepted(partner)
        storage.path_of(made.sha256).unlink()
        archive = zipfile.ZipFile(io.BytesIO(body(self.export(partner))))
        (row,) = csv.DictReader(io.StringIO(archive.read("index.csv").decode()))
        assert row["in dossier"] == "damaged or missing"

    def test_cells_are_no_formulas_and_names_no_markup(self) -> None:
        partner = make_partner(name=f"<b>{now().timestamp()}")
        made = hand_in(partner)
        command(officer(), made, "reject", reason="=1+1")
        archive = zipfile.ZipFile(io.BytesIO(body(self.export(partner))))
        (row,) = csv.DictReader(io.StringIO(archive.read("index.csv").decode()))
        assert row["note"] == "'=1+1"
        assert "<b>" not in archive.read("index.html").decode()

    def test_is_made_by_post_and_with_permission_alone(self) -> None:
        partner = make_partner()
        url = reverse("office-dossier", args=(partner.pk,))
        assert officer().get(url).status_code == 405
        assert self.export(partner, make_staff(VIEW)).status_code == 403
        assert "export dossier" not in actions_on(partner)


class TestAccountManager:
    def test_sees_the_documents_of_own_partners_alone(self) -> None:
        user = make_user(VIEW, DOWNLOAD, ADD, roles=("account_manager",))
        browser = log_in(user)
        own, other = make_partner(), make_partner()
        Partner.objects.filter(pk=own.pk).update(account_manager=user)
        mine, theirs = hand_in(own), hand_in(other)
        text = browser.get(reverse(LIST)).content.decode()
        assert str(mine.pk) in text
        assert str(theirs.pk) not in text
        assert browser.get(file_of(mine)).status_code == 200
        assert browser.get(file_of(theirs)).status_code == 404
        assert browser.get(reverse("office-partner-compliance", args=(other.pk,))).status_code == 404
        assert browser.post(reverse("office-dossier", args=(other.pk,))).status_code == 404
        assert browser.get(reverse("office-hand-in", args=(other.pk,))).status_code == 404
