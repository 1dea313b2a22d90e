"""Roles: which are never one person's, and what each opens, address by address."""

from fnmatch import fnmatchcase
from functools import cache
from itertools import combinations
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.test import Client
from django.urls import reverse

from b2b.roles import ANY_STAFF, ANYBODY, PAGES, ROLES
from core.clock import now
from core.models import StaffUser
from staff.errors import NotForYourself, RolesForbidden
from staff.rules import FORBIDDEN_PAIRS, ROLE_NAMES
from staff.services.roles import grant_role, request_role, take_role
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.office.makers import records_of, registered
from tests.staff.walking import ABSENT, Address, addresses

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed", "office")]

PAIRS = sorted(combinations(ROLE_NAMES, 2))
BY_ROW = frozenset({"autocomplete", "jsi18n", "view_on_site", "app_list"})
"""Django's own pages that ask for the permissions of the model they are asked about."""


@cache
def browser_of(role: str) -> Client:
    return log_in(make_user(roles=(role,)))


@cache
def permissions_of(role: str) -> frozenset[str]:
    found = Permission.objects.filter(group__name=role).values_list("content_type__app_label", "codename")
    return frozenset(f"{app}.{codename}" for app, codename in found)


def grant(user: StaffUser, role: str) -> None:
    """Give a role by the jobs: the office asks a second person first."""
    with acting_as("b2b_jobs"):
        grant_role(user_id=user.pk, role=role, reason="test", granted_by="test", granted_at=now())


class TestPairs:
    @pytest.mark.parametrize(("one", "other"), PAIRS)
    def test_database_refuses_those_that_the_rule_names_and_no_other(self, one: str, other: str) -> None:
        user = make_user(roles=(one,))
        group = Group.objects.get(name=other)
        if frozenset((one, other)) in FORBIDDEN_PAIRS:
            with (
                acting_as("b2b_jobs"),
                pytest.raises(IntegrityError, match="never one person's"),
                transaction.atomic(),
            ):
                user.groups.add(group)
            with pytest.raises(RolesForbidden):
                grant(user, other)
        else:
            grant(user, group.name)
            assert user.groups.count() == 2

    def test_is_refused_in_sql_by_every_process(self) -> None:
        user = make_user(roles=("finance_maker",))
        group = Group.objects.get(name="finance_checker")
        for role in ("b2b_owner", "b2b_jobs"):
            with (
                acting_as(role),
                pytest.raises(IntegrityError, match="never one person's"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(
                    "INSERT INTO core_staff_user_groups (staffuser_id, group_id) VALUES (%s, %s)",
                    [user.pk, group.pk],
                )

    def test_is_refused_in_the_office_in_words(self) -> None:
        user = make_user(roles=("trader",))
        answer = browser_of("security_admin").post(
            reverse("admin:core_staffuser_grant", args=(user.pk,)),
            {"_form_submitted": "True", "role": "auditor", "reason": "Wanted"},
            headers={"HX-Request": "true"},
        )
        assert "never one person" in answer.content.decode()
        assert user.groups.count() == 1

    def test_role_keeps_its_name_and_its_permissions(self) -> None:
        group = Group.objects.get(name="trader")
        with acting_as("b2b_jobs"), pytest.raises(IntegrityError, match="keeps its name"):
            Group.objects.filter(pk=group.pk).update(name="trader2")
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            group.permissions.add(Permission.objects.all()[0])
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            make_user().user_permissions.add(Permission.objects.all()[0])

    def test_office_makes_nobody_a_superuser(self) -> None:
        user = make_user()
        with pytest.raises(IntegrityError, match="makes nobody a superuser"):
            StaffUser.objects.filter(pk=user.pk).update(is_superuser=True)


class TestGivingARole:
    def test_is_recorded_with_who_and_why(self) -> None:
        user = make_user()
        grant(user, "support")
        record = records_of(user)[-1]
        assert (record.action, record.reason) == ("grant role", "test")
        assert record.after is not None
        assert record.after["roles"] == ["support"]

    def test_is_never_done_for_oneself(self) -> None:
        user = make_user(roles=("security_admin",))
        with pytest.raises(NotForYourself):
            request_role(user=user, role="support", reason="x", requested_by=user, requested_at=now())
        with pytest.raises(NotForYourself):
            take_role(user_id=user.pk, role="security_admin", reason="x", taken_by=user, taken_at=now())


def model_addresses() -> list[tuple[str, str, str, Any]]:
    """Return (address name, verb, permission, model admin) of every page and command of every model."""
    found = []
    for model, model_admin in registered():
        app, name = model._meta.app_label, model._meta.model_name
        pages = {"changelist": "view", "add": "add", "change": "view", "history": "view", "export": "view"}
        found += [
            (f"admin:{app}_{name}_{page}", page, f"{app}.{verb}_{name}", model_admin)
            for page, verb in pages.items()
        ]
        found.append((f"admin:{app}_{name}_delete", "delete", "", model_admin))
        for place in ("actions_detail", "actions_list", "actions_row", "actions_submit_line"):
            for command in model_admin._extract_action_names(getattr(model_admin, place)):
                method = getattr(model_admin, command)
                found.append(
                    (
                        f"admin:{app}_{name}_{command}",
                        "command",
                        " ".join(method.allowed_permissions),
                        model_admin,
                    )
                )
    return found


MODEL_ADDRESSES = {name: rest for name, *rest in model_addresses()}


@pytest.mark.long
@pytest.mark.parametrize("role", ROLE_NAMES)
class TestEveryAddress:
    def test_opens_for_the_roles_of_the_matrix_and_no_other(self, role: str) -> None:
        browser, held = browser_of(role), permissions_of(role)
        wrong = [told for each in addresses() if (told := self.told(browser, held, each))]
        assert wrong == []

    def told(self, browser: Client, held: frozenset[str], page: Address) -> str:
        """Return what is wrong with an address for a role, or nothing."""
        name = page.name
        if name.split(":")[-1] in BY_ROW:
            return ""
        if name in PAGES:
            return self.page_told(browser, held, page)
        if name not in MODEL_ADDRESSES:
            return f"{name} has no line in b2b/roles.py"
        verb, permission, model_admin = MODEL_ADDRESSES[name]
        may = bool(permission) and set(permission.split()) <= held
        if verb in {"command", "export"}:
            answer = browser.post(page.path, {"_form_submitted": "True"})
        else:
            answer = browser.get(page.path)
        if verb == "add" and may:
            may = model_admin.has_add_permission(answer.wsgi_request)
        if verb == "change" and not may:
            may = {permission.replace(".view_", ".change_")} <= held
        is_closed = answer.status_code == 403
        if verb == "delete":
            return "" if answer.status_code != 200 else f"{name} deletes"
        return "" if is_closed != may else f"{name}: {answer.status_code}, though may is {may}"

    def page_told(self, browser: Client, held: frozenset[str], page: Address) -> str:
        needed = PAGES[page.name]
        if needed == ANYBODY:
            return ""
        status = browser.get(page.path).status_code
        may = needed == ANY_STAFF or all(
            any(fnmatchcase(each, one) for each in held) for one in needed.split()
        )
        return "" if (status != 403) == may else f"{page.name}: {status}, though may is {may}"

    def test_auditor_alone_sees_all_and_nothing_more(self, role: str) -> None:
        held = permissions_of(role)
        views = {f"{m._meta.app_label}.view_{m._meta.model_name}" for m, _ in registered()}
        changes = {each for each in held if ".view_" not in each and ".download_" not in each}
        assert (views <= held) == (role == "auditor")
        assert role != "auditor" or not changes


class TestMatrix:
    def test_names_no_permission_that_is_not_there(self) -> None:
        known = {
            f"{app}.{codename}"
            for app, codename in Permission.objects.values_list("content_type__app_label", "codename")
        }
        named = {each for role in ROLES for each in role.permissions if "*" not in each}
        assert named <= known

    def test_security_admin_sees_pages_of_staff_alone(self) -> None:
        apps = {each.split(".")[0] for each in permissions_of("security_admin")}
        assert apps <= {"core", "auth", "staff", "approvals"}
        assert {each for each in permissions_of("security_admin") if each.startswith("core.")} <= {
            "core.view_staffuser",
            "core.add_staffuser",
            "core.change_staffuser",
            "core.view_rowchange",
        }

    def test_nobody_sets_or_sees_a_password_of_another(self) -> None:
        page = browser_of("security_admin").get(
            reverse("admin:core_staffuser_change", args=(make_user().pk,))
        )
        text = page.content.decode()
        assert page.status_code == 200
        assert 'type="password"' not in text
        assert "scrypt" not in text
        assert "auth_user_password_change" not in {each.name for each in addresses()}
        assert ABSENT
        assert admin.site.is_registered(StaffUser)
