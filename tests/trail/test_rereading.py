"""Sealed history is read again part by part, so that an old edit is found long before the day is over."""

from typing import Any

import psycopg
import pytest

from core.clock import now
from core.models import AuditRecord, TrailSeal
from core.sealing import verifying
from core.sealing.models import Verification, VerifyingCursor
from core.sealing.verifying import reread
from core.tasks import seal_trail
from core.trail import TRAIL
from tests.trail.makers import RECORD

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


@pytest.fixture(autouse=True)
def beginning(committed: None) -> None:
    """The walk begins with the first link, whatever earlier tests read."""
    begin_after(0)


def begin_after(number: int) -> None:
    """Let the next slice begin with the link after a seal."""
    VerifyingCursor.objects.update_or_create(chain="trail", defaults={"seal_number": number})


def place() -> int:
    return VerifyingCursor.objects.get(chain="trail").seal_number


def walk() -> list[str]:
    """Read slice by slice until the walk begins anew, and return the faults."""
    found = reread(TRAIL, reread_at=now())
    while place():
        found += reread(TRAIL, reread_at=now())
    return found


class TestReread:
    def test_finds_nothing_where_all_is_as_it_was(self, partner_id: str) -> None:
        assert walk() == []

    @pytest.mark.parametrize("links", [1, 2, 500])
    def test_finds_an_old_edit_once_a_walk_whatever_the_slice(
        self, partner_id: str, tamperer: Any, monkeypatch: pytest.MonkeyPatch, links: int
    ) -> None:
        tamperer.execute(f"UPDATE core_auditrecord SET actor = 'eve' WHERE {RECORD}", [partner_id])
        monkeypatch.setattr(verifying, "REREAD_LINKS", links)
        for _ in range(2):
            (fault,) = walk()
            assert "does not hold" in fault

    def test_finds_a_removed_seal_at_the_edge_of_two_slices(
        self, partner_id: str, tamperer: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(verifying, "REREAD_LINKS", 1)
        last = TrailSeal.objects.latest("number").number
        begin_after(last - 1)
        tamperer.execute("DELETE FROM core_trailseal WHERE number = %s", [last - 1])
        (fault,) = reread(TRAIL, reread_at=now())
        assert "seals were removed or reordered" in fault

    def test_slice_ends_when_it_has_enough_rows(
        self, partner_id: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        first, second = TrailSeal.objects.order_by("number")[:2]
        monkeypatch.setattr(verifying, "REREAD_ROWS", first.record_count + first.change_count)
        assert place_after_a_slice() == first.number
        monkeypatch.setattr(verifying, "REREAD_ROWS", second.record_count + second.change_count)
        assert place_after_a_slice() == second.number

    def test_each_round_of_sealing_says_what_its_slice_found(
        self, partner_id: str, superuser_url: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        record = AuditRecord.objects.filter(object_id=partner_id).order_by("pk")[1]
        number = TrailSeal.objects.get(
            transaction_first__lte=record.transaction_id, transaction_end__gt=record.transaction_id
        ).number
        begin_after(number - 1)
        Verification.objects.create(chain="trail", verified_at=now(), summary="It held.", fault_count=0)
        with psycopg.connect(superuser_url, autocommit=True) as session:
            session.execute("SET session_replication_role = replica")
            edit = "UPDATE core_auditrecord SET actor = %s WHERE id = %s"
            session.execute(edit, ["eve", record.pk])
            try:
                seal_trail()
            finally:
                session.execute(edit, [record.actor, record.pk])
        told = [each.msg for each in caplog.records if isinstance(each.msg, dict)]
        (fault,) = [each["fault"] for each in told if each["event"] == "trail_fault"]
        assert fault.startswith(f"seal {number} ")
        shown = Verification.objects.filter(chain="trail").latest("verified_at")
        assert shown.fault_count > 0
        assert any(each.startswith(f"seal {number} ") for each in shown.faults)


def place_after_a_slice() -> int:
    """Read one slice and return up to which seal the walk came."""
    assert reread(TRAIL, reread_at=now()) == []
    return place()
