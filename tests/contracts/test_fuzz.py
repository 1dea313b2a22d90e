"""Requests made up from the OpenAPI document: none is a server error, every answer is as documented."""

from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.api.openapi import document
from tests.makers.http import make_caller
from tests.makers.partners import make_tenant

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]

schema = schemathesis.openapi.from_dict(document())
schema.app = WSGIHandler()


@pytest.fixture(scope="module")
def token(django_db_setup: None, django_db_blocker: Any) -> str:
    with django_db_blocker.unblock():
        return make_caller(make_tenant(requests_per_minute=100_000)).token


@pytest.mark.slow
@schema.parametrize()
@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_made_up_requests_are_answered_as_documented(case: Any, committed: None, token: str) -> None:
    case.call_and_validate(
        checks=CHECKS,
        headers={"Authorization": f"Bearer {token}", "Host": "localhost"},
        base_url="http://localhost",
    )
