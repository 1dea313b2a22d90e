"""Acting as another process: one thread's connection logs in with another role for a while."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import environ
from django.db import connections
from psycopg import Error

from b2b import environment

FORGET = "CLOSE ALL; UNLISTEN *; RESET ALL; SELECT pg_advisory_unlock_all(); DISCARD TEMP"
"""What `DISCARD ALL` does, but for prepared statements, which psycopg keeps a list of."""
_kept: dict[str, list[Any]] = {}
"""Connections of the main thread through which nobody acts now, by role: each login costs 10 ms."""


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    """Let this thread's queries run as `role` (`b2b_jobs`, `b2b_office`, ...); other threads keep theirs."""
    before = connections["default"]
    acting = _kept_connection(role) or _new_connection(role)
    connections["default"] = acting
    try:
        yield
    finally:
        connections["default"] = before
        _keep(acting, role)


def is_fresh(connection: Any) -> bool:
    """Forget all that was set, locked or made in a session; return whether it may be used on."""
    session = connection.connection
    if session is None or connection.in_atomic_block or not connection.get_autocommit():
        return False
    try:
        session.execute(FORGET)
    except Error:
        return False
    connection.ensure_timezone()
    return True


def close_kept() -> None:
    """Close the connections that are kept: before their database is dropped."""
    while _kept:
        for connection in _kept.popitem()[1]:
            connection.close()


def _kept_connection(role: str) -> Any:
    if threading.current_thread() is not threading.main_thread():
        return None
    while _kept.get(role):
        found = _kept[role].pop()
        if is_fresh(found):
            return found
        found.close()
    return None


def _new_connection(role: str) -> Any:
    process = next(process for process, name in environment.ROLES.items() if name == role)
    url = environment.database_url(process)
    password = environ.Env().db_url_config(url).get("PASSWORD", "") if url else ""
    made = connections.create_connection("default")
    made.settings_dict = {**connections["default"].settings_dict, "USER": role, "PASSWORD": password}
    return made


def _keep(connection: Any, role: str) -> None:
    is_ours = threading.current_thread() is threading.main_thread()
    if is_ours and connection.settings_dict["USER"] == role and is_fresh(connection):
        _kept.setdefault(role, []).append(connection)
    else:
        connection.close()
