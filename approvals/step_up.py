"""Whether who decides has just proved that it is them: by a second factor of five minutes at most."""

from typing import Final

from django.http import HttpRequest, HttpResponse

from core.admin.dialogs import moved_on
from staff.security import verified_within, verify_url

STEP_UP_MINUTES: Final = 5


def challenge(request: HttpRequest) -> HttpResponse | None:
    """Send who decides to enter a code and back here; None if the last one is fresh enough."""
    if verified_within(request, minutes=STEP_UP_MINUTES):
        return None
    return moved_on(request, verify_url(request))
