"""The ledger takes rows and keeps them: whoever asks, by whatever way, and each tenant sees its own alone."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, connection, transaction

from core.ids import uuid7
from core.operations import PROCESS_ROLES
from core.tenancy import tenant
from partners.models import Tenant
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.wallet import make_player, put
from wallet.models import Account, Balance, JournalEntry, Player, Transfer

pytestmark = pytest.mark.usefixtures("committed")

TABLES = {"wallet_journalentry": "currency", "wallet_transfer": "currency", "wallet_seal": "digest"}
CHANGES = ("UPDATE {table} SET {column} = {column}", "DELETE FROM {table}", "TRUNCATE {table} CASCADE")


@pytest.fixture
def player(committed: None) -> Player:
    return make_player(make_tenant().id, holds="25.00")


def run(sql: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


class TestLedgerTables:
    @pytest.mark.parametrize("role", PROCESS_ROLES)
    def test_no_process_may_change_a_row(self, role: str) -> None:
        with acting_as(role):
            for table, column in TABLES.items():
                for change in CHANGES:
                    with pytest.raises(ProgrammingError, match="permission denied"):
                        run(change.format(table=table, column=column))

    def test_not_even_the_owner_may_change_a_row(self, player: Player, sealed: None) -> None:
        with acting_as("b2b_owner"):
            for table, column in TABLES.items():
                for change in CHANGES:
                    with pytest.raises(IntegrityError, match="only added"):
                        run(change.format(table=table, column=column))

    @pytest.mark.parametrize("role", PROCESS_ROLES)
    def test_no_process_writes_but_through_the_functions(self, role: str) -> None:
        tables = ("wallet_account", "wallet_balance", "wallet_journalentry", "wallet_transfer")
        with acting_as(role):
            for statement in (
                *(f"INSERT INTO {table} DEFAULT VALUES" for table in tables),
                "UPDATE wallet_balance SET available = 1",
                "DELETE FROM wallet_balance",
                f"SELECT wallet_write(now(), {', '.join(['NULL'] * 16)})",
            ):
                with pytest.raises(ProgrammingError, match="permission denied"):
                    run(statement)

    @pytest.fixture
    def sealed(self, player: Player, superuser_url: str) -> Iterator[None]:
        """A row in each table, so that a trigger for each row has something to refuse."""
        with acting_as("b2b_jobs"):
            run(
                "INSERT INTO wallet_seal (number, transaction_first, transaction_end, entry_count, "
                "transfer_count, digest, sealed_at) "
                "SELECT -1, -2, -1, 0, 0, '', now() WHERE NOT EXISTS (SELECT FROM wallet_seal)"
            )
        yield
        with acting_as("b2b_owner"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("ALTER TABLE wallet_seal DISABLE TRIGGER rows_are_only_added")
            cursor.execute("DELETE FROM wallet_seal WHERE number = -1")
            cursor.execute("ALTER TABLE wallet_seal ENABLE TRIGGER rows_are_only_added")


class TestConstraints:
    """What the owner of the tables may insert and the constraints refuse all the same."""

    def test_a_transfer_moves_something(self, player: Player) -> None:
        for amount in ("0", "-1", "NaN", "1e20", "Infinity"):
            with pytest.raises(DatabaseError, match=r"a_transfer_moves_something|numeric field overflow"):
                self._transfer(player, amount=amount)

    def test_a_transfer_is_between_two_accounts(self, player: Player) -> None:
        with pytest.raises(IntegrityError, match="a_transfer_is_between_two_accounts"):
            self._transfer(player, credit="available")

    def test_a_transfer_stays_in_its_currency(self, player: Player) -> None:
        with pytest.raises(IntegrityError, match="has_the_currency"):
            self._transfer(player, currency="USD")

    def test_a_transfer_stays_in_its_tenant(self, player: Player) -> None:
        stranger = make_player(make_tenant().id)
        with pytest.raises(IntegrityError, match="a_debited_account_has_the_currency"):
            self._transfer(player, debit_of=stranger)

    def test_only_the_house_may_overdraw(self, player: Player) -> None:
        with acting_as("b2b_owner"), pytest.raises(IntegrityError, match="only_the_house_may_overdraw"):
            run("UPDATE wallet_balance SET available = -1 WHERE player_id = %s", player.id)

    def test_a_player_in_debt_has_nothing_available(self, player: Player) -> None:
        with (
            acting_as("b2b_owner"),
            pytest.raises(IntegrityError, match="a_player_in_debt_has_nothing_available"),
        ):
            run("UPDATE wallet_balance SET debt = 1 WHERE player_id = %s", player.id)

    def test_a_transfer_is_reversed_at_most_once(self, player: Player) -> None:
        with acting_as("b2b_jobs"):
            first = Transfer.objects.get(entry__player=player)
        with pytest.raises(IntegrityError, match="a_transfer_is_reversed_at_most_once"):
            self._transfer(player, reverses=first.id, times=2)

    @staticmethod
    def _transfer(
        player: Player,
        *,
        amount: str = "1",
        currency: str = "EUR",
        credit: str = "partner_receivable",
        debit_of: Player | None = None,
        reverses: int | None = None,
        times: int = 1,
    ) -> None:
        with acting_as("b2b_jobs"):
            entry = JournalEntry.objects.filter(player=player).latest("posted_at")
            available = Account.objects.get(player=debit_of or player)
            other = (
                available
                if credit == "available"
                else Account.objects.get(tenant_id=player.tenant_id, kind=credit, currency_id="EUR")
            )
        row = [player.tenant_id, entry.id, currency, available.id, other.id, Decimal(amount), reverses]
        with acting_as("b2b_owner"):
            run(
                "INSERT INTO wallet_transfer (tenant_id, entry_id, currency, debit_id, credit_id, amount, "
                f"reverses_id) VALUES {', '.join(['(%s, %s, %s, %s, %s, %s, %s)'] * times)}",
                *(row * times),
            )


class TestRowLevelSecurity:
    def test_a_tenant_sees_its_own_rows_alone(self, player: Player) -> None:
        other: Tenant = make_tenant()
        put(make_player(other.id), "5.00")
        with tenant(other.id):
            for model in (Player, Account, Balance, JournalEntry, Transfer):
                owners = set(model._default_manager.values_list("tenant_id", flat=True))
                assert owners == {other.id}, model

    def test_without_a_tenant_the_api_sees_nothing(self, player: Player) -> None:
        for model in (Player, Account, Balance, JournalEntry, Transfer):
            assert not model._default_manager.exists(), model

    def test_the_function_posts_to_no_player_of_another_tenant(self, player: Player) -> None:
        other = make_tenant()
        with pytest.raises(DatabaseError), tenant(other.id), connection.cursor() as cursor:
            cursor.execute(
                "SELECT * FROM wallet_post(%s, now(), '', 201::smallint, %s, %s, 'deposit', 1, 'D-1', NULL, "
                "NULL, false, NULL, 'partner_receivable', 'available', %s, 'balance.updated', '{}')",
                [other.id, uuid7(), player.id, uuid7()],
            )

    def test_a_player_of_another_tenant_cannot_be_locked(self, player: Player) -> None:
        with tenant(make_tenant().id), connection.cursor() as cursor:
            cursor.execute("SELECT wallet_lock_wallet(%s)", [player.id])
            assert cursor.fetchone() == (False,)
