"""What the tests of webhooks stand on: a relay that numbers when it is told to."""

from collections.abc import Callable, Iterator

import psycopg
import pytest

from core.numbering import number_batch

Relay = Callable[[], None]


@pytest.fixture
def relay(committed: None, superuser_url: str) -> Iterator[Relay]:
    """Number everything that waits, as the relay does."""
    with psycopg.connect(superuser_url, autocommit=True) as session:

        def number_all() -> None:
            while number_batch(session):
                pass

        yield number_all
