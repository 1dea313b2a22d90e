"""Sealed history of one partner, and somebody who may do everything to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from core.clock import now
from core.sealing import verify
from core.trail import TRAIL
from tests.makers.partners import make_partner
from tests.makers.sealing import own_places, seal_everything, tampering
from tests.trail.makers import rename


@pytest.fixture(autouse=True)
def places(settings: Settings, tmp_path: Path) -> Path:
    """Keys and checkpoints of this test alone."""
    return own_places(settings, tmp_path)


@pytest.fixture
def partner_id() -> str:
    """A partner with four changes of its legal name, sealed by two calls, with a checkpoint."""
    partner = make_partner()
    for name in ("One", "Two"):
        rename(partner, name)
    seal_everything(TRAIL)
    for name in ("Three", "Four"):
        rename(partner, name)
    seal_everything(TRAIL)
    assert verify(TRAIL, verified_at=now()).faults == ()
    return str(partner.pk)


@pytest.fixture
def tamperer(partner_id: str, superuser_url: str) -> Iterator[Any]:
    """A cursor of the superuser, with triggers off, in a transaction that ends with the test."""
    with tampering(superuser_url) as cursor:
        yield cursor
