"""A platform for the journeys that need a whole one: started once, as people start it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Platform


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    folder = Path(tempfile.mkdtemp(prefix="b2b-test-"))
    folder.chmod(0o755)
    found = Platform(folder / "var")
    found.start()
    yield found
    found.stop()
    shutil.rmtree(folder, ignore_errors=True)
