"""What can be asked about a partner's business: whom to screen, what has lapsed, what ends when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from partners.kyb.models import BankAccount, KybReview, ProcessorContract
from partners.kyb.rules import CONFIRMED, MISSING, POSSIBLE, REVIEW, STALE, holds_until
from partners.models import Partner
from partners.onboarding.models import Licence
from partners.onboarding.stages import ENDED

MATCH: Final = "match"
LAPSED: Final = {
    "review": "the review of the business is overdue",
    "screening": "the screening against sanctions lists is out of date",
    "licence": "a licence has expired",
    MATCH: "a check of compliance is open",
}
"""What has lapsed, in words that tell nobody of a match."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A company or person to be screened: what its latest screening comes to, and until when that holds.

    `is_matched` while the last that was decided is a confirmed match.
    """

    kind: str
    owner_id: UUID | None
    director_id: UUID | None
    name: str
    state: str
    holds_until: datetime | None
    screening_id: UUID | None
    is_matched: bool

    @property
    def is_due(self) -> bool:
        """Whether somebody has to screen it now."""
        return self.state in (MISSING, STALE, CONFIRMED)

    @property
    def is_open(self) -> bool:
        """Whether its match waits for a second look."""
        return self.state == POSSIBLE


@dataclass(frozen=True, slots=True)
class Lapse:
    """Something of a partner that held once and holds no more since a moment."""

    partner_id: UUID
    what: str
    ended_at: datetime

    def is_over(self, *, at: datetime, grace_days: int) -> bool:
        """Whether production stops for it: at once for a match, else after the grace."""
        return self.what == MATCH or self.ended_at + timedelta(days=grace_days) <= at

    def stops_on(self, *, grace_days: int) -> date:
        """Return the day on which production stops for it: that of a match is the day of the match."""
        grace = timedelta(0) if self.what == MATCH else timedelta(days=grace_days)
        return (self.ended_at + grace).date()


@dataclass(frozen=True, slots=True)
class End:
    """When something of a partner ends that production rests on.

    `due_on` is the last day of a licence, which `licence_id` names, and the day from which a review or a
    screening holds no more.
    """

    partner_id: UUID
    what: str
    due_on: date
    licence_id: UUID | None = None


def list_subjects(partner: Partner, *, at: datetime) -> list[Subject]:
    """Return who has to be screened of a partner, the company first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject, owner_id, director_id, name, state, holds_until, screening_id, is_matched "
            "FROM partners_screenings(ARRAY[%s]::uuid[], %s) "
            "ORDER BY subject = 'company' DESC, subject DESC, name, owner_id, director_id",
            [partner.pk, at],
        )
        return [Subject(*row) for row in cursor.fetchall()]


def count_screenings(*, at: datetime) -> tuple[int, int]:
    """Return how many are to be screened and how many matches are to be decided.

    Those of partners that are neither declined nor ended.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE state = ANY (%s)), count(*) FILTER (WHERE state = %s) "
            "FROM partners_screenings("
            "ARRAY(SELECT id FROM partners_partner WHERE NOT stage = ANY (%s::text[])), %s)",
            [[MISSING, STALE], POSSIBLE, [stage.value for stage in ENDED], at],
        )
        to_screen, to_decide = cursor.fetchone()
    return to_screen, to_decide


def find_subject(
    partner: Partner, *, owner_id: UUID | None = None, director_id: UUID | None = None, at: datetime
) -> Subject | None:
    """Return the company (no id), an owner or a director that has to be screened."""
    wanted = (owner_id, director_id)
    found = (one for one in list_subjects(partner, at=at) if (one.owner_id, one.director_id) == wanted)
    return next(found, None)


def list_lapses(partner_ids: Iterable[UUID], *, at: datetime) -> list[Lapse]:
    """Return what has lapsed of some partners."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT partner_id, what, ended_at FROM partners_kyb_lapses(%s::uuid[], %s) ORDER BY 1, 2",
            [list(partner_ids), at],
        )
        return [Lapse(*row) for row in cursor.fetchall()]


def lapses_in_words(lapses: Iterable[Lapse]) -> str:
    """Return lapses as a sentence: `the review of the business is overdue; a licence has expired`."""
    return "; ".join(dict.fromkeys(LAPSED[each.what] for each in lapses))


def is_matched(partner_id: UUID, *, at: datetime) -> bool:
    """Whether a sanctions match of a partner, or of one of its people, is confirmed."""
    return any(lapse.what == MATCH for lapse in list_lapses([partner_id], at=at))


def list_ends(partner_ids: Iterable[UUID], *, at: datetime) -> list[End]:
    """Return what of some partners ends or has ended: the review, the screenings (the first of them), and
    each licence that nothing outlasts of a jurisdiction where bets are taken.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.id, 'review', max(v.reviewed_at) + partners_kyb_period('review', p.risk_profile),
                NULL::uuid
            FROM partners_partner p JOIN partners_kybreview v ON v.partner_id = p.id
            WHERE p.id = ANY (%(partners)s) GROUP BY p.id
            UNION ALL
            SELECT x.partner_id, 'screening', min(x.lapses_at), NULL
            FROM partners_screenings(%(partners)s, %(at)s) x WHERE x.lapses_at IS NOT NULL GROUP BY 1
            UNION ALL
            SELECT l.partner_id, 'licence', l.expires_on::timestamp AT TIME ZONE 'UTC', l.id
            FROM partners_company c
            JOIN partners_licence l ON l.partner_id = c.partner_id AND l.jurisdiction = ANY (c.jurisdictions)
            WHERE c.partner_id = ANY (%(partners)s) AND l.expires_on = (
                SELECT max(coalesce(m.expires_on, 'infinity')) FROM partners_licence m
                WHERE m.partner_id = l.partner_id AND m.jurisdiction = l.jurisdiction)
            """,
            {"partners": list(partner_ids), "at": at},
        )
        found = cursor.fetchall()
    return [End(partner_id, what, ends.date(), licence_id) for partner_id, what, ends, licence_id in found]


def list_ending(partners: QuerySet[Partner], *, at: datetime, within_days: int) -> list[End]:
    """Return what of some partners ends within so many days or has ended, the nearest first; of those that
    are neither declined nor ended.
    """
    going_on = partners.exclude(stage__in=ENDED).order_by().values_list("pk", flat=True)
    last = at.date() + timedelta(days=within_days)
    found = (end for end in list_ends(going_on, at=at) if end.due_on <= last)
    return sorted(found, key=lambda end: (end.due_on, end.partner_id, end.what, str(end.licence_id)))


def list_ended_licences(partner_id: UUID, *, today: date) -> list[Licence]:
    """Return the licences that count where a partner takes bets, and whose last day is over."""
    at = datetime.combine(today, time(), UTC)
    keys = [end.licence_id for end in list_ends([partner_id], at=at) if end.licence_id and end.due_on < today]
    return list(Licence.objects.filter(pk__in=keys).order_by("jurisdiction", "number"))


def find_account(partner_id: UUID, *, lock: bool = False) -> BankAccount | None:
    """Return a partner's present bank account."""
    if lock:
        return BankAccount.objects.select_for_update().filter(partner_id=partner_id, ended_at=None).first()
    return present_accounts(partner_id).first()


def present_accounts(partner_id: UUID) -> QuerySet[BankAccount]:
    """Return a partner's present bank account as a list of one or none, with who had to do with it."""
    found = BankAccount.objects.filter(partner_id=partner_id, ended_at=None)
    return found.select_related("entered_by", "approved_by", "verified_by")


def is_verified(account: BankAccount | None, partner: Partner) -> bool:
    """Whether an account is verified, against the legal name that the partner has now."""
    return (
        account is not None
        and account.verified_at is not None
        and account.verified_name == partner.legal_name
    )


def find_contract(partner_id: UUID) -> ProcessorContract | None:
    """Return a partner's present contract about players' data."""
    return present_contracts(partner_id).first()


def present_contracts(partner_id: UUID) -> QuerySet[ProcessorContract]:
    """Return a partner's present contract about players' data as a list of one or none."""
    found = ProcessorContract.objects.filter(partner_id=partner_id, ended_at=None)
    return found.select_related("entered_by")


def review_due_on(partner: Partner, review: KybReview | None) -> date | None:
    """Return the day from which a review holds no more, by the risk profile of now; None without one."""
    return None if review is None else holds_until(REVIEW, partner.risk_profile, review.reviewed_at.date())
