"""Coming in: the link of a letter, the password, the authenticator and its codes."""

from typing import Any, Final

import segno
from django.contrib import admin
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django_ratelimit.core import is_ratelimited

from core.addresses import client_address
from core.clock import now
from core.errors import Refusal
from staff.dispatch import send_password_link_soon
from staff.errors import LinkIsDead
from staff.forms import CodeForm, ForgottenForm, NewPasswordForm
from staff.security import (
    acting_staff,
    is_verified,
    keep_this_session,
    mark_verified,
    next_url,
    verified_within,
    verify_url,
)
from staff.services.authenticators import (
    begin_enrolment,
    finish_enrolment,
    has_authenticator,
    provisioning_uri,
    verify_code,
)
from staff.services.links import find_link, use_link
from staff.throttle import locked_out

LINKS_PER_HOUR: Final = (10, 3600)
TOKEN: Final = "staff_link"  # noqa: S105 - the name of a place in the session
BACKEND: Final = "staff.backends.StaffBackend"


@never_cache
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a code: after the password, and again before what needs a fresh one."""
    user = acting_staff(request)
    if not has_authenticator(user.pk):
        return HttpResponseRedirect(reverse("office-enrol"))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at = now()
        try:
            verify_code(user=user, code=form.cleaned_data["code"], verified_at=at)
        except Refusal as refusal:
            form.add_error("code", refusal.message)
        else:
            mark_verified(request, at=at)
            return HttpResponseRedirect(next_url(request))
    return _page(
        request,
        "office/verify.html",
        title="Confirm it is you" if is_verified(request) else "One more step",
        form=form,
        next=next_url(request),
    )


@never_cache
def enrol(request: HttpRequest) -> HttpResponse:
    """Show the secret of a new authenticator, as a picture and to type, and take its first code."""
    user = acting_staff(request)
    if has_authenticator(user.pk) and not verified_within(request):
        return HttpResponseRedirect(verify_url(request))
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        at = now()
        try:
            finish_enrolment(user=user, code=form.cleaned_data["code"], enrolled_at=at)
        except Refusal as refusal:
            form.add_error("code", refusal.message)
        else:
            keep_this_session(request, user)
            mark_verified(request, at=at)
            return HttpResponseRedirect(reverse("admin:index"))
    secret = begin_enrolment(user=user)
    uri = provisioning_uri(username=user.get_username(), secret=secret)
    return _page(
        request,
        "office/enrol.html",
        title="Set up your authenticator",
        form=form,
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        picture=segno.make(uri, error="m").svg_data_uri(scale=5, border=4, light="#fff"),
    )


@never_cache
def forgotten(request: HttpRequest) -> HttpResponse:
    """Send a link for a new password; the answer is the same whether somebody has the address or not."""
    form = ForgottenForm(request.POST or None)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent:
        if is_ratelimited(
            request,
            group="forgotten",
            key=lambda _group, asked: client_address(asked) or "unknown",
            rate=LINKS_PER_HOUR,
            increment=True,
        ):
            return locked_out(request)
        send_password_link_soon(form.cleaned_data["email"])
    return _page(
        request, "office/forgotten.html", title="Forgotten your password?", form=form, is_sent=is_sent
    )


@never_cache
def welcome_link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address: the next page has none to leak. Who is logged in stays so."""
    request.session[TOKEN] = token
    return HttpResponseRedirect(reverse("office-welcome"))


@never_cache
@sensitive_post_parameters()
def welcome(request: HttpRequest) -> HttpResponse:
    """Ask for the password that the link allows to set, and let its owner in."""
    token = str(request.session.get(TOKEN, ""))
    at = now()
    try:
        link = find_link(token, at=at)
        form = NewPasswordForm(link.user, request.POST or None)
        if request.method == "POST" and form.is_valid():
            user = use_link(token, password=form.cleaned_data["password"], used_at=at)
            request.session.flush()
            user.refresh_from_db()
            login(request, user, backend=BACKEND)
            return HttpResponseRedirect(reverse("office-verify"))
    except LinkIsDead as refusal:
        return _page(request, "office/dead_link.html", title="Link", message=refusal.message, status=410)
    return _page(request, "office/welcome.html", title="Choose your password", form=form, username=link.user)


def _page(
    request: HttpRequest, template: str, *, title: str, status: int = 200, **context: Any
) -> HttpResponse:
    return render(
        request, template, {**admin.site.each_context(request), "title": title, **context}, status=status
    )
