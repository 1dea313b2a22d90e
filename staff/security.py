"""What a session of the office has proved, and since when.

A session that knows the password alone sees nothing but the page that asks for the code. Its id is new after
the password and again after the code.
"""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import update_session_auth_hash
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from core.admin.dialogs import in_dialog, moved_on
from core.clock import now
from core.models import StaffUser

OPENED, SEEN, VERIFIED = "staff_opened_at", "staff_seen_at", "staff_verified_at"
SEEN_EVERY_SECONDS = 60
STEP_UP_MINUTES = 5
"""So old may the code be with which somebody decides."""


def acting_staff(request: HttpRequest) -> StaffUser:
    """Return the member of staff who sends this request. Raises PermissionDenied for anybody else."""
    if not isinstance(request.user, StaffUser) or not request.user.is_staff:
        raise PermissionDenied
    return request.user


def verified_within(request: HttpRequest, minutes: int = STEP_UP_MINUTES) -> bool:
    """Whether whoever asks has given a code of their authenticator in the last minutes (a step-up)."""
    verified_at = request.session.get(VERIFIED)
    return verified_at is not None and 0 <= _seconds(now()) - int(verified_at) <= minutes * 60


def challenge(request: HttpRequest) -> HttpResponse | None:
    """Send who asks to enter a code and back here; None if the last one is fresh enough."""
    return None if verified_within(request) else moved_on(request, verify_url(request))


def is_verified(request: HttpRequest) -> bool:
    """Whether this session has given a code at all."""
    return request.session.get(VERIFIED) is not None


def verify_url(request: HttpRequest) -> str:
    """Return the address that asks for a code and then comes back here (or to where a dialog was opened)."""
    here = request.get_full_path()
    if in_dialog(request) or request.method != "GET":
        here = request.headers.get("HX-Current-URL") or request.META.get("HTTP_REFERER") or ""
    return f"{reverse('office-verify')}?{urlencode({'next': here})}"


def mark_verified(request: HttpRequest, *, at: datetime) -> None:
    """Remember that the code was right, under a new session id."""
    request.session.cycle_key()
    request.session[VERIFIED] = _seconds(at)
    touch(request, at=at)


def keep_this_session(request: HttpRequest, user: StaffUser) -> None:
    """Let this one session live on after a change that ends all sessions of its user."""
    user.refresh_from_db()
    update_session_auth_hash(request, user)


def touch(request: HttpRequest, *, at: datetime) -> None:
    """Remember when the session was opened, and, once a minute, that it is in use."""
    session, present = request.session, _seconds(at)
    if OPENED not in session:
        session[OPENED] = present
    if abs(present - int(session.get(SEEN, 0))) >= SEEN_EVERY_SECONDS:
        session[SEEN] = present


def why_over(request: HttpRequest, *, at: datetime) -> str:
    """Return in words why the session is over: idle for 15 minutes, or open for 8 hours; else nothing."""
    present = _seconds(at)
    opened, seen = request.session.get(OPENED), request.session.get(SEEN)
    if opened is None or seen is None:
        return ""
    idle, longest = settings.STAFF_IDLE, settings.STAFF_SESSION_MAX
    if timedelta(seconds=present - int(opened)) >= longest:
        return f"You were logged out: a session lasts {longest // timedelta(hours=1)} hours."
    if timedelta(seconds=present - int(seen)) >= idle:
        return f"You were logged out: nothing was done for {idle // timedelta(minutes=1)} minutes."
    return ""


def next_url(request: HttpRequest) -> str:
    """Return where to go on to: `next`, if it is an address of the office, else the home page."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if asked and is_ours else reverse("admin:index")


def _seconds(at: datetime) -> int:
    return int(at.timestamp())
