"""A client's secrets in the office: their table, a fresh one on its page, and the way to an approval."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from approvals.models import ApprovalRequest
from approvals.queries import find_open_request
from approvals.rules import PermitMissing
from core.admin.cells import Panel, change_url, dialog_link, label, link, moment
from core.admin.pages import secret_page
from partners.models import ApiClient, ClientSecret
from partners.services import NewSecret
from partners.services.permits import CLIENT, PRODUCTION_CREDENTIALS


def secrets_panel(client: ApiClient, at: datetime) -> Panel:
    """Return the table of a client's secrets, and what each is worth at a moment."""
    return Panel(
        "Secrets",
        ("Last four", "State", "Issued", "By", "Expires", "Revoked"),
        [
            (
                secret.hint,
                _state(secret, at),
                moment(secret.created_at),
                secret.created_by,
                moment(secret.expires_at),
                moment(secret.revoked_at),
            )
            for secret in client.secrets.all()
        ],
        empty="No secret yet: issue one, and hand it over in a safe way.",
    )


def _state(secret: ClientSecret, at: datetime) -> str:
    if secret.revoked_at is not None:
        return label("revoked")
    if secret.expires_at is None:
        return label("active")
    if secret.expires_at <= at:
        return label("expired")
    hours = int((secret.expires_at - at).total_seconds() // 3600)
    left = f"{hours // 24} days" if hours >= 72 else f"{hours} h"
    return label("pending", f"Ends in {left}")


def shown_once(request: HttpRequest, fresh: NewSecret, back: str) -> HttpResponse:
    """Answer with the page that shows a fresh secret, this one time."""
    return secret_page(
        request,
        kind="Client secret",
        secret=fresh.secret,
        owner="Client id",
        owner_id=fresh.client_id,
        back=back,
    )


@contextmanager
def leading_to_approval(client: ApiClient, record_url: str) -> Iterator[None]:
    """Where a second person has not approved it, say by which command one asks, or whom it waits for."""
    try:
        yield
    except PermitMissing as refusal:
        asked = find_open_request(kind=PRODUCTION_CREDENTIALS, subject_type=CLIENT, subject_id=str(client.pk))
        if asked is not None:
            told = "A secret for production was asked for: {}."
            way: str = link(change_url(ApprovalRequest, asked.pk), asked.title)
        else:
            told = "A second person approves each secret for production first: {}."
            way = dialog_link(
                reverse("admin:partners_apiclient_ask", args=(client.pk,)),
                "Ask for a secret",
                without=record_url,
            )
        raise PermitMissing(format_html(told, way)) from refusal
