"""Files are whole or not there, closed to others, and held against their digest; a full disk is told."""

import resource
import signal
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured

from partners.compliance import storage
from partners.compliance.models import EvidenceFile
from partners.compliance.rules import DocumentDamaged, DocumentStoreUnavailable
from tests.makers.compliance import hand_in, pdf
from tests.makers.partners import make_partner


def _store_within(bytes_max: int, folder: str, content: bytes, answers: Connection) -> None:
    configured.EVIDENCE_DIR = Path(folder)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (bytes_max, bytes_max))
    try:
        storage.store(content)
    except DocumentStoreUnavailable as refusal:
        answers.send(refusal.code)
    else:
        answers.send("stored")


def store_within(bytes_max: int, folder: Path, content: bytes) -> str:
    """Store in a process that may write only so many bytes, as on a disk that is nearly full."""
    context = get_context("fork")
    here, there = context.Pipe()
    child = context.Process(target=_store_within, args=(bytes_max, str(folder), content, there))
    child.start()
    answer: str = here.recv() if here.poll(30) else "no answer"
    child.join(10)
    return answer


class TestStore:
    def test_file_lies_below_its_digest_and_is_closed_to_others(self, evidence_folder: Path) -> None:
        stored = storage.store(pdf())
        place = evidence_folder / stored.sha256[:2] / stored.sha256[2:4] / stored.sha256
        assert place.is_file()
        assert place.stat().st_mode & 0o777 == 0o600
        for folder in (evidence_folder, place.parent, place.parent.parent):
            assert folder.stat().st_mode & 0o777 == 0o700

    def test_same_content_is_kept_once(self, evidence_folder: Path) -> None:
        content = pdf()
        assert storage.store(content) == storage.store(content)
        assert sum(path.is_file() for path in evidence_folder.rglob("*")) == 1

    def test_full_disk_is_told_and_leaves_nothing(self, evidence_folder: Path) -> None:
        content = pdf().ljust(100_000, b" ")
        assert store_within(50_000, evidence_folder, content) == "DOCUMENT_STORE_UNAVAILABLE"
        assert not any(path.is_file() for path in evidence_folder.rglob("*"))
        assert store_within(200_000, evidence_folder, content) == "stored"


class TestRead:
    def test_gives_back_what_was_stored(self) -> None:
        content = pdf()
        assert storage.read(storage.store(content).sha256) == content

    def test_changed_file_is_refused(self) -> None:
        stored = storage.store(pdf())
        storage.path_of(stored.sha256).write_bytes(pdf())
        with pytest.raises(DocumentDamaged):
            storage.read(stored.sha256)

    def test_missing_file_is_refused(self) -> None:
        with pytest.raises(DocumentDamaged):
            storage.read("0" * 64)


@pytest.mark.role("b2b_office")
@pytest.mark.usefixtures("committed")
class TestStoreThatIsAway:
    def test_document_leaves_no_row(self, settings: Any, tmp_path: Path) -> None:
        blocked = tmp_path / "a-file"
        blocked.write_text("no folder can be made below a file")
        settings.EVIDENCE_DIR = blocked / "evidence"
        partner = make_partner()
        with pytest.raises(DocumentStoreUnavailable):
            hand_in(partner)
        assert not EvidenceFile.objects.filter(partner=partner).exists()
