"""What a wallet does with money: to the cent, once per reference, and never below zero."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connections

from core.clock import now
from core.errors import Forbidden, NotFound, Refusal
from core.ids import typeid, uuid7
from core.models import AuditRecord, Reference
from core.money import BadAmount
from core.references import ReferenceConflict, ReferenceInProgress
from core.tenancy import tenant
from partners.models import Tenant
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.wallet import make_player, new_reference, put, take
from wallet.models import Account, JournalEntry, Player, Transfer
from wallet.queries import get_player, get_wallet, get_wallet_at, list_entries
from wallet.rules import InvalidPlayer, NewPlayer, PlayerClosed, Rollback, Wallet
from wallet.services import create_player, deposit, roll_back, update_player

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def owner(committed: None) -> Tenant:
    return make_tenant()


def wallet_of(player: Player) -> tuple[str, str, str]:
    with tenant(player.tenant_id):
        wallet = get_wallet(tenant_id=player.tenant_id, player_id=player.id)
    return shown(wallet)


def shown(wallet: Wallet) -> tuple[str, str, str]:
    return f"{wallet.available:.2f}", f"{wallet.in_play:.2f}", f"{wallet.debt:.2f}"


def undo(player: Player, original: str, *, reference: str = "") -> Rollback:
    return roll_back(
        tenant_id=player.tenant_id,
        player_id=player.id,
        reference=reference or new_reference("R"),
        original_reference=original,
        posted_at=now(),
    )


def code_of(call: Any) -> str:
    with pytest.raises(Refusal) as raised:
        call()
    return raised.value.code


def entries_of(player: Player) -> list[JournalEntry]:
    with tenant(player.tenant_id):
        return list_entries(
            tenant_id=player.tenant_id,
            player_id=player.id,
            posted_from=None,
            posted_before=None,
            kind=None,
            after=None,
            count=1000,
        )


def outbox_of(tenant_id: UUID, superuser_url: str) -> list[tuple[str, dict[str, Any]]]:
    with psycopg.connect(superuser_url) as superuser:
        return superuser.execute(
            "SELECT type, data FROM (SELECT id, tenant_id, type, data FROM core_outbox UNION ALL "
            "SELECT sequence, tenant_id, type, data FROM core_event) e WHERE tenant_id = %s ORDER BY id",
            [tenant_id],
        ).fetchall()


class TestCreatePlayer:
    def test_opens_an_empty_wallet_and_the_house_accounts_of_its_currency(self, owner: Tenant) -> None:
        player = make_player(owner.id, currency="USD")
        assert wallet_of(player) == ("0.00", "0.00", "0.00")
        with tenant(owner.id):
            kinds = set(Account.objects.filter(currency_id="USD").values_list("kind", flat=True))
        assert kinds >= {"available", "stakes_open", "revenue_stakes", "revenue_payouts", "player_debt"}

    def test_announces_the_player(self, owner: Tenant, superuser_url: str) -> None:
        player = make_player(owner.id, reference="P-1")
        (event,) = outbox_of(owner.id, superuser_url)
        assert event[0] == "user.registered"
        assert event[1]["playerId"] == typeid("plr", player.id)
        assert event[1]["reference"] == "P-1"

    def test_the_same_request_again_gives_the_player_as_first_answered(self, owner: Tenant) -> None:
        asked = NewPlayer(reference="P-1", currency="EUR", country="MT", vip=False)
        first = create_player(tenant_id=owner.id, asked=asked, created_at=now())
        update_player(
            tenant_id=owner.id, player_id=first.player.id, updated_at=now(), vip=True, status="suspended"
        )
        again = create_player(tenant_id=owner.id, asked=asked, created_at=now())
        assert (again.player.id, again.is_replay) == (first.player.id, True)
        assert (again.player.status, again.player.vip) == ("active", False)

    def test_other_content_under_the_reference_is_a_conflict(self, owner: Tenant) -> None:
        make_player(owner.id, reference="P-1", country="MT")
        with pytest.raises(ReferenceConflict):
            make_player(owner.id, reference="P-1", country="DE")

    def test_a_currency_that_is_not_enabled_is_refused_for_ever(self, owner: Tenant) -> None:
        assert (
            code_of(lambda: make_player(owner.id, reference="P-1", currency="GBP")) == "CURRENCY_NOT_ENABLED"
        )
        with pytest.raises(Refusal) as again:
            make_player(owner.id, reference="P-1", currency="GBP")
        assert again.value.code == "CURRENCY_NOT_ENABLED"
        assert getattr(again.value, "is_replay", False)

    def test_two_tenants_may_use_the_same_reference(self, owner: Tenant) -> None:
        assert make_player(owner.id, reference="P-1").id != make_player(make_tenant().id, reference="P-1").id

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("country", ["XX", "mt", "", "Malta"]),
            ("time_zone", ["Mars/Olympus", "europe/malta", "../etc/passwd"]),
            ("email", ["nobody", "a@b", "a b@example.com", "x@example.com\n"]),
            ("name", ["a\x1bb", "a\u2028b"]),
        ],
    )
    def test_what_no_person_has_is_refused(self, owner: Tenant, field: str, values: list[str]) -> None:
        right = NewPlayer(reference="P-1", currency="EUR", country="MT")
        for value in values:
            wrong: Any = {field: value}
            with pytest.raises(InvalidPlayer):
                create_player(tenant_id=owner.id, asked=replace(right, **wrong), created_at=now())

    def test_nobody_is_born_tomorrow(self, owner: Tenant) -> None:
        with pytest.raises(InvalidPlayer):
            make_player(owner.id, birth_date=now().date() + timedelta(days=2))


class TestUpdatePlayer:
    def test_changes_what_is_given_and_records_it(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        update_player(tenant_id=owner.id, player_id=player.id, updated_at=now(), kyc_status="verified")
        with tenant(owner.id):
            changed = get_player(tenant_id=owner.id, player_id=player.id)
        assert (changed.kyc_status, changed.status, changed.vip) == ("verified", "active", False)
        with acting_as("b2b_jobs"):
            record = AuditRecord.objects.get(object_id=str(player.id))
        assert (record.before, record.after) == ({"kyc_status": "none"}, {"kyc_status": "verified"})

    def test_a_closed_account_stays_closed(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        update_player(tenant_id=owner.id, player_id=player.id, updated_at=now(), status="closed")
        with pytest.raises(PlayerClosed):
            update_player(tenant_id=owner.id, player_id=player.id, updated_at=now(), status="active")

    def test_knows_no_player_of_another_tenant(self, owner: Tenant) -> None:
        with pytest.raises(NotFound):
            update_player(tenant_id=make_tenant().id, player_id=make_player(owner.id).id, updated_at=now())

    def test_waits_for_postings_under_way(self, owner: Tenant) -> None:
        player = make_player(owner.id, holds="10.00")
        ended: list[str] = []

        def suspend() -> None:
            update_player(tenant_id=owner.id, player_id=player.id, updated_at=now(), status="suspended")
            ended.append("suspension")
            connections.close_all()

        with tenant(owner.id), connections["default"].cursor() as cursor:
            cursor.execute("SELECT wallet_lock_wallet(%s)", [player.id])
            other = Thread(target=suspend)
            other.start()
            other.join(0.3)
            ended.append("posting")
        other.join()
        assert ended == ["posting", "suspension"]


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


class TestGetWalletAt:
    def test_gives_the_wallet_of_every_past_moment(self, owner: Tenant) -> None:
        born = now() - timedelta(hours=1)
        player = make_player(owner.id, created_at=born)
        moments = [born + timedelta(minutes=minutes) for minutes in (10, 20, 30)]
        for moment, amount in zip(moments, ("10.00", "5.00", "2.50"), strict=True):
            put(player, amount, at=moment)

        def held(moment: datetime) -> str:
            with tenant(owner.id):
                return shown(get_wallet_at(tenant_id=owner.id, player_id=player.id, at=moment))[0]

        just_before = [held(moment - timedelta(milliseconds=1)) for moment in moments]
        assert just_before == ["0.00", "10.00", "15.00"]
        assert [held(moment) for moment in moments] == ["10.00", "15.00", "17.50"]
        assert held(born - timedelta(days=1)) == "0.00"

    def test_entries_of_one_moment_keep_their_order(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        at = now()
        postings = [put(player, "1.00", at=at) for _ in range(3)]
        assert [posting.posted_at for posting in postings] == sorted({p.posted_at for p in postings})

    def test_knows_no_player_of_another_tenant(self, owner: Tenant) -> None:
        player, other = make_player(owner.id), make_tenant()
        with tenant(other.id), pytest.raises(NotFound):
            get_wallet_at(tenant_id=other.id, player_id=player.id, at=now())


class TestPostEntry:
    def test_books_both_sides_in_one_row(self, owner: Tenant) -> None:
        posting = put(make_player(owner.id), "25.00")
        with tenant(owner.id):
            (row,) = Transfer.objects.filter(entry_id=posting.entry_id).select_related("debit", "credit")
        assert (row.debit.kind, row.credit.kind, row.amount) == (
            "partner_receivable",
            "available",
            Decimal(25),
        )

    def test_an_entry_of_an_unknown_player_leaves_no_trace(self, owner: Tenant) -> None:
        with pytest.raises(NotFound):
            deposit(
                tenant_id=owner.id, player_id=uuid7(), reference="D-1", amount="1.00", currency="EUR",
                posted_at=now(),
            )  # fmt: skip
        with tenant(owner.id):
            assert not Reference.objects.filter(reference="D-1").exists()
