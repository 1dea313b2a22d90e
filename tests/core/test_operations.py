"""What our own operations of migrations promise."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, migrations, models
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from core.operations import Together

SHELVES_AND_BOOKS = (
    migrations.CreateModel(
        name="Shelf",
        fields=[("id", models.IntegerField(primary_key=True)), ("room", models.TextField())],
        options={"constraints": [models.UniqueConstraint(fields=("room",), name="a_room_has_one_shelf")]},
    ),
    migrations.CreateModel(
        name="Book",
        fields=[
            ("id", models.IntegerField(primary_key=True)),
            ("shelf", models.ForeignKey("core.Shelf", models.PROTECT, related_name="books")),
        ],
    ),
)
LENDING = (
    migrations.AddField("book", "lent_at", models.DateTimeField(null=True)),
    migrations.AddField("book", "returned_at", models.DateTimeField(null=True)),
    migrations.AddConstraint(
        "book",
        models.CheckConstraint(
            condition=models.Q(returned_at=None) | models.Q(returned_at__gte=models.F("lent_at")),
            name="a_book_returns_after_it_was_lent",
        ),
    ),
)


@contextmanager
def migrated(*operations: Any) -> Iterator[ProjectState]:
    """The state after a migration of these operations, whose tables are there for as long."""
    before = ProjectState()
    before.apps  # noqa: B018  as the executor does, so that each step renders
    library = type("Library", (Migration,), {"operations": operations})
    migration = library("library", "core")
    with connection.schema_editor() as editor:
        after = migration.apply(before.clone(), editor)
    try:
        yield after
    finally:
        with connection.schema_editor() as editor:
            migration.unapply(before.clone(), editor)


def catalogue() -> list[tuple[Any, ...]]:
    """Columns in their order and constraints of the tables `core_shelf` and `core_book`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attrelid::regclass::text, attnum::text, attname || ' ' || atttypid::regtype "
            "FROM pg_attribute "
            "WHERE attrelid IN (to_regclass('core_shelf'), to_regclass('core_book')) AND attnum > 0 "
            "UNION SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE conrelid IN (to_regclass('core_shelf'), to_regclass('core_book')) ORDER BY 1, 2"
        )
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


@pytest.mark.role("b2b_owner")
@pytest.mark.usefixtures("committed")
class TestTogether:
    def test_tables_are_those_of_the_operations_one_by_one(self) -> None:
        with migrated(*SHELVES_AND_BOOKS, *LENDING):
            one_by_one = catalogue()
        with migrated(Together(*SHELVES_AND_BOOKS), Together(*LENDING)):
            together = catalogue()

        assert "a_book_returns_after_it_was_lent" in {row[1] for row in together}
        assert together == one_by_one

    def test_models_are_those_of_the_operations_one_by_one(self) -> None:
        with migrated(*SHELVES_AND_BOOKS, *LENDING) as one_by_one:
            pass
        with migrated(Together(*SHELVES_AND_BOOKS), Together(*LENDING)) as together:
            pass

        assert together == one_by_one
        shelf, book = (together.apps.get_model("core", name) for name in ("shelf", "book"))
        assert [each.name for each in book._meta.fields] == ["id", "shelf", "lent_at", "returned_at"]
        assert shelf._meta.get_field("books").related_model is book

    def test_migration_taken_back_drops_the_tables(self) -> None:
        with migrated(Together(*SHELVES_AND_BOOKS), Together(*LENDING)):
            assert catalogue()

        assert catalogue() == []
