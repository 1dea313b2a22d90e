"""A whole platform with the demo's staff, and a browser in which they work."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, StorageState

from tests.e2e.desk import Desk, chromium, context_of, find_chromium
from tests.e2e.preparing import prepare
from tests.running import Platform

Prepare = Callable[..., dict[str, str]]
Enter = Callable[..., Desk]
SecretOf = Callable[[str], str]


@pytest.fixture(scope="session")
def platform(request: pytest.FixtureRequest) -> Iterator[Platform]:
    """A running platform: the one in `B2B_E2E_VAR`, which must be up, or the one that tests share."""
    if given := os.environ.get("B2B_E2E_VAR"):
        found = Platform.running(Path(given))
        yield found
        found.dismiss_clerk()
        return
    yield request.getfixturevalue("shared_platform").running()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium; without it the tests are skipped, and fail where they must run.

    It ends with its module: Django takes a thread in which Playwright runs for an asynchronous one.
    """
    if find_chromium() is None:
        missing = "Chromium is not installed: `apt-get install chromium`."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def sessions() -> dict[str, StorageState]:
    """What the browsers of those who have logged in remember, by name: a code works once in 30 seconds."""
    return {}


@pytest.fixture
def enter(platform: Platform, browser: Browser, sessions: dict[str, StorageState]) -> Iterator[Enter]:
    """Sit down as one of the demo's staff: `enter("compliance", dark=True)` is a `Desk` that is logged in."""
    demo = platform.demo()
    staff = {each["username"]: each for each in [demo["staff"], *demo["staffUsers"]]}
    opened = []

    def sit_down(username: str, **look: Any) -> Desk:
        context = context_of(browser, storage_state=sessions.get(username), **look)
        opened.append(context)
        desk = Desk(context.new_page(), platform.office_url)
        if username not in sessions:
            desk.log_in(staff[username])
            sessions[username] = context.storage_state()
        return desk

    yield sit_down
    for context in opened:
        context.close()


@pytest.fixture
def secret_of(platform: Platform) -> SecretOf:
    """Return the secret of a person's authenticator: `secret_of("compliance")`."""
    demo = platform.demo()
    secrets = {each["username"]: each["totpSecret"] for each in [demo["staff"], *demo["staffUsers"]]}
    return secrets.__getitem__


@pytest.fixture
def made(platform: Platform) -> Prepare:
    """Make what a journey needs, as `tests.e2e.preparing` says: `made("partner", "credentials", "name")`."""
    return lambda *told: prepare(platform.clerk, *told)
