"""Asking the authorization server and the API, as a partner's system would."""

import base64
from typing import Any
from urllib.parse import urlencode

from django.test import Client

from tests.makers.partners import MadeClient

FORM = "application/x-www-form-urlencoded"


def basic(client_id: str, secret: str) -> dict[str, str]:
    """Return the header of HTTP Basic."""
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def post_form(path: str, fields: Any, headers: dict[str, str] | None = None, **environ: Any) -> Any:
    """Send a form; `fields` is a mapping or pairs."""
    return Client().post(path, urlencode(fields), content_type=FORM, headers=headers, **environ)


def ask_token(made: MadeClient, *, secret: str | None = None, **fields: str) -> Any:
    """Ask for a token with the credentials in the form."""
    return post_form(
        "/oauth/token",
        {
            "grant_type": "client_credentials",
            "client_id": made.client_id,
            "client_secret": made.secret if secret is None else secret,
            **fields,
        },
    )


def call(token: str, path: str = "/api/v2/partner", **environ: Any) -> Any:
    """Call the API with a token."""
    return Client().get(path, headers={"Authorization": f"Bearer {token}"}, **environ)
