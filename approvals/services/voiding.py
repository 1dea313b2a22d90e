"""A request or an unused permit is void as soon as what it is about has changed."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from approvals.kinds import Carrying, kind_of, kinds
from approvals.models import ApprovalRequest, RequestStatus
from approvals.queries import OPEN
from approvals.services.rows import close_request, record_request


def void_requests(
    *, kind: str, subject_type: str, subject_ids: Iterable[str], why: str, voided_at: datetime
) -> int:
    """Close what is open about these subjects, inside the caller's transaction; return how many.

    What is carried out with its approval is being carried out while it is approved: such a request stays.
    Lock the subjects first, then call this: an approval does so too. Call it before the change itself: where
    the database closes what is left open, nobody gets a letter.
    """
    about = Q(subject_type=subject_type, subject_id__in=list(subject_ids))
    return _void(_waiting(kind) & about, why=why, at=voided_at)


def void_requests_of_partner(*, partner_id: UUID, why: str, voided_at: datetime) -> int:
    """Close what is open about a partner that ends, but for what closing its books needs, inside the caller's
    transaction; return how many.
    """
    ending = reduce(or_, (_waiting(kind.name) for kind in kinds() if not kind.closes_books))
    return _void(ending & Q(partner_id=partner_id), why=why, at=voided_at)


def _void(which: Q, *, why: str, at: datetime) -> int:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a change and the end of what it overtakes are one transaction")
    overtaken = list(ApprovalRequest.objects.select_for_update().filter(which).order_by("id"))
    for request in overtaken:
        close_request(request, RequestStatus.VOID, at, failure=why)
        record_request("void request", request, at, reason=why)
    return len(overtaken)


def _waiting(kind: str) -> Q:
    with_approval = kind_of(kind).carrying is Carrying.WITH_APPROVAL
    return Q(kind=kind) & (Q(status=RequestStatus.PENDING) if with_approval else OPEN)
