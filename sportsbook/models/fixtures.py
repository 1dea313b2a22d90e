"""What can be bet on. Rows without `owner_tenant` are the platform's, seen by all; others by that tenant."""

from django.db import models
from django.db.models import Q

from core.ids import uuid7


class Sport(models.Model):
    id = models.SlugField(primary_key=True, max_length=32)
    name = models.CharField(max_length=64)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Competition(models.Model):
    """A competition of a sport, known to the feed by its division code."""

    id = models.SlugField(primary_key=True, max_length=32)
    sport = models.ForeignKey(Sport, models.PROTECT)
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class FixtureStatus(models.TextChoices):
    SCHEDULED = "scheduled"
    IN_PLAY = "in_play"
    SUSPENDED = "suspended"
    FINISHED = "finished"
    POSTPONED = "postponed"
    ABANDONED = "abandoned"
    CANCELLED = "cancelled"


class Fixture(models.Model):
    """A sporting event of a competition. In a feed it is its competition, season, home and away team."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    owner_tenant = models.ForeignKey("partners.Tenant", models.PROTECT, null=True, blank=True)
    competition = models.ForeignKey(Competition, models.PROTECT)
    season = models.CharField(max_length=16)
    edition = models.PositiveIntegerField(
        default=1, help_text="a season played to its end is loaded anew as the next"
    )
    home = models.CharField(max_length=80)
    away = models.CharField(max_length=80)
    starts_at = models.DateTimeField()
    status = models.CharField(max_length=16, choices=FixtureStatus, default=FixtureStatus.SCHEDULED)
    home_score = models.PositiveSmallIntegerField(null=True, blank=True)
    away_score = models.PositiveSmallIntegerField(null=True, blank=True)
    result_number = models.PositiveIntegerField(default=0, help_text="of the latest result")
    settled_number = models.PositiveIntegerField(
        default=0, help_text="of the result that all bets are settled by"
    )

    class Meta:
        ordering = ("starts_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(settled_number__lte=models.F("result_number")),
                name="a_result_comes_before_its_settlement",
            ),
            models.UniqueConstraint(
                fields=("competition", "season", "edition", "home", "away", "owner_tenant"),
                name="a_fixture_is_loaded_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(home_score__isnull=True, away_score__isnull=True)
                | Q(home_score__isnull=False, away_score__isnull=False),
                name="a_score_has_both_sides",
            ),
        )
        indexes = (
            models.Index(fields=("starts_at", "id"), name="fixtures_by_start"),
            models.Index(
                fields=("id",),
                condition=Q(settled_number__lt=models.F("result_number")),
                name="fixtures_to_be_settled",
            ),
        )

    def __str__(self) -> str:
        return f"{self.home} - {self.away}"


class MarketType(models.TextChoices):
    MATCH_RESULT = "match_result"
    TOTAL_GOALS = "total_goals"
    ASIAN_HANDICAP = "asian_handicap"


class MarketStatus(models.TextChoices):
    OPEN = "open"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    SETTLED = "settled"
    CANCELLED = "cancelled"


class Market(models.Model):
    """A question about a fixture; `version` grows with every change of its odds or status."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fixture = models.ForeignKey(Fixture, models.PROTECT, related_name="markets")
    owner_tenant = models.ForeignKey("partners.Tenant", models.PROTECT, null=True, blank=True, db_index=False)
    type = models.CharField(max_length=24, choices=MarketType)
    line = models.DecimalField(max_digits=6, decimal_places=2, null=True, blank=True)
    status = models.CharField(max_length=16, choices=MarketStatus, default=MarketStatus.OPEN)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ("fixture", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("fixture", "type", "line"), name="a_fixture_has_a_market_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(type=MarketType.MATCH_RESULT, line__isnull=True)
                | (~Q(type=MarketType.MATCH_RESULT) & Q(line__isnull=False)),
                name="a_market_has_a_line_where_its_type_says_so",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.line if self.line is not None else ''}".strip()


class Outcome(models.Model):
    """One possible answer of a market, with its decimal odds as they are now."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    market = models.ForeignKey(Market, models.PROTECT, related_name="outcomes")
    owner_tenant = models.ForeignKey("partners.Tenant", models.PROTECT, null=True, blank=True, db_index=False)
    name = models.CharField(max_length=80)
    position = models.PositiveSmallIntegerField()
    odds = models.DecimalField(max_digits=14, decimal_places=6)

    class Meta:
        ordering = ("market", "position")
        constraints = (
            models.UniqueConstraint(fields=("market", "name"), name="a_market_has_an_outcome_once"),
            models.CheckConstraint(condition=Q(odds__gt=1) & Q(odds__lt=10**8), name="odds_are_above_one"),
        )

    def __str__(self) -> str:
        return self.name


class OddsChange(models.Model):
    """An outcome's odds from this moment on; rows are only added."""

    id = models.BigAutoField(primary_key=True)
    outcome = models.ForeignKey(Outcome, models.PROTECT, related_name="odds_changes")
    owner_tenant = models.ForeignKey("partners.Tenant", models.PROTECT, null=True, blank=True, db_index=False)
    odds = models.DecimalField(max_digits=14, decimal_places=6)
    market_version = models.PositiveIntegerField()
    source = models.CharField(max_length=64)
    changed_at = models.DateTimeField()

    class Meta:
        ordering = ("outcome", "id")


class Result(models.Model):
    """A score as entered; only added. The highest number counts, an empty score takes the result back."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    fixture = models.ForeignKey(Fixture, models.PROTECT, related_name="results", db_index=False)
    owner_tenant = models.ForeignKey("partners.Tenant", models.PROTECT, null=True, blank=True, db_index=False)
    number = models.PositiveIntegerField()
    home = models.PositiveSmallIntegerField(null=True)
    away = models.PositiveSmallIntegerField(null=True)
    rehearsal = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)
    entered_by = models.CharField(max_length=150)
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ("fixture", "number")
        constraints = (
            models.UniqueConstraint(fields=("fixture", "number"), name="a_fixtures_results_are_numbered"),
            models.CheckConstraint(
                condition=Q(home__isnull=True, away__isnull=True) | Q(home__isnull=False, away__isnull=False),
                name="a_result_has_both_sides",
            ),
        )

    def __str__(self) -> str:
        return f"{self.home}-{self.away}" if self.home is not None else "taken back"
