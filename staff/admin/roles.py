"""Roles: read in the office, written in `b2b/roles.py` alone."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin

# Django's own pages register first, so that ours take their place.
from django.contrib.auth import admin as auth_admin
from django.contrib.auth.models import Group
from django.db.models import Count, QuerySet
from django.http import HttpRequest

from core.admin.base import ReadOnlyAdmin
from core.admin.cells import Panel, joined, row_link
from core.admin.scope import everybodys
from core.models import StaffUser
from staff.rules import FORBIDDEN_PAIRS, role_title

if TYPE_CHECKING:
    assert auth_admin

admin.site.unregister(Group)


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin):
    """A role, its permissions and who holds it."""

    whose = everybodys
    list_display = ("title", "members", "apart_from")
    search_fields = ("name__icontains",)
    ordering = ("name",)
    fields = ("title", "apart_from")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found: QuerySet[Any] = super().get_queryset(request)
        counted: QuerySet[Any] = found.annotate(member_count=Count("user"))
        return counted

    @admin.display(description="role", ordering="name")
    def title(self, group: Group) -> str:
        return role_title(group.name)

    @admin.display(description="people", ordering="member_count")
    def members(self, group: Any) -> int:
        return int(group.member_count)

    @admin.display(description="never together with")
    def apart_from(self, group: Group) -> str:
        others = {name for pair in FORBIDDEN_PAIRS if group.name in pair for name in pair} - {group.name}
        return joined(role_title(name) for name in sorted(others))

    def panels(self, request: HttpRequest, row: Group) -> list[Panel]:
        people = StaffUser.objects.filter(groups=row).order_by("username")[:200]
        permissions = row.permissions.select_related("content_type").order_by(
            "content_type__app_label", "codename"
        )
        return [
            Panel(
                title="People",
                headings=("User", "Name", "Active"),
                rows=[
                    (
                        row_link(StaffUser, user.pk, user),
                        user.get_full_name() or "-",
                        "yes" if user.is_active else "no",
                    )
                    for user in people
                ],
                empty="Nobody has this role.",
            ),
            Panel(
                title="Permissions",
                headings=("Area", "Permission"),
                rows=[(found.content_type.app_label, found.name) for found in permissions],
                empty="None.",
            ),
        ]
