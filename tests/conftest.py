"""The stage every test stands on: real PostgreSQL and Valkey, and the login of the process it speaks for.

Every test commits and makes its own tenant; nothing is rolled back or flushed, so threads and other processes
see what a test wrote. Ask for the fixture `committed`; `@pytest.mark.role("b2b_office")` changes the login.
"""

import gc
import os
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

import hypothesis
import pytest
from django.conf import settings
from django.core.signals import setting_changed
from django.db import connection, connections
from django.test.signals import root_urlconf_changed
from django.urls import set_urlconf
from pytest_django import DjangoDbBlocker, Settings

from b2b import environment
from integration.recorder import recorder
from tests.makers.database import drop_database, make_database
from tests.makers.roles import close_kept, is_fresh
from tests.running import make_shared_platform

PASSWORDS = {
    role: urlsplit(environment.database_url(process)).password or ""
    for process, role in environment.ROLES.items()
}


def pytest_configure() -> None:
    """Give the tests databases of their own on the Valkey server, so that a running platform is left be.

    Each process of pytest-xdist has two of the server's sixteen.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    settings.VALKEY_URL = _numbered(settings.VALKEY_URL, 8 + 2 * worker)
    settings.BROKER_URL = settings.CELERY_BROKER_URL = _numbered(settings.BROKER_URL, 9 + 2 * worker)
    settings.EVIDENCE_DIR = Path(mkdtemp(prefix="b2b-evidence-"))
    settings.PASSWORD_HASHERS = ["tests.makers.hashing.QuickScrypt"]
    for cache in settings.CACHES.values():
        cache["LOCATION"] = settings.VALKEY_URL
    settings.WHITENOISE_AUTOREFRESH = True  # else each client of a test reads all static files
    setting_changed.disconnect(root_urlconf_changed)
    setting_changed.connect(_forget_urlconf)
    # How fast the machine makes and runs examples says nothing about the product.
    hypothesis.settings.register_profile(
        "b2b", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
    )
    hypothesis.settings.load_profile("b2b")
    import_module("b2b.celery")


def pytest_unconfigure() -> None:
    """Remove the files that the tests handed in."""
    rmtree(settings.EVIDENCE_DIR, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Spare the garbage collector the thousands of tests: nothing of them is garbage until the end."""
    gc.disable()
    found = yield
    gc.freeze()
    gc.enable()
    return found


def pytest_xdist_auto_num_workers() -> int:
    """Half as many processes again as processors, for a third of the time a test waits for the database; not
    more than Valkey has databases for.
    """
    return min(4, (os.cpu_count() or 1) * 3 // 2)


def _forget_urlconf(*, setting: str, **_: Any) -> None:
    """Let the next request find its URLs anew, and keep what was compiled of each table of URLs, which takes
    Django a tenth of a second: no table changes.
    """
    if setting == "ROOT_URLCONF":
        set_urlconf(None)


def _numbered(url: str, number: int) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


def log_in_as(role: str) -> None:
    """Close this thread's connections; whoever connects from now on, in any thread, does so as `role`."""
    connections.close_all()
    connections["default"].settings_dict.update(USER=role, PASSWORD=PASSWORDS[role])


def go_on_as(role: str) -> None:
    """Use this thread's connection on when it is of `role`; else log in."""
    mine = connections["default"]
    if mine.settings_dict["USER"] != role or not is_fresh(mine):
        log_in_as(role)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_modify_db_settings: None,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[None]:
    """Make this process's test database; it is gone when the tests end."""
    if not PASSWORDS["b2b_owner"]:
        pytest.exit("The tests need PostgreSQL and Valkey: run `make test`, or `make servers` first.", 2)
    login = connection.settings_dict
    name = str(login["TEST"]["NAME"] or f"test_{login['NAME']}")
    with django_db_blocker.unblock():
        log_in_as("b2b_owner")
        make_database(name)
        connections.close_all()
    yield
    recorder.end()
    with django_db_blocker.unblock():
        close_kept()
        log_in_as("b2b_owner")
        drop_database(name)


@pytest.fixture
def committed(
    request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Let the test use the database, logged in as b2b_api or as its `role` mark says."""
    mark = request.node.get_closest_marker("role")
    with django_db_blocker.unblock():
        go_on_as(mark.args[0] if mark else "b2b_api")
        yield
        if not is_fresh(connections["default"]):
            connections.close_all()


@pytest.fixture
def superuser_url(django_db_setup: None) -> str:
    """Logs in to the test database past every right and policy: to tamper, and to look at everything."""
    url = urlsplit(str(environment.state()["bootstrap_url"]))
    return urlunsplit(url._replace(path=f"/{quote(connections['default'].settings_dict['NAME'])}"))


@pytest.fixture
def office(settings: Settings) -> None:
    """Serve the office's URLs through the office's middleware, as its process does."""
    settings.ROOT_URLCONF = "b2b.urls.office"
    settings.MIDDLEWARE = settings.OFFICE_MIDDLEWARE
    settings.APPEND_SLASH = True


shared_platform = pytest.fixture(scope="session")(make_shared_platform)
"""A whole platform, as `make up` starts it, for every test that does it no lasting harm."""
