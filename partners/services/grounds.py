"""What production rests on is changed by compliance alone, once a partner has come to the stage Deployment.

That is where the partner takes bets, its country, which counts as such a place, its licences, and that
somebody owns or directs it no more. Whoever could change them alone could end a stop of compliance, or widen
what nobody has looked at. A place is added
once what is asked for there is accepted, and a licence of it holds. The jobs act for nobody, and are held by
no role.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final

from django.db.models import Q

from core.errors import Conflict, Forbidden
from partners.compliance import queries, rules
from partners.models import Partner
from partners.onboarding.models import Licence, OnboardingMove
from partners.onboarding.stages import PRODUCTION
from partners.services.holds import COMPLIANCE, acts_as
from staff.queries import roles_of

LEFT_TO_COMPLIANCE: Final = (
    "From the stage Deployment on, compliance changes where a partner takes bets, its country, its licences, "
    "and who owns or directs it no more."
)


class LeftToCompliance(Forbidden):
    """From the stage Deployment on, compliance alone changes what production rests on."""

    code = "LEFT_TO_COMPLIANCE"
    message = LEFT_TO_COMPLIANCE


class PlaceNotReady(Conflict):
    """A partner with production takes bets where all that is asked for there holds; `details.missing` says
    what does not, by place.
    """

    code = "JURISDICTION_NOT_READY"
    message = "Something is missing before the partner takes bets there."


def has_grounds(partner: Partner) -> bool:
    """Whether a partner has ever come to a stage of production: a step back gives nothing back."""
    if partner.stage in PRODUCTION:
        return True
    return OnboardingMove.objects.filter(partner=partner, to_stage__in=PRODUCTION).exists()


def may_change_grounds(partner: Partner, user: Any = None) -> bool:
    """Whether a member of staff, or who acts now, may change what a partner's production rests on."""
    if not has_grounds(partner):
        return True
    return acts_as(COMPLIANCE) if user is None else COMPLIANCE in roles_of(user)


def check_grounds(partner: Partner) -> None:
    """Raise LeftToCompliance unless who acts now may change what a partner's production rests on."""
    if not may_change_grounds(partner):
        raise LeftToCompliance


def check_places(partner: Partner, *, before: Iterable[str], today: date, field: str) -> None:
    """Raise PlaceNotReady where a partner with production, locked, takes bets in a place that it was not in
    before, and something that is asked for there is missing. `field` of the form said so.
    """
    if not has_grounds(partner):
        return
    added = sorted(set(queries.jurisdictions_of(partner)) - set(before))
    missing = {place: found for place in added if (found := _missing_in(partner, place, today))}
    if missing:
        said = "; ".join(f"{place}: {', '.join(found)}" for place, found in missing.items())
        raise PlaceNotReady(
            f"Something is missing before the partner takes bets there. {said}.",
            details={"field": field, "missing": missing},
        )


def _missing_in(partner: Partner, place: str, today: date) -> list[str]:
    """Return in words what is asked for in a place and does not hold."""
    found = [
        f"{each.requirement} ({each.state.replace('_', ' ')})"
        for each in queries.list_states(partner, places=[place])
        if each.requirement.mandatory and each.state != rules.ACCEPTED
    ]
    holds = Q(expires_on=None) | Q(expires_on__gte=today)
    if not Licence.objects.filter(holds, partner=partner, jurisdiction=place).exists():
        found.append("a licence that holds")
    return found
