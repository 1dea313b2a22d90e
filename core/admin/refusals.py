"""What the office shows to whoever may not see a page, and where there is none: its own frame, and advice."""

from typing import Final

import structlog
from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from core.admin.dialogs import in_dialog
from core.admin.pages import office_page

LET_IN: Final = "staff_verified_at"
"""What a session holds whose owner gave password and code: nobody else sees the frame of the office."""


BROKEN: Final = "Something broke on our side"
SAYS_BROKEN: Final = (
    "Whether what you asked for was saved is not certain: look at the record before you ask again."
)
TOO_LARGE: Final = "Too large"
SAYS_TOO_LARGE: Final = "What you sent is larger than any form of the office takes; nothing was saved."
ADVISES_LESS: Final = (
    "Go back and shorten it: a form takes 1 MB in all, and a document is handed in as a file."
)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler400` of the office."""
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return _too_large(request)
    return _refused(
        request,
        status=400,
        title="Not understood",
        says="The address asks for something that this page does not know.",
        advice="Go back, and ask for the list anew.",
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler403` of the office."""
    return _refused(
        request,
        status=403,
        title="Not for your role",
        says="You are logged in, but none of your roles opens this page.",
        advice="If your work needs it, ask a security admin for a role that does.",
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's `handler404` of the office."""
    return _refused(
        request,
        status=404,
        title="Not found",
        says="There is nothing at this address, or nothing that you may see.",
        advice="Check the address, or look for an id with Ctrl+K.",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's `handler500` of the office. It asks no database and no session: either may be what is away."""
    request_id = structlog.contextvars.get_contextvars().get("request_id", "")
    context = {"title": BROKEN, "says": SAYS_BROKEN, "request_id": request_id}
    template = "office/broken.html"
    if in_dialog(request):
        template = "office/dialog_refused.html"
        context["refusal"] = f"{SAYS_BROKEN} Request id: {request_id}"
    return HttpResponse(render_to_string(template, context), status=500)


def _too_large(request: HttpRequest) -> HttpResponse:
    return _refused(request, status=413, title=TOO_LARGE, says=SAYS_TOO_LARGE, advice=ADVISES_LESS)


def _refused(request: HttpRequest, *, status: int, title: str, says: str, advice: str) -> HttpResponse:
    if in_dialog(request):
        context = {"title": title, "refusal": f"{says} {advice}"}
        return render(request, "office/dialog_refused.html", context, status=status)
    user = getattr(request, "user", None)
    if user is None or not (user.is_authenticated and request.session.get(LET_IN)):
        plain = {"title": title, "message": says, "site_title": settings.UNFOLD["SITE_TITLE"]}
        return render(request, "office/dead_link.html", plain, status=status)
    roles = user.groups.order_by("name").values_list("name", flat=True) if status == 403 else ()
    answer = office_page(
        request,
        "office/refused.html",
        title=title,
        says=says,
        advice=advice,
        roles=", ".join(str(name).replace("_", " ") for name in roles),
    )
    answer.status_code = status
    return answer.render()
