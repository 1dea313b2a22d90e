"""Makers of callers: a partner's system that has its token and speaks HTTP with the API."""

import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.test import Client

from partners.models import Tenant
from tests.makers.partners import make_client


@dataclass
class Caller:
    """Calls the API with a token. Every method returns the answer, errors included."""

    tenant_id: UUID
    client_id: str
    secret: str
    token: str = ""
    http: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def get(self, path: str, **headers: Any) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: Any) -> Any:
        return self.call("POST", path, body, **headers)

    def call(self, method: str, path: str, body: Any = None, **headers: Any) -> Any:
        """Send a request: `body` as JSON, or bytes as they are; headers are named as in `request.META`."""
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        if self.token:
            headers.setdefault("HTTP_AUTHORIZATION", f"Bearer {self.token}")
        return self.http.generic(method, path, raw, content_type="application/json", **headers)


def make_caller(tenant: Tenant | None = None, *, scopes: Iterable[str] | None = None) -> Caller:
    """Return a caller with a token of all its scopes; of a new tenant unless one is given; committed."""
    made = make_client(tenant, scopes=scopes)
    caller = Caller(tenant_id=made.client.tenant_id, client_id=made.client_id, secret=made.secret)
    basic = b64encode(f"{made.client_id}:{made.secret}".encode()).decode()
    answer = caller.http.post(
        "/oauth/token",
        "grant_type=client_credentials",
        content_type="application/x-www-form-urlencoded",
        HTTP_AUTHORIZATION=f"Basic {basic}",
    )
    assert answer.status_code == 200, answer.content
    caller.token = answer.json()["access_token"]
    return caller
