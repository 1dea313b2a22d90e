"""What staff prove themselves with, the links that let them in, and who stands in for whom.

Every rule about two persons is a constraint here; `docs/office.md` tells how the parts work together.
"""

from datetime import UTC, date, timedelta
from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django_otp.models import Device, ThrottlingMixin

from core.ids import uuid7

LINK_LIFETIME: Final = timedelta(hours=48)
RESET_LIFETIME: Final = timedelta(hours=24)
DEPUTY_MAX: Final = timedelta(days=92)
THROTTLE_FAILURES_MAX: Final = 9
"""Wrong codes that lengthen the wait: it doubles from a second to four minutes and stays there."""


class StaffTotp(ThrottlingMixin, Device):  # type: ignore[misc]
    """The one authenticator app of a member of staff.

    `seed` is what codes are checked with, encrypted; `pending_seed` is one that was shown and awaits its
    first code. `last_step` is the time step of the last code taken, so that a code works once.
    """

    throttling_failure_count: int
    seed = models.BinaryField(null=True)
    pending_seed = models.BinaryField(null=True)
    last_step = models.BigIntegerField(null=True)
    enrolled_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "authenticator"
        constraints = (
            models.UniqueConstraint(fields=("user",), name="a_person_has_one_authenticator"),
            models.CheckConstraint(
                condition=Q(confirmed=False) | Q(seed__isnull=False, enrolled_at__isnull=False),
                name="a_confirmed_authenticator_has_a_seed",
            ),
        )

    def get_throttle_factor(self) -> float:
        return 1

    def throttle_increment(self, commit: bool = True) -> None:
        super().throttle_increment(commit=False)
        if self.throttling_failure_count > THROTTLE_FAILURES_MAX:
            self.throttling_failure_count = THROTTLE_FAILURES_MAX
        if commit:
            self.save()


class LinkPurpose(models.TextChoices):
    """What a link was sent for."""

    INVITATION = "invitation"
    PASSWORD = "password", "new password"
    AUTHENTICATOR = "authenticator", "new authenticator"


class StaffLink(models.Model):
    """A one-time link to set a password; only its hash is kept."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="links")
    purpose = models.CharField(max_length=16, choices=LinkPurpose)
    token_hash = models.BinaryField(unique=True)
    made_by = models.CharField(max_length=150)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("user",),
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="a_person_has_one_live_link",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at"), expires_at__lte=F("made_at") + LINK_LIFETIME),
                name="a_link_lives_48_hours_at_most",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(used_at__lte=F("expires_at"), revoked_at__isnull=True),
                name="only_a_live_link_is_used",
            ),
        )


class TotpReset(models.Model):
    """A request to take away a colleague's authenticator, which a second security admin confirms."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="totp_resets", verbose_name="of"
    )
    reason = models.CharField(max_length=200)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True
    )
    confirmed_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "authenticator reset"
        constraints = (
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("requested_by")),
                name="a_reset_is_confirmed_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=~Q(user=F("requested_by"))
                & (Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("user"))),
                name="nobody_resets_their_own_authenticator",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__lte=F("expires_at"), withdrawn_at__isnull=True),
                name="a_reset_is_confirmed_in_time_or_not_at_all",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("requested_at"))
                & Q(expires_at__lte=F("requested_at") + RESET_LIFETIME),
                name="a_reset_waits_24_hours_at_most",
            ),
            models.UniqueConstraint(
                fields=("user",),
                condition=Q(confirmed_at__isnull=True, withdrawn_at__isnull=True),
                name="a_person_has_one_open_reset",
            ),
        )

    def __str__(self) -> str:
        return f"Authenticator of {self.user}"


class Deputy(models.Model):
    """Who stands in for a member of staff, from when until when."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="deputies")
    deputy = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="stands_in")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    named_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deputies"
        constraints = (
            models.CheckConstraint(condition=~Q(user=F("deputy")), name="nobody_is_a_deputy_of_themselves"),
            models.CheckConstraint(
                condition=Q(until_at__gt=F("from_at"), until_at__lte=F("from_at") + DEPUTY_MAX),
                name="a_deputy_stands_in_for_92_days_at_most",
            ),
        )

    def __str__(self) -> str:
        return f"{self.deputy} for {self.user}"

    @property
    def last_day(self) -> date:
        """The last day, in UTC, on which the deputy stands in."""
        return (self.until_at.astimezone(UTC) - timedelta(microseconds=1)).date()
