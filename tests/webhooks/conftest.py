"""What the tests of webhooks stand on: a relay that numbers when it is told to."""

from collections.abc import Iterator

import pytest

from tests.makers.relays import Relay, relaying

__all__ = ["Relay", "relay"]


@pytest.fixture
def relay(committed: None, superuser_url: str) -> Iterator[Relay]:
    """Number everything that waits, as the relay does."""
    with relaying(superuser_url) as found:
        yield found
