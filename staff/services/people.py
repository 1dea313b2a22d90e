"""Staff themselves: passwords, sessions, who is active, and who stands in for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from core import audit
from core.clock import instant_text
from core.days import check_day
from core.errors import NotFound
from core.models import StaffUser
from staff.errors import BadDeputy, NotForYourself
from staff.models import DEPUTY_MAX, Deputy
from staff.queries import list_possible_deputies
from staff.rules import who_could_stand_in


def change_password(*, user: StaffUser, password: str, changed_at: datetime) -> None:
    """Set one's own new password; all other sessions end. `user` holds the new password afterwards."""
    with transaction.atomic():
        StaffUser.objects.select_for_update().get(pk=user.pk)
        user.set_password(password)
        user.save(update_fields=("password",))
        audit.record(action="set password", subject=user, after={"by": "its owner"}, recorded_at=changed_at)


def end_sessions(*, user_id: int, reason: str, ended_at: datetime) -> None:
    """End every session of a member of staff. Raises NotFound."""
    with transaction.atomic():
        if not StaffUser.objects.filter(pk=user_id).update(session_epoch=F("session_epoch") + 1):
            raise NotFound
        audit.record(
            action="end sessions",
            subject=StaffUser.objects.get(pk=user_id),
            reason=reason,
            recorded_at=ended_at,
        )


def deactivate(*, user_id: int, reason: str, by: StaffUser, deactivated_at: datetime) -> None:
    """Let somebody in no more; their sessions end at once. Raises NotForYourself, NotFound."""
    _set_active(user_id, is_active=False, verb="deactivate staff", reason=reason, by=by, at=deactivated_at)


def reactivate(*, user_id: int, reason: str, by: StaffUser, reactivated_at: datetime) -> None:
    """Let somebody in again, by password and authenticator. Raises NotForYourself, NotFound."""
    _set_active(user_id, is_active=True, verb="reactivate staff", reason=reason, by=by, at=reactivated_at)


def _set_active(
    user_id: int, *, is_active: bool, verb: str, reason: str, by: StaffUser, at: datetime
) -> None:
    if by.pk == user_id:
        raise NotForYourself
    with transaction.atomic():
        user = StaffUser.objects.select_for_update().filter(pk=user_id).first()
        if user is None:
            raise NotFound
        if user.is_active == is_active:
            return
        user.is_active = is_active
        user.save(update_fields=("is_active",))
        user.links.filter(used_at=None, revoked_at=None).update(revoked_at=at)
        audit.record(
            action=verb,
            subject=user,
            before={"isActive": not is_active},
            after={"isActive": is_active},
            reason=reason,
            recorded_at=at,
        )


@dataclass(frozen=True, slots=True)
class Named:
    """A new deputy, and those whose time ends by it: sooner than was said, or at once."""

    deputy: Deputy
    shortened: tuple[Deputy, ...]
    ended: tuple[Deputy, ...]


def name_deputy(
    *, user: StaffUser, deputy_id: int, from_at: datetime, until_at: datetime, named_at: datetime
) -> Named:
    """Let a colleague stand in for `user`. An earlier deputy's time ends where the new one begins; who was to
    begin within the new one's time does not begin.

    Raises BadDeputy, and DayInvalid for a time that lies too far ahead.
    """
    if deputy_id == user.pk:
        raise BadDeputy("Choose a colleague.")
    check_day(until_at.date(), field="until_date", today=named_at.date())
    if until_at <= from_at or until_at <= named_at:
        raise BadDeputy("The last day lies before the first one, or has passed.")
    if until_at - from_at > DEPUTY_MAX:
        raise BadDeputy(f"A deputy stands in for {DEPUTY_MAX.days} days at most.")
    with transaction.atomic():
        StaffUser.objects.select_for_update().get(pk=user.pk)
        possible = list_possible_deputies(user)
        if deputy_id not in {each.pk for each in possible}:
            raise BadDeputy(who_could_stand_in([each.get_username() for each in possible]))
        shortened, ended = _make_way(user, from_at, until_at, named_at)
        made = Deputy.objects.create(
            user=user, deputy_id=deputy_id, from_at=from_at, until_at=until_at, named_at=named_at
        )
        audit.record(
            action="name deputy",
            subject=user,
            after={
                "deputy": made.deputy.get_username(),
                "from": instant_text(from_at),
                "until": instant_text(until_at),
                **_told("shortened", shortened),
                **_told("ended", ended),
            },
            recorded_at=named_at,
        )
    return Named(made, shortened, ended)


def _make_way(
    user: StaffUser, from_at: datetime, until_at: datetime, at: datetime
) -> tuple[tuple[Deputy, ...], tuple[Deputy, ...]]:
    """Let the deputies before go on until a new one begins; return who ends sooner, and who ends at once."""
    standing = user.deputies.filter(ended_at=None, until_at__gt=max(from_at, at), from_at__lt=until_at)
    shortened, ended = [], []
    for each in standing.select_related("deputy").order_by("from_at"):
        if each.from_at < from_at and from_at > at:
            each.until_at = from_at
            shortened.append(each)
        else:
            each.ended_at = at
            ended.append(each)
        each.save(update_fields=("until_at", "ended_at"))
    return tuple(shortened), tuple(ended)


def _told(what: str, deputies: Sequence[Deputy]) -> dict[str, list[str]]:
    return {what: [each.deputy.get_username() for each in deputies]} if deputies else {}


def end_deputy(*, user: StaffUser, deputy_id: UUID, ended_at: datetime) -> None:
    """End the time of one's own deputy. Raises NotFound."""
    with transaction.atomic():
        ended = user.deputies.filter(pk=deputy_id, ended_at=None).update(ended_at=ended_at)
        if not ended:
            raise NotFound
        audit.record(action="end deputy", subject=user, recorded_at=ended_at)
