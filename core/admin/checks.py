"""System checks of the office's pages that need no database: a migration of an empty one runs them first."""

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.checks import Error

if TYPE_CHECKING:
    from django.contrib.admin.checks import ModelAdminChecks
else:
    from unfold.checks import UnfoldModelAdminChecks as ModelAdminChecks


class OfficeChecks(ModelAdminChecks):
    """Unfold's checks, but a command's permission is looked up in the models, not in the database; and every
    page says whose its rows are.
    """

    def check(self, admin_obj: Any, **kwargs: Any) -> list[Any]:
        found = list(super().check(admin_obj, **kwargs))
        if type(admin_obj).whose is None:
            told = (
                f"{type(admin_obj).__name__} does not say whose its rows are: `whose`, see core.admin.scope."
            )
            found.append(Error(told, obj=type(admin_obj), id="office.E001"))
        return found

    def _check_unfold_action_permission_methods(self, page: Any) -> list[Error]:
        actions = [
            *page._get_base_actions_list(),
            *page._get_base_actions_detail(),
            *page._get_base_actions_row(),
            *page._get_base_actions_submit_line(),
        ]
        return [
            Error(
                f"{type(page).__name__}: no model has the permission {name!r}.",
                obj=type(page),
                id="admin.E129",
            )
            for action in actions
            for name in getattr(action.method, "allowed_permissions", ())
            if not _is_known(page, name)
        ]


def _is_known(page: Any, name: str) -> bool:
    if "." not in name:
        return hasattr(page, f"has_{name}_permission")
    app, codename = name.split(".")
    return any(
        codename in {f"{verb}_{model._meta.model_name}" for verb in model._meta.default_permissions}
        or codename in {own for own, _ in model._meta.permissions}
        for model in apps.get_app_config(app).get_models()
    )
