"""A whole platform for each module of this folder, and what goes wrong when the checker finds something."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Platform


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that the servers' account may enter, unlike pytest's own."""
    found = Path(tempfile.mkdtemp(prefix="b2b-faults-"))
    found.chmod(0o755)
    yield found
    shutil.rmtree(found, ignore_errors=True)


@pytest.fixture(scope="module")
def platform(folder: Path) -> Iterator[Platform]:
    """A running platform that the module's tests treat badly, one after the other."""
    found = Platform(folder / "var", B2B_API_WORKERS="2", B2B_WORKER_CONCURRENCY="2")
    found.start()
    yield found
    found.stop()
    left = found.members()
    for process in left:
        process.kill()
    assert not left
