"""What staff see and change of themselves: roles, deputy, password, sessions."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from core.admin.forms import add_refusal
from core.admin.pages import office_page
from core.clock import now
from core.errors import Refusal
from staff.forms import DeputyForm, OwnPasswordForm
from staff.queries import find_stood_in_for, list_deputies_ahead, roles_of
from staff.rules import role_title
from staff.security import acting_staff, challenge, keep_this_session
from staff.services.people import Named, change_password, end_deputy, end_sessions, name_deputy


def me(request: HttpRequest) -> HttpResponse:
    """Show one's own roles, deputies and ways to prove oneself."""
    user, at = acting_staff(request), now()
    return office_page(
        request,
        "office/me.html",
        title="You",
        subtitle=user.get_full_name() or user.get_username(),
        me=user,
        roles=[role_title(role) for role in sorted(roles_of(user))],
        deputies=list_deputies_ahead(user, at=at),
        stands_in_for=find_stood_in_for(user, at=at),
    )


def deputy(request: HttpRequest) -> HttpResponse:
    """Name a deputy."""
    user = acting_staff(request)
    form = DeputyForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            named = name_deputy(
                user=user,
                deputy_id=form.cleaned_data["deputy"].pk,
                from_at=form.from_at,
                until_at=form.until_at,
                named_at=now(),
            )
        except Refusal as refusal:
            add_refusal(form, refusal)
        else:
            messages.success(request, _named_in_words(named))
            return HttpResponseRedirect(reverse("office-me"))
    return _asked(
        request,
        form,
        title="Deputy",
        asks="Who decides in your place while you are away? A deputy needs the role for it.",
        button="Name deputy",
    )


def _named_in_words(named: Named) -> str:
    """Return who stands in from when to when, and what became of those before."""
    made = named.deputy
    first = (
        f"Your deputy is named: {made.deputy} stands in from {made.from_at:%Y-%m-%d} "
        f"to {made.last_day:%Y-%m-%d}."
    )
    return " ".join(
        (
            first,
            *(f"{each.deputy} now stands in to {each.last_day:%Y-%m-%d}." for each in named.shortened),
            *(f"{each.deputy} no longer stands in." for each in named.ended),
        )
    )


@require_POST
def deputy_end(request: HttpRequest, deputy_id: UUID) -> HttpResponse:
    """End a deputy's time."""
    try:
        end_deputy(user=acting_staff(request), deputy_id=deputy_id, ended_at=now())
    except Refusal as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, "Your deputy no longer stands in.")
    return HttpResponseRedirect(reverse("office-me"))


@sensitive_post_parameters()
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password; all other sessions end. Wrong present ones make wait, as at the login."""
    user = acting_staff(request)
    form = OwnPasswordForm(request, user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        at = now()
        change_password(user=user, password=form.cleaned_data["password"], changed_at=at)
        keep_this_session(request, user)
        messages.success(request, "Your password is changed; your other sessions have ended.")
        return HttpResponseRedirect(reverse("office-me"))
    return _asked(
        request,
        form,
        title="Change your password",
        asks="Your other sessions will end.",
        button="Change password",
    )


@require_POST
def sessions_end(request: HttpRequest) -> HttpResponse:
    """End all of one's other sessions."""
    user, at = acting_staff(request), now()
    if (code_first := challenge(request)) is not None:
        return code_first
    end_sessions(user_id=user.pk, reason="asked by their owner", ended_at=at)
    keep_this_session(request, user)
    messages.success(request, "Your other sessions have ended.")
    return HttpResponseRedirect(reverse("office-me"))


def _asked(request: HttpRequest, form: object, *, title: str, asks: str, button: str) -> HttpResponse:
    return office_page(
        request,
        "office/command.html",
        title=title,
        asks=asks,
        button=button,
        form=form,
        danger=False,
        back=reverse("office-me"),
    )
