"""The catalogue of the database, walked: each table that belongs to tenants is closed, each right is one that
was written down, and each function is the one in the repository.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, models, transaction

from b2b.environment import ROOT
from core.clock import now
from core.operations import PROCESS_ROLES
from core.tenancy import SameTenant
from partners.kyb.services import enter_review
from settlement.services import draft_statement
from sportsbook.services.results import enter_result
from tests.isolation.written import APPEND_ONLY, DEFINER_FUNCTIONS, RIGHTS, WITHOUT_KEY, WITHOUT_POLICY
from tests.makers.bets import make_bettor, placed, settle_fixture
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.settlement import make_adjustment, make_plan
from tests.makers.sportsbook import make_fixture
from tests.makers.staff import make_user

APPS = (
    "core",
    "staff",
    "approvals",
    "partners",
    "integration",
    "wallet",
    "risk",
    "sportsbook",
    "settlement",
    "reporting",
    "webhooks",
    "streaming",
)
LETTERS = {"SELECT": "r", "INSERT": "a", "UPDATE": "c", "DELETE": "d"}
FUNCTION = re.compile(r"CREATE OR REPLACE FUNCTION (?P<name>\w+)\(.*?\bAS \$\$(?P<body>.*?)\$\$", re.DOTALL)


@pytest.fixture
def database(superuser_url: str) -> Iterator["psycopg.Connection[tuple[Any, ...]]"]:
    with psycopg.connect(superuser_url, autocommit=True) as found:
        yield found


def rows(database: "psycopg.Connection[tuple[Any, ...]]", sql: str) -> list[tuple[Any, ...]]:
    return database.execute(sql.encode()).fetchall()


def tenant_models() -> list[type[models.Model]]:
    """Models whose rows belong to a tenant."""
    return [
        model
        for model in apps.get_models()
        if any(field.name == "tenant" and field.concrete for field in model._meta.get_fields())
    ]


@cache
def functions_in_files() -> dict[str, str]:
    """The body of each SQL function in the repository, by its name."""
    return {
        found["name"]: found["body"]
        for app in APPS
        for path in sorted((ROOT / app / "sql").glob("*.sql"))
        for found in FUNCTION.finditer(path.read_text("utf-8"))
    }


class TestTables:
    def test_every_table_that_names_a_tenant_is_closed(
        self, database: "psycopg.Connection[tuple[Any, ...]]"
    ) -> None:
        found = rows(
            database,
            "SELECT DISTINCT c.relname, c.relrowsecurity AND c.relforcerowsecurity FROM pg_class c "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname IN ('tenant_id', 'owner_tenant_id') "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') "
            "AND NOT c.relispartition",
        )
        assert len(found) > 20
        assert {name for name, is_closed in found if not is_closed} == set(WITHOUT_POLICY)

    def test_every_closed_table_has_both_policies_and_no_other(
        self, database: "psycopg.Connection[tuple[Any, ...]]"
    ) -> None:
        found = rows(
            database,
            "SELECT c.relname, p.polname, p.polpermissive, p.polcmd, pg_get_expr(p.polqual, c.oid), "
            "pg_get_expr(p.polwithcheck, c.oid), ARRAY(SELECT rolname::text FROM pg_roles "
            "WHERE oid = ANY (p.polroles) ORDER BY 1) "
            "FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid WHERE c.relrowsecurity",
        )
        policies: dict[str, set[str]] = {}
        for table, name, is_permissive, command, seen, written, roles in found:
            policies.setdefault(table, set()).add(name)
            assert (is_permissive, command) == (True, "*"), table
            if name == "all_tenants":
                assert (roles, seen, written) == (["b2b_jobs", "b2b_office", "b2b_owner"], "true", "true"), (
                    table
                )
            else:
                assert roles == ["b2b_api", "b2b_ledger"], table
                assert "app.tenant_id" in seen, table
                assert "app.tenant_id" in written, table
        assert all(names == {"all_tenants", "one_tenant"} for names in policies.values()), policies

    def test_every_right_is_written_down(self, database: "psycopg.Connection[tuple[Any, ...]]") -> None:
        found: dict[str, dict[str, str]] = {}
        for table, role, rights, columns in rows(
            database,
            "SELECT c.relname, coalesce(g.rolname, 'PUBLIC'), array_agg(DISTINCT x.privilege_type)::text[], "
            "array_agg(DISTINCT x.attname ORDER BY x.attname) FILTER (WHERE x.attname IS NOT NULL)::text[] "
            "FROM pg_class c, LATERAL ("
            "SELECT grantee, privilege_type, NULL::name AS attname FROM aclexplode(c.relacl) UNION ALL "
            "SELECT y.grantee, y.privilege_type, a.attname FROM pg_attribute a, aclexplode(a.attacl) y "
            "WHERE a.attrelid = c.oid) x LEFT JOIN pg_roles g ON g.oid = x.grantee "
            "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') "
            "AND g.rolname IS DISTINCT FROM 'b2b_owner' GROUP BY 1, 2",
        ):
            letters = "".join(letter for right, letter in LETTERS.items() if right in rights)
            other = "".join(f" {right}" for right in sorted(set(rights) - set(LETTERS)))
            part = f"({','.join(columns)})" if columns else ""
            found.setdefault(table, {})[role] = letters + part + other
        assert found == RIGHTS

    def test_nobody_may_make_objects_but_the_owner(
        self, database: "psycopg.Connection[tuple[Any, ...]]"
    ) -> None:
        roles = [*PROCESS_ROLES, "b2b_ledger"]
        for role in roles:
            (found,) = rows(database, f"SELECT has_schema_privilege('{role}', 'public', 'CREATE')")
            assert found == (False,), role

    @pytest.mark.parametrize("table", sorted(APPEND_ONLY))
    def test_nobody_changes_or_removes_what_is_only_added(self, something: None, table: str) -> None:
        changes = (
            f'UPDATE "{table}" SET "{_first_column(table)}" = "{_first_column(table)}"',
            f'DELETE FROM "{table}"',
            f'TRUNCATE "{table}" CASCADE',
        )
        for change in changes:
            for role in PROCESS_ROLES:
                with acting_as(role), pytest.raises(ProgrammingError, match="permission denied"):
                    _run(change)
            with acting_as("b2b_owner"), pytest.raises(IntegrityError, match="only added"):
                _run(*ADDED.get(table, ()), change)

    def test_list_of_tables_that_are_only_added_to_is_the_one_of_the_database(
        self, database: "psycopg.Connection[tuple[Any, ...]]"
    ) -> None:
        guards = rows(
            database,
            "SELECT c.relname, count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "WHERE t.tgname IN ('rows_are_only_added', 'rows_are_never_truncated') AND t.tgenabled <> 'D' "
            "GROUP BY 1 HAVING count(*) = 2",
        )
        assert {table for table, _ in guards} == APPEND_ONLY


ADDED = {
    "approvals_approvalrevision": (
        "INSERT INTO core_staff_user (username, password, is_superuser, is_staff, is_active, first_name, "
        "last_name, email, date_joined) VALUES ('asks', '', false, true, true, '', '', '', now())",
        "INSERT INTO approvals_approvalrequest (id, kind, subject_type, subject_id, title, payload, "
        "payload_digest, revision, reason, status, requested_by_id, requested_at, expires_at, decision_note, "
        "failure) SELECT core_uuid7(), 'adjustment', 'test', 'test', 'test', '{}', '', 1, 'test', 'pending', "
        "id, now(), now() + interval '1 day', '', '' FROM core_staff_user WHERE username = 'asks'",
        "SET CONSTRAINTS ALL IMMEDIATE",
    ),
    "core_event": (
        "INSERT INTO core_event (tenant_id, sequence, event_id, type, occurred_at, data) "
        "SELECT id, 1000000, core_uuid7(), 'test.made', now(), '{}' FROM partners_tenant LIMIT 1",
    ),
    "partners_note": (
        "INSERT INTO partners_note (id, partner_id, author, written_at, text) "
        "SELECT core_uuid7(), id, 'somebody', now(), 'Seen.' FROM partners_partner LIMIT 1",
        "SET CONSTRAINTS ALL IMMEDIATE",
    ),
    "core_trailseal": (
        "INSERT INTO core_trailseal (number, transaction_first, transaction_end, record_count, change_count, "
        "digest, sealed_at) VALUES (-9, -2, -1, 0, 0, '', now())",
    ),
    "wallet_seal": (
        "INSERT INTO wallet_seal (number, transaction_first, transaction_end, entry_count, transfer_count, "
        "digest, sealed_at) VALUES (-9, -2, -1, 0, 0, '', now())",
    ),
}
"""Rows that exist for the length of one refused transaction: a trigger for each row needs one to refuse."""


@pytest.fixture
def something(committed: None) -> None:
    """A row in every other table that is only added to."""
    _settle_a_bet()


@cache
def _settle_a_bet() -> None:
    made = make_fixture()
    placed(make_bettor(make_tenant()), made.outcome())
    with acting_as("b2b_jobs"):
        enter_result(fixture_id=made.id, home=2, away=1, entered_by="test", entered_at=now(), rehearsal=True)
    settle_fixture(made.id)
    _adjust_a_statement_and_review()


def _adjust_a_statement_and_review() -> None:
    tenant = make_tenant()
    make_plan(tenant)
    with acting_as("b2b_jobs"):
        statement = draft_statement(
            tenant_id=tenant.pk, period_start_date=now().date().replace(day=1), drafted_at=now()
        )
    with acting_as("b2b_office"):
        make_adjustment(statement)
        enter_review(
            partner_id=tenant.partner_id, findings="x", reviewed_by=make_user().pk, reviewed_at=now()
        )


def _run(*statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _first_column(table: str) -> str:
    with acting_as("b2b_owner"), connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "AND NOT attisdropped AND attidentity = '' ORDER BY attnum LIMIT 1",
            [table],
        )
        return str(cursor.fetchone()[0])


class TestModels:
    @pytest.mark.parametrize("model", tenant_models(), ids=lambda model: model._meta.label)
    def test_every_link_between_tenants_rows_has_a_composite_key(self, model: type[models.Model]) -> None:
        others = tenant_models()
        links = {
            field.name
            for field in model._meta.get_fields()
            if isinstance(field, models.ForeignKey) and field.related_model in others
        }
        links -= {field for label, field in WITHOUT_KEY if label == model._meta.label}
        keys = {each.field for each in model._meta.constraints if isinstance(each, SameTenant)}
        assert links == keys

    def test_every_composite_key_is_in_the_database(
        self, database: "psycopg.Connection[tuple[Any, ...]]"
    ) -> None:
        there = {
            (table, name): definition
            for table, name, definition in rows(
                database,
                "SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k "
                "JOIN pg_class c ON c.oid = k.conrelid WHERE k.contype = 'f' AND k.convalidated",
            )
        }
        wanted = [
            (model._meta.db_table, each.name)
            for model in apps.get_models()
            for each in model._meta.constraints
            if isinstance(each, SameTenant)
        ]
        assert len(wanted) > 10
        for key in wanted:
            assert there[key].startswith("FOREIGN KEY (tenant_id, "), key


class TestRoles:
    def test_no_process_passes_by_the_policies(self, database: "psycopg.Connection[tuple[Any, ...]]") -> None:
        found = rows(
            database,
            "SELECT rolname, rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication, "
            "EXISTS (SELECT FROM pg_auth_members WHERE member = r.oid), "
            "EXISTS (SELECT FROM pg_class WHERE relowner = r.oid AND relkind IN ('r', 'p', 'v')) "
            "FROM pg_roles r WHERE rolname LIKE 'b2b%' AND rolname <> 'b2b_owner'",
        )
        assert {name for name, *_ in found} == {*PROCESS_ROLES, "b2b_ledger"}
        for name, is_powerful, is_member, owns in found:
            assert (is_powerful, is_member, owns) == (False, False, False), name

    def test_owner_is_no_superuser_and_nobody_logs_in_as_the_ledger(
        self, database: "psycopg.Connection[tuple[Any, ...]]"
    ) -> None:
        found = dict(
            rows(
                database,
                "SELECT rolname, ARRAY[rolsuper, rolbypassrls, rolcanlogin] FROM pg_roles "
                "WHERE rolname IN ('b2b_owner', 'b2b_ledger')",
            )
        )
        assert found == {"b2b_owner": [False, False, True], "b2b_ledger": [False, False, False]}


class TestFunctions:
    def test_those_with_their_owners_rights_are_written_down_and_pinned(
        self, database: "psycopg.Connection[tuple[Any, ...]]"
    ) -> None:
        found = {}
        for name, owner, settings, callers in rows(
            database,
            "SELECT p.proname, o.rolname, p.proconfig, ARRAY(SELECT coalesce(g.rolname, 'PUBLIC')::text "
            "FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a "
            "LEFT JOIN pg_roles g ON g.oid = a.grantee) "
            "FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner WHERE p.prosecdef",
        ):
            assert "search_path=public, pg_temp" in (settings or []), name
            assert "PUBLIC" not in callers, name
            found[name] = (owner, {each for each in callers if each not in ("b2b_owner", "b2b_ledger")})
        assert found == DEFINER_FUNCTIONS

    def test_each_is_the_one_in_the_repository(self, database: "psycopg.Connection[tuple[Any, ...]]") -> None:
        installed = dict(
            rows(
                database,
                "SELECT p.proname, p.prosrc FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace "
                "AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')",
            )
        )
        assert installed == functions_in_files()
        assert len(installed) >= 15
