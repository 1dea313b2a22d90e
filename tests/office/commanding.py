"""Giving commands in the office, and what they left behind."""

from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from approvals.models import ApprovalRequest
from tests.office.makers import make_staff, records_of

ASKED = {"_form_submitted": "True"}
HTMX = {"HX-Request": "true"}


def address(model: type[Model], command: str, *args: Any) -> str:
    """Return the address of a command or page of a model."""
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{command}", args=args)


def run(browser: Client, model: type[Model], command: str, row: Any, **fields: Any) -> HttpResponse:
    """Send a command's dialog, as htmx does."""
    answer = browser.post(address(model, command, row), {**ASKED, **fields}, headers=HTMX)
    assert isinstance(answer, HttpResponse)
    return answer


def new_records(row: Model, before: int = 0) -> list[str]:
    """Return what was recorded about a row, after so many records."""
    return [record.action for record in records_of(row)[before:]]


def approve_waiting(subject_id: str) -> None:
    """Let a second person approve what waits about a subject."""
    waiting = ApprovalRequest.objects.get(subject_id=subject_id, status="pending")
    browser = make_staff(is_superuser=True)
    run(browser, ApprovalRequest, "approve", waiting.pk, digest=waiting.payload_digest)
    waiting.refresh_from_db()
    assert waiting.executed_at is not None
