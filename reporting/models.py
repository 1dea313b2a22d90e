"""What happened, counted by the hour in UTC: bets, money and API requests.

`reporting.services.counting` adds each row of the ledger, of refused bets and of the request log exactly
once. The same figures stand at three grains, so that no page adds up more than a few thousand rows: a
tenant's hours, a tenant's days, and the hours of all tenants of a kind.
"""

from typing import Any, Final

from django.db import models

AMOUNT: Final[dict[str, Any]] = {"max_digits": 38, "decimal_places": 18, "default": 0}


class BetFigures(models.Model):
    """Bets and money of one currency. Refused bets took no stake: they are in a row without a currency.

    Stakes placed are in the hour of the bet; what was settled is in the hour of the settlement. A correction
    adds its differences to the hour it was made in, as a statement does to its month.
    """

    currency = models.CharField(max_length=16)
    bets_placed = models.BigIntegerField(default=0)
    bets_refused = models.BigIntegerField(default=0)
    bets_settled = models.BigIntegerField(default=0)
    corrections = models.BigIntegerField(default=0, help_text="settlements that changed an earlier one")
    stakes_placed = models.DecimalField(**AMOUNT)
    stakes_settled = models.DecimalField(**AMOUNT)
    payouts = models.DecimalField(**AMOUNT)

    class Meta:
        abstract = True


class RequestFigures(models.Model):
    """Requests of partners' systems, of these the refused (4xx) and those that failed on our side (5xx).

    What a rule refused (422) is a request, and none of the refused.
    """

    requests = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)

    class Meta:
        abstract = True


class HourlyBets(BetFigures):
    """A tenant's bets of an hour."""

    pk = models.CompositePrimaryKey("tenant_id", "hour", "currency")
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    hour = models.DateTimeField()


class DailyBets(BetFigures):
    """A tenant's bets of a day in UTC."""

    pk = models.CompositePrimaryKey("tenant_id", "day", "currency")
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    day = models.DateField()


class PlatformBets(BetFigures):
    """The bets of an hour of all test tenants, or of all production tenants."""

    pk = models.CompositePrimaryKey("kind", "hour", "currency")
    kind = models.CharField(max_length=16)
    hour = models.DateTimeField()


class HourlyRequests(RequestFigures):
    """A tenant's requests of an hour to one group of endpoints: `bets`, `wallets`, `oauth`."""

    pk = models.CompositePrimaryKey("tenant_id", "hour", "endpoint")
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    hour = models.DateTimeField()
    endpoint = models.CharField(max_length=64)


class DailyRequests(RequestFigures):
    """A tenant's requests of a day in UTC."""

    pk = models.CompositePrimaryKey("tenant_id", "day")
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    day = models.DateField()


class PlatformRequests(RequestFigures):
    """The requests of an hour of all test tenants, or of all production tenants."""

    pk = models.CompositePrimaryKey("kind", "hour")
    kind = models.CharField(max_length=16)
    hour = models.DateTimeField()


class Source(models.TextChoices):
    """What is counted, each in the order of its own commits."""

    LEDGER = "ledger"
    REFUSALS = "refusals"
    REQUESTS = "requests"


class Mark(models.Model):
    """How far a source is counted: all its rows of transactions before `transaction_end`, and no other."""

    source = models.CharField(primary_key=True, max_length=16, choices=Source)
    transaction_end = models.BigIntegerField()
    counted_at = models.DateTimeField()
