"""What rolling back gives and takes: once, whatever the reference, and what is missing becomes debt."""

from decimal import Decimal
from threading import Thread

import pytest
from django.db import connections

from core.errors import Refusal
from core.tenancy import tenant
from partners.models import Tenant
from tests.makers.partners import make_tenant
from tests.makers.wallet import make_player, put, take
from tests.wallet.reading import code_of, outbox_of, undo, wallet_of

pytestmark = pytest.mark.usefixtures("committed")


class TestRollBack:
    def test_gives_a_withdrawal_back(self, owner: Tenant) -> None:
        player = make_player(owner.id, holds="25.00")
        take(player, "10.00", reference="W-1")
        rollback = undo(player, "W-1")
        assert rollback.posting is not None
        assert (rollback.posting.amount, wallet_of(player)) == (Decimal("10.00"), ("25.00", "0.00", "0.00"))

    def test_takes_a_deposit_back(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        put(player, "25.00", reference="D-1")
        undo(player, "D-1")
        assert wallet_of(player) == ("0.00", "0.00", "0.00")

    def test_what_the_wallet_cannot_give_back_becomes_debt_which_later_credits_repay(
        self, owner: Tenant
    ) -> None:
        player = make_player(owner.id)
        put(player, "100.00", reference="D-1")
        take(player, "70.00")
        undo(player, "D-1")
        assert wallet_of(player) == ("0.00", "0.00", "70.00")
        put(player, "50.00")
        assert wallet_of(player) == ("0.00", "0.00", "20.00")
        put(player, "50.00")
        assert wallet_of(player) == ("30.00", "0.00", "0.00")

    def test_announces_the_amount_of_the_original(self, owner: Tenant, superuser_url: str) -> None:
        player = make_player(owner.id)
        put(player, "25.00", reference="D-1")
        undo(player, "D-1", reference="R-1")
        kind, data = outbox_of(owner.id, superuser_url)[-1]
        assert (kind, data["kind"], data["reference"]) == ("balance.updated", "rollback", "R-1")
        assert (data["amount"], data["available"]) == ("25.00", "0.00")

    def test_the_same_request_again_gives_the_first_answer(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        put(player, "25.00", reference="D-1")
        first, again = undo(player, "D-1", reference="R-1"), undo(player, "D-1", reference="R-1")
        assert first.posting is not None
        assert again.posting is not None
        assert (again.posting.entry_id, again.posting.amount) == (first.posting.entry_id, Decimal(25))
        assert (first.is_replay, again.is_replay) == (False, True)

    def test_happens_once_whatever_the_reference(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        put(player, "25.00", reference="D-1")
        undo(player, "D-1", reference="R-1")
        with pytest.raises(Refusal) as refused:
            undo(player, "D-1", reference="R-2")
        assert (refused.value.code, refused.value.details) == ("ALREADY_ROLLED_BACK", {"reference": "R-1"})
        assert wallet_of(player) == ("0.00", "0.00", "0.00")

    def test_an_unknown_original_is_buried(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        first, again = undo(player, "D-1", reference="R-1"), undo(player, "D-1", reference="R-1")
        assert (first.posting, first.is_replay) == (None, False)
        assert (again.posting, again.is_replay) == (None, True)
        assert undo(player, "D-1", reference="R-2").posting is None
        assert code_of(lambda: put(player, "25.00", reference="D-1")) == "ROLLED_BACK_BEFORE"
        assert code_of(lambda: take(player, "7.00", reference="D-1")) == "ROLLED_BACK_BEFORE"
        assert wallet_of(player) == ("0.00", "0.00", "0.00")

    def test_a_refused_original_is_not_found_and_keeps_its_refusal(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        assert code_of(lambda: take(player, "7.00", reference="W-1")) == "INSUFFICIENT_FUNDS"
        assert undo(player, "W-1").posting is None
        assert code_of(lambda: take(player, "7.00", reference="W-1")) == "INSUFFICIENT_FUNDS"

    def test_a_rollback_cannot_be_rolled_back(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        put(player, "25.00", reference="D-1")
        undo(player, "D-1", reference="R-1")
        assert code_of(lambda: undo(player, "R-1")) == "ROLLBACK_NOT_POSSIBLE"

    def test_an_original_of_another_player_is_a_conflict_that_is_not_stored(self, owner: Tenant) -> None:
        player, other = make_player(owner.id), make_player(owner.id)
        put(player, "25.00", reference="D-1")
        assert code_of(lambda: undo(other, "D-1", reference="R-1")) == "ORIGINAL_OF_ANOTHER_PLAYER"
        assert undo(player, "D-1", reference="R-1").posting is not None

    def test_another_tenants_original_is_unknown(self, owner: Tenant) -> None:
        put(make_player(owner.id), "25.00", reference="D-1")
        assert undo(make_player(make_tenant().id), "D-1").posting is None

    def test_needs_a_reference_of_its_own(self, owner: Tenant) -> None:
        assert code_of(lambda: undo(make_player(owner.id), "D-1", reference="D-1")) == "INVALID_FIELD"

    def test_an_original_being_answered_asks_to_come_back(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        codes: list[str] = []

        def second() -> None:
            codes.append(code_of(lambda: undo(player, "D-1")))
            connections.close_all()

        with tenant(owner.id), connections["default"].cursor() as cursor:
            cursor.execute("SELECT state FROM core_take_references('wallet', ARRAY['D-1'])")
            other = Thread(target=second)
            other.start()
            other.join()
        assert codes == ["REFERENCE_IN_PROGRESS"]
