"""For the pages of apps above: where the browser goes when a form became a request."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from approvals.models import ApprovalRequest
from core.admin.cells import change_url


def asked_instead(request: HttpRequest) -> HttpResponse | None:
    """Lead to the request for approval that a saved form has become (`request.asked`); None if it has not."""
    asked: ApprovalRequest | None = getattr(request, "asked", None)
    if asked is None:
        return None
    return HttpResponseRedirect(waiting_url(request, asked))


def waiting_url(request: HttpRequest, asked: ApprovalRequest) -> str:
    """Say that a change waits for a second person, and return the address of its request."""
    messages.info(request, f"A second person must approve this: {asked.title}.")
    return change_url(ApprovalRequest, asked.pk)
