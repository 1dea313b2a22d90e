"""Settling bets by results: money, statuses, revisions, and what a correction does."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connections

from core.clock import now
from core.models import Outbox
from core.tenancy import tenant
from risk.models import DailyStake
from sportsbook.models import Bet, Fixture, Leg, Outcome, Settlement
from sportsbook.services.results import enter_result, withdraw_result
from sportsbook.services.settling import settle_batch, split_settlement
from tests.makers.bets import MadePlayer, ask, bet_of, make_bettor, place, placed, settle_fixture, wallet_of
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.sportsbook import MadeFixture, make_fixture
from wallet.models import JournalEntry, Transfer
from wallet.queries import find_directions

pytestmark = pytest.mark.usefixtures("committed")


def finish(fixture: MadeFixture, home: int, away: int) -> int:
    """Enter a result and settle by it; return how many bets changed."""
    with acting_as("b2b_jobs"):
        enter_result(
            fixture_id=fixture.id, home=home, away=away, entered_by="test", entered_at=now(), rehearsal=True
        )
    return settle_fixture(fixture.id)


def take_back(fixture: MadeFixture) -> int:
    with acting_as("b2b_jobs"):
        withdraw_result(fixture_id=fixture.id, entered_by="test", entered_at=now(), reason="wrong fixture")
    return settle_fixture(fixture.id)


def settlements_of(player: MadePlayer, bet_id: UUID) -> list[tuple[object, ...]]:
    with tenant(player.tenant_id):
        return list(
            Settlement.objects.filter(bet_id=bet_id)
            .order_by("revision")
            .values_list("kind", "status", "payout", "stake_delta", "payout_delta")
        )


class TestSettleBet:
    def test_won_single_pays_stake_times_odds(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        bet = placed(player, fixture.outcome(), stake="10.00")

        finish(fixture, 2, 0)

        after = bet_of(bet, player)
        assert (after.status, after.payout, after.revision) == ("won", bet.potential_payout, 1)
        assert wallet_of(player) == (90 + bet.potential_payout, Decimal(0), Decimal(0))
        assert settlements_of(player, bet.bet_id) == [
            ("settled", "won", bet.potential_payout, Decimal(10), bet.potential_payout)
        ]

    def test_lost_single_pays_nothing_and_its_stake_is_revenue(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        bet = placed(player, fixture.outcome(), stake="10.00")

        finish(fixture, 0, 1)

        after = bet_of(bet, player)
        assert (after.status, after.payout) == ("lost", Decimal(0))
        assert wallet_of(player) == (Decimal(90), Decimal(0), Decimal(0))
        with tenant(player.tenant_id):
            moved = Transfer.objects.select_related("debit", "credit").get(entry_id=after.settlement_entry_id)
        assert (moved.debit.kind, moved.credit.kind, moved.amount) == (
            "stakes_open",
            "revenue_stakes",
            Decimal(10),
        )

    def test_void_gives_stake_and_daily_limit_back(self) -> None:
        player = make_bettor(make_tenant(), currency="USD")
        fixture = make_fixture(markets={("total_goals", "2.0"): {"over": "1.9", "under": "1.95"}})
        bet = placed(player, fixture.outcome("total_goals", "over"), stake="10.00")

        finish(fixture, 1, 1)

        assert bet_of(bet, player).status == "void"
        assert wallet_of(player) == (Decimal(100), Decimal(0), Decimal(0))
        with tenant(player.tenant_id):
            assert DailyStake.objects.get(player_id=player.id).stake == 0
        assert settlements_of(player, bet.bet_id) == [
            ("settled", "void", Decimal(10), Decimal(10), Decimal(10))
        ]

    @pytest.mark.parametrize(
        ("line", "score", "status", "payout"),
        [
            ("-0.25", (1, 1), "part_lost", "50.00"),
            ("0.25", (1, 1), "part_won", "147.50"),
            ("-0.75", (1, 0), "part_won", "147.50"),
            ("0.75", (0, 1), "part_lost", "50.00"),
            ("-1.0", (1, 0), "void", "100.00"),
        ],
    )
    def test_handicap_on_the_home_team(
        self, line: str, score: tuple[int, int], status: str, payout: str
    ) -> None:
        player = make_bettor(make_tenant())
        fixture = make_fixture(markets={("asian_handicap", line): {"home": "1.95", "away": "1.95"}})
        bet = placed(player, fixture.outcome("asian_handicap", "home"), stake="100.00")

        finish(fixture, *score)

        after = bet_of(bet, player)
        assert (after.status, after.payout) == (status, Decimal(payout))
        assert wallet_of(player)[0] == Decimal(payout)

    def test_multiple_waits_for_all_its_legs(self) -> None:
        player, first, second = make_bettor(make_tenant()), make_fixture(), make_fixture()
        bet = placed(player, [first.outcome(), second.outcome()], stake="10.00")

        finish(first, 1, 0)
        between = bet_of(bet, player)
        finish(second, 1, 0)

        assert (between.status, between.revision) == ("accepted", 0)
        after = bet_of(bet, player)
        assert (after.status, after.payout) == ("won", bet.potential_payout)
        with tenant(player.tenant_id):
            assert Settlement.objects.get(bet_id=bet.bet_id).fixture_id is None

    def test_multiple_is_lost_with_its_first_lost_leg(self) -> None:
        player, first, second = make_bettor(make_tenant()), make_fixture(), make_fixture()
        bet = placed(player, [first.outcome(), second.outcome()])

        finish(first, 0, 1)
        finish(second, 1, 0)

        assert bet_of(bet, player).status == "lost"
        assert len(settlements_of(player, bet.bet_id)) == 1
        with tenant(player.tenant_id):
            assert sorted(Leg.objects.filter(bet_id=bet.bet_id).values_list("status", flat=True)) == [
                "lost",
                "won",
            ]

    def test_announces_the_settlement_and_the_wallet_after_it(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        placed(player, fixture.outcome(), stake="10.00")

        finish(fixture, 2, 0)

        with acting_as("b2b_jobs"):
            told = list(
                Outbox.objects.filter(tenant_id=player.tenant_id).order_by("id").values_list("type", "data")
            )
        assert [kind for kind, _ in told][-2:] == ["bet.settled", "balance.updated"]
        assert told[-2][1]["status"] == "won"
        assert told[-1][1]["inPlay"] == "0.00"


class TestSettleAgain:
    def test_same_result_twice_changes_nothing(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        bet = placed(player, fixture.outcome())
        finish(fixture, 1, 0)
        before = wallet_of(player)

        changed = finish(fixture, 1, 0)

        assert changed == 0
        assert wallet_of(player) == before
        assert bet_of(bet, player).revision == 1

    def test_other_result_reverses_and_settles_anew(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        bet = placed(player, fixture.outcome(), stake="10.00")
        finish(fixture, 1, 0)

        finish(fixture, 0, 1)

        after = bet_of(bet, player)
        assert (after.status, after.payout, after.revision) == ("lost", Decimal(0), 2)
        assert wallet_of(player) == (Decimal(90), Decimal(0), Decimal(0))
        assert settlements_of(player, bet.bet_id)[1] == (
            "resettled",
            "lost",
            Decimal(0),
            Decimal(0),
            -bet.potential_payout,
        )
        with tenant(player.tenant_id):
            kinds = list(
                JournalEntry.objects.filter(player_id=player.id)
                .order_by("number")
                .values_list("kind", flat=True)
            )
        assert kinds == ["deposit", "bet_placed", "bet_settled", "bet_reversed", "bet_settled"]

    def test_every_revision_says_why(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        bet = placed(player, fixture.outcome())
        finish(fixture, 1, 0)
        finish(fixture, 0, 2)

        take_back(fixture)

        with tenant(player.tenant_id):
            revisions = Settlement.objects.filter(bet_id=bet.bet_id).order_by("revision")
            reasons = list(revisions.values_list("reason", flat=True))
        assert reasons == ["The result is 1-0.", "The result is 0-2.", "wrong fixture"]

    def test_direction_of_each_entry_explains_the_balance(self) -> None:
        player, fixture = make_bettor(make_tenant(), available="10.00"), make_fixture()
        placed(player, fixture.outcome(), stake="10.00")
        finish(fixture, 1, 0)
        finish(fixture, 0, 1)
        take_back(fixture)

        with tenant(player.tenant_id):
            entries = list(JournalEntry.objects.filter(player_id=player.id).order_by("number"))
            directions = find_directions(tenant_id=player.tenant_id, entries=entries)

        balance = Decimal(0)
        for entry in entries:
            balance += entry.amount if directions[entry.id] == "credit" else -entry.amount
            assert entry.available - entry.debt == balance
        assert [entry.kind for entry in entries][-1] == "bet_reversed"

    def test_clawback_takes_what_is_there_and_the_rest_is_debt(self) -> None:
        player, fixture, other = make_bettor(make_tenant(), available="10.00"), make_fixture(), make_fixture()
        bet = placed(player, fixture.outcome(), stake="10.00")
        finish(fixture, 1, 0)
        won = bet.potential_payout
        placed(player, other.outcome(), stake=str(won - 1))

        finish(fixture, 0, 1)

        available, in_play, debt = wallet_of(player)
        assert (available, in_play, debt) == (Decimal(0), won - 1, won - 1)

    def test_later_credit_repays_the_debt_first(self) -> None:
        player, fixture, other = make_bettor(make_tenant(), available="10.00"), make_fixture(), make_fixture()
        bet = placed(player, fixture.outcome(), stake="10.00")
        finish(fixture, 1, 0)
        second = placed(player, other.outcome(), stake=str(bet.potential_payout))
        finish(fixture, 0, 1)
        owed = wallet_of(player)[2]

        finish(other, 1, 0)

        assert owed == bet.potential_payout
        assert wallet_of(player) == (second.potential_payout - owed, Decimal(0), Decimal(0))

    def test_result_taken_back_opens_the_bet_again(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        bet = placed(player, fixture.outcome(), stake="10.00")
        finish(fixture, 1, 0)

        take_back(fixture)

        after = bet_of(bet, player)
        assert (after.status, after.payout, after.revision, after.settled_at) == ("accepted", None, 2, None)
        assert wallet_of(player) == (Decimal(90), Decimal(10), Decimal(0))
        assert settlements_of(player, bet.bet_id)[1][0] == "reopened"
        finish(fixture, 1, 0)
        assert bet_of(bet, player).status == "won"

    def test_lost_multiple_comes_back_when_its_lost_leg_is_corrected(self) -> None:
        player, first, second = make_bettor(make_tenant()), make_fixture(), make_fixture()
        bet = placed(player, [first.outcome(), second.outcome()])
        finish(first, 0, 1)

        finish(first, 1, 0)

        assert bet_of(bet, player).status == "accepted"
        finish(second, 1, 0)
        assert bet_of(bet, player).payout == bet.potential_payout


class TestSettleFixture:
    def test_many_batches_over_tenants_settle_each_bet_once(self) -> None:
        fixture = make_fixture()
        players = [make_bettor(make_tenant(), available="1000.00") for _ in range(2)]
        for player in players:
            for _ in range(3):
                place(
                    player,
                    *[ask(player, fixture.outcome(), stake="1.00", allow_duplicate=True) for _ in range(90)],
                )
        with acting_as("b2b_jobs"):
            enter_result(
                fixture_id=fixture.id, home=1, away=0, entered_by="test", entered_at=now(), rehearsal=True
            )
            batches = split_settlement(fixture.id, batch_size=140)

        def work(batch: object) -> int:
            try:
                with acting_as("b2b_jobs"):
                    return settle_batch(batch=batch, settled_at=now())  # type: ignore[arg-type]
            finally:
                connections.close_all()

        with ThreadPoolExecutor(8) as pool:
            changed = sum(pool.map(work, [*batches, *batches, *batches]))

        assert len(batches) == 4
        assert changed == 540
        with acting_as("b2b_jobs"):
            assert split_settlement(fixture.id) == []
            assert Settlement.objects.filter(fixture_id=fixture.id).count() == 540
            assert Fixture.objects.get(id=fixture.id).settled_number == 1
        for player in players:
            assert wallet_of(player)[1] == 0

    def test_multiples_on_two_fixtures_settled_at_once_are_never_left_open(self) -> None:
        first, second, player = (
            make_fixture(),
            make_fixture(),
            make_bettor(make_tenant(), available="1000.00"),
        )
        both: Sequence[Outcome] = [first.outcome(), second.outcome()]
        bets = [
            answer.bet
            for answer in place(
                player, *[ask(player, both, stake="1.00", allow_duplicate=True) for _ in range(60)]
            )
        ]
        with acting_as("b2b_jobs"):
            for fixture in (first, second):
                enter_result(
                    fixture_id=fixture.id, home=1, away=0, entered_by="test", entered_at=now(), rehearsal=True
                )

        def work(fixture: MadeFixture) -> int:
            try:
                return settle_fixture(fixture.id)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            list(pool.map(work, [first, second]))

        assert all(bet is not None for bet in bets)
        with tenant(player.tenant_id):
            assert not Bet.objects.filter(player_id=player.id).exclude(status="won").exists()
