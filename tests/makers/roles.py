"""Acting as another process: one thread's connection logs in with another role for a while."""

from collections.abc import Iterator
from contextlib import contextmanager

import environ
from django.db import connections

from b2b import environment


@contextmanager
def acting_as(role: str) -> Iterator[None]:
    """Let this thread's queries run as `role` (`b2b_jobs`, `b2b_office`, ...); other threads keep theirs."""
    process = next(process for process, name in environment.ROLES.items() if name == role)
    url = environment.database_url(process)
    password = environ.Env().db_url_config(url).get("PASSWORD", "") if url else ""
    before = connections["default"]
    acting = connections.create_connection("default")
    acting.settings_dict = {**before.settings_dict, "USER": role, "PASSWORD": password}
    connections["default"] = acting
    try:
        yield
    finally:
        acting.close()
        connections["default"] = before
