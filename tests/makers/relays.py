"""Relays: in processes of their own, to be killed, or as a call; and waiting for what they bring about."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections

from b2b import environment
from core.numbering import number_batch

Relay = Callable[[], None]


def start_relay() -> subprocess.Popen[bytes]:
    """Start a relay with the login of the jobs, whatever login the test has."""
    told_to_it = {
        **os.environ,
        "B2B_PROCESS": "jobs",
        "B2B_VALKEY_URL": settings.VALKEY_URL,
        "B2B_DATABASE_URL_JOBS": jobs_url(),
    }
    return subprocess.Popen([sys.executable, "manage.py", "relay"], env=told_to_it, start_new_session=True)


def jobs_url() -> str:
    """Return the URL of the test's database for the jobs."""
    base, _, _ = environment.database_url("jobs").rpartition("/")
    return f"{base}/{connections['default'].settings_dict['NAME']}"


def stop(process: subprocess.Popen[bytes], number: int = signal.SIGTERM) -> None:
    """End a process by a signal and wait for its end."""
    process.send_signal(number)
    process.wait(timeout=10)


def wait_until(is_so: Callable[[], bool], *, seconds: float = 10) -> None:
    """Wait until something is so; fail when it is not in time."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it did not come to pass in time"
        time.sleep(0.02)


def number_all(session: psycopg.Connection[Any]) -> None:
    """Number everything that waits, as the relay does."""
    while number_batch(session):
        pass


@contextmanager
def relaying(superuser_url: str) -> Iterator[Relay]:
    """Give a relay that numbers everything that waits, whenever it is called."""
    with psycopg.connect(superuser_url, autocommit=True) as session:
        yield lambda: number_all(session)
