"""For the pages of apps above: who asks, and where the browser goes when a form became a request."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from approvals.models import ApprovalRequest
from core.admin.cells import change_url
from core.models import StaffUser


def acting_staff(request: HttpRequest) -> StaffUser:
    """Return the member of staff who sends this request."""
    if not isinstance(request.user, StaffUser):
        raise PermissionDenied
    return request.user


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
