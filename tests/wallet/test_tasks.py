"""Sealing in the background: what beat and the worker do every ten seconds."""

import logging
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from pytest_django import Settings

from core.clock import now
from core.sealing.checkpoints import list_checkpoint_files, write_checkpoint
from core.sealing.links import Link
from core.sealing.models import Verification
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.sealing import own_places
from tests.makers.wallet import make_player, put
from wallet import tasks
from wallet.models import JournalEntry, Seal
from wallet.sealing import LEDGER

SEALED_WITHIN_SECONDS = 30.0
"""An entry is sealed once no older transaction of the server runs, in whichever database."""

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


@pytest.fixture(autouse=True)
def places(settings: Settings, tmp_path: Path) -> None:
    """Keys and checkpoints of this test alone."""
    own_places(settings, tmp_path)


def errors(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What was logged as an error, each with no traceback."""
    found = [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert not any(record.exc_info for record in found)
    return [record.msg for record in found if isinstance(record.msg, dict)]


class TestSealLedger:
    def test_seals_what_was_posted(self) -> None:
        put(make_player(make_tenant().id), "10.00")
        give_up_at = monotonic() + SEALED_WITHIN_SECONDS
        while JournalEntry.objects.count() > sum(Seal.objects.values_list("entry_count", flat=True)):
            assert monotonic() < give_up_at
            tasks.seal_ledger()

    def test_says_in_one_line_which_seal_is_not_the_signed_one(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        write_checkpoint(LEDGER, Link(10**12, 3, 4, (1, 1), bytes(32), now()), written_at=now())
        put(make_player(make_tenant().id), "10.00")
        before = Seal.objects.count()
        tasks.seal_ledger()
        (error,) = errors(caplog)
        assert (error["event"], error["seal"]) == ("ledger_chain_broken", 10**12)
        assert Seal.objects.count() == before

    def test_says_in_one_line_which_checkpoint_is_forged(self, caplog: pytest.LogCaptureFixture) -> None:
        write_checkpoint(LEDGER, Link(1, 3, 4, (1, 1), bytes(32), now()), written_at=now())
        (path,) = list_checkpoint_files(LEDGER)
        path.write_text("{}", "utf-8")
        tasks.seal_ledger()
        (error,) = errors(caplog)
        assert error["event"] == "ledger_checkpoint_forged"
        assert path.name in error["reason"]


class TestVerifyLedger:
    def test_says_each_fault_as_an_error(self, caplog: pytest.LogCaptureFixture) -> None:
        write_checkpoint(LEDGER, Link(10**12, 3, 4, (1, 1), bytes(32), now()), written_at=now())
        with acting_as("b2b_owner"):
            Verification.objects.all().delete()
        tasks.verify_ledger()
        found = [error["fault"] for error in errors(caplog) if error["event"] == "ledger_fault"]
        assert any(f"signs seal {10**12}, which is gone" in fault for fault in found)
