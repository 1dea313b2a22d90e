"""The forms of the office: what is typed into any of them is text that can be seen, of a length that can be
kept, and what is wrong with it is said in a sentence.

Every form of the office is an `OfficeForm` or an `OfficeModelForm`; a test walks all of them.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import BaseConstraint, Model

from core.admin.stale import RowForm
from core.admin.typed import each_error
from core.errors import Refusal

_CAPITAL: Final = re.compile(r"(?<!^)(?=[A-Z])")


class OfficeForm(RowForm, forms.Form):
    """A form of the office."""


class OfficeModelForm(RowForm, forms.ModelForm):  # type: ignore[type-arg]
    """A form of the office on one row; a constraint that the row would break is said in a sentence, at its
    field where it is about one alone.
    """

    def row_shown(self) -> Model | None:
        return None if self.instance._state.adding else self.instance

    def add_error(self, field: str | None, error: Any) -> None:
        told = error if isinstance(error, ValidationError) else ValidationError(error)
        rules = constraint_rules(type(self.instance))
        for each in each_error(told):
            broken = rules.get(str(each.message))
            if broken is not None:
                each.message = broken.sentence
                if broken.field in self.fields and hasattr(told, "error_dict"):
                    _move(told.error_dict, each, broken.field)
        super().add_error(field, told)


def add_refusal(form: forms.BaseForm, refusal: Refusal, *, field: str = "") -> None:
    """Say a refusal at the field that its `details.field` names (or `field`), else above the form."""
    named = str((refusal.details or {}).get("field") or field)
    names = (named, _CAPITAL.sub("_", named).lower())
    form.add_error(next((name for name in names if name in form.fields), None), refusal.message)


@dataclass(frozen=True, slots=True)
class Rule:
    """A constraint in a sentence, and the field that it is about, empty where it is about several."""

    sentence: str
    field: str


def constraint_rules(model: type[Model]) -> dict[str, Rule]:
    """Return the rule for each message of Django's own about a constraint of a model.

    A constraint without a message of its own is named after its rule: `an_exchange_rate_is_above_zero`.
    """
    return {
        str(constraint.get_violation_error_message()): Rule(
            f"{constraint.name.replace('_', ' ').capitalize()}.", _field_of(constraint)
        )
        for constraint in model._meta.constraints
        if constraint.violation_error_message == constraint.default_violation_error_message
    }


def _move(errors: dict[str, list[ValidationError]], error: ValidationError, field: str) -> None:
    above = errors.get(NON_FIELD_ERRORS, [])
    if error in above:
        above.remove(error)
        errors.setdefault(field, []).append(error)
    if not above:
        errors.pop(NON_FIELD_ERRORS, None)


def _field_of(constraint: BaseConstraint) -> str:
    about = getattr(getattr(constraint, "condition", None), "referenced_base_fields", ())
    return next(iter(about)) if len(about) == 1 else ""
