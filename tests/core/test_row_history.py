"""The row history: whatever way a row is changed, that is written down, once, for good, with its actor."""

import secrets
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, connection, transaction

from b2b.celery import app
from core.acting import acting
from core.admin.changes import TRACKED
from core.clock import now
from core.models import Currency, RowChange
from partners.models import ApiClient, ClientSecret, Partner, TenantCurrency
from partners.onboarding.models import Contact
from partners.services import change_partner
from tests.conftest import PASSWORDS
from tests.makers.bets import make_bettor, placed, settle_fixture
from tests.makers.partners import make_client, make_partner, make_tenant
from tests.makers.roles import acting_as
from tests.makers.sportsbook import make_fixture
from tests.makers.staff import make_user
from wallet.models import Player

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_office")]


def changes_of(model: str, row_id: Any) -> list[RowChange]:
    """Return what is written down about a row, oldest first."""
    with acting_as("b2b_office"):
        return list(RowChange.objects.filter(model=model, row_id=str(row_id)).order_by("id"))


def last_change(row: Any) -> RowChange:
    return changes_of(row._meta.label_lower, row.pk)[-1]


class TestEveryWayOfChanging:
    def test_service_is_written_down_with_before_and_after(self) -> None:
        partner = make_partner()
        with acting("anna", request_id="req_1"):
            change_partner(partner_id=partner.pk, changes={"tier": "premium"}, changed_at=now())
        found = last_change(partner)
        assert (found.kind, found.before, found.after) == (
            "changed",
            {"tier": "standard"},
            {"tier": "premium"},
        )
        assert (found.actor, found.request_id, found.login) == ("anna", "req_1", "b2b_office")
        assert found.partner_id == partner.pk

    def test_update_of_many_rows_writes_each_down(self) -> None:
        made = [make_partner(), make_partner()]
        with acting("anna"):
            Partner.objects.filter(pk__in=[each.pk for each in made]).update(risk_profile="high")
        for each in made:
            assert (last_change(each).actor, last_change(each).after) == ("anna", {"risk_profile": "high"})

    def test_bulk_update_and_bulk_create_are_written_down(self) -> None:
        partner = make_partner()
        partner.time_zone = "Europe/Malta"
        with acting("anna"):
            Partner.objects.bulk_update([partner], ["time_zone"])
            made = Contact.objects.bulk_create(
                [Contact(partner=partner, name="Ada", role="technical", email="ada@example.com")]
            )
        assert last_change(partner).after == {"time_zone": "Europe/Malta"}
        found = last_change(made[0])
        assert (found.kind, found.actor, found.before) == ("added", "anna", None)
        assert found.after is not None
        assert found.after["email"] == "ada@example.com"

    def test_raw_sql_of_the_office_has_the_actor(self) -> None:
        partner = make_partner()
        with acting("anna", request_id="req_2"), connection.cursor() as cursor:
            cursor.execute("UPDATE partners_partner SET tier = 'premium' WHERE id = %s", [partner.pk])
        assert (last_change(partner).actor, last_change(partner).request_id) == ("anna", "req_2")

    def test_sql_from_outside_has_the_login(self) -> None:
        partner = make_partner()
        said = {**connection.get_connection_params(), "password": PASSWORDS["b2b_office"]}
        with psycopg.connect(
            **{name: said[name] for name in ("dbname", "user", "password", "host", "port")}
        ) as outside:
            outside.execute("UPDATE partners_partner SET tier = 'premium' WHERE id = %s", [partner.pk])
        assert (last_change(partner).actor, last_change(partner).request_id) == ("b2b_office", "")

    def test_task_acts_in_its_own_name(self) -> None:
        partner = make_partner()

        @app.task(name=f"tests.{secrets.token_hex(4)}")  # type: ignore[untyped-decorator]
        def change() -> None:
            Partner.objects.filter(pk=partner.pk).update(tier="premium")

        change()
        assert last_change(partner).actor == change.name

    def test_removed_row_is_written_down(self) -> None:
        tenant = make_tenant()
        with acting("anna"):
            TenantCurrency.objects.filter(tenant=tenant, currency_id="USD").delete()
        found = changes_of("partners.tenantcurrency", tenant.pk)[-1]
        assert (found.kind, found.after, found.partner_id) == ("removed", None, tenant.partner_id)
        assert found.before is not None
        assert found.before["currency_id"] == "USD"

    def test_role_given_is_written_down_with_its_person(self) -> None:
        user = make_user("partners.view_partner")
        found = changes_of("core.staffuser_user_permissions", user.pk)
        assert [each.kind for each in found] == ["added"]


class TestActor:
    def test_inner_actor_ends_with_its_block(self) -> None:
        partner = make_partner()
        rows = Partner.objects.filter(pk=partner.pk)
        with acting("anna"):
            with acting("bea"):
                rows.update(tier="premium")
            rows.update(tier="standard")
        actors = [each.actor for each in changes_of("partners.partner", partner.pk)[-2:]]
        assert actors == ["bea", "anna"]

    def test_actor_ends_with_the_transaction(self) -> None:
        partner = make_partner()
        with acting("anna"):
            Partner.objects.filter(pk=partner.pk).update(tier="premium")
        Partner.objects.filter(pk=partner.pk).update(tier="standard")
        assert last_change(partner).actor == "b2b_office"


class TestWhatIsTold:
    def test_rolled_back_change_leaves_nothing(self) -> None:
        partner = make_partner()
        count = len(changes_of("partners.partner", partner.pk))
        with transaction.atomic():
            Partner.objects.filter(pk=partner.pk).update(tier="premium")
            transaction.set_rollback(True)
        assert len(changes_of("partners.partner", partner.pk)) == count

    def test_saving_without_a_change_writes_nothing(self) -> None:
        partner = make_partner()
        count = len(changes_of("partners.partner", partner.pk))
        Partner.objects.filter(pk=partner.pk).update(tier="standard")
        assert len(changes_of("partners.partner", partner.pk)) == count

    def test_digest_of_a_secret_is_never_in_it(self) -> None:
        made = make_client()
        (found,) = changes_of("partners.clientsecret", made.client.pk)
        assert found.after is not None
        assert found.after["digest"] == "hidden"
        digest = ClientSecret.objects.get(client=made.client).digest
        assert bytes(digest).hex() not in str(found.after)

    def test_password_is_told_without_its_hash(self) -> None:
        user = make_user()
        user.set_password("another long pass phrase")
        user.save()
        assert last_change(user).after == {"password": "changed"}
        assert last_change(user).before == {"password": "hidden"}

    def test_use_of_a_client_is_no_change_of_it(self) -> None:
        made = make_client()
        count = len(changes_of("partners.apiclient", made.client.pk))
        ApiClient.objects.filter(pk=made.client.pk).update(last_used_at=now())
        assert len(changes_of("partners.apiclient", made.client.pk)) == count

    def test_fractions_keep_their_digits(self) -> None:
        with acting_as("b2b_owner"), connection.cursor() as cursor:
            cursor.execute("SELECT core_told('12345678901234567890.100000000000000000'::jsonb)")
            assert "12345678901234567890.1" in str(cursor.fetchone())


class TestImmutability:
    def test_no_process_adds_changes_or_removes_history(self) -> None:
        make_partner()
        statements = (
            "INSERT INTO core_rowchange SELECT * FROM core_rowchange LIMIT 1",
            "UPDATE core_rowchange SET actor = 'nobody'",
            "DELETE FROM core_rowchange",
            "TRUNCATE core_rowchange",
            "ALTER TABLE partners_partner DISABLE TRIGGER changes_are_written_down",
            "DROP TRIGGER changes_are_written_down ON partners_partner",
            "SET session_replication_role = replica",
        )
        for role in ("b2b_api", "b2b_office", "b2b_jobs"):
            for statement in statements:
                with (
                    acting_as(role),
                    pytest.raises(ProgrammingError, match=r"permission denied|must be owner"),
                    transaction.atomic(),
                    connection.cursor() as cursor,
                ):
                    cursor.execute(statement)

    def test_no_setting_of_a_session_turns_it_off(self) -> None:
        partner = make_partner()
        with acting("anna"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL pgtrigger.ignore = '{partners_partner:changes_are_written_down}'")
            Partner.objects.filter(pk=partner.pk).update(tier="premium")
        assert last_change(partner).after == {"tier": "premium"}

    def test_owner_changes_no_history_either(self) -> None:
        make_partner()
        with (
            acting_as("b2b_owner"),
            pytest.raises(IntegrityError, match="only added"),
            connection.cursor() as cursor,
        ):
            cursor.execute("UPDATE core_rowchange SET actor = 'nobody'")


BUSY = frozenset(
    {
        "core_event",
        "core_idempotencykey",
        "core_outbox",
        "core_reference",
        "integration_apirequest",
        "risk_dailystake",
        "sportsbook_bet",
        "sportsbook_fixture",
        "sportsbook_leg",
        "sportsbook_oddschange",
        "sportsbook_outcome",
        "sportsbook_settlement",
        "wallet_account",
        "wallet_balance",
        "wallet_journalentry",
        "wallet_transfer",
    }
)


class TestCost:
    def test_busy_tables_have_no_history_trigger(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT c.relname::text, t.tgtype & 4 <> 0, t.tgattr::text <> '' FROM pg_trigger t "
                "JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = 'changes_are_written_down'"
            )
            found = {table: (on_insert, is_narrow) for table, on_insert, is_narrow in cursor.fetchall()}
        assert {_table(label) for label in TRACKED} == set(found)
        assert not BUSY & set(found)
        # Players come by themselves and markets move with their odds: only a change of their status counts.
        for table in ("wallet_player", "sportsbook_market"):
            assert found[table] == (False, True)

    def test_placing_and_settling_a_bet_write_no_history(self) -> None:
        made = make_fixture()
        tenant = make_tenant()
        player = make_bettor(tenant)
        rows = RowChange.objects.filter(partner_id=tenant.partner_id)
        count = rows.count()
        with acting_as("b2b_jobs"):
            placed(player, made.outcome())
        settle_fixture(made.id)
        assert rows.count() == count

    def test_player_status_is_written_down(self) -> None:
        player = make_bettor(make_tenant())
        with acting("rita"):
            Player.objects.filter(pk=player.id).update(status="suspended", held_by=["risk:rita"])
            Player.objects.filter(pk=player.id).update(suspended_by_partner=True)
        found = changes_of("wallet.player", player.id)
        assert [(each.actor, each.after) for each in found] == [
            ("rita", {"status": "suspended", "held_by": ["risk:rita"]}),
            ("rita", {"suspended_by_partner": True}),
        ]


def _table(label: str) -> str:
    return str(apps.get_model(label)._meta.db_table)


def test_currency_is_found_by_its_code() -> None:
    code = "Q" + secrets.token_hex(3).upper()
    with acting("fay"):
        Currency.objects.create(code=code, name="Test", scale=2)
    assert [each.kind for each in changes_of("core.currency", code)] == ["added"]
