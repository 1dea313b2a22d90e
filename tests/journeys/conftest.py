"""The platform for the journeys: it has the demo's tenants alone, of all of whom statements are drafted."""

import pytest

from tests.running import Platform, SharedPlatform, make_shared_platform

journeys_platform = pytest.fixture(scope="session")(make_shared_platform)


@pytest.fixture
def platform(journeys_platform: SharedPlatform) -> Platform:
    return journeys_platform.running()
