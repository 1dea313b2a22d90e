"""The record of processing (GDPR article 30) as text, from what the apps declare of their fields."""

from collections.abc import Callable, Iterator
from typing import Final

from core.declared import DataClass, Declared, declared

HEAD: Final = """# Record of processing

Made by `manage.py records_of_processing` from the `privacy.py` of every app; `make check` fails
when it is out of date, and a test fails for a field that is not declared. Rows of history hold what
their table holds, as long. "Kept" is the schedule: jobs remove the request log, idempotency keys
and revoked tokens by themselves; the rest is removed by hand when its time has come.

For players' data the partner is the controller and the platform its processor; for the data of
partners' people, of beneficial owners and of staff the platform is the controller. Recipients are
the partner itself, by the API and webhooks, and authorities who ask by law. Nothing is sold or
shared. Names, addresses and birth dates are masked in the office; a look in clear needs a
permission and a reason, and is recorded.

Classes: *personal* tells who somebody is; *pseudonymous* leads to a person by somebody else's list;
*staff* says which of our own people did something; *secret* proves who asks, is hashed or encrypted
and never shown; *free text* should name no person; *business* is about companies, money and the
service.

The contract with each partner as controller (GDPR article 28) stands on the partner's page, Compliance;
`manage.py records_of_processing --contracts` prints all of them, and which partners lack one.
"""


_REGISTERS: Final[list[Callable[[], Iterator[str]]]] = []


def add_register(register: Callable[[], Iterator[str]]) -> None:
    """Add lines that an app reads from its tables: told when asked for, never written to the docs."""
    _REGISTERS.append(register)


def registers_text() -> str:
    """Return what the apps' tables tell of processing, as Markdown."""
    return "\n".join(line for register in _REGISTERS for line in register()) + "\n"


def record_text() -> str:
    """Return the record as Markdown: a section for each table that holds data about people, then the rest."""
    tables = declared()
    about = {label: told for label, told in tables.items() if _is_about_people(told)}
    lines = [HEAD, "## Tables that hold data about people", ""]
    for label, told in about.items():
        lines += _section(label, told)
    lines += ["## Other tables", "", "| Table | Purpose | Basis | Kept |", "|---|---|---|---|"]
    for label, told in tables.items():
        if label not in about:
            lines.append(f"| `{label}` | {told.purpose} | {told.basis} | {told.retention} |")
    return "\n".join(lines) + "\n"


def _is_about_people(told: Declared) -> bool:
    return bool(set(told.classes.values()) - {DataClass.BUSINESS, DataClass.FREE_TEXT})


def _section(label: str, told: Declared) -> Iterator[str]:
    yield f"### `{label}`"
    yield ""
    yield f"* Purpose: {told.purpose}"
    yield f"* About: {told.subjects}"
    yield f"* Basis: {told.basis}"
    yield f"* Kept: {told.retention}"
    for data_class in DataClass:
        names = [name for name, found in told.classes.items() if found is data_class]
        if names:
            yield f"* {data_class.capitalize()}: {', '.join(f'`{name}`' for name in sorted(names))}"
    yield ""
