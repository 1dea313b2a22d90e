"""Authenticator apps: setting one up, checking its codes, and taking one away with a second person's consent.

Codes are those of RFC 6238: six digits, 30 seconds, SHA-1, which every app knows. One step of drift is
forgiven; a code works once, since only steps after the last one taken are looked at.
"""

from base64 import b32decode, b32encode
from datetime import datetime
from hmac import compare_digest
from typing import Final
from urllib.parse import quote, urlencode
from uuid import UUID

import structlog
from django.db import transaction
from django_otp.oath import hotp

from core import audit
from core.errors import NotFound
from core.models import StaffUser
from staff.errors import (
    NotEnrolled,
    NotForYourself,
    NotStaff,
    ResetNotOpen,
    SecondPersonNeeded,
    TooManyCodes,
    WrongCode,
)
from staff.models import RESET_LIFETIME, LinkPurpose, StaffTotp, TotpReset
from staff.seeds import new_seed, open_seed, seal_seed
from staff.services.links import send_link

STEP_SECONDS: Final = 30
DIGITS: Final = 6
DRIFT_STEPS: Final = 1
ISSUER: Final = "B2B office"

log = structlog.get_logger(__name__)


def has_authenticator(user_id: int) -> bool:
    """Whether this person has an authenticator that was set up to the end."""
    found: bool = StaffTotp.objects.filter(user_id=user_id, confirmed=True).exists()
    return found


def begin_enrolment(*, user: StaffUser) -> str:
    """Return the secret to put into an app, in base32: the one shown before, until its first code comes."""
    with transaction.atomic():
        device = _device(user.pk) or StaffTotp(user=user, name="authenticator", confirmed=False)
        if device.pending_seed is None:
            device.pending_seed = seal_seed(new_seed(), user_id=user.pk)
            device.save()
        return _base32(open_seed(bytes(device.pending_seed), user_id=user.pk))


def finish_enrolment(*, user: StaffUser, code: str, enrolled_at: datetime) -> None:
    """Take the first code of a new authenticator; every session of this person ends, the caller's is renewed.

    Raises WrongCode, TooManyCodes, NotEnrolled.
    """
    with transaction.atomic():
        device = _device(user.pk)
        if device is None or device.pending_seed is None:
            raise NotEnrolled
        wait = _wait(device, enrolled_at)
        step = None if wait else _matching_step(device, bytes(device.pending_seed), code, enrolled_at, None)
        if step is not None:
            device.seed, device.pending_seed = device.pending_seed, None
            device.confirmed, device.enrolled_at, device.last_step = True, enrolled_at, step
            device.throttle_reset(commit=False)
            device.save()
            audit.record(action="set up authenticator", subject=user, recorded_at=enrolled_at)
        elif not wait:
            device.throttle_increment()
    _refuse(user, wait, step)


def verify_code(*, user: StaffUser, code: str, verified_at: datetime) -> None:
    """Take a code of this person's authenticator, once. Raises WrongCode, TooManyCodes, NotEnrolled."""
    with transaction.atomic():
        device = _device(user.pk)
        if device is None or not device.confirmed or device.seed is None:
            raise NotEnrolled
        wait = _wait(device, verified_at)
        step = (
            None if wait else _matching_step(device, bytes(device.seed), code, verified_at, device.last_step)
        )
        if step is not None:
            device.last_step = step
            device.throttle_reset(commit=False)
            device.save()
            audit.record(action="verify identity", subject=user, recorded_at=verified_at)
        elif not wait:
            device.throttle_increment()
    _refuse(user, wait, step)


def install_authenticator(*, user: StaffUser, secret: str, enrolled_at: datetime) -> None:
    """Give somebody an authenticator with a known secret, in base32: for the demo, which has no telephone."""
    with transaction.atomic():
        StaffTotp.objects.update_or_create(
            user=user,
            defaults={
                "name": "authenticator",
                "seed": seal_seed(b32decode(secret), user_id=user.pk),
                "pending_seed": None,
                "confirmed": True,
                "last_step": None,
                "enrolled_at": enrolled_at,
            },
        )
        audit.record(action="set up authenticator", subject=user, recorded_at=enrolled_at)


def holds_secret(*, user: StaffUser, secret: str) -> bool:
    """Whether this secret, in base32, is the one of the person's authenticator."""
    device = StaffTotp.objects.filter(user=user, confirmed=True).first()
    if device is None or device.seed is None:
        return False
    return compare_digest(_base32(open_seed(device.seed, user_id=user.pk)), secret)


def code_at(secret: str, at: datetime) -> str:
    """Return the code that an app shows for a secret, in base32, at a moment."""
    return f"{hotp(b32decode(secret), _step(at), DIGITS):0{DIGITS}d}"


def provisioning_uri(*, username: str, secret: str) -> str:
    """Return the `otpauth:` address that an app reads from the picture."""
    label = quote(f"{ISSUER}:{username}")
    asked = {"secret": secret, "issuer": ISSUER, "digits": DIGITS, "period": STEP_SECONDS}
    return f"otpauth://totp/{label}?{urlencode(asked, quote_via=quote)}"


# Taking one away: asked by one security admin, confirmed by another


def request_reset(*, user_id: int, reason: str, requested_by: StaffUser, requested_at: datetime) -> TotpReset:
    """Ask to take a colleague's authenticator away.

    Raises NotForYourself, NotFound, NotStaff, ResetNotOpen.
    """
    if user_id == requested_by.pk:
        raise NotForYourself
    with transaction.atomic():
        user = StaffUser.objects.select_for_update().filter(pk=user_id).first()
        if user is None:
            raise NotFound
        if not (user.is_active and user.email):
            raise NotStaff
        open_ones = TotpReset.objects.filter(user=user, confirmed_at=None, withdrawn_at=None)
        open_ones.filter(expires_at__lte=requested_at).update(withdrawn_at=requested_at)
        if open_ones.exists():
            raise ResetNotOpen("A reset for this person waits for its second person already.")
        reset = TotpReset.objects.create(
            user=user,
            reason=reason,
            requested_by=requested_by,
            requested_at=requested_at,
            expires_at=requested_at + RESET_LIFETIME,
        )
        audit.record(
            action="ask for authenticator reset", subject=user, reason=reason, recorded_at=requested_at
        )
    return reset


def confirm_reset(*, reset_id: UUID, confirmed_by: StaffUser, confirmed_at: datetime) -> bool:
    """Take the authenticator and the password away, and send a link to begin anew.

    Returns whether the letter went out. Raises SecondPersonNeeded, NotForYourself, ResetNotOpen, NotFound.
    """
    with transaction.atomic():
        reset = _locked_reset(reset_id)
        check_confirmation(reset, by=confirmed_by, at=confirmed_at)
        reset.confirmed_by, reset.confirmed_at = confirmed_by, confirmed_at
        reset.save(update_fields=("confirmed_by", "confirmed_at"))
        StaffTotp.objects.filter(user=reset.user_id).update(
            confirmed=False, seed=None, pending_seed=None, last_step=None
        )
        user = StaffUser.objects.select_for_update().get(pk=reset.user_id)
        user.set_unusable_password()
        user.save(update_fields=("password",))
        audit.record(
            action="reset authenticator",
            subject=user,
            after={"requestedBy": reset.requested_by.get_username()},
            reason=reset.reason,
            recorded_at=confirmed_at,
        )
    return send_link(
        user_id=user.pk,
        purpose=LinkPurpose.AUTHENTICATOR,
        made_by=confirmed_by.get_username(),
        made_at=confirmed_at,
    )


def check_confirmation(reset: TotpReset, *, by: StaffUser, at: datetime) -> None:
    """Refuse who may not confirm a reset. Raises SecondPersonNeeded, NotForYourself and ResetNotOpen."""
    if by.pk == reset.requested_by_id:
        raise SecondPersonNeeded
    if by.pk == reset.user_id:
        raise NotForYourself
    if reset.confirmed_at or reset.withdrawn_at or reset.expires_at <= at:
        raise ResetNotOpen


def withdraw_reset(*, reset_id: UUID, withdrawn_at: datetime) -> None:
    """Withdraw a request that nobody confirmed. Raises ResetNotOpen, NotFound."""
    with transaction.atomic():
        reset = _locked_reset(reset_id)
        if reset.confirmed_at or reset.withdrawn_at:
            raise ResetNotOpen
        reset.withdrawn_at = withdrawn_at
        reset.save(update_fields=("withdrawn_at",))
        audit.record(action="withdraw authenticator reset", subject=reset.user, recorded_at=withdrawn_at)


def _locked_reset(reset_id: UUID) -> TotpReset:
    reset = TotpReset.objects.select_for_update().filter(pk=reset_id).first()
    if reset is None:
        raise NotFound
    return reset


def _device(user_id: int) -> StaffTotp | None:
    found: StaffTotp | None = StaffTotp.objects.select_for_update().filter(user_id=user_id).first()
    return found


def _wait(device: StaffTotp, at: datetime) -> int:
    """Return the seconds until the next try is looked at."""
    is_allowed, why = device.verify_is_allowed()
    return 0 if is_allowed else max(1, int((why["locked_until"] - at).total_seconds()) + 1)


def _matching_step(
    device: StaffTotp, sealed: bytes, code: str, at: datetime, last_step: int | None
) -> int | None:
    seed = open_seed(sealed, user_id=device.user_id)
    typed = "".join(code.split())
    present = _step(at)
    found = None
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        expected = f"{hotp(seed, step, DIGITS):0{DIGITS}d}"
        is_fresh = last_step is None or step > last_step
        if compare_digest(expected.encode(), typed.encode()) and is_fresh and found is None:
            found = step
    return found


def _refuse(user: StaffUser, wait: int, step: int | None) -> None:
    if wait:
        log.warning("staff code refused", username=user.get_username(), reason="too soon")
        raise TooManyCodes(f"Too many wrong codes. Wait {wait} seconds.", retry_after_seconds=wait)
    if step is None:
        log.warning("staff code refused", username=user.get_username(), reason="wrong")
        raise WrongCode


def _step(at: datetime) -> int:
    return int(at.timestamp()) // STEP_SECONDS


def _base32(seed: bytes) -> str:
    return b32encode(seed).decode()
