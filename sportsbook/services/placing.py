"""Placing bets: one read, rules, one write. A single is a batch of one.

The read and the write are two transactions. The write repeats under lock every check that may have moved
in between and leaves a moved bet alone; it is then decided again from a new read. Refusals by rule are
stored under their reference in the same write, so that asking again gives the same answer.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from core.errors import NotFound, Refusal, Rejected, Unavailable
from core.ids import uuid7
from core.references import ReferenceConflict, ReferenceInProgress, refused_before, stamp
from core.tenancy import call_in_tenant, tenant
from sportsbook.placement import Answer, BetRequest, PlacedBet, Wallet
from sportsbook.queries.facts import AnswerRow, PlacementFacts, get_placement_facts
from sportsbook.queries.placed import get_placed_bets
from sportsbook.rules.facts import Accepted, BetFacts, Checked
from sportsbook.rules.placing import check, decide_batch, picks_of
from sportsbook.services.placement_rows import WRITE, Decided, write_arguments

ATTEMPTS_MAX: Final = 8


class PlacementContended(Unavailable):
    code = "PLACEMENT_CONTENDED"
    message = (
        "The player's wallet or the odds kept changing while the bet was being placed; nothing was done."
    )
    retry_after_seconds = 1


def place_bets(*, tenant_id: UUID, requests: Sequence[BetRequest], placed_at: datetime) -> list[Answer]:
    """Place each bet or refuse it, each on its own; answers are in the order of the requests.

    A reference that stands twice in one call is answered once: the same content is a replay, other content a
    conflict.
    """
    answers: dict[int, Answer] = {}
    first: dict[str, int] = {}
    for place, request in enumerate(requests):
        first.setdefault(request.reference, place)
    pending = sorted(first.values())
    for _ in range(ATTEMPTS_MAX):
        if not pending:
            break
        answered = _place_once(tenant_id, {place: requests[place] for place in pending}, placed_at)
        answers.update(answered)
        pending = [place for place in pending if place not in answered]
    for place in pending:
        answers[place] = Answer(refusal=PlacementContended())
    for place, request in enumerate(requests):
        if place not in answers:
            answers[place] = _repeat(
                answers[first[request.reference]], requests[first[request.reference]], request
            )
    return [answers[place] for place in range(len(requests))]


def check_bet(*, tenant_id: UUID, request: BetRequest, checked_at: datetime) -> tuple[Checked, int]:
    """Say what a bet could be, without placing it, and its currency's scale. Raises what `check` raises."""
    facts = _read(tenant_id, [request], checked_at)
    found = facts.of_bets([request.asked])[0]
    if isinstance(found, NotFound):
        raise found
    return check(request.asked, found, checked_at), found.scale


def _place_once(tenant_id: UUID, requests: dict[int, BetRequest], placed_at: datetime) -> dict[int, Answer]:
    """Decide and write once. Bets that moved in between have no answer yet."""
    places = list(requests)
    asked = list(requests.values())
    facts = _read(tenant_id, asked, placed_at)
    known = {row.reference: row for row in facts.answers or ()}
    replays = {
        place: known[request.reference] for place, request in requests.items() if request.reference in known
    }
    answers: dict[int, Answer] = {}
    decidable: list[tuple[int, BetRequest, BetFacts]] = []
    for place, request, found in zip(
        places, asked, facts.of_bets([each.asked for each in asked]), strict=True
    ):
        if place in replays:
            continue
        if isinstance(found, NotFound):
            answers[place] = Answer(refusal=found)
        else:
            decidable.append((place, request, found))
    decided: dict[int, Decided] = {}
    verdicts = decide_batch([(request.asked, found) for _, request, found in decidable], placed_at)
    for (place, request, found), verdict in zip(decidable, verdicts, strict=True):
        if isinstance(verdict, Refusal) and not isinstance(verdict, Rejected):
            answers[place] = Answer(refusal=verdict)
        else:
            decided[place] = Decided(request, found, verdict, picks_of(request.asked), uuid7(), uuid7())
    if decided:
        rows = _write(tenant_id, list(decided.values()), facts.day, placed_at)
        for (place, each), row in zip(decided.items(), rows, strict=True):
            _note(place, each, row, placed_at, answers, replays)
    if replays:
        answers.update(_replay(tenant_id, {place: (requests[place], row) for place, row in replays.items()}))
    return answers


def _read(tenant_id: UUID, requests: Sequence[BetRequest], at: datetime) -> PlacementFacts:
    return get_placement_facts(
        tenant_id=tenant_id,
        at=at,
        players=[request.asked.player_id for request in requests],
        picks=[picks_of(request.asked) for request in requests],
        references=[request.reference for request in requests],
        outcomes=list({leg.outcome_id for request in requests for leg in request.asked.legs}),
    )


def _note(
    place: int,
    decided: Decided,
    row: tuple[Any, ...],
    placed_at: datetime,
    answers: dict[int, Answer],
    replays: dict[int, AnswerRow],
) -> None:
    """Turn a row of `sportsbook_place_bets` into an answer, a replay, or nothing (decide again)."""
    outcome, fingerprint, status, subject_id, refusal, available, in_play, debt = row
    reference = decided.request.reference
    if outcome == "placed":
        assert isinstance(decided.verdict, Accepted)
        wallet = Wallet(available, in_play, debt)
        answers[place] = Answer(bet=_placed(decided, decided.verdict, placed_at, wallet))
    elif outcome == "refused":
        assert isinstance(decided.verdict, Refusal)
        stamp(decided.verdict, answered_at=placed_at)
        answers[place] = Answer(refusal=decided.verdict)
    elif outcome == "busy":
        answers[place] = Answer(refusal=ReferenceInProgress())
    elif outcome == "answered":
        digest = None if fingerprint is None else bytes(fingerprint).hex()
        replays[place] = AnswerRow(reference, digest, status, subject_id, refusal)


def _placed(decided: Decided, accepted: Accepted, placed_at: datetime, wallet: Wallet) -> PlacedBet:
    request = decided.request
    return PlacedBet(
        bet_id=decided.bet_id,
        reference=request.reference,
        player_id=request.asked.player_id,
        kind=accepted.type,
        stake=request.asked.stake,
        currency=request.asked.currency,
        scale=decided.facts.scale,
        odds=accepted.total_odds,
        potential_payout=accepted.potential_payout,
        placed_at=placed_at,
        legs=accepted.legs,
        wallet=wallet,
    )


def _repeat(answer: Answer, request: BetRequest, repeated: BetRequest) -> Answer:
    """Answer a reference that stood earlier in the same call."""
    if repeated.fingerprint != request.fingerprint:
        return Answer(refusal=ReferenceConflict())
    is_stored = answer.bet is not None or isinstance(answer.refusal, Rejected)
    return Answer(bet=answer.bet, refusal=answer.refusal, replayed=is_stored)


def _replay(tenant_id: UUID, replays: dict[int, tuple[BetRequest, AnswerRow]]) -> dict[int, Answer]:
    """Give the first answers again, or refuse other content under the same reference."""
    same = {
        place: row
        for place, (request, row) in replays.items()
        if row.fingerprint == request.fingerprint.hex()
    }
    bet_ids = [row.subject_id for row in same.values() if row.subject_id is not None]
    placed: dict[UUID, PlacedBet] = {}
    if bet_ids:
        with tenant(tenant_id):
            placed = get_placed_bets(tenant_id, bet_ids)
    answers: dict[int, Answer] = {}
    for place in replays:
        row = same.get(place)
        if row is None:
            answers[place] = Answer(refusal=ReferenceConflict())
        elif row.subject_id is not None:
            answers[place] = Answer(bet=placed[row.subject_id], replayed=True)
        else:
            answers[place] = Answer(refusal=refused_before(row.refusal or {}), replayed=True)
    return answers


def _write(tenant_id: UUID, bets: Sequence[Decided], day: date, placed_at: datetime) -> list[tuple[Any, ...]]:
    """Call the one function that writes; a row for each bet, in order."""
    return call_in_tenant(WRITE, write_arguments(tenant_id, bets, day, placed_at))
