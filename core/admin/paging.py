"""Paging through tables of any size: a list counts and shows its first 10,000 rows and no more.

Counting ten million rows took a second; whoever needs the 201st page needs a search.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import Model, QuerySet

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator

ROWS_MAX: Final = 10_000


class CappedPaginator(_Paginator):
    """Counts up to ROWS_MAX rows, so that no list has a page after the 200th."""

    template_name = "office/pagination.html"

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by()[:ROWS_MAX].count())


def count_each(asked: Sequence[QuerySet[Any]], *, most: int) -> Sequence[int]:
    """Return how many rows each of several queries has, `most` at most, by one query."""
    parts: list[str] = []
    params: list[Any] = []
    for rows in asked:
        try:
            sql, values = rows.order_by().values("pk")[:most].query.sql_with_params()
        except EmptyResultSet:
            sql, values = "SELECT WHERE false", ()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608
        params.extend(values)
    if not parts:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", params)
        found: Sequence[int] = cursor.fetchone()
    return found


def estimated_rows(model: type[Model]) -> int:
    """Return about how many rows a table and its partitions have, from PostgreSQL's statistics, cheaply."""
    with connection.cursor() as cursor:
        cursor.execute(ESTIMATE, [connection.ops.quote_name(model._meta.db_table)] * 2)
        row = cursor.fetchone()
    return int(row[0]) if row else 0


ESTIMATE: Final = """
    SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint FROM pg_class
    WHERE relkind = 'r' AND (oid = to_regclass(%s)
        OR oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = to_regclass(%s)))
"""
