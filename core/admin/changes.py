"""The row history in words: which record, which fields, before and after.

Keys become names (a member of staff, a partner, a role), choices their labels; personal data are masked, who
is told by them (an owner, a director) is named by kind and id, and secrets stand in the history without their
values.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

from django.apps import apps
from django.contrib import admin
from django.db.models import Field, ForeignKey, Model

from core.admin.cells import change_url, moment_text, yes_or_no
from core.models import ChangeKind, RowChange
from core.pii import masked, personal_fields

SEEN_WITH: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "approvals.approvalrequest": ("approvals.add_approvalrequest", "approvals.change_approvalrequest"),
        "core.staffuser_groups": ("core.view_staffuser",),
        "core.staffuser_user_permissions": ("core.view_staffuser",),
        "partners.clientsecret": ("partners.view_apiclient",),
        "partners.compliancearea": ("partners.view_evidencefile",),
        "partners.compliancesuspension": ("partners.view_evidencefile",),
        "partners.tenantcurrency": ("partners.view_tenant",),
        "webhooks.secret": ("webhooks.view_endpoint",),
        "staff.stafflink": ("core.view_staffuser",),
        "staff.stafftotp": ("core.view_staffuser",),
    }
)
"""Records that have no page of their own or are seen with another's permission, and those permissions."""
TRACKED: Final = frozenset(
    {
        "approvals.approvalrequest",
        "core.currency",
        "core.staffuser",
        "core.staffuser_groups",
        "core.staffuser_user_permissions",
        "partners.apiclient",
        "partners.bankaccount",
        "partners.beneficialowner",
        "partners.certification",
        "partners.clientsecret",
        "partners.company",
        "partners.compliancearea",
        "partners.compliancerequirement",
        "partners.compliancesuspension",
        "partners.contact",
        "partners.director",
        "partners.evidencefile",
        "partners.exchangerate",
        "partners.kybreview",
        "partners.licence",
        "partners.note",
        "partners.partner",
        "partners.processorcontract",
        "partners.screening",
        "partners.tenant",
        "partners.tenantcurrency",
        "risk.limit",
        "settlement.payoutaddress",
        "settlement.plan",
        "settlement.statement",
        "settlement.statementadjustment",
        "sportsbook.competition",
        "sportsbook.market",
        "sportsbook.sport",
        "staff.deputy",
        "staff.stafflink",
        "staff.stafftotp",
        "staff.totpreset",
        "wallet.player",
        "webhooks.endpoint",
        "webhooks.secret",
    }
)
"""Models that have a history (`core.operations.HistoryOf`); a test holds it against the database."""
NOTHING: Final = "-"
NAMED_MODELS_MAX: Final = 4
"""A page of changes looks up the names of so many models' rows."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field in words, and its values."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ToldChange:
    """A change in words: what kind of record (`Contact`), where its page is, and the fields."""

    row: RowChange
    subject: str
    verb: str
    url: str
    fields: tuple[FieldChange, ...]


def labels_seen(user: Any) -> list[str]:
    """Return the labels of the models whose history a member of staff may see."""
    return sorted(label for label in TRACKED if may_see(user, label))


def may_see(user: Any, label: str) -> bool:
    """Whether a member of staff may see the history of a model's rows: who may see the rows."""
    app, model = label.split(".")
    wanted = (f"{app}.view_{model}", f"{app}.change_{model}", *SEEN_WITH.get(label, ()))
    return any(user.has_perm(permission) for permission in wanted)


def tell(changes: Sequence[RowChange]) -> list[ToldChange]:
    """Return changes in words, in their order: one look-up for each kind of record that they name."""
    names = _names_of(changes)
    return [_told(change, names) for change in changes]


def subject_of(label: str) -> str:
    """Return what kind of record a model is, in words; of a link between two, the second."""
    model = find_model(label)
    if model is None:
        return label
    if model._meta.auto_created:
        return _link_field(model).name.capitalize()
    return _upper(str(model._meta.verbose_name))


def find_model(label: str) -> type[Model] | None:
    """Return the model of a label, `partners.contact`; None where it is gone."""
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def record_page(label: str, row_id: str) -> str:
    """Return the address of a record's page in the office, or nothing where it has none."""
    model = find_model(label)
    if model is None or model not in admin.site._registry:
        return ""
    return change_url(model, row_id)


Names = Mapping[type[Model], Mapping[str, str]]


def _told(change: RowChange, names: Names) -> ToldChange:
    model = find_model(change.model)
    fields: dict[str, Any] = (
        {} if model is None else {str(field.column): field for field in model._meta.concrete_fields}
    )
    before, after = change.before or {}, change.after or {}
    told = []
    for column in _in_order(fields, before, after):
        field = fields.get(column)
        if change.kind != ChangeKind.CHANGED and _goes_without_saying(field):
            continue
        name = column if field is None else field.name
        old, new = (masked(change.model, name, values.get(column)) for values in (before, after))
        told.append(
            FieldChange(_field_name(column, field), _word(field, old, names), _word(field, new, names))
        )
    return ToldChange(
        row=change,
        subject=subject_of(change.model),
        verb=change.get_kind_display().lower(),
        url=record_page(change.model, change.row_id),
        fields=tuple(told),
    )


def _in_order(fields: Mapping[str, Any], *values: Mapping[str, Any]) -> list[str]:
    found = {column for each in values for column in each}
    return [*(column for column in fields if column in found), *sorted(found - set(fields))]


def _goes_without_saying(field: "Field[Any, Any] | None") -> bool:
    return field is not None and (field.primary_key or field.name in ("partner", "tenant"))


def _field_name(column: str, field: "Field[Any, Any] | None") -> str:
    return _upper(column.replace("_", " ") if field is None else str(field.verbose_name))


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _word(field: "Field[Any, Any] | None", value: Any, names: Names) -> str:
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return yes_or_no(value)
    if isinstance(field, ForeignKey):
        if personal_fields(field.related_model):
            return f"{_upper(str(field.related_model._meta.verbose_name))} {value}"
        return names.get(field.related_model, {}).get(str(value), str(value))
    if field is not None and field.flatchoices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    if field is not None and field.get_internal_type() == "DateTimeField":
        return _moment(str(value))
    return str(value)


def _moment(text: str) -> str:
    try:
        return moment_text(datetime.fromisoformat(text))
    except ValueError:
        return text


def _names_of(changes: Iterable[RowChange]) -> Names:
    """Return the names of the rows that the changes link to: by model, by key as text.

    One look-up a model, for those that are linked to most; the others stay with their keys.
    """
    wanted: dict[type[Model], set[Any]] = {}
    for change in changes:
        model = find_model(change.model)
        for field in model._meta.concrete_fields if model is not None else ():
            if not isinstance(field, ForeignKey) or not _is_named(field.related_model):
                continue
            for values in (change.before, change.after):
                if values and values.get(field.column) is not None:
                    wanted.setdefault(field.related_model, set()).add(values[field.column])
    most = sorted(wanted.items(), key=lambda each: len(each[1]), reverse=True)[:NAMED_MODELS_MAX]
    return {
        model: {
            str(row.pk): str(row) for row in model._default_manager.select_related().filter(pk__in=list(keys))
        }
        for model, keys in most
    }


def _is_named(model: type[Model]) -> bool:
    """Whether a row's name says more than its key, and tells of no person what is masked elsewhere."""
    is_word = model._meta.pk.get_internal_type() in ("CharField", "SlugField")
    return not is_word and not personal_fields(model)


def _link_field(model: type[Model]) -> "Field[Any, Any]":
    return [field for field in model._meta.concrete_fields if isinstance(field, ForeignKey)][-1]
