"""Who may be what: the roles of staff, and which of them are never one person's. Decided without Django.

The database refuses the same pairs (`sql/roles_apart.sql`); a test tries every pair on both.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final

ROLE_NAMES: Final = (
    "account_manager",
    "compliance",
    "trader",
    "risk",
    "finance_maker",
    "finance_checker",
    "support",
    "auditor",
    "security_admin",
)

DEPUTIES_NAMED_MAX: Final = 10

FORBIDDEN_PAIRS: Final = frozenset(
    frozenset(pair)
    for pair in (
        ("finance_maker", "finance_checker"),
        ("account_manager", "compliance"),
        *(("auditor", name) for name in ROLE_NAMES if name != "auditor"),
        *(
            ("security_admin", name)
            for name in (
                "account_manager",
                "compliance",
                "trader",
                "risk",
                "finance_maker",
                "finance_checker",
            )
        ),
    )
)
"""Pairs that no one person holds: who prepares and who checks, who changes rights and who uses them for
money, who audits and who is audited.
"""


def forbidden_pair(roles: Iterable[str]) -> tuple[str, str] | None:
    """Return two of these roles that no one person may hold, or None."""
    for one, other in combinations(sorted(set(roles)), 2):
        if frozenset((one, other)) in FORBIDDEN_PAIRS:
            return one, other
    return None


def role_title(name: str) -> str:
    """Return a role in words: `finance_maker` is Finance maker."""
    return name.replace("_", " ").capitalize()


def who_could_stand_in(usernames: Sequence[str]) -> str:
    """Return in a sentence who could be named as a deputy, ten by name."""
    if not usernames:
        return "Nobody can stand in for you: no active colleague has a role that decides what yours does."
    more = len(usernames) - DEPUTIES_NAMED_MAX
    named = ", ".join(usernames[:DEPUTIES_NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
    return f"This colleague decides nothing in your place. Who could: {named}."
