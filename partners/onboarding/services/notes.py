"""Notes about a partner: written once, kept as they were written."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from core.audit import current_actor, record
from core.errors import BadRequest
from core.text import check_lines
from partners.onboarding.models import Note
from partners.services.locking import lock_partner

LENGTH_MAX: Final = 4000


class NoteEmpty(BadRequest):
    """A note says something."""

    code = "NOTE_EMPTY"
    message = "A note says something."


class NoteTooLong(BadRequest):
    """A note has 4,000 characters at most."""

    code = "NOTE_TOO_LONG"
    message = "A note has 4,000 characters at most."


def write_note(*, partner_id: UUID, text: str, written_at: datetime) -> Note:
    """Write something down about a partner, for good.

    Raises PartnerNotFound, NoteEmpty, NoteTooLong and HiddenCharacter.
    """
    text = check_lines(text).strip()
    if not text:
        raise NoteEmpty
    if len(text) > LENGTH_MAX:
        raise NoteTooLong
    with transaction.atomic():
        partner = lock_partner(partner_id)
        note = Note.objects.create(
            partner=partner, author=current_actor().name, written_at=written_at, text=text
        )
        record(action="write note", subject=note, recorded_at=written_at, after={"partner": str(partner.pk)})
    return note
