"""Rows that every app stands on: staff, currencies, references, idempotency keys, events and the audit trail.

These rows name their tenant by `tenant_id` alone: tenants belong to an app above this one.
"""

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac

from core.ids import uuid7
from core.lines import lines
from core.sealing.models import AbstractSeal


class StaffUser(AbstractUser):  # type: ignore[django-manager-missing]
    """A member of staff who works in the office. Partners' systems are API clients, never users.

    `session_epoch` is part of what a session is signed with. It goes up, in the database, whenever what this
    person may do or proves themselves with changes, and every session opened before has then ended.
    """

    session_epoch = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta(AbstractUser.Meta):
        db_table = "core_staff_user"
        verbose_name = "staff user"
        constraints = (
            models.UniqueConstraint(
                Lower("email"), condition=~models.Q(email=""), name="an_email_is_one_persons"
            ),
            lines("username", "first_name", "last_name", "email", name="who_works_here_is_written_in_a_line"),
        )

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        proof = f"{self.password}:{self.session_epoch}"
        return salted_hmac("core.StaffUser.session", proof, secret=secret, algorithm="sha256").hexdigest()


class Currency(models.Model):
    """A currency and its scale: how many decimals an amount has (JPY 0, EUR 2, BTC 8)."""

    code = models.CharField(primary_key=True, max_length=16)
    name = models.CharField(max_length=64)
    scale = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("code",)
        verbose_name_plural = "currencies"
        constraints = (
            models.CheckConstraint(condition=models.Q(scale__lte=18), name="a_scale_is_at_most_18"),
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[A-Z0-9]{2,10}([.][A-Z0-9]{2,5})?$"),
                name="a_currency_code_is_upper_case",
            ),
        )

    def __str__(self) -> str:
        return self.code


class CurrentTransaction(models.Func):
    """The number of the running transaction, which the database writes into a row by itself."""

    template = "pg_current_xact_id()::text::bigint"
    output_field = models.BigIntegerField()


class ReferenceKind(models.TextChoices):
    """The namespaces in which a partner's reference is unique for ever."""

    PLAYER = "player"
    WALLET = "wallet"
    BET = "bet"


class Reference(models.Model):
    """A partner's reference, used once for ever: what was asked under it and how it was answered.

    `status` is the HTTP status of the first answer. A taken reference has `subject_id` (the player, journal
    entry or bet it made); a refused one has `refusal` (code, message, details). A tombstone (the rollback of
    something that never arrived) has a refusal and no fingerprint: what arrives later under it is refused.
    """

    pk = models.CompositePrimaryKey("tenant_id", "kind", "reference")
    tenant_id = models.UUIDField()
    kind = models.CharField(max_length=8, choices=ReferenceKind)
    reference = models.CharField(max_length=64)
    fingerprint = models.BinaryField(null=True)
    status = models.PositiveSmallIntegerField()
    subject_id = models.UUIDField(null=True)
    refusal = models.JSONField(null=True)
    created_at = models.DateTimeField()
    transaction = models.BigIntegerField(
        db_default=CurrentTransaction(), editable=False, help_text="pg_current_xact_id()"
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(subject_id__isnull=False, refusal__isnull=True)
                | models.Q(subject_id__isnull=True, refusal__isnull=False),
                name="a_reference_was_taken_or_refused",
            ),
        )
        indexes = (
            models.Index(
                fields=("transaction",),
                condition=models.Q(kind=ReferenceKind.BET, refusal__isnull=False),
                name="refused_bets_in_commit_order",
            ),
        )


class IdempotencyKey(models.Model):
    """The first answer to a write with an `Idempotency-Key`; kept for at least 24 hours."""

    pk = models.CompositePrimaryKey("tenant_id", "route", "key")
    tenant_id = models.UUIDField()
    route = models.CharField(max_length=200)
    key = models.CharField(max_length=128)
    fingerprint = models.BinaryField()
    status = models.PositiveSmallIntegerField(null=True, help_text="empty while the first request is running")
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=("created_at",), name="idempotency_keys_by_age"),)


class Outbox(models.Model):
    """A fact announced by a committed transaction, until the relay numbers it.

    `id` is taken at INSERT, after the aggregate is locked: the order of ids is the order of causes.
    """

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField()
    event_id = models.UUIDField()
    type = models.CharField(max_length=32)
    occurred_at = models.DateTimeField()
    data = models.JSONField()


class Event(models.Model):
    """A fact with its place in the tenant's one gap-free sequence, as every channel tells it.

    Kept for `B2B_EVENT_RETENTION_DAYS`; the oldest are removed by `core_forget_events` and nobody else.
    """

    pk = models.CompositePrimaryKey("tenant_id", "sequence")
    tenant_id = models.UUIDField()
    sequence = models.BigIntegerField()
    event_id = models.UUIDField(unique=True)
    type = models.CharField(max_length=32)
    occurred_at = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        indexes = (models.Index(fields=("tenant_id", "type", "sequence"), name="events_by_type"),)


class FactOutbox(models.Model):
    """A fact about the platform's own fixtures, or a sandbox's, until the relay numbers it."""

    id = models.BigAutoField(primary_key=True)
    tenant_id = models.UUIDField(null=True, help_text="whose fixture it is; empty: the platform's")
    type = models.CharField(max_length=32)
    occurred_at = models.DateTimeField()
    data = models.JSONField()


class Fact(models.Model):
    """A numbered fact: handlers make each tenant's events of it, the stream tells it as it is.

    Kept for a day or so (`B2B_FACT_RETENTION_HOURS`): what partners were told of it are their events.
    """

    sequence = models.BigIntegerField(primary_key=True)
    tenant_id = models.UUIDField(null=True, help_text="whose fixture it is; empty: the platform's")
    type = models.CharField(max_length=32)
    occurred_at = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        indexes = (models.Index(fields=("occurred_at",), name="facts_by_age"),)


class HandlerCursor(models.Model):
    """Up to which fact a handler has reacted; it moves in the transaction of the reaction."""

    handler = models.CharField(max_length=64, primary_key=True)
    sequence = models.BigIntegerField()


class QuarantinedFact(models.Model):
    """A fact that a handler could not react to: put aside, so that those after it are not held up."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    handler = models.CharField(max_length=64)
    sequence = models.BigIntegerField()
    tenant_id = models.UUIDField(null=True)
    type = models.CharField(max_length=32)
    data = models.JSONField()
    error = models.TextField()
    occurred_at = models.DateTimeField()
    quarantined_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=1, db_default=1)
    retry_asked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=("handler", "sequence"),
                condition=models.Q(retry_asked_at__isnull=False),
                name="facts_to_be_tried_again",
            ),
        )
        constraints = (
            models.UniqueConstraint(fields=("handler", "sequence"), name="a_fact_is_put_aside_once"),
        )

    def __str__(self) -> str:
        return f"{self.type} {self.sequence}"


class AuditRecord(models.Model):
    """Who did what to which row, when, from where and why; written in the transaction that did it.

    The database writes `transaction_id`, whatever an INSERT says (`core_stamp_transaction`).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    occurred_at = models.DateTimeField()
    actor = models.CharField(max_length=150, help_text="staff username, API client id, or the name of a job")
    action = models.CharField(max_length=64, help_text="verb and noun: suspend partner")
    object_type = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=128, blank=True)
    address = models.GenericIPAddressField(null=True)
    transaction_id = models.BigIntegerField(editable=False, help_text="of the row changes that it tells of")

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("object_type", "object_id", "-id"), name="audit_records_of_an_object"),
            models.Index(fields=("transaction_id", "id"), name="audit_records_in_commit_order"),
        )

    def __str__(self) -> str:
        return self.action[:1].upper() + self.action[1:]


class ChangeKind(models.TextChoices):
    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class RowChange(models.Model):
    """What became of one row: the values before and after, by whom and in which request.

    Written by the trigger of each table that has a history (`core.operations.HistoryOf`) and by nobody else;
    never changed or removed. A changed row has its changed values alone in `before` and `after`, an added one
    only `after`, a removed one only `before`. `actor` is whom `core.audit.acting` named, else the database
    login, which `login` is always; `partner_id` is whose row it is, if a partner's.
    """

    id = models.BigAutoField(primary_key=True)
    changed_at = models.DateTimeField()
    kind = models.CharField(max_length=8, choices=ChangeKind)
    model = models.CharField(max_length=64, help_text="app and model: partners.partner")
    row_id = models.CharField(max_length=64)
    partner_id = models.UUIDField(null=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    actor = models.CharField(max_length=150)
    login = models.CharField(max_length=63)
    request_id = models.CharField(max_length=128)
    transaction_id = models.BigIntegerField()

    class Meta:
        ordering = ("-id",)
        verbose_name = "change"
        indexes = (
            models.Index(fields=("model", "row_id", "-id"), name="changes_of_a_row"),
            models.Index(fields=("partner_id", "-changed_at"), name="changes_of_a_partner"),
            models.Index(fields=("actor", "-id"), name="changes_by_an_actor"),
            models.Index(fields=("changed_at",), name="changes_by_time"),
            models.Index(
                fields=("request_id",), condition=~models.Q(request_id=""), name="changes_of_a_request"
            ),
            models.Index(fields=("transaction_id", "id"), name="changes_in_commit_order"),
        )

    def __str__(self) -> str:
        return f"{self.model} {self.row_id} {self.kind}"


class TrailSeal(AbstractSeal):
    """A link of the chain of hashes over audit records and row changes: all those of transactions in
    [first, end).
    """

    record_count = models.BigIntegerField()
    change_count = models.BigIntegerField()

    class Meta:
        verbose_name = "seal of the trail"
        verbose_name_plural = "seals of the trail"
        constraints = (
            models.UniqueConstraint(fields=("transaction_first",), name="seals_of_the_trail_do_not_overlap"),
            models.CheckConstraint(
                condition=models.Q(transaction_end__gt=models.F("transaction_first")),
                name="a_seal_of_the_trail_covers_something",
            ),
        )
