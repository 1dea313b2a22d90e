"""What is declared of the data: nothing is left out, and nothing is declared that is not there."""

from typing import Any

import pytest
from django.apps import apps
from django.db.models import Model

from core.declared import DataClass, declared, fields_of, find_declared

HISTORY_OWN = ("pgh_",)


def models() -> list[type[Model]]:
    return [
        model for model in apps.get_models(include_auto_created=True) if not model._meta.proxy
    ]  # every table, also those of libraries


def names_of(model: type[Model]) -> set[str]:
    return {found.name for found in fields_of(model) if not found.name.startswith(HISTORY_OWN)}


@pytest.mark.parametrize("model", models(), ids=lambda model: model._meta.label)
class TestEveryModel:
    def test_says_of_each_field_what_it_holds(self, model: type[Model]) -> None:
        found = find_declared(model)
        assert found is not None, f"declare {model._meta.label} in its app's privacy.py"
        assert found.purpose
        assert names_of(model) - set(found.classes) == set()

    def test_says_nothing_of_a_field_that_is_not_there(self, model: type[Model]) -> None:
        found = declared().get(model._meta.label_lower)
        assert found is None or set(found.classes) - names_of(model) == set()

    def test_with_personal_fields_says_whose(self, model: type[Model]) -> None:
        found: Any = find_declared(model)
        close = {DataClass.PERSONAL, DataClass.PSEUDONYMOUS, DataClass.STAFF} & set(found.classes.values())
        assert not close or found.subjects != "none" or DataClass.PERSONAL not in close


class TestDeclared:
    def test_models_are_all_there(self) -> None:
        assert set(declared()) - {model._meta.label_lower for model in models()} == set()
