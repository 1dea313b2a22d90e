"""The bets that are asked for: drawn from a seed, varied, and each with the answer that it should get.

Most should stand; some are refused for a reason of their own. Nothing is left to chance that the platform
decides: the odds taken, the player's money and what is a duplicate are followed here.
"""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from b2b.demo.reckoning import Pick

STAKES: Final = ("2.50", "5.00", "7.77", "10.00", "12.34", "20.00", "25.00", "33.33", "50.00")
ACCEPTED: Final = ""


@dataclass(slots=True)
class Player:
    """A player, and what is left in the wallet before any bet is settled."""

    player_id: str
    currency: str
    available: Fraction
    is_poor: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """An outcome as the API showed it, and of which market."""

    outcome_id: str
    fixture_id: str
    odds: Fraction
    odds_text: str
    pick: Pick
    market_version: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class AskedBet:
    """A bet's body, and what should become of it: `code` is '' where it should stand, with `odds_taken`."""

    body: Mapping[str, Any]
    code: str
    odds_taken: tuple[Fraction, ...]

    @property
    def reference(self) -> str:
        return str(self.body["reference"])


class Draw:
    """Draws bets for a run; `max_stake` is above every player's limit of one bet."""

    def __init__(self, *, run: str, seed: int, players: Sequence[Player], max_stake: Fraction) -> None:
        # Repeatable on purpose: nothing here is a secret.
        self._random = random.Random(seed)  # noqa: S311
        self._run = run
        self._rich = [player for player in players if not player.is_poor]
        self._poor = [player for player in players if player.is_poor]
        self._max_stake = max_stake
        self._drawn = 0
        self._staked: set[tuple[str, frozenset[str], Fraction]] = set()

    def bets_on(
        self, fixture: Sequence[Offer], others: Sequence[Sequence[Offer]], count: int
    ) -> list[AskedBet]:
        """Return bets on a fixture's offers, some of them together with other fixtures' offers."""
        bets: list[AskedBet] = []
        while len(bets) < count:
            kind = self._random.choices(_KINDS, _WEIGHTS)[0]
            if kind is Draw._twice and count - len(bets) < 3:
                kind = Draw._single
            bets += kind(self, fixture, others)
        return bets

    def _single(self, fixture: Sequence[Offer], others: Sequence[Sequence[Offer]]) -> list[AskedBet]:
        return [self._standing([self._open(fixture)])]

    def _multiple(self, fixture: Sequence[Offer], others: Sequence[Sequence[Offer]]) -> list[AskedBet]:
        more = self._random.sample(range(len(others)), min(self._random.randint(1, 3), len(others)))
        return [self._standing([self._open(fixture), *(self._open(others[place]) for place in more)])]

    def _with_odds_choice(
        self, fixture: Sequence[Offer], others: Sequence[Sequence[Offer]]
    ) -> list[AskedBet]:
        """A player who saw other odds, and takes those of now."""
        offer = self._open(fixture)
        higher = _moved(offer.odds, Fraction(11, 10))
        lower = _moved(offer.odds, Fraction(10, 11))
        seen, choice = self._random.choice(
            [(lower, "higher"), (higher, "lower"), (lower, "any"), (higher, "any")]
        )
        more: dict[str, Any] = {"oddsChange": choice}
        if self._random.random() < 0.5:
            more["oddsTolerance"] = "0.25"
        elif self._random.random() < 0.5 and abs(offer.odds - seen) <= Fraction(1, 5) * seen:
            more = {"oddsChange": "none", "oddsTolerance": "0.2"}
        return [self._standing([offer], seen=seen, **more)]

    def _odds_changed(self, fixture: Sequence[Offer], others: Sequence[Sequence[Offer]]) -> list[AskedBet]:
        offer = self._open(fixture)
        return [self._refused("ODDS_CHANGED", [offer], seen=_moved(offer.odds, Fraction(6, 5)))]

    def _too_high(self, fixture: Sequence[Offer], others: Sequence[Sequence[Offer]]) -> list[AskedBet]:
        return [self._refused("STAKE_ABOVE_LIMIT", [self._open(fixture)], stake=self._max_stake)]

    def _without_funds(self, fixture: Sequence[Offer], others: Sequence[Sequence[Offer]]) -> list[AskedBet]:
        player = self._random.choice(self._poor)
        offer = self._open(fixture)
        return [self._refused("INSUFFICIENT_FUNDS", [offer], player=player, stake=player.available + 10)]

    def _other_currency(self, fixture: Sequence[Offer], others: Sequence[Sequence[Offer]]) -> list[AskedBet]:
        player = self._random.choice(self._rich)
        other = "USD" if player.currency == "EUR" else "EUR"
        return [self._refused("CURRENCY_MISMATCH", [self._open(fixture)], player=player, currency=other)]

    def _related(self, fixture: Sequence[Offer], others: Sequence[Sequence[Offer]]) -> list[AskedBet]:
        first, second = self._random.sample([offer for offer in fixture if offer.is_open], 2)
        return [self._refused("LEGS_RELATED", [first, second])]

    def _twice(self, fixture: Sequence[Offer], others: Sequence[Sequence[Offer]]) -> list[AskedBet]:
        """The same bet twice at once under two references, then once more because it is meant."""
        offer = self._open(fixture)
        first = self._standing([offer])
        if first.code != ACCEPTED:
            return [first]
        again = {**first.body, "reference": self._reference()}
        player = next(each for each in self._rich if each.player_id == first.body["playerId"])
        stake = Fraction(first.body["stake"])
        if stake > player.available:
            return [first, AskedBet(again, "DUPLICATE_BET", ())]
        player.available -= stake
        meant = {**first.body, "reference": self._reference(), "allowDuplicate": True}
        return [first, AskedBet(again, "DUPLICATE_BET", ()), AskedBet(meant, ACCEPTED, (offer.odds,))]

    def _moved_on(self, fixture: Sequence[Offer], others: Sequence[Sequence[Offer]]) -> list[AskedBet]:
        """A market that is shut, or that has moved on from the version that the player saw."""
        shut = [offer for offer in fixture if not offer.is_open]
        if shut:
            return [self._refused("MARKET_SUSPENDED", [self._random.choice(shut)])]
        stale = [offer for offer in fixture if offer.market_version > 1]
        if not stale:
            return self._single(fixture, others)
        offer = self._random.choice(stale)
        return [self._refused("ODDS_CHANGED", [offer], version=offer.market_version - 1)]

    def _standing(self, offers: Sequence[Offer], *, seen: Fraction | None = None, **more: Any) -> AskedBet:
        player = self._random.choice(self._rich)
        stake = Fraction(self._random.choice(STAKES))
        outcomes = frozenset(offer.outcome_id for offer in offers)
        while (player.player_id, outcomes, stake) in self._staked:
            stake += Fraction(1, 100)
        if stake > player.available:
            return self._refused("INSUFFICIENT_FUNDS", offers, player=player, stake=stake)
        self._staked.add((player.player_id, outcomes, stake))
        player.available -= stake
        body = self._body(player, offers, stake, seen=seen) | more
        return AskedBet(body, ACCEPTED, tuple(offer.odds for offer in offers))

    def _refused(
        self,
        code: str,
        offers: Sequence[Offer],
        *,
        player: Player | None = None,
        stake: Fraction = Fraction(10),
        seen: Fraction | None = None,
        currency: str = "",
        version: int | None = None,
    ) -> AskedBet:
        body = self._body(player or self._random.choice(self._rich), offers, stake, seen=seen)
        if currency:
            body["currency"] = currency
        if version is not None:
            body["legs"][0]["marketVersion"] = version
        return AskedBet(body, code, ())

    def _body(
        self, player: Player, offers: Sequence[Offer], stake: Fraction, *, seen: Fraction | None
    ) -> dict[str, Any]:
        legs: list[dict[str, Any]] = [
            {"outcomeId": offer.outcome_id, "odds": offer.odds_text} for offer in offers
        ]
        if seen is not None:
            legs[0]["odds"] = amount_text(seen)
        return {
            "reference": self._reference(),
            "playerId": player.player_id,
            "stake": amount_text(stake),
            "currency": player.currency,
            "legs": legs,
            "channel": "demo",
        }

    def _reference(self) -> str:
        self._drawn += 1
        return f"demo-{self._run}-b{self._drawn}"

    def _open(self, fixture: Sequence[Offer]) -> Offer:
        """Return an open offer; every type of market is as likely as any other."""
        types = sorted({offer.pick.market_type for offer in fixture if offer.is_open})
        chosen = self._random.choice(types)
        return self._random.choice(
            [offer for offer in fixture if offer.is_open and offer.pick.market_type == chosen]
        )


def amount_text(amount: Fraction) -> str:
    """Return an amount of whole cents as the API takes it."""
    cents = amount * 100
    if cents.denominator != 1:
        raise ValueError(f"{amount} is no number of cents")
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents.numerator) // 100}.{abs(cents.numerator) % 100:02}"


def _moved(odds: Fraction, by: Fraction) -> Fraction:
    """Return other odds, of two decimals and above 1."""
    moved = Fraction(round(odds * by * 100), 100)
    if moved == odds:
        moved += Fraction(1, 100) if by > 1 else -Fraction(1, 100)
    return max(moved, Fraction(101, 100))


_Kind = Callable[[Draw, Sequence[Offer], Sequence[Sequence[Offer]]], list[AskedBet]]
_PARTS: Final[tuple[tuple[_Kind, int], ...]] = (
    (Draw._single, 52),
    (Draw._multiple, 26),
    (Draw._with_odds_choice, 12),
    (Draw._odds_changed, 2),
    (Draw._too_high, 1),
    (Draw._without_funds, 1),
    (Draw._other_currency, 1),
    (Draw._related, 1),
    (Draw._twice, 2),
    (Draw._moved_on, 2),
)
_KINDS: Final = [kind for kind, _ in _PARTS]
_WEIGHTS: Final = [weight for _, weight in _PARTS]
