"""What a file is, which names and dates will do, and what documents come to."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.errors import Refusal
from partners.compliance.rules import (
    DocumentDatesNotValid,
    DocumentFormatNotAccepted,
    Ending,
    Paper,
    area_verdict,
    check_dates,
    due_reminder,
    find_content_type,
    grace_ends_on,
    is_bound,
    is_expired,
    missing_areas,
    requirement_state,
    tidy_name,
)
from tests.makers.compliance import jpeg, pdf, png

TODAY = date(2026, 3, 1)
START = datetime(2026, 1, 1, tzinfo=UTC)


def papers(*statuses: str) -> list[Paper]:
    """Documents of one requirement, the first handed in first."""
    return [Paper(status, START + timedelta(days=place)) for place, status in enumerate(statuses)]


class TestContentType:
    @pytest.mark.parametrize(
        ("content", "found"), [(pdf("a"), "application/pdf"), (png(), "image/png"), (jpeg(), "image/jpeg")]
    )
    def test_is_found_by_content(self, content: bytes, found: str) -> None:
        assert find_content_type(content) == found

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"hello",
            b"<html><script>alert(1)</script></html>",
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"PK\x03\x04" + b"\0" * 40,
            b"MZ" + b"\0" * 100,
            b"GIF89a" + b"\0" * 20,
            b"<html>" + pdf("a"),
            b"\n" + pdf("a"),
            b"%PD",
            b"\xff\xd8",
            b"\x89PNG\r\n",
        ],
    )
    def test_anything_else_is_refused(self, content: bytes) -> None:
        with pytest.raises(DocumentFormatNotAccepted):
            find_content_type(content)


class TestTidyName:
    @pytest.mark.parametrize(
        ("name", "tidy"),
        [
            ("licence.pdf", "licence.pdf"),
            ("licence.PDF", "licence.pdf"),
            ("licence.html", "licence.pdf"),
            ("licence.pdf.exe", "licence.pdf.pdf"),
            ("../../etc/passwd", "passwd.pdf"),
            ("C:\\temp\\licence.png", "licence.pdf"),
            ("two  words\r\n.pdf", "two words.pdf"),
            ('a"b<c>.pdf', "abc.pdf"),
            ("invoice\u202efdp.exe", "invoicefdp.pdf"),
            ("Ünïcode.pdf", "Ünïcode.pdf"),
            ("", "document.pdf"),
            (".pdf", "pdf.pdf"),
            ("..", "document.pdf"),
            ("No. 5", "No.pdf"),
        ],
    )
    def test_has_no_path_and_the_contents_ending(self, name: str, tidy: str) -> None:
        assert tidy_name(name, "application/pdf") == tidy

    def test_is_short(self) -> None:
        assert len(tidy_name("x" * 500 + ".pdf", "application/pdf")) == 120


class TestCheckDates:
    def refused(self, issued_on: date | None, expires_on: date | None, must_expire: bool) -> Refusal:
        with pytest.raises(DocumentDatesNotValid) as caught:
            check_dates(issued_on=issued_on, expires_on=expires_on, must_expire=must_expire, today=TODAY)
        return caught.value

    def test_years_that_cannot_be_are_refused(self) -> None:
        self.refused(date(1, 1, 1), TODAY, True)
        self.refused(TODAY, date(9999, 12, 31), True)

    def test_last_day_may_be_today(self) -> None:
        check_dates(issued_on=TODAY, expires_on=TODAY, must_expire=True, today=TODAY)

    def test_no_dates_will_do_where_nothing_ends(self) -> None:
        check_dates(issued_on=None, expires_on=None, must_expire=False, today=TODAY)

    def test_future_issue_is_refused(self) -> None:
        assert self.refused(TODAY + timedelta(days=1), None, False).details == {"field": "issuedOn"}

    def test_missing_last_day_is_refused(self) -> None:
        assert self.refused(None, None, True).details == {"field": "expiresOn"}

    def test_passed_day_is_refused(self) -> None:
        assert self.refused(None, TODAY - timedelta(days=1), True).details == {"field": "expiresOn"}

    def test_end_before_the_beginning_is_refused(self) -> None:
        assert "before it begins" in self.refused(TODAY, TODAY - timedelta(days=1), False).message


class TestRequirementState:
    @pytest.mark.parametrize(
        ("statuses", "state"),
        [
            ((), "missing"),
            (("submitted",), "submitted"),
            (("rejected",), "rejected"),
            (("rejected", "submitted"), "submitted"),
            (("accepted", "submitted"), "accepted"),
            (("accepted", "rejected"), "accepted"),
            (("expired",), "expired"),
            (("expired", "submitted"), "submitted"),
            (("expired", "rejected"), "rejected"),
            (("replaced", "accepted"), "accepted"),
            (("replaced",), "missing"),
        ],
    )
    def test_follows_from_the_documents(self, statuses: tuple[str, ...], state: str) -> None:
        assert requirement_state(papers(*statuses)) == state

    def test_reopened_document_is_in_review(self) -> None:
        assert requirement_state([Paper("submitted", START, is_reopened=True)]) == "in_review"


class TestAreaVerdict:
    @pytest.mark.parametrize(
        ("mandatory", "optional", "verdict"),
        [
            (("accepted", "accepted"), (), "accepted"),
            (("accepted", "accepted"), ("rejected",), "accepted"),
            (("accepted", "missing"), (), "missing"),
            (("accepted", "submitted"), (), "submitted"),
            (("rejected", "submitted"), (), "submitted"),
            (("submitted", "in_review"), (), "in_review"),
            (("rejected", "expired"), (), "rejected"),
            (("expired", "missing"), (), "expired"),
            (("missing",), ("submitted",), "submitted"),
            ((), (), "missing"),
        ],
    )
    def test_follows_from_the_mandatory_requirements(
        self, mandatory: tuple[str, ...], optional: tuple[str, ...], verdict: str
    ) -> None:
        assert area_verdict(mandatory, optional) == verdict

    def test_missing_areas_are_those_not_accepted(self) -> None:
        assert missing_areas({"aml": "accepted", "kyc": "expired"}) == [
            "data_protection",
            "kyc",
            "responsible_gambling",
            "local_licence",
        ]


class TestBinding:
    @pytest.mark.parametrize(
        ("jurisdiction", "places", "binds"),
        [
            ("*", [], True),
            ("MT", ["MT"], True),
            ("MT", ["GB"], False),
            ("US", ["US-NJ"], True),
            ("US-NJ", ["US"], False),
            ("US-NJ", ["US-NJ", "MT"], True),
        ],
    )
    def test_country_binds_its_parts(self, jurisdiction: str, places: list[str], binds: bool) -> None:
        assert is_bound(jurisdiction, places) is binds


class TestEnding:
    @pytest.mark.parametrize(("left", "due"), [(31, None), (30, 30), (8, 30), (7, 7), (0, 7), (-1, None)])
    def test_nearest_reminder_is_due_until_the_last_day(self, left: int, due: int | None) -> None:
        assert due_reminder(Ending(TODAY + timedelta(days=left), (30, 7)), today=TODAY) == due

    def test_last_day_counts(self) -> None:
        assert not is_expired(TODAY, today=TODAY)
        assert is_expired(TODAY - timedelta(days=1), today=TODAY)
        assert not is_expired(None, today=TODAY)

    def test_grace_is_counted_from_the_last_day(self) -> None:
        assert grace_ends_on(TODAY, grace_days=14) == date(2026, 3, 15)
