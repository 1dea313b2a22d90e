"""What a chain covers: the one thing in which chains differ."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import models

from core.sealing.models import AbstractSeal


def no_faults() -> Iterator[str]:
    """Find nothing: for rows that say nothing about each other."""
    return iter(())


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of rows that a chain covers.

    `one` and `many` name them in sentences (an entry, entries). `count_column` is the seals' column that says
    how many of them a link covers. `transaction_column` has the number of the transaction that wrote a row,
    and an index begins with it; None: these rows belong to rows of another kind and are found by them.
    """

    one: str
    many: str
    model: type[models.Model]
    count_column: str
    transaction_column: str | None = None


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain of seals over some tables, in the order of the transactions that wrote their rows.

    `name` is signed with each checkpoint, so that those of one chain are nothing to another, and names
    the signing key and the chain's log entries. `lock` is the advisory lock of whoever seals.
    `rows_sql` takes the first and the end of ranges of transactions as two arrays and gives, for each range
    in order, its place, the count of each kind and a SHA-256 of its rows; every column of the rows is to be
    in that hash, in a text that no setting changes. `own_faults` finds what the rows say against each other.
    `folder` is where checkpoints lie below `CHECKPOINTS_DIR`.
    """

    name: str
    seal: type[AbstractSeal]
    lock: int
    kinds: tuple[Kind, ...]
    rows_sql: str
    folder: str = ""
    own_faults: Callable[[], Iterator[str]] = no_faults

    @property
    def count_columns(self) -> tuple[str, ...]:
        """The seals' columns that count, in the order of the kinds."""
        return tuple(kind.count_column for kind in self.kinds)

    @property
    def link_columns(self) -> tuple[str, ...]:
        """The seals' columns, in the order in which `core.sealing.links.to_link` takes them."""
        return "number", "transaction_first", "transaction_end", "digest", "sealed_at", *self.count_columns

    @property
    def transactions_sql(self) -> str:
        """A subquery: the transaction of each row that has one of its own."""
        return " UNION ALL ".join(
            f'SELECT "{kind.transaction_column}" AS transaction FROM "{kind.model._meta.db_table}"'  # noqa: S608
            for kind in self.kinds
            if kind.transaction_column
        )

    @property
    def paced_noun(self) -> str:
        """What the rows are called by whose number the links are cut."""
        return " and ".join(kind.many for kind in self.kinds if kind.transaction_column)

    def paced_count(self, counts: tuple[int, ...]) -> int:
        """Return how many of the counted rows have a transaction of their own."""
        return sum(count for kind, count in zip(self.kinds, counts, strict=True) if kind.transaction_column)
