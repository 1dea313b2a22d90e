"""Tenancy: every operational row belongs to one tenant, and three layers keep it there.

Queries filter by tenant; row-level security hides other tenants' rows from the process; composite foreign
keys `(tenant_id, x_id)` refuse a row that points across. Inside `tenant(...)` the database shows one tenant
only; outside it, a process of role `b2b_api` sees no operational row at all.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Self
from uuid import UUID

import psycopg
from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.ddl_references import Statement
from django.db.models.constraints import BaseConstraint


@contextmanager
def tenant(tenant_id: UUID) -> Iterator[None]:
    """Open a transaction in which the database shows only this tenant's rows.

    Durable: it never nests, so the setting always ends with its own transaction. Querysets must be evaluated
    inside, and `on_commit` hooks run outside it.
    """
    with transaction.atomic(durable=True):
        _show_only(tenant_id)
        yield


@contextmanager
def tenant_snapshot(tenant_id: UUID) -> Iterator[None]:
    """Open `tenant()` for reading alone, everything as it was at one moment."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            # Before anything else: what is sent with a statement about its actor counts as a query.
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _show_only(tenant_id)
        yield


def _show_only(tenant_id: UUID) -> None:
    with connection.cursor() as cursor:
        # As SELECT, so that nothing about the actor is sent along: that goes with the first write.
        cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(UUID(str(tenant_id)))])


def call_in_tenant(statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Call a function of the database that takes a tenant and shows its rows; return the rows it answers.

    A transaction of its own in one round trip, where a cursor inside `tenant()` needs four; prepared, so that
    only its arguments travel. It has committed when it returns.
    """
    mine = connections[DEFAULT_DB_ALIAS]  # the proxy `connection` looks it up at each mention
    if mine.in_atomic_block:
        raise RuntimeError("call_in_tenant() is a transaction of its own and cannot be part of another")
    mine.close_if_health_check_failed()
    mine.ensure_connection()
    with mine.make_cursor(_PreparedCursor(mine.connection)) as cursor:  # type: ignore[arg-type]
        cursor.execute(statement, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


class _PreparedCursor(psycopg.Cursor[Any]):
    """A cursor that prepares its statement at once; Django's own sends text, with the arguments in it."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Self:
        return super().execute(query, params, **{**options, "prepare": True})


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]
    """A foreign key whose database constraint is the composite one of `SameTenant`; deletion is refused."""

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["db_constraint"]
        if kwargs.get("db_index") is False:
            del kwargs["db_index"]
        return name, path, list(args), kwargs


class SameTenant(BaseConstraint):
    """FOREIGN KEY (tenant_id, <field>) REFERENCES other (tenant_id, id): both rows are of one tenant.

    `also` names further columns that must agree in both rows, given as pairs (column here, column there).
    The referenced table needs a UNIQUE constraint over `tenant_id, <also there...>, id`.
    """

    def __init__(self, *, field: str, name: str, also: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(name=name)
        self.field = field
        self.also = tuple(tuple(pair) for pair in also)

    def _clause(self, model: type[models.Model], editor: BaseDatabaseSchemaEditor) -> str:
        field: Any = model._meta.get_field(self.field)
        other = field.related_model._meta.db_table
        quote = editor.quote_name
        here = ["tenant_id", *(pair[0] for pair in self.also), field.column]
        there = ["tenant_id", *(pair[1] for pair in self.also), "id"]
        return (
            f"CONSTRAINT {quote(self.name)} FOREIGN KEY ({', '.join(map(quote, here))}) "
            f"REFERENCES {quote(other)} ({', '.join(map(quote, there))})"
        )

    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        assert schema_editor is not None
        return Statement(
            "ALTER TABLE %(table)s ADD %(clause)s",
            table=schema_editor.quote_name(model._meta.db_table),
            clause=self._clause(model, schema_editor),
        )

    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        """Nothing inline: the key is added after all tables of the migration exist."""
        assert schema_editor is not None
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return None

    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> Any:
        assert model is not None
        assert schema_editor is not None
        return Statement(
            "ALTER TABLE %(table)s DROP CONSTRAINT %(name)s",
            table=schema_editor.quote_name(model._meta.db_table),
            name=schema_editor.quote_name(self.name),
        )

    def validate(self, model: Any, instance: Any, exclude: Any = None, using: str = "default") -> None:
        """The database says it."""

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        path, args, kwargs = super().deconstruct()
        kwargs["field"] = self.field
        if self.also:
            kwargs["also"] = self.also
        return path, tuple(args), kwargs

    def __eq__(self, other: object) -> bool:
        if isinstance(other, SameTenant):
            return (self.name, self.field, self.also) == (other.name, other.field, other.also)
        return NotImplemented

    __hash__ = BaseConstraint.__hash__
