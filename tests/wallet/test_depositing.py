"""What deposits and withdrawals do with money: to the cent, once per reference, and never below zero."""

from decimal import Decimal
from threading import Thread

import pytest
from django.db import connections

from core.clock import now
from core.errors import Forbidden, NotFound, Refusal
from core.ids import typeid
from core.models import Reference
from core.money import BadAmount
from core.references import ReferenceInProgress
from core.tenancy import tenant
from partners.models import Tenant
from tests.makers.partners import make_tenant
from tests.makers.wallet import make_player, put, take
from tests.wallet.reading import code_of, entries_of, outbox_of, shown, undo, wallet_of
from wallet.services import deposit, update_player

pytestmark = pytest.mark.usefixtures("committed")


class TestDeposit:
    def test_makes_money_available(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        posting = put(player, "25.00", reference="D-1")
        assert shown(posting.wallet) == wallet_of(player) == ("25.00", "0.00", "0.00")
        (entry,) = entries_of(player)
        assert (entry.id, entry.kind, entry.reference, entry.number) == (
            posting.entry_id,
            "deposit",
            "D-1",
            1,
        )

    def test_announces_the_balance_after_it(self, owner: Tenant, superuser_url: str) -> None:
        player = make_player(owner.id, holds="10.00")
        posting = put(player, "25.00", reference="D-1")
        kind, data = outbox_of(owner.id, superuser_url)[-1]
        assert kind == "balance.updated"
        assert data == {
            "playerId": typeid("plr", player.id),
            "transactionId": typeid("txn", posting.entry_id),
            "kind": "deposit",
            "reference": "D-1",
            "currency": "EUR",
            "amount": "25.00",
            "available": "35.00",
            "inPlay": "0.00",
            "debt": "0.00",
        }

    def test_the_same_request_again_gives_the_first_answer(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        first = put(player, "25.00", reference="D-1")
        put(player, "5.00")
        again = put(player, "25.00", reference="D-1")
        assert (again.entry_id, again.wallet, again.posted_at) == (
            first.entry_id,
            first.wallet,
            first.posted_at,
        )
        assert (first.is_replay, again.is_replay) == (False, True)
        assert wallet_of(player) == ("30.00", "0.00", "0.00")

    def test_other_content_under_the_reference_is_a_conflict(self, owner: Tenant) -> None:
        player, other = make_player(owner.id, holds="50.00"), make_player(owner.id)
        put(player, "25.00", reference="D-1")
        for call in (
            lambda: put(player, "25.01", reference="D-1"),
            lambda: put(other, "25.00", reference="D-1"),
            lambda: take(player, "25.00", reference="D-1"),
            lambda: undo(player, "D-0", reference="D-1"),
        ):
            assert code_of(call) == "REFERENCE_CONFLICT"
        assert wallet_of(player) == ("75.00", "0.00", "0.00")

    def test_a_reference_being_answered_asks_to_come_back(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        raised: list[BaseException] = []

        def second() -> None:
            try:
                put(player, "25.00", reference="D-1")
            except ReferenceInProgress as refusal:
                raised.append(refusal)
            connections.close_all()

        with tenant(owner.id), connections["default"].cursor() as cursor:
            cursor.execute("SELECT state FROM core_take_references('wallet', ARRAY['D-1'])")
            other = Thread(target=second)
            other.start()
            other.join()
        assert [type(refusal) for refusal in raised] == [ReferenceInProgress]
        assert put(player, "25.00", reference="D-1").is_replay is False

    def test_another_currency_is_refused_for_ever(self, owner: Tenant) -> None:
        player = make_player(owner.id, currency="EUR")

        def ask() -> None:
            deposit(
                tenant_id=owner.id, player_id=player.id, reference="D-1", amount="25.00", currency="USD",
                posted_at=now(),
            )  # fmt: skip

        assert [code_of(ask), code_of(ask)] == ["CURRENCY_MISMATCH"] * 2
        assert code_of(lambda: put(player, "25.00", reference="D-1")) == "REFERENCE_CONFLICT"
        assert wallet_of(player) == ("0.00", "0.00", "0.00")

    def test_a_closed_player_takes_nothing_in_but_an_old_answer_stays(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        put(player, "25.00", reference="D-1")
        update_player(tenant_id=owner.id, player_id=player.id, updated_at=now(), status="closed")
        with pytest.raises(Forbidden):
            put(player, "5.00", reference="D-2")
        assert put(player, "25.00", reference="D-1").is_replay is True
        with tenant(owner.id):
            assert not Reference.objects.filter(reference="D-2").exists()
        take(player, "25.00")
        assert wallet_of(player) == ("0.00", "0.00", "0.00")

    def test_a_suspended_player_can_deposit_and_withdraw(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        update_player(tenant_id=owner.id, player_id=player.id, updated_at=now(), status="suspended")
        put(player, "25.00")
        take(player, "10.00")
        assert wallet_of(player) == ("15.00", "0.00", "0.00")

    def test_a_wallet_that_cannot_be_written_down_is_refused(self, owner: Tenant) -> None:
        player = make_player(owner.id, holds="99999999999999999999.99")
        assert code_of(lambda: put(player, "0.01")) == "BALANCE_TOO_LARGE"
        assert wallet_of(player)[0] == "99999999999999999999.99"

    def test_what_is_no_amount_stores_nothing(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        for amount in ("0", "0.00", "-1.00", "1.001", "1e2", "NaN", "", " 1", "01", "1" * 21):
            with pytest.raises(BadAmount):
                put(player, amount, reference="D-1")
        assert put(player, "1.00", reference="D-1").is_replay is False

    def test_keeps_every_digit_of_the_currency(self) -> None:
        amounts = {
            "JPY": "1",
            "KWD": "0.001",
            "BTC": "0.00000001",
            "ETH": "12345678901234567890.123456789012345678",
        }
        owner = make_tenant(currencies=amounts)
        for currency, amount in amounts.items():
            player = make_player(owner.id, currency=currency)
            assert put(player, amount).wallet.available == Decimal(amount)

    def test_knows_no_player_of_another_tenant(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        player.tenant_id = make_tenant().id
        with pytest.raises(NotFound):
            put(player, "1.00")


class TestWithdraw:
    def test_takes_what_is_available(self, owner: Tenant) -> None:
        player = make_player(owner.id, holds="25.00")
        assert shown(take(player, "25.00").wallet) == ("0.00", "0.00", "0.00")

    def test_more_than_is_available_is_refused_for_ever(self, owner: Tenant) -> None:
        player = make_player(owner.id, holds="25.00")
        with pytest.raises(Refusal) as refused:
            take(player, "25.01", reference="W-1")
        assert (refused.value.code, refused.value.details) == ("INSUFFICIENT_FUNDS", {"available": "25.00"})
        put(player, "100.00")
        with pytest.raises(Refusal) as again:
            take(player, "25.01", reference="W-1")
        assert (again.value.code, again.value.details) == ("INSUFFICIENT_FUNDS", {"available": "25.00"})
        assert (getattr(refused.value, "is_replay", None), getattr(again.value, "is_replay", None)) == (
            False,
            True,
        )
        assert wallet_of(player) == ("125.00", "0.00", "0.00")
