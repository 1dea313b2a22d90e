"""One stream process and one relay for each module."""

from collections.abc import Iterator

import pytest
from pytest_django import DjangoDbBlocker

from tests.streaming.serving import Stream, relay_process


@pytest.fixture(scope="module")
def serving(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Stream]:
    """A stream and a relay, at work for all tests of a module."""
    stream = Stream()
    with django_db_blocker.unblock(), relay_process():
        stream.start()
        yield stream
        stream.stop()


@pytest.fixture
def stream(serving: Stream, committed: None) -> Stream:
    """The module's stream, for a test that uses the database as well."""
    return serving
