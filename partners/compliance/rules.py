"""Decisions about documents: what a file is, whether its dates will do, and what a partner's areas come
to.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Final

import puremagic

from core.days import AHEAD_DAYS_MAX, EARLIEST
from core.errors import BadRequest, Conflict, NotFound, Rejected, Unavailable

EVERYWHERE: Final = "*"
AREAS: Final = ("data_protection", "aml", "kyc", "responsible_gambling", "local_licence")
MISSING, SUBMITTED, IN_REVIEW = "missing", "submitted", "in_review"
ACCEPTED, REJECTED, EXPIRED, REPLACED = "accepted", "rejected", "expired", "replaced"

FILE_NAME_LENGTH_MAX: Final = 120
EXTENSIONS: Final = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
"""The kinds of files that are taken, each with the ending that its name gets."""
_FIRST_BYTES: Final = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
_FORBIDDEN_IN_NAMES: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\"\\/:*?<>|]"
)


class DocumentNotFound(NotFound):
    """No document has this id."""

    code = "DOCUMENT_NOT_FOUND"
    message = "There is no such document."


class DocumentNotAskedFor(Rejected):
    """No requirement that binds the partner asks for this type of document."""

    code = "DOCUMENT_NOT_ASKED_FOR"
    message = "This partner is not asked for a document of this type."


class DocumentFormatNotAccepted(Rejected):
    """The content is no PDF, PNG or JPEG, whatever name and type it came with."""

    code = "DOCUMENT_FORMAT_NOT_ACCEPTED"
    message = "A document is a PDF, PNG or JPEG file; this content is none of them."


class DocumentTooLarge(BadRequest):
    """The file is larger than a document may be."""

    code = "DOCUMENT_TOO_LARGE"
    message = "The file is larger than a document may be."


class DocumentDatesNotValid(Rejected):
    """The dates of a document contradict each other, its requirement or the calendar."""

    code = "DOCUMENT_DATES_NOT_VALID"
    message = "The dates of the document are not valid."


class DocumentKnown(Conflict):
    """The same file waits for review, or is accepted, for the same requirement."""

    code = "DOCUMENT_KNOWN"
    message = "This file was handed in before, and is waiting for review or accepted."


class CopyAsked(Conflict):
    """The partner was asked for a new copy of the document within the last day."""

    code = "COPY_ASKED"
    message = "A new copy was asked for within the last day; the partner gets one such letter a day."


class DocumentDecided(Conflict):
    """The document is past the state in which this can be done."""

    code = "DOCUMENT_DECIDED"
    message = "This was decided already; look at the document again."


class ReasonMissing(BadRequest):
    """A decision against a partner says why."""

    code = "REASON_MISSING"
    message = "Say why; the reason is kept and shown to the partner."


class DocumentStoreUnavailable(Unavailable):
    """The file could not be written: the disk is full, or not there."""

    code = "DOCUMENT_STORE_UNAVAILABLE"
    message = "The document cannot be stored at the moment; nothing was done. Please try again later."
    retry_after_seconds = 60


class DocumentDamaged(Unavailable):
    """The stored file is not there, or is not the one that was handed in."""

    code = "DOCUMENT_DAMAGED"
    message = "The stored file is missing or is not what was handed in. Tell the platform's engineers."


@dataclass(frozen=True, slots=True)
class Paper:
    """One document of a requirement, as the verdict needs it."""

    status: str
    uploaded_at: datetime
    is_reopened: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """An accepted document with a last day: how long it has, and when its requirement wants to be told."""

    expires_on: date
    reminder_days: tuple[int, ...]


def check_size(size_bytes: int, *, bytes_max: int) -> None:
    """Raise DocumentTooLarge for a file that is too large, saying how large it is and may be."""
    if size_bytes > bytes_max:
        raise DocumentTooLarge(
            f"The file has {mebibytes(size_bytes)}; a document has {mebibytes(bytes_max)} at most.",
            details={"bytesMax": bytes_max},
        )


def mebibytes(size_bytes: int) -> str:
    """Return a size in MiB with two digits after the point, none where they are zeros."""
    return f"{ceil(size_bytes * 100 / 2**20) / 100:g} MiB"


def find_content_type(content: bytes) -> str:
    """Return what a file is by its content alone. Raises DocumentFormatNotAccepted."""
    try:
        found = {each.mime_type for each in puremagic.magic_string(content)}
    except (ValueError, puremagic.PureError):
        found = set()
    for content_type, first in _FIRST_BYTES.items():
        if content_type in found and content.startswith(first):
            return content_type
    raise DocumentFormatNotAccepted


def tidy_name(name: str, content_type: str) -> str:
    """Return a file name that is safe to show and to save: no path, nothing invisible, the content's own
    ending.

    An ending that says something else would let a browser or a desktop open the file as something else.
    """
    last = re.split(r"[\\/]", name)[-1]
    kept = re.sub(r"\s+", " ", _FORBIDDEN_IN_NAMES.sub("", last)).strip(" .")
    extension = EXTENSIONS[content_type]
    stem, dot, ending = kept.rpartition(".")
    known = {"pdf", "png", "jpg", "jpeg", "jpe", "jfif"}
    stem = stem if dot and (ending.lower() in known or len(ending) <= 5) and stem else kept
    stem = stem.strip(" .")[: FILE_NAME_LENGTH_MAX - len(extension) - 1] or "document"
    return f"{stem}.{extension}"


def check_dates(*, issued_on: date | None, expires_on: date | None, must_expire: bool, today: date) -> None:
    """Raise DocumentDatesNotValid unless a document with these dates can be taken today."""
    if issued_on is not None and issued_on > today:
        raise DocumentDatesNotValid("The document is issued in the future.", details={"field": "issuedOn"})
    if issued_on is not None and issued_on < EARLIEST:
        raise DocumentDatesNotValid("The document is issued before 1900.", details={"field": "issuedOn"})
    if expires_on is None:
        if must_expire:
            raise DocumentDatesNotValid(
                "A document of this type needs its last day.", details={"field": "expiresOn"}
            )
        return
    if issued_on is not None and expires_on < issued_on:
        raise DocumentDatesNotValid("The document ends before it begins.", details={"field": "expiresOn"})
    if expires_on < today:
        raise DocumentDatesNotValid("The document has expired.", details={"field": "expiresOn"})
    if expires_on > today + timedelta(days=AHEAD_DAYS_MAX):
        raise DocumentDatesNotValid(
            "The document's last day is more than 50 years ahead.", details={"field": "expiresOn"}
        )


def requirement_state(papers: Iterable[Paper]) -> str:
    """Return what the documents of one requirement come to.

    An accepted one counts as long as it lasts; else one that waits (`in_review` when its acceptance was taken
    back); else what became of the latest.
    """
    latest_first = sorted(papers, key=lambda paper: paper.uploaded_at, reverse=True)
    if any(paper.status == ACCEPTED for paper in latest_first):
        return ACCEPTED
    waiting = [paper for paper in latest_first if paper.status == SUBMITTED]
    if waiting:
        return IN_REVIEW if any(paper.is_reopened for paper in waiting) else SUBMITTED
    return next((paper.status for paper in latest_first if paper.status != REPLACED), MISSING)


def area_verdict(mandatory: Sequence[str], optional: Sequence[str] = ()) -> str:
    """Return an area's status from the states of its mandatory requirements; the optional ones only wait.

    Accepted needs every mandatory one. Else what an officer can act on comes first, then what the partner
    must.
    """
    if mandatory and all(state == ACCEPTED for state in mandatory):
        return ACCEPTED
    for state in (IN_REVIEW, SUBMITTED):
        if state in mandatory or (state == SUBMITTED and state in optional):
            return state
    for state in (REJECTED, EXPIRED):
        if state in mandatory:
            return state
    return MISSING


def is_bound(jurisdiction: str, jurisdictions: Iterable[str]) -> bool:
    """Whether a requirement of this jurisdiction binds a partner that operates in these: one of a country
    binds in each of its parts.
    """
    return jurisdiction == EVERYWHERE or any(
        place == jurisdiction or place.startswith(f"{jurisdiction}-") for place in jurisdictions
    )


def due_reminder(ending: Ending, *, today: date) -> int | None:
    """Return which reminder is due: the nearest distance that has been reached; None before all of them, or
    after the last day.
    """
    left = (ending.expires_on - today).days
    reached = [days for days in ending.reminder_days if left <= days]
    return min(reached) if reached and left >= 0 else None


def is_expired(expires_on: date | None, *, today: date) -> bool:
    """Whether a document's last day is over."""
    return expires_on is not None and expires_on < today


def grace_ends_on(expires_on: date, *, grace_days: int) -> date:
    """Return the last day on which production goes on without the document."""
    return expires_on + timedelta(days=grace_days)


def stops_on(expires_on: date, *, grace_days: int) -> date:
    """Return the first day on which production is stopped for want of the document."""
    return grace_ends_on(expires_on, grace_days=grace_days) + timedelta(days=1)


def missing_areas(statuses: Mapping[str, str]) -> list[str]:
    """Return the areas that are not accepted, in their own order."""
    return [area for area in AREAS if statuses.get(area, MISSING) != ACCEPTED]
