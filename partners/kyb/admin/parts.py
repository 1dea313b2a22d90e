"""Small parts of the Compliance tab's panels."""

from datetime import date
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from partners.models import Partner
from partners.onboarding.stages import ENDED


def broken(words: str) -> SafeString:
    """Return somebody's words so that a long one never widens the table."""
    return format_html('<span class="office-broken">{}</span>', words)


def stops_in_words(day: date | None) -> str:
    """Return when production stops for something that has lapsed; nothing where it does not."""
    return f"Production stops on {day}." if day else ""


def sentences(*said: str) -> str:
    """Return those that say something, one after another."""
    return " ".join(filter(None, said))


def form_url(request: HttpRequest, partner: Partner, permission: str, name: str, *args: UUID | None) -> str:
    """Return the address of a form about a partner that this person may open, else nothing: of a partner that
    has ended there are none.
    """
    return "" if partner.stage in ENDED else page_url(request, permission, name, partner.pk, *args)


def page_url(request: HttpRequest, permission: str, name: str, *args: UUID | None) -> str:
    """Return the address of a page that this person may open, else nothing."""
    return reverse(name, args=args) if request.user.has_perm(permission) else ""
