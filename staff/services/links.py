"""One-time links: the only way to a first or a new password. Only the hash of a link's token is kept."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string

from core import audit
from core.errors import NotFound
from core.models import StaffUser
from staff.errors import AlreadyInvited, LinkIsDead, NotStaff
from staff.models import LINK_LIFETIME, LinkPurpose, StaffLink

SUBJECTS: Final = {
    LinkPurpose.INVITATION: "You are invited to the B2B office",
    LinkPurpose.PASSWORD: "Set a new password for the B2B office",
    LinkPurpose.AUTHENTICATOR: "Set up your access to the B2B office anew",
}

ASKED_EVERY: Final = timedelta(minutes=5)

log = structlog.get_logger(__name__)


def invite(
    *, email: str, first_name: str, last_name: str, invited_by: str, invited_at: datetime
) -> tuple[StaffUser, bool]:
    """Add a member of staff without a password and send them a link.

    Returns the user, whose username is the e-mail address in lower case, and whether the letter went out.
    Raises AlreadyInvited.
    """
    address = email.strip().lower()
    try:
        with transaction.atomic():
            user = StaffUser(
                username=address, email=address, first_name=first_name, last_name=last_name, is_staff=True
            )
            user.set_unusable_password()
            user.save()
            audit.record(
                action="invite staff", subject=user, after={"email": address}, recorded_at=invited_at
            )
    except IntegrityError as error:
        raise AlreadyInvited from error
    sent = send_link(user_id=user.pk, purpose=LinkPurpose.INVITATION, made_by=invited_by, made_at=invited_at)
    return user, sent


def send_link(*, user_id: int, purpose: LinkPurpose, made_by: str, made_at: datetime) -> bool:
    """Make a new link, which kills the one before, and mail it; return whether the letter went out.

    The link is there before the letter is: a letter that fails is sent again by making another link. Raises
    NotStaff, NotFound.
    """
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        user = StaffUser.objects.select_for_update().filter(pk=user_id).first()
        if user is None:
            raise NotFound
        if not (user.is_active and user.email):
            raise NotStaff
        _live(user.pk).update(revoked_at=made_at)
        link = StaffLink.objects.create(
            user=user,
            purpose=purpose,
            token_hash=_hash(token),
            made_by=made_by,
            made_at=made_at,
            expires_at=made_at + LINK_LIFETIME,
        )
        audit.record(action="send link", subject=user, after={"purpose": purpose.value}, recorded_at=made_at)
    if not _mailed(user, purpose, token):
        return False
    StaffLink.objects.filter(pk=link.pk).update(mailed_at=made_at)
    return True


def ask_for_password(*, email: str, asked_at: datetime) -> None:
    """Send a link to who works here under this address; to a stranger, nothing. Never says which it was.

    A person gets one letter in `ASKED_EVERY` however often somebody asks, and an invited one who has set no
    password yet is invited again by a security admin alone. Raises nothing.
    """
    user = (
        StaffUser.objects.filter(email__iexact=email.strip(), is_active=True, is_staff=True)
        .exclude(email="")
        .first()
    )
    if user is None or not user.has_usable_password():
        log.info("password link not sent", reason="nobody to send it to")
        return
    if StaffLink.objects.filter(user=user, made_at__gt=asked_at - ASKED_EVERY).exists():
        log.info("password link not sent", username=user.get_username(), reason="one was sent just now")
        return
    send_link(
        user_id=user.pk,
        purpose=LinkPurpose.PASSWORD,
        made_by=user.get_username(),
        made_at=asked_at,
    )


def find_link(token: str, *, at: datetime) -> StaffLink:
    """Return the live link of a token with its user. Raises LinkIsDead."""
    link = (
        StaffLink.objects.select_related("user")
        .filter(token_hash=_hash(token), used_at=None, revoked_at=None, expires_at__gt=at)
        .first()
    )
    if link is None or not link.user.is_active:
        raise LinkIsDead
    return link


def use_link(token: str, *, password: str, used_at: datetime) -> StaffUser:
    """Set the password of the link's owner, once, and return the owner. Raises LinkIsDead.

    The password was held against the validators by the form that took it.
    """
    with transaction.atomic():
        link = find_link(token, at=used_at)
        user = StaffUser.objects.select_for_update().get(pk=link.user_id)
        if not StaffLink.objects.filter(pk=link.pk, used_at=None, revoked_at=None).update(used_at=used_at):
            raise LinkIsDead
        user.set_password(password)
        user.save(update_fields=("password",))
        with audit.acting(
            user.get_username(),
            request_id=audit.current_actor().request_id,
            address=audit.current_actor().address,
        ):
            audit.record(
                action="set password",
                subject=user,
                after={"by": f"link: {link.get_purpose_display()}"},
                recorded_at=used_at,
            )
    return user


def _live(user_id: int) -> "QuerySet[StaffLink]":
    return StaffLink.objects.filter(user_id=user_id, used_at=None, revoked_at=None)


def _hash(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _mailed(user: StaffUser, purpose: LinkPurpose, token: str) -> bool:
    text = render_to_string(
        "office/letters/link.txt",
        {
            "user": user,
            "purpose": purpose.value,
            "url": f"{settings.OFFICE_URL}/admin/welcome/{token}/",
            "hours": int(LINK_LIFETIME.total_seconds()) // 3600,
        },
    )
    try:
        send_mail(SUBJECTS[purpose], text, None, [user.email])
    except OSError as error:
        log.warning("letter not sent", username=user.get_username(), reason=str(error))
        return False
    return True
