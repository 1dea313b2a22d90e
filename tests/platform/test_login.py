"""A process refuses to serve with a login that sees past the policies."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, connections

from b2b.environment import ROOT
from b2b.login import refuse_powerful_login
from tests.conftest import log_in_as

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def superuser(superuser_url: str, committed: None) -> Iterator[None]:
    """Log in as who may do everything."""
    parts = urlsplit(superuser_url)
    connections.close_all()
    connections["default"].settings_dict.update(USER=parts.username, PASSWORD=parts.password)
    yield
    connections.close_all()


class TestRefusePowerfulLogin:
    @pytest.mark.parametrize("role", ["b2b_api", "b2b_office", "b2b_jobs"])
    def test_lets_the_processes_in(self, role: str) -> None:
        log_in_as(role)

        refuse_powerful_login()

    @pytest.mark.role("b2b_owner")
    def test_refuses_who_owns_the_tables(self) -> None:
        with pytest.raises(ImproperlyConfigured, match="may not log in as b2b_owner, which owns tables"):
            refuse_powerful_login()

    @pytest.mark.usefixtures("superuser")
    def test_refuses_a_superuser(self) -> None:
        with pytest.raises(ImproperlyConfigured, match="which is a superuser"):
            refuse_powerful_login()

    def test_leaves_no_connection_open(self) -> None:
        refuse_powerful_login()

        assert connection.connection is None

    def test_goes_on_while_the_database_is_away(self) -> None:
        told = {
            **os.environ,
            "B2B_PROCESS": "api",
            "B2B_DATABASE_URL_API": "postgresql://b2b_api:any@127.0.0.1:1/b2b",
            "B2B_MODE": "production",
            "B2B_SECRET_KEY": "only for this test",
        }

        done = subprocess.run(
            [sys.executable, "-c", "import b2b.wsgi"],
            cwd=ROOT,
            env=told,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        line = json.loads(done.stderr.splitlines()[-1])
        assert (line["event"], line["level"]) == ("login_not_checked", "warning")
