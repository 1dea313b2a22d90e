"""Sessions in PostgreSQL apart from Django: for who leads by a lock, or waits where others must not."""

from typing import Any, Final

from django.db import connections

KEEPALIVES: Final[dict[str, Any]] = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How a session that holds a lock learns within seconds that its server is gone."""


def own_session(application_name: str) -> dict[str, Any]:
    """Return what psycopg connects with: the login of this process, each statement its own transaction."""
    login = connections["default"].settings_dict
    return {
        "dbname": login["NAME"],
        "user": login["USER"],
        "password": login["PASSWORD"],
        "host": login["HOST"],
        "port": login["PORT"],
        "autocommit": True,
        "application_name": application_name,
        "connect_timeout": 5,
    }
