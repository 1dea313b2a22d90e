"""Staff: invited by e-mail, given roles, never deleted and never given a password by anybody else."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from unfold.enums import ActionVariant

from core.admin.base import OfficeAdmin
from core.admin.cells import Panel, change_url, joined, label, moment, moment_text
from core.admin.commands import CommandForm, ReasonForm, command, told
from core.admin.forms import OfficeForm
from core.admin.pages import command_page
from core.admin.scope import everybodys
from core.clock import now
from core.models import StaffUser
from staff.models import LinkPurpose, StaffTotp
from staff.queries import list_deputies_ahead
from staff.rules import ROLE_NAMES, role_title
from staff.security import acting_staff
from staff.services.authenticators import request_reset
from staff.services.links import invite, send_link
from staff.services.people import deactivate, end_sessions, reactivate
from staff.services.roles import request_role, take_role

if TYPE_CHECKING:
    from django.forms import EmailInput, Select, TextInput
else:
    from unfold.widgets import UnfoldAdminEmailInputWidget as EmailInput
    from unfold.widgets import UnfoldAdminSelectWidget as Select
    from unfold.widgets import UnfoldAdminTextInputWidget as TextInput

MAY_CHANGE = ("core.change_staffuser",)
NOT_SENT = "The letter could not be sent. Use “Send a new link” once mail works again."


class InvitationForm(OfficeForm):
    """Whom to invite."""

    email = forms.EmailField(max_length=150, label="E-mail", widget=EmailInput())
    first_name = forms.CharField(max_length=150, required=False, widget=TextInput())
    last_name = forms.CharField(max_length=150, required=False, widget=TextInput())


class RoleForm(ReasonForm):
    """Which role, and why."""

    role = forms.ChoiceField(choices=[(name, role_title(name)) for name in ROLE_NAMES], widget=Select())
    field_order = ("role", "reason")


if admin.site.is_registered(StaffUser):
    admin.site.unregister(StaffUser)


@admin.register(StaffUser)
class StaffUserAdmin(OfficeAdmin):
    """A member of staff."""

    whose = everybodys
    history_with = ("core.staffuser_groups", "core.staffuser_user_permissions")
    list_display = ("username", "full_name", "roles", "state", "authenticator", "seen")
    list_filter = ("is_active", "is_superuser", "groups")
    search_fields = ("username__icontains", "email__icontains", "last_name__icontains")
    ordering = ("username",)
    readonly_fields = ("username", "email", "roles", "state", "authenticator", "last_login", "date_joined")
    fieldsets = (
        ("Person", {"fields": (("username", "email"), ("first_name", "last_name"))}),
        ("Rights", {"fields": (("roles", "state", "authenticator"),)}),
        ("Dates", {"fields": (("last_login", "date_joined"),)}),
    )
    actions_list = ("invite",)
    actions_detail = (
        "grant",
        "take",
        "link",
        "reset",
        "end",
        "deactivate",
        "reactivate",
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        enrolled: QuerySet[Any] = StaffTotp.objects.filter(user=OuterRef("pk"), confirmed=True)
        found: QuerySet[Any] = super().get_queryset(request).prefetch_related("groups")
        shown: QuerySet[Any] = found.annotate(is_enrolled=Exists(enrolled))
        return shown

    @admin.display(description="name", ordering="last_name")
    def full_name(self, user: StaffUser) -> str:
        return user.get_full_name() or "-"

    @admin.display(description="roles")
    def roles(self, user: StaffUser) -> str:
        held = sorted(role_title(group.name) for group in user.groups.all())
        return joined(["Superuser", *held] if user.is_superuser else held)

    @admin.display(description="state", ordering="is_active")
    def state(self, user: StaffUser) -> str:
        if not user.is_active:
            return label("suspended", "Inactive")
        return label("active") if user.has_usable_password() else label("pending", "Invited")

    @admin.display(description="authenticator")
    def authenticator(self, user: Any) -> str:
        return "set up" if user.is_enrolled else "not yet"

    @admin.display(description="last login", ordering="last_login")
    def seen(self, user: StaffUser) -> str:
        return moment(user.last_login)

    def panels(self, request: HttpRequest, row: StaffUser) -> list[Panel]:
        at = now()
        return [
            Panel(
                title="Deputies",
                headings=("Deputy", "First day", "Last day"),
                rows=[
                    (each.deputy.get_username(), f"{each.from_at:%Y-%m-%d}", f"{each.last_day:%Y-%m-%d}")
                    for each in list_deputies_ahead(row, at=at)
                ],
                empty="Nobody stands in.",
            ),
            Panel(
                title="Links",
                headings=("Purpose", "Made", "By", "Ends", "Letter", "State"),
                rows=[
                    (
                        link.get_purpose_display(),
                        moment(link.made_at),
                        link.made_by,
                        moment(link.expires_at),
                        "sent" if link.mailed_at else "not sent",
                        _link_state(link, at),
                    )
                    for link in row.links.order_by("-made_at")[:10]
                ],
                empty="No link was sent.",
            ),
        ]

    def hidden_commands(self, row: StaffUser) -> frozenset[str]:
        return frozenset({"reactivate"} if row.is_active else set(self.actions_detail) - {"reactivate"})

    @command_page(
        title="Invite",
        asks="Whom do you invite? They get a link by e-mail, choose a password and set up an authenticator.",
        button="Send invitation",
        permissions=("core.add_staffuser",),
        form=InvitationForm,
        icon="person_add",
        variant=ActionVariant.PRIMARY,
    )
    def invite(self, request: HttpRequest, form: InvitationForm, object_id: str) -> str:
        user, is_sent = invite(
            email=form.cleaned_data["email"],
            first_name=form.cleaned_data["first_name"],
            last_name=form.cleaned_data["last_name"],
            invited_by=request.user.get_username(),
            invited_at=now(),
        )
        told(request, f"{user} is invited." if is_sent else NOT_SENT)
        return change_url(StaffUser, user.pk)

    @command(
        title="Give role",
        asks="Which role, and why? All sessions of this person end.",
        button="Give role",
        permissions=MAY_CHANGE,
        form=RoleForm,
        icon="add_moderator",
    )
    def grant(self, request: HttpRequest, form: RoleForm, object_id: str) -> None:
        said = request_role(
            user=StaffUser.objects.get(pk=object_id),
            role=form.cleaned_data["role"],
            reason=form.cleaned_data["reason"],
            requested_by=acting_staff(request),
            requested_at=now(),
        )
        told(request, said)

    @command(
        title="Take role away",
        asks="Which role, and why? All sessions of this person end.",
        button="Take away",
        permissions=MAY_CHANGE,
        form=RoleForm,
        icon="remove_moderator",
    )
    def take(self, request: HttpRequest, form: RoleForm, object_id: str) -> None:
        take_role(
            user_id=int(object_id),
            role=form.cleaned_data["role"],
            reason=form.cleaned_data["reason"],
            taken_by=acting_staff(request),
            taken_at=now(),
        )
        told(request, "The role is taken away.")

    @command(
        title="Send a new link",
        asks="Send a link to set a password? It works once, for 48 hours; an earlier link ends.",
        button="Send link",
        permissions=MAY_CHANGE,
        form=CommandForm,
        icon="mail",
    )
    def link(self, request: HttpRequest, form: CommandForm, object_id: str) -> None:
        user = StaffUser.objects.get(pk=object_id)
        is_sent = send_link(
            user_id=user.pk,
            purpose=LinkPurpose.PASSWORD if user.has_usable_password() else LinkPurpose.INVITATION,
            made_by=request.user.get_username(),
            made_at=now(),
        )
        told(request, "The link is sent." if is_sent else NOT_SENT)

    @command(
        title="Reset authenticator",
        asks="Ask to take the authenticator and the password away? A second security admin confirms.",
        button="Ask for reset",
        permissions=("staff.add_totpreset",),
        form=ReasonForm,
        icon="phonelink_erase",
        variant=ActionVariant.DANGER,
    )
    def reset(self, request: HttpRequest, form: ReasonForm, object_id: str) -> str:
        made = request_reset(
            user_id=int(object_id),
            reason=form.cleaned_data["reason"],
            requested_by=acting_staff(request),
            requested_at=now(),
        )
        told(request, "A second security admin must confirm.")
        return change_url(type(made), made.pk)

    @command(
        title="End sessions",
        asks="End every session of this person now?",
        button="End sessions",
        permissions=MAY_CHANGE,
        form=ReasonForm,
        icon="logout",
    )
    def end(self, request: HttpRequest, form: ReasonForm, object_id: str) -> None:
        end_sessions(user_id=int(object_id), reason=form.cleaned_data["reason"], ended_at=now())
        told(request, "Their sessions have ended.")

    @command(
        title="Deactivate",
        asks="Let this person in no more? Their sessions end at once.",
        button="Deactivate",
        permissions=MAY_CHANGE,
        form=ReasonForm,
        icon="person_off",
        variant=ActionVariant.DANGER,
    )
    def deactivate(self, request: HttpRequest, form: ReasonForm, object_id: str) -> None:
        deactivate(
            user_id=int(object_id),
            reason=form.cleaned_data["reason"],
            by=acting_staff(request),
            deactivated_at=now(),
        )
        told(request, "They are let in no more.")

    @command(
        title="Reactivate",
        asks="Let this person in again?",
        button="Reactivate",
        permissions=MAY_CHANGE,
        form=ReasonForm,
        icon="person_check",
    )
    def reactivate(self, request: HttpRequest, form: ReasonForm, object_id: str) -> None:
        reactivate(
            user_id=int(object_id),
            reason=form.cleaned_data["reason"],
            by=acting_staff(request),
            reactivated_at=now(),
        )
        told(request, "They are let in again.")


def _link_state(link: Any, at: Any) -> str:
    if link.used_at:
        return f"used {moment_text(link.used_at)}"
    return "ended" if link.revoked_at or link.expires_at <= at else "open"
