"""A partner's way on its page in the office: what the next steps require, and the moves so far."""

from core.admin.cells import Panel, moment
from partners.models import Partner
from partners.onboarding.models import OnboardingMove
from partners.onboarding.queries import list_facts, list_transitions
from partners.onboarding.rules import TITLES
from partners.onboarding.stages import WAY, Stage


def onboarding_panels(partner: Partner) -> list[Panel]:
    """Return the checklist and the moves of a partner."""
    return [_checklist(partner), _moves(partner)]


def _checklist(partner: Partner) -> Panel:
    facts = list_facts([partner.pk]).get(partner.pk, {})
    transitions = list_transitions()
    rows: dict[str, tuple[str, str, str]] = {}
    for place, entered in enumerate(WAY[1:]):
        for fact in transitions[WAY[place]].get(entered, ()):
            rows.setdefault(fact, (TITLES[fact], entered.label, "done" if facts.get(fact) else "missing"))
    return Panel("Checklist", ("Required", "From stage", "State"), list(rows.values()))


def _moves(partner: Partner) -> Panel:
    moves = OnboardingMove.objects.filter(partner=partner).order_by("-number")[:50]
    return Panel(
        "Moves",
        ("Moved", "From", "To", "By", "Reason"),
        [
            (
                moment(move.moved_at),
                Stage(move.from_stage).label,
                Stage(move.to_stage).label,
                move.moved_by,
                move.reason,
            )
            for move in moves
        ],
        empty="The partner is where it began.",
    )
