"""The gate of the office: no page without a session that gave a code, and none of a session left alone."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import urlencode

from core.admin.dialogs import moved_on
from core.clock import now
from staff.security import is_verified, touch, verify_url, why_over

OPEN_PAGES: Final = frozenset(
    {
        "admin:login",
        "admin:logout",
        "admin_password_reset",
        "office-csp-report",
        "office-welcome",
        "office-welcome-link",
    }
)
PASSWORD_PAGES: Final = frozenset({"office-verify", "office-enrol"})
"""Pages for who has given the password alone."""


class StaffSessions:
    """Lets a request through to its view, or sends the browser to where it can prove what is missing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        match = request.resolver_match
        page = match.view_name if match else ""
        present = now()
        if request.user.is_authenticated:
            if said := why_over(request, at=present):
                logout(request)
                messages.info(request, said)
            else:
                touch(request, at=present)
        if page in OPEN_PAGES:
            return None
        if not request.user.is_authenticated:
            return moved_on(request, f"{reverse('admin:login')}?{urlencode({'next': _here(request)})}")
        if page in PASSWORD_PAGES or is_verified(request):
            return None
        return moved_on(request, verify_url(request))


def _here(request: HttpRequest) -> str:
    return request.get_full_path() if request.method == "GET" else reverse("admin:index")
