"""Staff users and their groups. A user is never deleted, only made inactive: history names them."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from core.admin.base import OfficeAdmin
from core.admin.cells import link, moment
from core.models import StaffUser

if TYPE_CHECKING:
    from django.contrib.auth.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
else:
    from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

# Importing Django's admin of users registered its own Group page; ours takes its place.
admin.site.unregister(Group)


@admin.register(StaffUser)
class StaffUserAdmin(OfficeAdmin, DjangoUserAdmin):  # type: ignore[type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "full_name", "email", "is_active", "is_superuser", "seen")
    list_filter = ("is_active", "is_superuser", "groups")
    search_fields = ("username__icontains", "email__icontains", "last_name__icontains")
    ordering = ("username",)
    filter_horizontal = ("groups",)
    readonly_fields = ("password_shown", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": (("username", "password_shown"),)}),
        ("Person", {"fields": (("first_name", "last_name"), "email")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": (("last_login", "date_joined"),)}),
    )
    add_fieldsets = ((None, {"fields": ("username", "password1", "password2")}),)

    @admin.display(description="name", ordering="last_name")
    def full_name(self, user: StaffUser) -> str:
        return user.get_full_name() or "-"

    @admin.display(description="password")
    def password_shown(self, user: StaffUser) -> str:
        return link("../password/", "Set a new password")

    @admin.display(description="last login", ordering="last_login")
    def seen(self, user: StaffUser) -> str:
        return moment(user.last_login)

    def save_model(self, request: HttpRequest, obj: StaffUser, form: Any, change: bool) -> None:
        if not change:
            obj.is_staff = True
        super().save_model(request, obj, form, change)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        """Set another's password: in one transaction with its audit record, which Django's own page lacks."""
        with transaction.atomic():
            return super().user_change_password(request, id, form_url)


@admin.register(Group)
class GroupAdmin(OfficeAdmin, DjangoGroupAdmin):
    list_display = ("name",)
    search_fields = ("name__icontains",)
    ordering = ("name",)
    filter_horizontal = ("permissions",)
