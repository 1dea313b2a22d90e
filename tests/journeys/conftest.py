"""The platform for the journeys: it has the demo's tenants alone, of all of whom statements are drafted."""

from collections.abc import Iterator

import pytest

from tests.running import Platform, SharedPlatform


@pytest.fixture(scope="session")
def journeys_platform() -> Iterator[SharedPlatform]:
    found = SharedPlatform()
    yield found
    found.discard()


@pytest.fixture
def platform(journeys_platform: SharedPlatform) -> Platform:
    return journeys_platform.running()
