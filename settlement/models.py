"""Commission plans and the statements drawn up by them."""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q

from core.ids import uuid7
from core.tenancy import SameTenant, TenantForeignKey
from settlement.rules.periods import PLAN_AHEAD_DAYS_MAX, PLANS_SINCE

AMOUNT: Final[dict[str, Any]] = {"max_digits": 38, "decimal_places": 18}


class PlanKind(models.TextChoices):
    REVENUE_SHARE = "revenue_share"


class Payer(models.TextChoices):
    """Who pays whom."""

    PLATFORM = "platform"
    PARTNER = "partner"


class Plan(models.Model):
    """A version of a tenant's commission plan, for bets settled from `valid_from` until before `valid_to`.

    A version that was replaced before it began ends on the day it would have begun, and is valid on none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, related_name="plans")
    kind = models.CharField(max_length=24, choices=PlanKind, default=PlanKind.REVENUE_SHARE)
    version = models.PositiveIntegerField()
    rate = models.DecimalField(max_digits=9, decimal_places=8, help_text="a fraction: 0.15 is 15 %")
    currency = models.ForeignKey("core.Currency", models.PROTECT, help_text="of the statement")
    payer = models.CharField(max_length=16, choices=Payer, default=Payer.PLATFORM)
    valid_from = models.DateField(help_text="in the partner's time zone")
    valid_to = models.DateField(null=True, blank=True, help_text="the first day it is no longer valid")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("tenant", "-version")
        constraints = (
            models.UniqueConstraint(fields=("tenant", "id"), name="a_plan_is_of_one_tenant"),
            models.UniqueConstraint(fields=("tenant", "version"), name="a_plans_versions_are_numbered"),
            models.CheckConstraint(
                condition=Q(rate__gte=0, rate__lte=1), name="a_commission_rate_is_a_fraction"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=False)
                | Q(
                    valid_from__gte=PLANS_SINCE,
                    # Two days of grace, for a day of the partner's time zone.
                    valid_from__lte=F("created_at") + timedelta(days=PLAN_AHEAD_DAYS_MAX + 2),
                ),
                name="a_plan_begins_within_two_years_of_its_agreement",
            ),
            ExclusionConstraint(
                name="one_plan_is_valid_at_a_time",
                expressions=[
                    ("tenant", RangeOperators.EQUAL),
                    (
                        Func(
                            F("valid_from"),
                            F("valid_to"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"version {self.version}: {self.get_kind_display()} {self.rate.normalize():f}"


class StatementStatus(models.TextChoices):
    DRAFT = "draft"
    CALCULATED = "calculated"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    ISSUED = "issued"
    PAID = "paid"
    DISPUTED = "disputed"
    CORRECTED = "corrected"


FINAL_STATUSES = (
    StatementStatus.ISSUED,
    StatementStatus.PAID,
    StatementStatus.DISPUTED,
    StatementStatus.CORRECTED,
)
OPEN_STATUSES = tuple(status for status in StatementStatus if status not in FINAL_STATUSES)


class Statement(models.Model):
    """What is owed for one month of a tenant: a line a fixture, a charge a plan rule and currency, the total.

    Only a draft can be written to; once issued it never changes but for its status (triggers say so).
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False)
    number = models.CharField(max_length=32)
    period_start_date = models.DateField()
    period_end_date = models.DateField(help_text="the first day after the period")
    time_zone = models.CharField(max_length=64)
    status = models.CharField(max_length=16, choices=StatementStatus, default=StatementStatus.DRAFT)
    currency = models.ForeignKey("core.Currency", models.PROTECT, db_index=False)
    plan = models.JSONField(
        default=dict, help_text="the plan's versions of the month, as they were when drafted"
    )
    parties = models.JSONField(
        default=dict, help_text="names, addresses and VAT numbers of both, as they were"
    )
    revenue = models.DecimalField(**AMOUNT, help_text="in the statement's currency, rounded to it")
    total = models.DecimalField(**AMOUNT)
    drafted_at = models.DateTimeField()
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    submitted_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", null=True)
    approved_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-period_start_date", "-id")
        constraints = (
            models.UniqueConstraint(fields=("tenant", "id"), name="a_statement_is_of_one_tenant"),
            models.UniqueConstraint(fields=("tenant", "number"), name="a_statements_number_is_used_once"),
            models.UniqueConstraint(
                fields=("tenant", "period_start_date"), name="a_tenant_has_one_statement_a_month"
            ),
            models.CheckConstraint(
                condition=Q(status__in=FINAL_STATUSES, issued_at__isnull=False)
                | (Q(status__in=OPEN_STATUSES) & Q(issued_at__isnull=True)),
                name="an_issued_statement_says_when",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("prepared_by")),
                name="who_prepares_a_statement_never_approves_it",
            ),
            models.CheckConstraint(
                condition=(
                    Q(status__in=("draft", "calculated"), prepared_by__isnull=True, submitted_at__isnull=True)
                    & Q(approved_by__isnull=True, approved_at__isnull=True)
                )
                | (
                    Q(status="in_review", prepared_by__isnull=False, submitted_at__isnull=False)
                    & Q(approved_by__isnull=True, approved_at__isnull=True)
                )
                | (
                    Q(status__in=("approved", *FINAL_STATUSES), prepared_by__isnull=False)
                    & Q(submitted_at__isnull=False, approved_by__isnull=False, approved_at__isnull=False)
                ),
                name="a_statement_names_who_prepared_and_who_approved_it",
            ),
        )

    def __str__(self) -> str:
        return self.number


class LineKind(models.TextChoices):
    FIXTURE = "fixture"
    MULTI = "multi"


class StatementLine(models.Model):
    """Stakes and payouts settled on one fixture (or on all multiples), exact and unrounded.

    The fixture's names are copied, so that an issued statement reads the same for ever.
    """

    pk = models.CompositePrimaryKey("tenant_id", "statement_id", "number")
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    statement = TenantForeignKey(Statement, related_name="lines")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, choices=LineKind)
    fixture = models.ForeignKey("sportsbook.Fixture", models.PROTECT, null=True, db_index=False)
    competition = models.CharField(max_length=120, blank=True, default="")
    home = models.CharField(max_length=80, blank=True, default="")
    away = models.CharField(max_length=80, blank=True, default="")
    starts_at = models.DateTimeField(null=True)
    plan = TenantForeignKey(Plan)
    currency = models.CharField(max_length=16)
    stakes = models.DecimalField(**AMOUNT)
    payouts = models.DecimalField(**AMOUNT)
    revenue = models.DecimalField(**AMOUNT)
    rate = models.DecimalField(max_digits=9, decimal_places=8)
    amount = models.DecimalField(max_digits=48, decimal_places=26, help_text="revenue x rate, exact")
    bet_count = models.PositiveIntegerField()

    class Meta:
        ordering = ("number",)
        constraints = (
            SameTenant(field="statement", name="a_line_and_its_statement_share_a_tenant"),
            SameTenant(field="plan", name="a_line_and_its_plan_share_a_tenant"),
            models.CheckConstraint(
                condition=Q(revenue=F("stakes") - F("payouts")), name="revenue_is_stakes_minus_payouts"
            ),
            models.CheckConstraint(
                condition=Q(amount=F("revenue") * F("rate")), name="an_amount_is_revenue_times_rate"
            ),
        )


class StatementCharge(models.Model):
    """The printed line: one a plan rule and currency, converted at a locked rate and rounded once."""

    pk = models.CompositePrimaryKey("tenant_id", "statement_id", "number")
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    statement = TenantForeignKey(Statement, related_name="charges")
    number = models.PositiveIntegerField()
    rule = models.CharField(max_length=24, choices=PlanKind)
    plan = TenantForeignKey(Plan)
    currency = models.CharField(max_length=16)
    base = models.DecimalField(**AMOUNT, help_text="in its own currency")
    rate = models.DecimalField(max_digits=9, decimal_places=8)
    conversion_rate = models.DecimalField(**AMOUNT)
    conversion_source = models.CharField(
        max_length=160, help_text="both sources where the way is by a third currency"
    )
    conversion_date = models.DateField()
    amount = models.DecimalField(
        **AMOUNT, help_text="in the statement's currency, rounded half away from zero"
    )

    class Meta:
        ordering = ("number",)
        constraints = (
            SameTenant(field="statement", name="a_charge_and_its_statement_share_a_tenant"),
            SameTenant(field="plan", name="a_charge_and_its_plan_share_a_tenant"),
        )


class StatementAdjustment(models.Model):
    """An amount added to a draft's total by two people, printed as a charge with its reason.

    In the statement's currency; below zero it takes away. It outlives a draft that is replaced, and nobody
    changes or removes it: another one undoes it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey("partners.Tenant", models.PROTECT, db_index=False, db_constraint=False)
    statement = TenantForeignKey(Statement, related_name="adjustments")
    currency = models.CharField(max_length=16)
    amount = models.DecimalField(**AMOUNT)
    reason = models.CharField(max_length=200, help_text="printed on the statement")
    request = models.OneToOneField("approvals.ApprovalRequest", models.PROTECT, related_name="+")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)
        indexes = (models.Index(fields=("tenant", "statement"), name="adjustments_of_a_statement"),)
        constraints = (
            SameTenant(field="statement", name="an_adjustment_and_its_statement_share_a_tenant"),
            models.CheckConstraint(condition=~Q(amount=0), name="an_adjustment_changes_something"),
            models.CheckConstraint(condition=~Q(reason=""), name="an_adjustment_says_why"),
            models.CheckConstraint(
                condition=~Q(made_by=F("approved_by")), name="who_asks_for_an_adjustment_never_approves_it"
            ),
        )


import settlement.payouts.models  # noqa: E402, F401
