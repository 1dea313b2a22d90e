"""A process starts only with a database login that row-level security binds."""

import structlog
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

_QUESTION = """
    SELECT current_user,
           rolsuper,
           rolbypassrls,
           EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid AND relkind IN ('r', 'p')),
           EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid)
    FROM pg_roles
    WHERE rolname = current_user
"""
_REASONS = (
    "is a superuser",
    "bypasses row-level security",
    "owns tables, whose policies let their owner see all",
    "is a member of another role, and would pass by that one's policies",
)


def refuse_powerful_login() -> None:
    """Raise ImproperlyConfigured when the login may see past the policies; with no database, warn and go on.

    A process that starts while the database is away answers 503 until it is back; its login was set by
    whoever wrote the environment and does not change meanwhile.
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute(_QUESTION)
            name, *answers = cursor.fetchone()
    except OperationalError as error:
        structlog.get_logger(__name__).warning("login_not_checked", reason=str(error).splitlines()[0])
        return
    finally:
        connection.close()
    reasons = [reason for reason, applies in zip(_REASONS, answers, strict=True) if applies]
    if reasons:
        raise ImproperlyConfigured(
            f"This process may not log in as {name}, which {'; which '.join(reasons)}."
        )
