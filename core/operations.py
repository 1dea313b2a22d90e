"""Migration operations that Django does not have: row-level security, grants, SQL functions, triggers."""

from pathlib import Path
from typing import Any, Literal

from django.apps import apps as installed_apps
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

MY_TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"
PROCESS_ROLES = ("b2b_api", "b2b_office", "b2b_jobs")


class _SqlOperation(Operation):
    reversible = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models do not change."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for statement in self.statements(to_state):
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """A migration that is taken back drops its tables and with them what was put on them."""

    def statements(self, state: Any) -> list[str]:
        raise AssertionError("a subclass says which statements")

    def describe(self) -> str:
        return f"{type(self).__name__} {' '.join(map(str, self.deconstruct()[1]))}"


def _grants(table: str, grants: dict[str, str]) -> list[str]:
    return [f'GRANT {rights} ON "{table}" TO {role}' for role, rights in grants.items() if rights]


class TenantTable(_SqlOperation):
    """Force row-level security on a tenant's table, and grant rights.

    `tenant_column` is the SQL expression that must equal the tenant set by `core.tenancy.tenant`; `shared`
    also shows rows that belong to nobody (the platform's own fixtures), read-only; `seen` is a condition of
    its own for reading.
    """

    def __init__(
        self,
        app: str,
        model: str,
        grants: dict[str, str],
        *,
        tenant_column: str = "tenant_id",
        shared: bool = False,
        seen: str = "",
    ) -> None:
        self.app, self.model, self.grants = app, model, grants
        self.tenant_column, self.shared, self.seen = tenant_column, shared, seen

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        kwargs: dict[str, Any] = {}
        if self.tenant_column != "tenant_id":
            kwargs["tenant_column"] = self.tenant_column
        if self.shared:
            kwargs["shared"] = True
        if self.seen:
            kwargs["seen"] = self.seen
        return type(self).__name__, [self.app, self.model, self.grants], kwargs

    def statements(self, state: Any) -> list[str]:
        table = state.apps.get_model(self.app, self.model)._meta.db_table
        mine = f"{self.tenant_column} = {MY_TENANT}"
        seen = self.seen or (f"({mine} OR {self.tenant_column} IS NULL)" if self.shared else mine)
        return [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY all_tenants ON "{table}" TO b2b_owner, b2b_office, b2b_jobs '
            "USING (true) WITH CHECK (true)",
            f'CREATE POLICY one_tenant ON "{table}" TO b2b_api, b2b_ledger '
            f"USING ({seen}) WITH CHECK ({mine})",
            *_grants(table, self.grants),
        ]


class GlobalTable(_SqlOperation):
    """Grant rights on a table that belongs to no tenant."""

    def __init__(self, app: str, model: str, grants: dict[str, str]) -> None:
        self.app, self.model, self.grants = app, model, grants

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.app, self.model, self.grants], {}

    def statements(self, state: Any) -> list[str]:
        return _grants(state.apps.get_model(self.app, self.model)._meta.db_table, self.grants)


class SqlFile(_SqlOperation):
    """Install `<app>/sql/<name>.sql`, the text of that day; a test compares what is installed with the file.

    A file may hold several statements; they run as one. `definer` names functions `name(argument types)` that
    run with the rights of `b2b_ledger`; `callers` are the roles that may execute them.
    """

    def __init__(
        self,
        app: str,
        name: str,
        *,
        definer: tuple[str, ...] = (),
        callers: tuple[Literal["b2b_api", "b2b_office", "b2b_jobs", "b2b_ledger"], ...] = (),
    ) -> None:
        self.app, self.name, self.definer, self.callers = app, name, definer, callers

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.app, self.name], {"definer": self.definer, "callers": self.callers}

    def statements(self, state: Any) -> list[str]:
        text = (Path(installed_apps.get_app_config(self.app).path) / "sql" / f"{self.name}.sql").read_text(
            "utf-8"
        )
        found = [text]
        if self.definer:
            found.append("GRANT CREATE ON SCHEMA public TO b2b_ledger")
            for function in self.definer:
                found.append(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
                found.append(
                    f"GRANT EXECUTE ON FUNCTION {function} TO {', '.join(('b2b_owner', *self.callers))}"
                )
                found.append(f"ALTER FUNCTION {function} OWNER TO b2b_ledger")
            found.append("REVOKE CREATE ON SCHEMA public FROM b2b_ledger")
        return found


class Sql(_SqlOperation):
    """Run one statement that has no operation of its own (a storage parameter, a trigger)."""

    def __init__(self, statement: str) -> None:
        self.statement = statement

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.statement], {}

    def statements(self, state: Any) -> list[str]:
        return [self.statement]


class AppendOnly(_SqlOperation):
    """Refuse UPDATE, DELETE and TRUNCATE on a table, for its owner too."""

    def __init__(self, app: str, model: str) -> None:
        self.app, self.model = app, model

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [self.app, self.model], {}

    def statements(self, state: Any) -> list[str]:
        table = state.apps.get_model(self.app, self.model)._meta.db_table
        return [
            f'CREATE TRIGGER rows_are_only_added BEFORE UPDATE OR DELETE ON "{table}" '
            "FOR EACH ROW EXECUTE FUNCTION core_refuse_change()",
            f'CREATE TRIGGER rows_are_never_truncated BEFORE TRUNCATE ON "{table}" '
            "FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change()",
        ]


class HistoryOf(_SqlOperation):
    """Write every change of a table's rows to `core_rowchange`, with a trigger that no setting turns off.

    `partner` is an SQL expression over `$1`, the row as JSON, that gives whose row it is; `key` the column
    that names the row. Changes of `hidden` columns are told without their values, those of `ignored` ones not
    at all. `only` names the columns whose changes count on a busy table; rows added and removed there do not.
    """

    def __init__(
        self,
        app: str,
        model: str,
        *,
        partner: str = "",
        key: str = "id",
        hidden: tuple[str, ...] = (),
        ignored: tuple[str, ...] = (),
        only: tuple[str, ...] = (),
    ) -> None:
        self.app, self.model, self.partner, self.key = app, model, partner, key
        self.hidden, self.ignored, self.only = hidden, ignored, only

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        said = {"partner": self.partner, "key": self.key, "hidden": self.hidden, "ignored": self.ignored}
        return type(self).__name__, [self.app, self.model], {**said, "only": self.only}

    def statements(self, state: Any) -> list[str]:
        table = state.apps.get_model(self.app, self.model)._meta.db_table
        arguments = (
            f"{self.app}.{self.model}".lower(),
            self.key,
            self.partner,
            f"{{{','.join(self.hidden)}}}",
            f"{{{','.join(self.ignored)}}}",
        )
        quoted = ", ".join("'" + argument.replace("'", "''") + "'" for argument in arguments)
        differs = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in self.only)
        when = f"UPDATE OF {', '.join(self.only)}" if self.only else "INSERT OR UPDATE OR DELETE"
        return [
            f'DROP TRIGGER IF EXISTS changes_are_written_down ON "{table}"',
            f'CREATE TRIGGER changes_are_written_down AFTER {when} ON "{table}" FOR EACH ROW '
            f"{f'WHEN ({differs}) ' if differs else ''}EXECUTE FUNCTION core_note_change({quoted})",
        ]


class Together(Operation):
    """Run operations of Django's as one step of the models' state.

    After each step Django renders every connected model anew, which takes most of a migration's time. No
    operation here may need what another one here does, but for a table with foreign keys to one before it:
    constraints and indexes of a new table stand in its `CreateModel`.
    """

    def __init__(self, *operations: Operation) -> None:
        self.operations = operations

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, list(self.operations), {}

    def state_forwards(self, app_label: str, state: Any) -> None:
        unrendered = ProjectState(real_apps=state.real_apps)
        unrendered.models = state.models
        for operation in self.operations:
            operation.state_forwards(app_label, unrendered)
        state.reload_models({(app_label, _model_of(each)) for each in self.operations}, delay=False)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for operation in reversed(self.operations):
            operation.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)


def _model_of(operation: Any) -> str:
    """Return the model's name in lower case, of an operation on a model or on a part of one."""
    return str(operation.model_name if hasattr(operation, "model_name") else operation.name).lower()
