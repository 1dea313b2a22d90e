"""Tests of wallets have a tenant."""

import pytest

from partners.models import Tenant
from tests.makers.partners import make_tenant


@pytest.fixture
def owner(committed: None) -> Tenant:
    return make_tenant()
