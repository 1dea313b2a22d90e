"""Which data each field holds, why we may keep it and for how long: declared beside the models.

Every app with models has a `privacy.py` that calls `declare` once for each of them; a test fails for a field
that is not in it. What the office masks, what a person's export holds, what an erasure blanks and the record
of processing in `docs/privacy.md` are all read from here.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from django.apps import apps
from django.db.models import Field, Model

from core.masks import Mask


class DataClass(StrEnum):
    """How close a field is to a living person."""

    PERSONAL = "personal"
    """Tells who somebody is: a name, an address, a birth date. Masked in the office."""
    PSEUDONYMOUS = "pseudonymous"
    """Leads to a person by somebody else's list: a player's id with the partner, a network address."""
    STAFF = "staff"
    """Says which of our own people did something, or how to reach them at work."""
    SECRET = "secret"  # noqa: S105 - the name of a class
    """Proves who asks: hashes of passwords and secrets, encrypted seeds. Never shown, never exported."""
    BUSINESS = "business"
    """About a company, its money or the service."""
    FREE_TEXT = "free text"
    """What somebody wrote: it should name no person, and may."""


class Basis(StrEnum):
    """The ground of processing (GDPR article 6)."""

    CONTRACT = "contract with the partner (art. 6(1)(b), (f))"
    LAW = "legal duty: gambling, anti-money-laundering and tax law (art. 6(1)(c))"
    INTEREST = "legitimate interest: security and proof (art. 6(1)(f))"


class Retention(StrEnum):
    """How long a row is kept."""

    CONTRACT_AND_10_YEARS = "the partner's contract and 10 years"
    LEDGER = "10 years after the transaction"
    AML = "5 years after the business relation"
    AUDIT = "10 years"
    EMPLOYMENT = "employment and 1 year"
    LOG = "30 days"
    EVENTS = "90 days, or as many as B2B_EVENT_RETENTION_DAYS says"
    FIGURES = "90 days, or as many as B2B_HOURLY_FIGURES_DAYS says"
    SHORT = "until it has expired, days at most"
    PLATFORM = "as long as the platform runs"


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What is declared of one model: `classes` has every field by name, `masks` the personal ones."""

    purpose: str
    subjects: str
    basis: Basis
    retention: Retention
    classes: Mapping[str, DataClass] = field(default_factory=dict)
    masks: Mapping[str, Mask] = field(default_factory=dict)


_declared: Final[dict[str, Declared]] = {}


def declare(
    model: str,
    *,
    purpose: str,
    basis: Basis,
    retention: Retention,
    subjects: str = "none",
    personal: Mapping[str, Mask] | None = None,
    pseudonymous: str = "",
    staff: str = "",
    hidden: str = "",
    business: str = "",
    free_text: str = "",
) -> None:
    """Say what the fields of a model (`app.Model`) are: names parted by blanks, each in one class.

    `subjects` names whom the personal fields are about. Raises ValueError for a field said twice.
    """
    masks = dict(personal or {})
    classes: dict[str, DataClass] = {}
    said: tuple[tuple[DataClass, Iterable[str]], ...] = (
        (DataClass.PERSONAL, masks),
        (DataClass.PSEUDONYMOUS, pseudonymous.split()),
        (DataClass.STAFF, staff.split()),
        (DataClass.SECRET, hidden.split()),
        (DataClass.BUSINESS, business.split()),
        (DataClass.FREE_TEXT, free_text.split()),
    )
    for data_class, names in said:
        for name in names:
            if name in classes:
                raise ValueError(f"{model}.{name} is {classes[name]} and {data_class}")
            classes[name] = data_class
    _declared[model.lower()] = Declared(
        purpose=purpose,
        subjects=subjects,
        basis=basis,
        retention=retention,
        classes=classes,
        masks=masks,
    )


def declared() -> Mapping[str, Declared]:
    """Return what is declared, by model label in lower case."""
    return dict(sorted(_declared.items()))


def find_declared(model: type[Model] | str) -> Declared | None:
    """Return what is declared of a model, or of the model whose history a table is."""
    label = model.lower() if isinstance(model, str) else model._meta.label_lower
    found = _declared.get(label)
    if found is not None:
        return found
    tracked = getattr(apps.get_model(label) if _is_model(label) else None, "pgh_tracked_model", None)
    return None if tracked is None else _declared.get(tracked._meta.label_lower)


def fields_of(model: type[Model]) -> "list[Field[Any, Any]]":
    """Return the fields that are columns of the model's own table."""
    return [found for found in model._meta.local_concrete_fields if found.column]


def _is_model(label: str) -> bool:
    try:
        apps.get_model(label)
    except (LookupError, ValueError):
        return False
    return True
