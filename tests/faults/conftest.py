"""A platform that the tests of this folder treat badly, and a folder for what its clients write down."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Platform, SharedPlatform


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    found = Path(tempfile.mkdtemp(prefix="b2b-faults-"))
    yield found
    shutil.rmtree(found, ignore_errors=True)


@pytest.fixture(scope="module")
def platform(shared_platform: SharedPlatform) -> Platform:
    return shared_platform.running()
