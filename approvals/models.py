"""Requests for approval: what one member of staff asks for and another one decides.

The database holds the rule of four eyes by itself. Whoever asked never decides, under whichever role;
a decision is about the very content that was read (its digest); what is decided stays as it is. The trigger
functions beside this file (`sql/guard_request.sql`) say what may follow on what.
"""

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.ids import uuid7
from core.letters import UNSENT, Letter, letter_rules

DECISIONS: Final = (
    ("decide_production_credentials", "Can approve production credentials"),
    ("decide_production_access", "Can approve more access to production"),
    ("decide_bank_account", "Can approve partners' bank accounts"),
    ("decide_limit_raise", "Can approve higher limits"),
    ("decide_payout_address", "Can approve payout addresses"),
    ("decide_statement", "Can approve statements"),
    ("decide_resettlement", "Can approve resettlements"),
    ("decide_adjustment", "Can approve adjustments"),
    ("decide_rate_change", "Can approve commission rates"),
    ("decide_exchange_rate", "Can approve exchange rates"),
    ("decide_role_grant", "Can approve role grants"),
    ("decide_ramp_step", "Can approve ramp steps"),
)
"""What may be decided: one permission for each kind of request."""


class RequestStatus(models.TextChoices):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    VOID = "void"
    FAILED = "failed"


class ApprovalRequest(models.Model):
    """A change that waits for a second person.

    `payload` holds the values at present and those proposed, as JSON has them; the database keeps its digest.
    `approved` with `executed_at` is done; without it the change is being made, or waits for who asked to make
    it. `failed` was approved and could not be made; `void` was overtaken before or after its approval.
    `decided_for` is the colleague whose deputy decided. `expires_at` ends a request that is not decided, or a
    permit that is not used.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=32)
    subject_type = models.CharField(max_length=64)
    subject_id = models.CharField(max_length=120)
    partner_id = models.UUIDField(null=True, blank=True)
    title = models.CharField(max_length=200)
    payload = models.JSONField()
    payload_digest = models.CharField(max_length=64, editable=False)
    revision = models.PositiveIntegerField(default=1)
    reason = models.CharField(max_length=500)
    status = models.CharField(max_length=16, choices=RequestStatus, default=RequestStatus.PENDING)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    edited_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_for = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True, blank=True
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_digest = models.CharField(max_length=64, null=True, blank=True)
    decision_note = models.CharField(max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    executed_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-id",)
        permissions = DECISIONS
        indexes = (
            models.Index(fields=("status", "kind", "id"), name="requests_by_status_and_kind"),
            models.Index(fields=("requested_by", "-id"), name="requests_of_who_asked"),
            models.Index(fields=("subject_type", "subject_id", "-id"), name="requests_about_a_subject"),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("kind", "subject_type", "subject_id"),
                condition=Q(status="pending") | Q(status="approved", executed_at__isnull=True),
                name="one_open_request_a_kind_and_subject",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")),
                name="who_asked_never_decides",
            ),
            models.CheckConstraint(
                condition=Q(decided_for__isnull=True) | ~Q(decided_for=F("requested_by")),
                name="nobody_decides_for_who_asked",
            ),
            models.CheckConstraint(
                condition=Q(edited_by__isnull=True) | Q(edited_by=F("requested_by")),
                name="only_who_asked_edits",
            ),
            models.CheckConstraint(
                condition=Q(decided_digest__isnull=True) | Q(decided_digest=F("payload_digest")),
                name="a_decision_is_about_what_was_read",
            ),
            models.CheckConstraint(
                condition=(
                    Q(decided_by__isnull=True, decided_at__isnull=True, decided_digest__isnull=True)
                    & Q(decided_for__isnull=True, decision_note="")
                )
                | Q(decided_by__isnull=False, decided_at__isnull=False, decided_digest__isnull=False),
                name="a_decision_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(status="pending", decided_by__isnull=True, closed_at__isnull=True)
                | Q(status="approved", decided_by__isnull=False, closed_at=F("executed_at"))
                | Q(status="approved", decided_by__isnull=False, closed_at__isnull=True)
                | Q(status__in=("rejected", "failed"), decided_by__isnull=False, closed_at__isnull=False)
                | Q(status="withdrawn", decided_by__isnull=True, closed_at__isnull=False)
                | Q(status__in=("expired", "void"), closed_at__isnull=False),
                name="a_status_says_who_decided_and_when",
            ),
            models.CheckConstraint(
                condition=Q(executed_at__isnull=True)
                | Q(status="approved", executed_at__gte=F("decided_at"), closed_at=F("executed_at")),
                name="only_what_is_approved_is_made",
            ),
            models.CheckConstraint(
                condition=(Q(failure="") & ~Q(status__in=("failed", "void")))
                | (~Q(failure="") & Q(status__in=("failed", "void"))),
                name="what_failed_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(status="rejected") | ~Q(decision_note=""), name="a_rejected_request_says_why"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="a_request_says_why"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("requested_at")), name="a_request_ends_after_it_began"
            ),
        )

    def __str__(self) -> str:
        return self.title


class ApprovalRevision(models.Model):
    """What a request asked for before and after each edit; written by the database itself."""

    pk = models.CompositePrimaryKey("request_id", "revision")
    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="revisions")
    revision = models.PositiveIntegerField()
    payload = models.JSONField()
    payload_digest = models.CharField(max_length=64)
    reason = models.CharField(max_length=500)
    made_at = models.DateTimeField()


class Occasion(models.TextChoices):
    """What a letter is about. Those who may decide are told of the first three, who asked of all others;
    `ending` reminds whoever must act next.
    """

    ASKED = "asked"
    EDITED = "edited"
    ENDING = "ending"
    DECIDED = "decided"
    CLOSED = "closed"


class ApprovalLetter(Letter):
    """An e-mail about a request."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="letters")
    occasion = models.CharField(max_length=8, choices=Occasion)
    revision = models.PositiveIntegerField(help_text="of the request, when the letter was written")
    status = models.CharField(max_length=16, help_text="of the request, when the letter was written")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ("-entered_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=("request", "occasion", "revision", "status"), name="a_letter_is_written_once"
            ),
            *letter_rules("letter"),
        )
        indexes = (
            models.Index(
                fields=("entered_at",),
                condition=Q(state__in=UNSENT),
                name="letters_to_be_sent",
            ),
        )

    def __str__(self) -> str:
        return f"{self.request}: {self.get_occasion_display()}"
