"""The checker of `tests/faults` sees acknowledged writes that are lost: here they are, for durability is off.

It is apart from `tests/faults/test_teeth.py` since the platform is of no use afterwards.
"""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import injecting
from tests.faults.checking import connect
from tests.faults.journal import Write
from tests.faults.load import Load, Partner
from tests.faults.test_teeth import faults_of
from tests.running import Platform, SharedPlatform

pytestmark = pytest.mark.slow


@pytest.fixture
def platform(shared_platform: SharedPlatform) -> Iterator[Platform]:
    """A platform that nobody uses afterwards: commits are lost from it."""
    yield shared_platform.running()
    shared_platform.discard()


class TestCommits:
    def test_that_are_asynchronous_lose_what_was_acknowledged(
        self, platform: Platform, tmp_path: Path
    ) -> None:
        with connect(platform) as database:
            database.execute("ALTER DATABASE b2b SET synchronous_commit = off")
            database.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
            database.execute("ALTER SYSTEM SET wal_writer_flush_after = '1GB'")
            database.execute("SELECT pg_reload_conf()")
            database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename LIKE 'b2b%'"
            )
        injecting.wait_for_readiness(platform, "ready")
        partner = Partner(platform, tmp_path)
        for seed in range(301, 305):
            _freeze_the_wal_writer(platform)
            with Load(partner, seed=seed):
                time.sleep(3)
                injecting.kill_postgres(platform)
                time.sleep(1)
            injecting.wait_for_readiness(platform, "ready")
            if lost := _lost_writes(partner):
                break
        assert lost, "the kill must have caught something"
        faults = faults_of(partner)
        for write in lost:
            assert f"{write.reference} was acknowledged and its reference is not there" in faults


def _freeze_the_wal_writer(platform: Platform) -> None:
    """Leave what is committed asynchronously in memory, where the kill finds it."""
    with connect(platform) as database:
        database.execute("CHECKPOINT")  # what was there before stays
        found = database.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"
        ).fetchone()
    assert found
    os.kill(found[0], signal.SIGSTOP)


def _lost_writes(partner: Partner) -> list[Write]:
    """Return the writes that were acknowledged and are not there."""
    with connect(partner.platform) as database:
        found = database.execute(
            "SELECT reference FROM core_reference WHERE tenant_id = %s AND status = 201",
            [partner.tenant_id],
        ).fetchall()
    kept = {reference for (reference,) in found}
    writes = partner.journal.writes().values()
    return [write for write in writes if write.outcome == "ok" and write.reference not in kept]
