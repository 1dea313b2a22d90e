"""Answers to a dialog of a page, which htmx asks for: `office.js` shows also one that is refused or broke."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect


def in_dialog(request: HttpRequest) -> bool:
    """Whether what is answered is shown in a dialog of a page."""
    return request.headers.get("HX-Request") == "true"


def moved_on(request: HttpRequest, url: str) -> HttpResponse:
    """Send the whole browser on to `url`, also from inside a dialog."""
    if in_dialog(request):
        return HttpResponse(headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)
