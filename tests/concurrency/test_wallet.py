"""Many at once: one reference posts once, a wallet is never overdrawn, nobody waits for ever."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connections

from core.clock import now
from core.errors import Refusal
from core.tenancy import tenant
from partners.models import Tenant
from tests.makers.partners import make_tenant
from tests.makers.wallet import make_player, new_reference, put, take
from wallet.models import Account, AccountKind, Balance, JournalEntry, Player
from wallet.rules import NewPlayer
from wallet.services import create_player, roll_back

pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def owner(committed: None) -> Tenant:
    return make_tenant()


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """Return what `count` threads got that called at the same moment, or the codes they were refused with."""
    start = Barrier(count)

    def one(place: int) -> Any:
        try:
            start.wait()
            return call(place)
        except Refusal as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def balance_of(player: Player) -> Balance:
    with tenant(player.tenant_id):
        return Balance.objects.get(player_id=player.id)


def count_entries(player: Player) -> int:
    with tenant(player.tenant_id):
        return JournalEntry.objects.filter(player_id=player.id).count()


class TestDeposit:
    def test_one_reference_in_50_threads_posts_once(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        answers = at_once(50, lambda _: put(player, "25.00", reference="D-1"))
        posted = [answer for answer in answers if not isinstance(answer, str)]
        assert {answer for answer in answers if isinstance(answer, str)} <= {"REFERENCE_IN_PROGRESS"}
        assert Counter(answer.is_replay for answer in posted)[False] == 1
        assert len({answer.entry_id for answer in posted}) == 1
        assert (balance_of(player).available, count_entries(player)) == (Decimal(25), 1)

    def test_different_references_all_post(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        at_once(16, lambda _: put(player, "1.00"))
        assert (balance_of(player).available, count_entries(player)) == (Decimal(16), 16)


class TestWithdraw:
    def test_32_threads_never_take_more_than_there_is(self, owner: Tenant) -> None:
        player = make_player(owner.id, holds="100.00")
        answers = at_once(32, lambda _: take(player, "7.00"))
        assert Counter(isinstance(answer, str) for answer in answers) == {False: 14, True: 18}
        assert set(filter(lambda answer: isinstance(answer, str), answers)) == {"INSUFFICIENT_FUNDS"}
        assert balance_of(player).available == Decimal(2)


class TestRollBack:
    def test_a_rollback_and_its_original_never_pass_each_other(self, owner: Tenant) -> None:
        for _ in range(10):
            player, original = make_player(owner.id), new_reference("D")

            def call(place: int, player: Player = player, original: str = original) -> Any:
                if place:
                    return put(player, "25.00", reference=original)
                return roll_back(
                    tenant_id=player.tenant_id,
                    player_id=player.id,
                    reference=new_reference("R"),
                    original_reference=original,
                    posted_at=now(),
                )

            undone, posted = at_once(2, call)
            if isinstance(undone, str):
                assert (undone, balance_of(player).available) == ("REFERENCE_IN_PROGRESS", Decimal(25))
            else:
                assert isinstance(posted, str) == (undone.posting is None)
                assert balance_of(player).available == 0

    def test_two_rollbacks_of_one_original_undo_it_once(self, owner: Tenant) -> None:
        player = make_player(owner.id, holds="100.00")
        put(player, "25.00", reference="D-1")
        answers = at_once(
            8,
            lambda place: roll_back(
                tenant_id=player.tenant_id,
                player_id=player.id,
                reference=f"R-{place}",
                original_reference="D-1",
                posted_at=now(),
            ),
        )
        assert sum(not isinstance(answer, str) for answer in answers) == 1
        assert balance_of(player).available == Decimal(100)


class TestCreatePlayer:
    def test_one_reference_in_20_threads_makes_one_player(self, owner: Tenant) -> None:
        asked = NewPlayer(reference="P-1", currency="EUR", country="MT")
        answers = at_once(20, lambda _: create_player(tenant_id=owner.id, asked=asked, created_at=now()))
        assert {answer for answer in answers if isinstance(answer, str)} <= {"REFERENCE_IN_PROGRESS"}
        assert len({answer.player.id for answer in answers if not isinstance(answer, str)}) == 1

    def test_the_first_players_of_a_currency_share_its_house_accounts(self, owner: Tenant) -> None:
        players = at_once(8, lambda _: make_player(owner.id, currency="USD", holds="1.00"))
        assert len({player.id for player in players}) == 8
        with tenant(owner.id):
            house = Account.objects.filter(currency_id="USD", player=None).values_list("kind", flat=True)
            assert sorted(house) == sorted(set(AccountKind) - {AccountKind.AVAILABLE})
