"""History cannot be changed unnoticed, not even by who may do everything in the database.

Each tamper happens in a superuser's transaction that is checked from inside and then rolled back, so that the
test database's own history stays whole.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from pytest_django import Settings

from core.clock import now
from core.sealing import ChainBroken, seal, verify
from core.sealing.adding import seal_pass
from core.sealing.checkpoints import list_checkpoint_files, read_checkpoint, write_checkpoint
from core.sealing.links import Link, Rows, link_after, rows_of
from core.sealing.verifying import check
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.sealing import (
    faults,
    own_places,
    reseal_everything,
    seal_everything,
    tampering,
    verify_as_jobs,
    wait_for_waiter,
)
from tests.makers.wallet import make_player, put, take
from wallet.models import JournalEntry, Seal, Transfer
from wallet.sealing import LEDGER
from wallet.sealing.books import SHOWN_MAX

pytestmark = [pytest.mark.usefixtures("committed")]


@pytest.fixture(autouse=True)
def places(settings: Settings, tmp_path: Path) -> Path:
    """Keys and checkpoints of this test alone."""
    return own_places(settings, tmp_path)


@pytest.fixture
def player_id() -> UUID:
    """A player with four entries, sealed by two calls, with a checkpoint."""
    player = make_player(make_tenant().id)
    put(player, "100.00")
    put(player, "50.00")
    with acting_as("b2b_jobs"):
        seal_everything(LEDGER)
    take(player, "30.00")
    take(player, "20.00")
    with acting_as("b2b_jobs"):
        seal_everything(LEDGER)
        assert verify(LEDGER, verified_at=now()).faults == ()
    return player.id


@pytest.fixture
def tamperer(player_id: UUID, superuser_url: str) -> Iterator[Any]:
    """A cursor of the superuser, with triggers off, in a transaction that ends with the test."""
    with tampering(superuser_url) as cursor:
        yield cursor


def correct_balances(cursor: Any) -> None:
    """Make every wallet equal to its last entry."""
    cursor.execute("""
        UPDATE wallet_balance b SET available = l.available, in_play = l.in_play, debt = l.debt,
            entry_count = l.number, posted_at = l.posted_at
        FROM (SELECT DISTINCT ON (player_id) * FROM wallet_journalentry ORDER BY player_id, number DESC) l
        WHERE l.player_id = b.player_id""")


class TestSealLedger:
    def test_seals_each_entry_once(self, player_id: UUID) -> None:
        with acting_as("b2b_jobs"):
            again = seal(LEDGER, sealed_at=now())
            assert again.rows == 0
            counted = sum(Seal.objects.values_list("entry_count", flat=True))
            assert counted == JournalEntry.objects.count()

    def test_leaves_what_is_written_after_the_oldest_running_transaction(self, superuser_url: str) -> None:
        tenant_id = make_tenant().id
        player = make_player(tenant_id)
        with acting_as("b2b_jobs"):
            seal_everything(LEDGER)
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SELECT pg_current_xact_id()")
                before = connections["default"]
                with acting_as("b2b_api"):
                    put(player, "1.00")
                with acting_as("b2b_jobs"):
                    assert seal(LEDGER, sealed_at=now()).rows == 0
                assert connections["default"] is before
            assert seal_everything(LEDGER) == 1

    @pytest.mark.role("b2b_jobs")
    def test_hashes_an_entry_and_then_its_transfers_each_in_a_line(self, player_id: UUID) -> None:
        entry = JournalEntry.objects.get(player_id=player_id, number=1)
        transfers = Transfer.objects.filter(entry_id=entry.id).order_by("id")
        posted = int(entry.posted_at.timestamp()) * 1_000_000 + entry.posted_at.microsecond
        lines = [
            f'["{entry.id}", {entry.transaction}, "{entry.tenant_id}", "{player_id}", "deposit", "EUR", '
            f'{entry.amount:.18f}, "{entry.reference}", null, 1, {posted}, '
            f"{entry.available:.18f}, {entry.in_play:.18f}, {entry.debt:.18f}]",
            *(
                f'[{each.id}, "{each.tenant_id}", "{entry.id}", "EUR", "{each.debit_id}", '
                f'"{each.credit_id}", {each.amount:.18f}, null]'
                for each in transfers
            ),
        ]
        (rows,) = rows_of(LEDGER, [(entry.transaction, entry.transaction + 1)])
        assert rows.counts == (1, 1)
        assert rows.digest == sha256("\n".join(lines).encode()).digest()

    @pytest.mark.role("b2b_jobs")
    def test_the_chain_goes_on_after_a_lost_checkpoint(self, player_id: UUID) -> None:
        for path in list_checkpoint_files(LEDGER):
            path.unlink()
        seal(LEDGER, sealed_at=now())
        assert len(list_checkpoint_files(LEDGER)) == 1

    def test_refuses_to_bury_a_chain_that_is_not_the_signed_one(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute("DELETE FROM wallet_seal WHERE number = (SELECT max(number) FROM wallet_seal)")
        with pytest.raises(ChainBroken):
            seal_pass(LEDGER, sealed_at=now())

    def test_keys_and_checkpoints_are_its_own_alone(self, player_id: UUID, places: Path) -> None:
        written = [places / "keys" / "ledger.pem", *list_checkpoint_files(LEDGER)]
        assert [path.stat().st_mode & 0o777 for path in written] == [0o600, 0o600]


class TestEarlierSeals:
    """What releases before this one sealed and signed, to the byte: a running platform is upgraded."""

    DIGESTS = (
        "19f42f80b059eeb982b75cf082902b9d2ca5efd409257756cc3ec39ac57c1914",
        "1a1fc369e30ab0a12e410cf3d982b31053a95ead1b64f11d16e43d700e99c85e",
    )
    SIGNATURE = "mk4maenhv5pUO1GR8RXEnHCffko4f7xghExpwMFrmdwmB/Ku6Ul9V8w929wcDDD6cUIBL1WObx13t6eyRRriDw=="

    def test_links_are_hashed_as_before(self) -> None:
        at = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
        one = link_after(None, (0, 750), Rows((2, 3), sha256(b"rows").digest()), at)
        two = link_after(one, (750, 900), Rows((1, 1), sha256(b"more").digest()), at)
        assert (one.digest.hex(), two.digest.hex()) == self.DIGESTS

    def test_checkpoints_are_read_and_signed_as_before(self, places: Path) -> None:
        told = {
            "seal": 2,
            "transactionEnd": 900,
            "digest": self.DIGESTS[1],
            "writtenAt": "2026-11-22T12:00:00.123Z",
            "signature": self.SIGNATURE,
        }
        pem = Ed25519PrivateKey.from_private_bytes(bytes(range(32))).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        for path, content in (
            (places / "keys" / "ledger.pem", pem),
            (places / "checkpoints" / "2026-11-22.json", json.dumps(told).encode()),
        ):
            path.parent.mkdir()
            path.write_bytes(content)
        (path,) = list_checkpoint_files(LEDGER)
        found = read_checkpoint(LEDGER, path)
        assert (found.number, found.digest.hex()) == (2, self.DIGESTS[1])
        at = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
        write_checkpoint(LEDGER, Link(2, 750, 900, (1, 1), found.digest, at), written_at=at)
        assert json.loads(path.read_bytes()) == told


class TestVerifyLedger:
    def test_finds_an_edited_transfer(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute(
            "UPDATE wallet_transfer SET amount = 99 WHERE entry_id = "
            "(SELECT id FROM wallet_journalentry WHERE player_id = %s AND number = 1)",
            [player_id],
        )
        assert "one of them edited" in faults(LEDGER)
        assert "edited or reordered" in faults(LEDGER)

    def test_finds_an_edited_entry(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute(
            "UPDATE wallet_journalentry SET reference = 'other' WHERE player_id = %s AND number = 2",
            [player_id],
        )
        assert "an entry, a transfer or the seal itself was edited" in faults(LEDGER)

    def test_tells_the_first_faults_of_a_kind_and_counts_the_rest(
        self, player_id: UUID, tamperer: Any
    ) -> None:
        tamperer.execute(
            "INSERT INTO wallet_journalentry SELECT gen_random_uuid(), kind, currency, amount, reference, "
            "subject_id, number + 2 * n, posted_at + n * interval '1 hour', available, in_play, debt, "
            "transaction, player_id, tenant_id FROM wallet_journalentry, generate_series(1, 30) AS n "
            "WHERE player_id = %s AND number = 4",
            [player_id],
        )
        found = faults(LEDGER)
        assert found.count("is number") == SHOWN_MAX
        assert f"... and {30 - SHOWN_MAX} more of this kind" in found

    def test_finds_a_seal_of_another_time(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute("UPDATE wallet_seal SET sealed_at = sealed_at - interval '1 day' WHERE number = 1")
        assert "the seal itself was edited" in faults(LEDGER)

    def test_finds_a_seal_of_another_count(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute("UPDATE wallet_seal SET transfer_count = transfer_count + 1 WHERE number = 1")
        assert "the seal itself was edited" in faults(LEDGER)

    def test_finds_an_edited_balance(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute("UPDATE wallet_balance SET available = 1000 WHERE player_id = %s", [player_id])
        assert "says 1000.00 available, its transfers say 100.00" in faults(LEDGER)

    def test_finds_an_entry_removed_from_the_middle(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute("DELETE FROM wallet_journalentry WHERE player_id = %s AND number = 2", [player_id])
        found = faults(LEDGER)
        assert "is number 3 of its player after number 1: removed" in found
        assert "1 entries removed, 1 transfers removed" in found

    def test_finds_a_removed_transfer(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute(
            "DELETE FROM wallet_transfer WHERE entry_id = "
            "(SELECT id FROM wallet_journalentry WHERE player_id = %s AND number = 2)",
            [player_id],
        )
        assert "1 transfers removed" in faults(LEDGER)

    def test_finds_entries_that_changed_places(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute(
            "UPDATE wallet_journalentry SET number = 5 - number WHERE player_id = %s AND number IN (2, 3)",
            [player_id],
        )
        assert "removed or reordered" in faults(LEDGER)
        assert "edited or reordered" in faults(LEDGER)

    def test_finds_an_entry_put_into_sealed_history(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute(
            "INSERT INTO wallet_journalentry SELECT gen_random_uuid(), kind, currency, amount, reference, "
            "subject_id, number + 4, posted_at + interval '1 hour', available, in_play, debt, transaction, "
            "player_id, tenant_id FROM wallet_journalentry WHERE player_id = %s AND number = 4",
            [player_id],
        )
        assert "1 entries added" in faults(LEDGER)

    def test_finds_a_tail_cut_off_with_its_balance_corrected(self, player_id: UUID, tamperer: Any) -> None:
        self._cut_tail(tamperer, player_id)
        assert "1 entries removed, 1 transfers removed" in faults(LEDGER)

    def test_finds_a_tail_cut_off_with_its_seal(self, player_id: UUID, tamperer: Any) -> None:
        self._cut_tail(tamperer, player_id, count=2)
        tamperer.execute("DELETE FROM wallet_seal WHERE number = (SELECT max(number) FROM wallet_seal)")
        assert "which is gone: cut off" in faults(LEDGER)

    def test_finds_an_edited_seal(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute(
            "UPDATE wallet_seal SET digest = sha256('x') "
            "WHERE number = (SELECT max(number) - 1 FROM wallet_seal)"
        )
        assert "the seal itself was edited" in faults(LEDGER)

    def test_finds_a_seal_removed_from_the_middle(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute("DELETE FROM wallet_seal WHERE number = (SELECT max(number) - 1 FROM wallet_seal)")
        assert "seals were removed or reordered" in faults(LEDGER)

    def test_finds_seals_that_changed_places(self, player_id: UUID, tamperer: Any) -> None:
        tamperer.execute("SELECT max(number) FROM wallet_seal")
        last = tamperer.fetchone()[0]
        for before, after in ((last, -1), (last - 1, last), (-1, last - 1)):
            tamperer.execute("UPDATE wallet_seal SET number = %s WHERE number = %s", [after, before])
        assert "seals were edited or reordered" in faults(LEDGER)

    def test_finds_a_chain_made_anew_over_an_edited_ledger(
        self, player_id: UUID, tamperer: Any, settings: Settings
    ) -> None:
        tamperer.execute(
            "UPDATE wallet_journalentry SET reference = 'other' WHERE player_id = %s AND number = 2",
            [player_id],
        )
        reseal_everything(LEDGER, tamperer, settings)
        found = faults(LEDGER)
        assert "does not hold" not in found
        assert "the chain was made anew" in found or "which is gone" in found

    def test_finds_a_chain_made_anew_over_a_cut_off_ledger(
        self, player_id: UUID, tamperer: Any, settings: Settings
    ) -> None:
        self._cut_tail(tamperer, player_id)
        reseal_everything(LEDGER, tamperer, settings)
        found = faults(LEDGER)
        assert "does not hold" not in found
        assert "the chain was made anew" in found or "which is gone" in found

    def test_finds_a_forged_checkpoint(self, player_id: UUID) -> None:
        (path,) = list_checkpoint_files(LEDGER)
        path.write_text(path.read_text("utf-8").replace('"seal": ', '"seal": 1'), "utf-8")
        with acting_as("b2b_jobs"):
            assert "is not signed by the ledger's key" in "".join(verify(LEDGER, verified_at=now()).faults)

    def test_finds_that_the_checkpoints_are_gone(self, player_id: UUID, tamperer: Any) -> None:
        for path in list_checkpoint_files(LEDGER):
            path.unlink()
        tamperer.execute("UPDATE wallet_seal SET sealed_at = sealed_at - interval '2 minutes'")
        assert "there are seals and no checkpoint" in faults(LEDGER)

    @pytest.mark.role("b2b_jobs")
    def test_takes_an_unsealed_tail_for_no_fault(self, player_id: UUID) -> None:
        with acting_as("b2b_api"):
            put(make_player(make_tenant().id), "5.00")
        assert verify(LEDGER, verified_at=now()).faults == ()

    def test_takes_a_seal_signed_meanwhile_for_no_fault(self, player_id: UUID, tamperer: Any) -> None:
        """Its snapshot is taken and it waits for a lock, while a seal it cannot see is made and signed."""
        with ThreadPoolExecutor(1) as threads:
            with transaction.atomic():
                tamperer.execute("LOCK TABLE wallet_seal IN ACCESS EXCLUSIVE MODE")
                verifying = threads.submit(verify_as_jobs, LEDGER)
                wait_for_waiter(tamperer, "wallet_seal")
                tamperer.execute("SELECT max(number) + 1, max(transaction_end) FROM wallet_seal")
                number, end = tamperer.fetchone()
                write_checkpoint(
                    LEDGER, Link(number, end, end + 1, (1, 1), bytes(32), now()), written_at=now()
                )
                transaction.set_rollback(True)
            assert verifying.result(timeout=30) == ()

    @staticmethod
    def _cut_tail(cursor: Any, player_id: UUID, count: int = 1) -> None:
        cursor.execute(
            "DELETE FROM wallet_transfer WHERE entry_id IN "
            "(SELECT id FROM wallet_journalentry WHERE player_id = %s AND number > 4 - %s)",
            [player_id, count],
        )
        cursor.execute(
            "DELETE FROM wallet_journalentry WHERE player_id = %s AND number > 4 - %s", [player_id, count]
        )
        correct_balances(cursor)
        assert "says" not in "".join(f for f in check(LEDGER, verified_at=now()).faults if "wallet of" in f)


@pytest.mark.role("b2b_jobs")
class TestCommands:
    def test_verify_ledger_says_all_is_right_in_its_last_line(
        self, player_id: UUID, capsys: pytest.CaptureFixture[str]
    ) -> None:
        call_command("seal_ledger")
        call_command("verify_ledger")
        assert capsys.readouterr().out.splitlines()[-1].endswith("all is right")

    def test_verify_ledger_exits_1_on_a_fault(
        self, player_id: UUID, capsys: pytest.CaptureFixture[str]
    ) -> None:
        list_checkpoint_files(LEDGER)[0].write_text("{}", "utf-8")
        with pytest.raises((SystemExit, CommandError)) as ended:
            call_command("verify_ledger")
        assert ended.value.args == (1,)
        assert capsys.readouterr().out.splitlines()[-1].endswith("1 FAULT")
