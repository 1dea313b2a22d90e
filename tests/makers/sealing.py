"""Sealing in tests, and tampering with what is sealed.

A tamper happens in a superuser's transaction that is checked from inside and rolled back, so that the test
database's own history stays whole.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import environ
from django.db import connection, connections, transaction
from pytest_django import Settings

from core.clock import now
from core.sealing import Chain, seal, verify
from core.sealing.adding import seal_pass
from core.sealing.verifying import check
from tests.makers.relays import jobs_url
from tests.makers.roles import acting_as


def own_places(settings: Settings, folder: Path) -> Path:
    """Keep keys and checkpoints below a folder, which is returned."""
    settings.KEYS_DIR, settings.CHECKPOINTS_DIR = folder / "keys", folder / "checkpoints"
    return folder


def seal_everything(chain: Chain) -> int:
    """Seal until the newest row is sealed, and return how many were.

    A transaction of any database of the server, another test's, holds sealing up while it runs.
    """
    sealed, deadline = 0, time.monotonic() + 30
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(transaction) FROM ({chain.transactions_sql}) AS written")
        newest = cursor.fetchone()[0]
    while time.monotonic() < deadline:
        sealed += seal(chain, sealed_at=now()).rows
        if chain.seal._default_manager.filter(transaction_end__gt=newest).exists():
            return sealed
        time.sleep(0.02)
    raise AssertionError("sealing is held up")


_SEALING: Final = """
import sys
import django
django.setup()
from importlib import import_module
from django.conf import settings
from core.clock import now
from core.sealing import adding
settings.KEYS_DIR, settings.CHECKPOINTS_DIR = sys.argv[1:3]
chain = next(each for each in vars(import_module(sys.argv[3])).values() if isinstance(each, adding.Chain))
adding.PASS_ROWS = adding.LINK_ROWS = 1
print("sealing", flush=True)
while True:
    adding.seal(chain, sealed_at=now())
"""
"""A process that seals each transaction by itself, so that a kill hits it in the middle of something."""


def kill_while_sealing(module: str, places: Path, *, after_seconds: float) -> None:
    """Start a process that seals the chain which a module describes, and kill it."""
    child = subprocess.Popen(
        [sys.executable, "-c", _SEALING, str(places / "keys"), str(places / "checkpoints"), module],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "b2b.settings",
            "B2B_PROCESS": "jobs",
            "B2B_DATABASE_URL_JOBS": jobs_url(),
        },
        stdout=subprocess.PIPE,
    )
    assert child.stdout
    assert child.stdout.readline() == b"sealing\n"
    time.sleep(after_seconds)
    child.kill()
    child.wait(timeout=10)
    child.stdout.close()


@contextmanager
def tampering(superuser_url: str) -> Iterator[Any]:
    """Give a cursor of the superuser, with triggers off, in a transaction that is rolled back in the end."""
    before = connections["default"]
    login = environ.Env().db_url_config(superuser_url)
    connections["default"] = mine = connections.create_connection("default")
    mine.settings_dict = {**before.settings_dict, "USER": login["USER"], "PASSWORD": login["PASSWORD"]}
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL session_replication_role = replica")
                yield cursor
            transaction.set_rollback(True)
    finally:
        mine.close()
        connections["default"] = before


def faults(chain: Chain) -> str:
    """Check inside the running transaction, and return the faults, one a line."""
    return "\n".join(check(chain, verified_at=now()).faults)


def verify_as_jobs(chain: Chain) -> tuple[str, ...]:
    """Verify in a connection of this thread's own, and return the faults."""
    with acting_as("b2b_jobs"):
        return verify(chain, verified_at=now()).faults


def reseal_everything(chain: Chain, cursor: Any, settings: Settings) -> None:
    """Make the chain anew over what is there now, as somebody who knows this code would."""
    checkpoints, settings.CHECKPOINTS_DIR = settings.CHECKPOINTS_DIR, Path(settings.CHECKPOINTS_DIR) / "none"
    cursor.execute(f"DELETE FROM {chain.seal._meta.db_table}")
    while seal_pass(chain, sealed_at=now()):
        pass
    settings.CHECKPOINTS_DIR = checkpoints


def wait_for_waiter(cursor: Any, table: str) -> None:
    """Return once somebody waits for a table."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        cursor.execute("SELECT 1 FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [table])
        if cursor.fetchone():
            return
        time.sleep(0.01)
    raise AssertionError("nobody waits")
