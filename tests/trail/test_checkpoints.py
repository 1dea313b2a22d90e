"""The trail's signed checkpoints and the ledger's are never confused."""

from pathlib import Path

import pytest

from core.clock import now
from core.sealing import CheckpointForged, verify
from core.sealing.checkpoints import list_checkpoint_files, read_checkpoint
from core.trail import TRAIL
from tests.makers.partners import make_tenant
from tests.makers.sealing import seal_everything
from tests.makers.wallet import make_player, put
from wallet.sealing import LEDGER

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]


class TestCheckpoints:
    def test_lie_apart_from_the_ledgers(self, partner_id: str, places: Path) -> None:
        self._seal_the_ledger()
        (trails,), (ledgers,) = list_checkpoint_files(TRAIL), list_checkpoint_files(LEDGER)
        assert trails == places / "checkpoints" / "trail" / ledgers.name
        assert ledgers.parent == places / "checkpoints"
        written = [trails, ledgers, places / "keys" / "trail.pem", places / "keys" / "ledger.pem"]
        assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
        assert trails.parent.stat().st_mode & 0o777 == 0o700

    @pytest.mark.parametrize("with_key", [False, True])
    def test_ledgers_is_none_of_the_trail(self, partner_id: str, places: Path, with_key: bool) -> None:
        """Not even when both chains have one key: the name of the chain is signed."""
        self._seal_the_ledger()
        if with_key:
            (places / "keys" / "trail.pem").write_bytes((places / "keys" / "ledger.pem").read_bytes())
        (trails,), (ledgers,) = list_checkpoint_files(TRAIL), list_checkpoint_files(LEDGER)
        trails.write_bytes(ledgers.read_bytes())
        with pytest.raises(CheckpointForged):
            read_checkpoint(TRAIL, trails)
        assert read_checkpoint(LEDGER, ledgers)
        assert "is not signed by the trail's key" in "".join(verify(TRAIL, verified_at=now()).faults)
        assert verify(LEDGER, verified_at=now()).faults == ()

    @staticmethod
    def _seal_the_ledger() -> None:
        put(make_player(make_tenant().id), "5.00")
        seal_everything(LEDGER)
