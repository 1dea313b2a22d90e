"""The benchmark of the office fills the tables of today and finds every page; it measures elsewhere."""

from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.office import QUERIES_MAX, VOLUME, measure

MANAGER = {"account manager": "bench-account_manager2"}


@pytest.mark.slow
class TestMeasure:
    def test_asks_for_every_page_within_its_queries(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o755)
        small = {name: max(number // 100, 3) for name, number in VOLUME.items()}
        slowest, most = measure(tmp_path, Console(quiet=True), volume=small, people=MANAGER)
        assert slowest.value > 0
        assert most.value <= QUERIES_MAX, most.notes
