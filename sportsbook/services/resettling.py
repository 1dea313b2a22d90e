"""Results of settled fixtures, corrected or taken back in the office: a second person approves it first.

What was paid by a result is taken back and paid anew. Rehearsals, which only test bets take part in, and the
first result of a fixture need nobody else.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approvals.kinds import present, proposed
from approvals.models import ApprovalRequest, RequestStatus
from approvals.services import request_approval
from core.currencies import scale_of
from core.errors import Conflict, Refusal
from core.models import StaffUser
from core.money import amount_text
from sportsbook.models import Fixture, FixtureStatus, Result
from sportsbook.queries.fixtures import FixtureUnknown
from sportsbook.queries.resettling import COUNTED_MAX, SUMMED_MAX, Moved, count_changed, list_moved
from sportsbook.queries.settling import list_result_markets
from sportsbook.services.locks import lock_fixture
from sportsbook.services.results import (
    GOALS_MAX,
    FixtureNotPlayed,
    NoResult,
    ScoreImpossible,
    enter_result,
    withdraw_result,
)
from sportsbook.services.settling import statuses_by_outcome

RESETTLEMENT: Final = "resettlement"
SUBJECT: Final = "sportsbook.fixture"
SETTLED_ANEW: Final = "Bets settled anew"


class ResultMoved(Conflict):
    """Another result was entered since this one was asked for."""

    code = "RESULT_MOVED"
    message = "Another result has been entered since this was asked for."


def needs_second_person(fixture: Fixture) -> bool:
    """Return whether bets of this fixture were settled by a result that was no rehearsal."""
    return Result.objects.filter(
        fixture_id=fixture.pk, number__lte=fixture.settled_number, rehearsal=False
    ).exists()


def request_resettlement(
    *,
    fixture_id: UUID,
    home: int | None,
    away: int | None,
    reason: str,
    requested_by: StaffUser,
    requested_at: datetime,
) -> ApprovalRequest:
    """Ask for another score of a settled fixture; without goals, for its result to be taken back.

    Raises FixtureUnknown, ScoreImpossible, FixtureNotPlayed, NoResult, and what `request_approval` raises.
    """
    fixture = Fixture.objects.filter(pk=fixture_id).first()
    if fixture is None:
        raise FixtureUnknown
    return request_approval(
        kind=RESETTLEMENT,
        subject_type=SUBJECT,
        subject_id=str(fixture_id),
        present=_view(fixture.home_score, fixture.away_score, fixture.result_number),
        proposed=_view(home, away, fixture.result_number),
        reason=reason,
        requested_by=requested_by,
        requested_at=requested_at,
    )


def title_of_resettlement(request: ApprovalRequest) -> str:
    """Return which score would replace which."""
    fixture, asked, was = (
        Fixture.objects.get(pk=request.subject_id),
        proposed(request),
        present(request) or {},
    )
    before = _score(was.get("homeScore"), was.get("awayScore"))
    return f"{fixture}: {_score(asked['homeScore'], asked['awayScore'])} instead of {before}"


def known_of_resettlement(request: ApprovalRequest) -> list[tuple[str, str, str]]:
    """Return (what, what is known of it, no warning): which bets the result would settle anew, and what that
    would pay out or take back in each world and currency. As things are now; nothing once it is decided.
    """
    if request.status != RequestStatus.PENDING:
        return []
    fixture_id, asked = UUID(request.subject_id), proposed(request)
    wanted = statuses_by_outcome(list_result_markets(fixture_id), asked["homeScore"], asked["awayScore"])
    count = count_changed(fixture_id, wanted)
    shown = f"over {COUNTED_MAX:,}" if count > COUNTED_MAX else f"{count:,}"
    if count > SUMMED_MAX:
        return [(SETTLED_ANEW, f"{shown}: too many to sum up here what it pays out or takes back", "")]
    sums = [
        (f"{each.kind.capitalize()}, {each.currency}", _in_words(each), "")
        for each in list_moved(fixture_id, wanted)
    ]
    return [(SETTLED_ANEW, f"{shown}, as they stand now", ""), *sums]


def _in_words(moved: Moved) -> str:
    scale = scale_of(moved.currency)
    bets = "1 bet is" if moved.moved_count == 1 else f"{moved.moved_count:,} bets are"
    more, back, now_paid = (
        f"{amount_text(amount, scale)} {moved.currency}"
        for amount in (moved.paid_more, moved.taken_back, moved.payouts)
    )
    return (
        f"{bets} paid otherwise: {more} paid out, {back} taken back; paid so far for all of them: {now_paid}"
    )


def lock_result(request: ApprovalRequest) -> None:
    """Lock the fixture, as whoever enters a result does."""
    lock_fixture(UUID(request.subject_id))


def check_resettlement(request: ApprovalRequest) -> Refusal | None:
    """Return what stands against another result as things are now."""
    asked = proposed(request)
    fixture = Fixture.objects.filter(pk=request.subject_id).first()
    if fixture is None:
        return FixtureUnknown()
    if fixture.result_number != asked["resultNumber"]:
        return ResultMoved()
    home, away = asked["homeScore"], asked["awayScore"]
    if home is None and fixture.home_score is None:
        return NoResult()
    if home is not None and not (0 <= home <= GOALS_MAX and 0 <= away <= GOALS_MAX):
        return ScoreImpossible()
    if fixture.status in (FixtureStatus.CANCELLED, FixtureStatus.ABANDONED):
        return FixtureNotPlayed()
    return None


def resettle(request: ApprovalRequest, at: datetime) -> None:
    """Enter the result that was approved; the workers settle the bets anew."""
    asked = proposed(request)
    by = request.requested_by.get_username()
    fixture_id = UUID(request.subject_id)
    if asked["homeScore"] is None:
        withdraw_result(fixture_id=fixture_id, entered_by=by, entered_at=at, reason=request.reason)
        return
    enter_result(
        fixture_id=fixture_id,
        home=asked["homeScore"],
        away=asked["awayScore"],
        entered_by=by,
        entered_at=at,
        reason=request.reason,
    )


def _view(home: int | None, away: int | None, number: int) -> dict[str, Any]:
    return {"homeScore": home, "awayScore": away, "resultNumber": number}


def _score(home: int | None, away: int | None) -> str:
    return "no result" if home is None else f"{home}-{away}"
