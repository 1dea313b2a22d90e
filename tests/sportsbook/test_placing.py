"""Placing bets against the real ledger: what is taken, what is refused, what is answered again."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections

from core.clock import now
from core.models import Outbox, Reference
from core.tenancy import tenant
from partners.models import Partner
from partners.models import Tenant as TenantRow
from risk.models import DailyStake, Limit
from sportsbook.models import Bet, Fixture, Leg, Market, Outcome
from sportsbook.placement import Answer
from sportsbook.rules.odds import OddsChoice
from tests.makers.bets import ask, make_bettor, place, placed, wallet_of
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.sportsbook import make_fixture
from wallet.models import JournalEntry, Transfer

pytestmark = pytest.mark.usefixtures("committed")


def code_of(answer: Answer) -> str:
    assert answer.refusal is not None, answer.bet
    return answer.refusal.code


class TestPlaceBet:
    def test_takes_the_stake_and_opens_the_bet(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()

        bet = placed(player, fixture.outcome(), stake="25.00")

        assert wallet_of(player) == (Decimal(75), Decimal(25), Decimal(0))
        assert bet.wallet.available == Decimal(75)
        with tenant(player.tenant_id):
            row = Bet.objects.get(id=bet.bet_id)
            assert (row.status, row.stake, row.revision, row.payout) == ("accepted", Decimal(25), 0, None)
            assert Leg.objects.get(bet_id=bet.bet_id).status == "open"
            moved = Transfer.objects.select_related("debit", "credit").get(entry_id=row.entry_id)
            assert (moved.debit.kind, moved.credit.kind, moved.amount) == (
                "available",
                "stakes_open",
                Decimal(25),
            )
            assert DailyStake.objects.get(player_id=player.id).stake == row.limit_stake > 0

    def test_announces_the_bet_and_the_wallet_after_it(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()

        placed(player, fixture.outcome(), stake="25.00")

        with acting_as("b2b_jobs"):
            told = list(
                Outbox.objects.filter(tenant_id=player.tenant_id).order_by("id").values_list("type", "data")
            )
        assert [kind for kind, _ in told][-2:] == ["bet.placed", "balance.updated"]
        assert told[-2][1]["stake"] == "25.00"
        assert (told[-1][1]["available"], told[-1][1]["inPlay"], told[-1][1]["debt"]) == (
            "75.00",
            "25.00",
            "0.00",
        )

    def test_opens_a_multiple_with_the_product_of_its_odds(self) -> None:
        player, first, second = make_bettor(make_tenant()), make_fixture(), make_fixture()
        outcomes = [first.outcome(), second.outcome("total_goals", "over")]

        bet = placed(player, outcomes)

        assert bet.kind == "multiple"
        assert bet.odds == outcomes[0].odds * outcomes[1].odds
        assert [leg.outcome_id for leg in bet.legs] == [outcome.id for outcome in outcomes]

    def test_refused_bet_leaves_nothing_but_its_stored_answer(self) -> None:
        player, fixture = make_bettor(make_tenant(), available="5.00"), make_fixture()
        request = ask(player, fixture.outcome(), stake="5.01")

        (answer,) = place(player, request)

        assert code_of(answer) == "INSUFFICIENT_FUNDS"
        assert answer.refusal is not None
        assert answer.refusal.details == {"available": "5.00"}
        assert wallet_of(player) == (Decimal(5), Decimal(0), Decimal(0))
        with tenant(player.tenant_id):
            assert not Bet.objects.filter(player_id=player.id).exists()
            assert not DailyStake.objects.filter(player_id=player.id).exists()
            assert Reference.objects.get(kind="bet", reference=request.reference).status == 422

    def test_refusal_stays_the_answer_after_its_cause_has_gone(self) -> None:
        owner, fixture = make_tenant(), make_fixture()
        player = make_bettor(owner, available="")
        request = ask(player, fixture.outcome())
        (first,) = place(player, request)
        with acting_as("b2b_owner"):
            Limit.objects.filter(tenant=owner).delete()

        (again,) = place(player, request)

        assert code_of(first) == code_of(again) == "INSUFFICIENT_FUNDS"
        assert (first.replayed, again.replayed) == (False, True)

    def test_same_reference_and_content_is_the_first_answer_again(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        request = ask(player, fixture.outcome())
        (first,) = place(player, request)
        placed(player, make_fixture().outcome())

        (again,) = place(player, request)

        assert again.replayed
        assert again.bet == first.bet
        assert wallet_of(player)[1] == Decimal(20)

    def test_same_reference_with_other_content_is_a_conflict(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        request = ask(player, fixture.outcome())
        place(player, request)

        (other,) = place(
            player, ask(player, fixture.outcome(), reference=request.reference, fingerprint=b"\x02" * 32)
        )

        assert code_of(other) == "REFERENCE_CONFLICT"

    def test_reference_is_the_tenants_own(self) -> None:
        fixture = make_fixture()
        mine, other = make_bettor(make_tenant()), make_bettor(make_tenant())

        placed(mine, fixture.outcome(), reference="shared-name")

        assert placed(other, fixture.outcome(), reference="shared-name").player_id == other.id

    def test_another_tenants_player_is_as_unknown_as_none(self) -> None:
        mine, other, fixture = make_bettor(make_tenant()), make_bettor(make_tenant()), make_fixture()

        (answer,) = place(mine, ask(other, fixture.outcome()))

        assert code_of(answer) == "NOT_FOUND"
        assert wallet_of(other)[0] == Decimal(100)

    def test_another_tenants_fixture_is_as_unknown_as_none(self) -> None:
        player, other = make_bettor(make_tenant()), make_tenant()
        fixture = make_fixture(owner_tenant_id=other.id)

        (answer,) = place(player, ask(player, fixture.outcome()))

        assert code_of(answer) == "NOT_FOUND"

    @pytest.mark.parametrize(
        ("spoil", "code"),
        [
            (
                lambda made: Market.objects.filter(fixture_id=made.id).update(status="suspended"),
                "MARKET_SUSPENDED",
            ),
            (lambda made: Fixture.objects.filter(id=made.id).update(starts_at=now()), "FIXTURE_STARTED"),
            (lambda made: Outcome.objects.filter(id=made.outcome().id).update(odds="1.5"), "ODDS_CHANGED"),
        ],
    )
    def test_what_is_bet_on_must_stand(self, spoil, code) -> None:  # type: ignore[no-untyped-def]
        player, fixture = make_bettor(make_tenant()), make_fixture()
        request = ask(player, fixture.outcome())
        with acting_as("b2b_jobs"):
            spoil(fixture)

        (answer,) = place(player, request)

        assert code_of(answer) == code

    def test_takes_higher_odds_where_the_player_says_so(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        seen = fixture.outcome().odds
        with acting_as("b2b_jobs"):
            Outcome.objects.filter(id=fixture.outcome().id).update(odds=seen + 1)

        bet = placed(player, fixture.outcome(), odds=[str(seen)], choice=OddsChoice.HIGHER)

        assert (bet.legs[0].requested_odds, bet.legs[0].odds) == (seen, seen + 1)

    def test_suspended_player_is_forbidden_and_nothing_is_stored(self) -> None:
        player, fixture = make_bettor(make_tenant(), status="suspended"), make_fixture()
        request = ask(player, fixture.outcome())

        (answer,) = place(player, request)

        assert code_of(answer) == "PLAYER_SUSPENDED"
        with tenant(player.tenant_id):
            assert not Reference.objects.filter(kind="bet", reference=request.reference).exists()

    def test_suspended_partner_places_nothing(self) -> None:
        owner, fixture = make_tenant(), make_fixture()
        player = make_bettor(owner)
        with acting_as("b2b_office"):
            Partner.objects.filter(id=owner.partner_id).update(status="suspended", held_by=[":"])

        (answer,) = place(player, ask(player, fixture.outcome()))

        assert code_of(answer) == "PARTNER_SUSPENDED"

    def test_same_bet_within_five_seconds_is_a_duplicate_unless_allowed(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        first_at = now()
        place(player, ask(player, fixture.outcome()), placed_at=first_at)

        (soon,) = place(player, ask(player, fixture.outcome()), placed_at=first_at + timedelta(seconds=4))
        (allowed,) = place(player, ask(player, fixture.outcome(), allow_duplicate=True), placed_at=first_at)
        (late,) = place(player, ask(player, fixture.outcome()), placed_at=first_at + timedelta(seconds=10))

        assert code_of(soon) == "DUPLICATE_BET"
        assert allowed.bet is not None
        assert late.bet is not None

    def test_void_currency_and_systems_are_named(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()

        answers = place(
            player,
            ask(player, fixture.outcome(), currency="USD"),
            ask(player, fixture.outcome(), system=[2, 3]),
            ask(player, fixture.outcome(), stake="0"),
        )

        assert [code_of(answer) for answer in answers] == [
            "CURRENCY_MISMATCH",
            "SYSTEM_NOT_AVAILABLE",
            "STAKE_BELOW_MINIMUM",
        ]


class TestLimits:
    def set_limit(
        self, kind: str, amount: str, *, owner: TenantRow, vip: bool = False, on_partner: bool = False
    ) -> None:
        scope = {"partner_id": owner.partner_id} if on_partner else {"tenant": owner}
        with acting_as("b2b_jobs"):
            Limit.objects.create(kind=kind, amount=Decimal(amount), vip=vip, updated_at=now(), **scope)

    def test_stake_above_the_limit_names_the_largest_that_passes(self) -> None:
        owner, fixture = make_tenant(), make_fixture()
        self.set_limit("max_bet", "50", owner=owner)
        player = make_bettor(owner, currency="USD", available="1000")

        (answer,) = place(player, ask(player, fixture.outcome(), stake="50.01"))

        assert code_of(answer) == "STAKE_ABOVE_LIMIT"
        assert answer.refusal is not None
        assert answer.refusal.details == {
            "limit": "max_bet",
            "maxStake": "50.00",
        }
        assert placed(player, fixture.outcome(), stake="50.00").stake == 50

    def test_tenants_limit_stands_before_the_partners(self) -> None:
        owner, fixture = make_tenant(), make_fixture()
        self.set_limit("max_bet", "10", owner=owner, on_partner=True)
        self.set_limit("max_bet", "20", owner=owner)
        player = make_bettor(owner, currency="USD")

        assert placed(player, fixture.outcome(), stake="20").stake == 20

    def test_vip_players_have_limits_of_their_own(self) -> None:
        owner, fixture = make_tenant(), make_fixture()
        self.set_limit("max_bet", "10", owner=owner)
        self.set_limit("max_bet", "80", owner=owner, vip=True)
        ordinary, vip = make_bettor(owner, currency="USD"), make_bettor(owner, currency="USD", vip=True)

        (refused,) = place(ordinary, ask(ordinary, fixture.outcome(), stake="80"))

        assert code_of(refused) == "STAKE_ABOVE_LIMIT"
        assert placed(vip, fixture.outcome(), stake="80").stake == 80

    def test_thirty_two_threads_at_the_daily_limit_never_pass_it(self) -> None:
        owner, fixture = make_tenant(), make_fixture()
        self.set_limit("daily_stake", "100", owner=owner)
        player = make_bettor(owner, currency="USD", available="10000")

        def bet(_: int) -> Answer:
            try:
                return place(player, ask(player, fixture.outcome(), stake="7.00", allow_duplicate=True))[0]
            finally:
                connections.close_all()

        with ThreadPoolExecutor(32) as pool:
            answers = list(pool.map(bet, range(64)))

        taken = [answer.bet for answer in answers if answer.bet is not None]
        assert len(taken) == 14
        assert {code_of(answer) for answer in answers if answer.bet is None} == {"DAILY_LIMIT_EXCEEDED"}
        with tenant(player.tenant_id):
            assert DailyStake.objects.get(player_id=player.id).stake == 98
        assert wallet_of(player)[1] == 98

    def test_threads_never_overdraw_a_wallet(self) -> None:
        player, fixture = make_bettor(make_tenant(), available="50.00"), make_fixture()

        def bet(_: int) -> Answer:
            try:
                return place(player, ask(player, fixture.outcome(), stake="3.00", allow_duplicate=True))[0]
            finally:
                connections.close_all()

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(bet, range(32)))

        assert sum(answer.bet is not None for answer in answers) == 16
        assert wallet_of(player) == (Decimal(2), Decimal(48), Decimal(0))

    def test_fifty_threads_with_one_reference_make_one_bet(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        request = ask(player, fixture.outcome())

        def bet(_: int) -> Answer:
            try:
                return place(player, request)[0]
            finally:
                connections.close_all()

        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(bet, range(50)))

        bets = {answer.bet.bet_id for answer in answers if answer.bet is not None}
        assert len(bets) == 1
        assert {code_of(answer) for answer in answers if answer.bet is None} <= {"REFERENCE_IN_PROGRESS"}
        assert sum(answer.bet is not None and not answer.replayed for answer in answers) == 1
        with tenant(player.tenant_id):
            assert JournalEntry.objects.filter(player_id=player.id, kind="bet_placed").count() == 1


class TestPlaceBatch:
    def test_each_bet_stands_on_its_own(self) -> None:
        player, fixture = make_bettor(make_tenant(), available="30.00"), make_fixture()

        answers = place(
            player,
            *(ask(player, fixture.outcome(), stake=stake) for stake in ("20.00", "15.00", "10.00")),
        )

        assert [answer.bet is not None for answer in answers] == [True, False, True]
        assert code_of(answers[1]) == "INSUFFICIENT_FUNDS"
        assert wallet_of(player) == (Decimal(0), Decimal(30), Decimal(0))
        assert answers[2].bet is not None
        assert answers[2].bet.wallet.available == 0

    def test_reference_named_twice_is_answered_once(self) -> None:
        player, fixture = make_bettor(make_tenant()), make_fixture()
        request = ask(player, fixture.outcome())

        first, again, other = place(
            player,
            request,
            request,
            ask(player, fixture.outcome(), reference=request.reference, fingerprint=b"\x02" * 32),
        )

        assert first.bet == again.bet
        assert again.replayed
        assert code_of(other) == "REFERENCE_CONFLICT"
        assert wallet_of(player)[1] == 10

    def test_hundred_bets_of_many_players_are_one_write(self) -> None:
        owner, fixtures = make_tenant(), [make_fixture() for _ in range(4)]
        players = [make_bettor(owner) for _ in range(10)]
        requests = [
            ask(players[n % 10], fixtures[n % 4].outcome(), stake="1.00", allow_duplicate=True)
            for n in range(100)
        ]

        answers = place(players[0], *requests)

        assert all(answer.bet is not None for answer in answers)
        assert all(wallet_of(player) == (Decimal(90), Decimal(10), Decimal(0)) for player in players)
