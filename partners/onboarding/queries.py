"""What can be asked about a partner's way: which steps are open to it, and what each still misses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from uuid import UUID

from django.db import connection

from partners.models import Partner
from partners.onboarding.models import OnboardingMove, OnboardingTransition
from partners.onboarding.rules import TITLES
from partners.onboarding.stages import WAY, Stage


@dataclass(frozen=True, slots=True)
class Step:
    """A step that a partner could take, and what it requires and misses, in the order of the way."""

    to_stage: Stage
    requires: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def missing_titles(self) -> tuple[str, ...]:
        """What is missing, in words."""
        return tuple(TITLES[fact] for fact in self.missing)


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps open to a partner from where it is."""

    steps: tuple[Step, ...]
    onward: Step | None
    """The next step of the way, or None at its end and beside it."""

    def to(self, stage: Stage) -> Step | None:
        """Return the step to a stage, or None where there is no such step."""
        return next((step for step in self.steps if step.to_stage == stage), None)


@dataclass(frozen=True, slots=True)
class Requirement:
    """Something that the way requires, from which stage on, and whether it holds."""

    fact: str
    title: str
    stage: Stage
    is_met: bool


@dataclass(frozen=True, slots=True)
class Way:
    """A partner's way: the steps open to it now, and the whole checklist in the order of the way."""

    steps: Steps
    checklist: tuple[Requirement, ...]

    @property
    def met_count(self) -> int:
        """How many requirements hold."""
        return sum(each.is_met for each in self.checklist)


def list_facts(partner_ids: Iterable[UUID]) -> dict[UUID, dict[str, bool]]:
    """Return for each partner every fact that onboarding may require, with whether it holds.

    The API process is told of the partner of its own tenant alone, inside `tenant(...)`.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT partner_id, fact, is_met FROM partners_onboarding_facts(%s::uuid[])", [list(partner_ids)]
        )
        found: dict[UUID, dict[str, bool]] = {}
        for partner_id, fact, is_met in cursor.fetchall():
            found.setdefault(partner_id, {})[fact] = is_met
    return found


def list_steps(partners: Iterable[Partner]) -> dict[UUID, Steps]:
    """Return the steps open to each partner; four queries, however many partners."""
    partners = list(partners)
    facts = list_facts(partner.pk for partner in partners)
    transitions = list_transitions()
    origins = _find_origins(partner for partner in partners if partner.stage == Stage.PAUSED)
    return {
        partner.pk: _steps(partner, transitions, facts.get(partner.pk, {}), origins.get(partner.pk))
        for partner in partners
    }


def list_way(partner: Partner) -> Way:
    """Return a partner's open steps and its checklist; two queries, three while it is paused."""
    facts = list_facts([partner.pk]).get(partner.pk, {})
    transitions = list_transitions()
    origin = find_origin(partner)
    asked: dict[str, Requirement] = {}
    for left, entered in pairwise(WAY):
        for fact in transitions[left].get(entered, ()):
            asked.setdefault(fact, Requirement(fact, TITLES[fact], entered, facts.get(fact, False)))
    return Way(_steps(partner, transitions, facts, origin), tuple(asked.values()))


def find_origin(partner: Partner) -> Stage | None:
    """Return the stage at which a partner was paused; None while it is not paused."""
    return _find_origins([partner]).get(partner.pk) if partner.stage == Stage.PAUSED else None


@cache
def list_transitions() -> Mapping[Stage, Mapping[Stage, tuple[str, ...]]]:
    """Return what each step requires, by the stage that it leaves and the stage that it enters.

    Read once a process: only a migration changes it.
    """
    found: dict[Stage, dict[Stage, tuple[str, ...]]] = {stage: {} for stage in Stage}
    for row in OnboardingTransition.objects.all():
        found[Stage(row.from_stage)][Stage(row.to_stage)] = tuple(row.requires)
    return found


def _steps(
    partner: Partner,
    transitions: Mapping[Stage, Mapping[Stage, tuple[str, ...]]],
    facts: Mapping[str, bool],
    origin: Stage | None,
) -> Steps:
    present = Stage(partner.stage)
    steps = []
    for entered, requires in transitions[present].items():
        if "takeover" in requires or ("return" in requires and entered != origin):
            continue
        asked = tuple(fact for fact in requires if fact != "return")
        steps.append(Step(entered, asked, tuple(fact for fact in asked if not facts.get(fact, False))))
    order = list(Stage)
    steps.sort(key=lambda step: order.index(step.to_stage))
    after = dict(pairwise(WAY)).get(present, origin)
    return Steps(tuple(steps), next((step for step in steps if step.to_stage == after), None))


def _find_origins(paused: Iterable[Partner]) -> dict[UUID, Stage]:
    moves = (
        OnboardingMove.objects.filter(partner__in=list(paused), to_stage=Stage.PAUSED)
        .order_by("partner_id", "-number")
        .distinct("partner_id")
    )
    return {move.partner_id: Stage(move.from_stage) for move in moves}
