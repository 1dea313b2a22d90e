"""What the seals of every chain have, and how far each chain was read again."""

from django.db import models


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
