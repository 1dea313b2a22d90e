"""What partners were last told of odds."""

from django.db import models

from sportsbook.models.fixtures import Outcome


class AnnouncedOdds(models.Model):
    """The odds of an outcome as a tenant was last told them; without a row, its opening odds."""

    pk = models.CompositePrimaryKey("tenant_id", "outcome_id")
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_constraint=False, db_index=False)
    outcome = models.ForeignKey(Outcome, models.PROTECT)
    odds = models.DecimalField(max_digits=14, decimal_places=6)
    market_version = models.PositiveIntegerField(default=0)
    announced_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.outcome_id} {self.odds}"
