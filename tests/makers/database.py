"""Each test process's database: a copy of one template, which is migrated once for this state of the code."""

import hashlib
from io import StringIO
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import Connection, connect, sql

from b2b import environment

PREFIX: Final = "test_template_"
_OUTSIDE: Final = frozenset({"tests", "benchmarks", "docs", "templates", "var"})
_BUILDING: Final = 0x74656D706C617465  # "template"
"""The lock of whoever makes the template, for all others wait."""


def make_database(name: str) -> None:
    """Make the test database `name` anew and point Django at it, which logs in as b2b_owner.

    It is owned and migrated by b2b_owner and has the rights that the real one has.
    """
    template = f"{PREFIX}{_code_digest()}"
    with _maintenance() as server:
        server.execute("SELECT pg_advisory_lock(%s)", [_BUILDING])
        if not _exists(server, template):
            _make_template(server, template)
        server.execute(_sql("DROP DATABASE IF EXISTS {}", name))
        server.execute(_sql("CREATE DATABASE {} TEMPLATE {}", name, template))
        server.execute(_sql("REVOKE ALL ON DATABASE {} FROM PUBLIC", name))
        server.execute(_sql("GRANT CONNECT ON DATABASE {} TO b2b_api, b2b_office", name))
        server.execute(_sql("GRANT CONNECT, TEMPORARY ON DATABASE {} TO b2b_jobs", name))
    _point_at(name)


def drop_database(name: str) -> None:
    """Drop a test database; the server waits some seconds for those who have just left it."""
    with _maintenance() as server:
        server.execute(_sql("DROP DATABASE IF EXISTS {}", name))


def _make_template(server: Connection, template: str) -> None:
    """Migrate a database and give it its name at the end, so that half a template is never used."""
    for old in server.execute("SELECT datname FROM pg_database WHERE datname ^@ %s", [PREFIX]).fetchall():
        server.execute(_sql("DROP DATABASE {}", old[0]))
    unfinished = f"{PREFIX}unfinished"
    server.execute(_sql("CREATE DATABASE {}", unfinished))
    _point_at(unfinished)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("seed_roles", verbosity=0, stdout=StringIO())
    connection.close()
    server.execute(_sql("ALTER DATABASE {} RENAME TO {}", unfinished, template))


def _point_at(name: str) -> None:
    connection.close()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def _maintenance() -> Connection:
    """A connection as b2b_owner, from which databases can be made: in none that is made or copied."""
    login = connection.settings_dict
    return connect(
        dbname="postgres",
        user=login["USER"],
        password=login["PASSWORD"],
        host=login["HOST"],
        port=login["PORT"],
        autocommit=True,
    )


def _exists(server: Connection, name: str) -> bool:
    found = server.execute("SELECT FROM pg_database WHERE datname = %s", [name])
    return found.fetchone() is not None


def _sql(statement: str, *names: str) -> sql.Composed:
    return sql.SQL(statement).format(*map(sql.Identifier, names))


def _code_digest() -> str:
    """Return what stands for all that a migration and its signals read: code, SQL and libraries."""
    found = hashlib.sha256((environment.ROOT / "requirements.txt").read_bytes())
    for path in sorted(_sources(environment.ROOT)):
        found.update(f"{path.relative_to(environment.ROOT)}\0".encode() + path.read_bytes())
    return found.hexdigest()[:16]


def _sources(root: Path) -> list[Path]:
    apps = (each for each in root.iterdir() if each.name not in _OUTSIDE and (each / "__init__.py").is_file())
    return [path for app in apps for kind in ("py", "sql") for path in app.rglob(f"*.{kind}")]
