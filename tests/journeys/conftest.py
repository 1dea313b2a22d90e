"""The platform for the journeys that need a whole one."""

import pytest

from tests.running import Platform, SharedPlatform


@pytest.fixture
def platform(shared_platform: SharedPlatform) -> Platform:
    return shared_platform.running()
