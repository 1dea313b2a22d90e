"""What the seals of every chain have, how far each was read again, and what came of checking all of it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from core.ids import uuid7


class AbstractSeal(models.Model):
    """A link of a chain of hashes: all rows of transactions in [first, end).

    A chain's own model adds how many rows of each kind the link covers, in columns that the chain's `Kind`s
    name, and the constraints that no two seals begin alike and that each covers something.
    """

    number = models.BigIntegerField(primary_key=True)
    transaction_first = models.BigIntegerField()
    transaction_end = models.BigIntegerField()
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of the link before and of the rows")
    sealed_at = models.DateTimeField()

    class Meta:
        abstract = True


class VerifyingCursor(models.Model):
    """Up to which seal a chain was read again in the present walk over it; 0 before the first seal."""

    chain = models.CharField(max_length=16, primary_key=True)
    seal_number = models.BigIntegerField(default=0)
    moved_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "core"

    def __str__(self) -> str:
        return f"{self.chain}: {self.seal_number}"


class Verification(models.Model):
    """What came of checking all that a chain covers: once a day, and each time somebody asks for it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    chain = models.CharField(max_length=16)
    verified_at = models.DateTimeField()
    summary = models.CharField(max_length=300)
    fault_count = models.PositiveIntegerField()
    faults = ArrayField(models.TextField(), default=list, blank=True, help_text="the first hundred")

    class Meta:
        app_label = "core"
        ordering = ("-id",)
        verbose_name = "verification of history"
        verbose_name_plural = "verifications of history"
        indexes = (models.Index(fields=("chain", "-verified_at"), name="verifications_of_a_chain"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(fault_count=0, faults__len=0)
                | models.Q(fault_count__gt=0, faults__len__gt=0),
                name="a_verification_names_its_faults",
            ),
        )

    def __str__(self) -> str:
        return f"{self.chain}, {self.verified_at:%Y-%m-%d %H:%M}"

    @property
    def verdict(self) -> str:
        """`Holds`, or how many faults there are."""
        if not self.fault_count:
            return "Holds"
        return f"{self.fault_count:,} fault{'' if self.fault_count == 1 else 's'}"
