"""What holds for every sequence of movements: nothing is lost, nothing overdrawn, nothing happens twice."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.clock import now
from core.errors import Refusal
from core.tenancy import tenant
from partners.models import Tenant
from tests.makers.partners import make_tenant
from tests.makers.wallet import make_player, new_reference, put, take
from wallet.models import Balance, JournalEntry, Player, Transfer
from wallet.services import roll_back

SETTINGS = settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

cents = st.integers(min_value=1, max_value=20_000).map(lambda number: f"{Decimal(number) / 100:.2f}")
steps = st.lists(
    st.one_of(
        st.tuples(st.just("put"), cents),
        st.tuples(st.just("take"), cents),
        st.tuples(st.just("undo"), st.integers(min_value=0, max_value=9)),
        st.tuples(st.just("again"), st.integers(min_value=0, max_value=9)),
    ),
    max_size=10,
)


@dataclass
class Model:
    """The wallet as plain arithmetic has it: one signed balance, negative for debt."""

    holds: Decimal = Decimal(0)
    posted: list[tuple[str, str, str]] = field(default_factory=list)
    undone: set[str] = field(default_factory=set)

    @property
    def shown(self) -> tuple[Decimal, Decimal]:
        return max(self.holds, Decimal(0)), max(-self.holds, Decimal(0))


@pytest.fixture
def owner(committed: None) -> Tenant:
    return make_tenant()


def undo(player: Player, original: str) -> None:
    roll_back(
        tenant_id=player.tenant_id,
        player_id=player.id,
        reference=new_reference("R"),
        original_reference=original,
        posted_at=now(),
    )


def play(player: Player, model: Model, verb: str, what: str | int) -> None:
    """Do one step in the wallet and in the model."""
    if isinstance(what, str):
        reference = new_reference()
        if verb == "put":
            put(player, what, reference=reference)
            model.holds += Decimal(what)
        elif Decimal(what) <= max(model.holds, Decimal(0)):
            take(player, what, reference=reference)
            model.holds -= Decimal(what)
        else:
            with pytest.raises(Refusal, match="INSUFFICIENT_FUNDS"):
                take(player, what, reference=reference)
            return
        model.posted.append((verb, reference, what))
    elif model.posted:
        kind, reference, amount = model.posted[what % len(model.posted)]
        if verb == "again":
            assert (put if kind == "put" else take)(player, amount, reference=reference).is_replay
        elif reference in model.undone:
            with pytest.raises(Refusal, match="ALREADY_ROLLED_BACK"):
                undo(player, reference)
        else:
            undo(player, reference)
            model.undone.add(reference)
            model.holds += Decimal(amount) if kind == "take" else -Decimal(amount)


class TestWallet:
    @SETTINGS
    @given(steps=steps)
    def test_is_what_plain_arithmetic_says_after_any_steps(
        self, owner: Tenant, steps: list[tuple[str, str | int]]
    ) -> None:
        player, model = make_player(owner.id), Model()
        for verb, what in steps:
            play(player, model, verb, what)
            with tenant(owner.id):
                balance = Balance.objects.get(player_id=player.id)
            assert (balance.available, balance.debt) == model.shown
        with tenant(owner.id):
            entries = JournalEntry.objects.filter(player_id=player.id).order_by("number")
            numbers = list(entries.values_list("number", flat=True))
        assert numbers == list(range(1, len(model.posted) + len(model.undone) + 1))

    @SETTINGS
    @given(amounts=st.lists(cents, min_size=1, max_size=5))
    def test_moves_no_money_that_another_account_does_not(self, owner: Tenant, amounts: list[str]) -> None:
        player = make_player(owner.id)
        for amount in amounts:
            put(player, amount)
        take(player, amounts[0])
        with tenant(owner.id):
            mine = Transfer.objects.filter(entry__player_id=player.id)
            into = mine.filter(credit__player_id=player.id).aggregate(Sum("amount"))["amount__sum"]
            out = mine.filter(debit__player_id=player.id).aggregate(Sum("amount"))["amount__sum"]
            balance = Balance.objects.get(player_id=player.id)
        assert into - out == balance.available == sum(map(Decimal, amounts)) - Decimal(amounts[0])

    @SETTINGS
    @given(before=cents, amount=cents, spent=cents)
    def test_is_restored_by_a_rollback(self, owner: Tenant, before: str, amount: str, spent: str) -> None:
        player = make_player(owner.id, holds=before)
        reference = put(player, amount).reference
        out = min(Decimal(spent), Decimal(before) + Decimal(amount))
        take(player, f"{out:.2f}")
        undo(player, reference)
        with tenant(owner.id):
            balance = Balance.objects.get(player_id=player.id)
        assert balance.available - balance.debt == Decimal(before) - out
        assert not (balance.available and balance.debt)
