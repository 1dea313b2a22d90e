"""Partners, their tenants, their credentials, and the exchange rates that their limits and statements use."""

from datetime import date

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from oauth2_provider.models import AbstractApplication

from core.days import EARLIEST
from core.ids import uuid7
from core.lines import lines
from partners.onboarding.stages import Stage


class Tier(models.TextChoices):
    """How many requests a minute a partner may make: 1000 or 5000."""

    STANDARD = "standard"
    PREMIUM = "premium"


class RiskProfile(models.TextChoices):
    LOW = "low"
    STANDARD = "standard"
    HIGH = "high"


class Status(models.TextChoices):
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Product(models.TextChoices):
    """What a partner may offer its players."""

    PREMATCH = "prematch"
    IN_PLAY = "in_play"


def _all_products() -> list[str]:
    return [Product.PREMATCH.value, Product.IN_PLAY.value]


class Suspendable(models.Model):
    """What staff, each role for itself, and the platform itself may stop: it is suspended while one does."""

    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    held_by = ArrayField(
        models.CharField(max_length=183),
        verbose_name="suspended by (: is the platform)",
        default=list,
        db_default=[],
        editable=False,
        help_text="suspensions, as role:username, or : where the platform made it; each is lifted by itself",
    )

    class Meta:
        abstract = True


class Partner(Suspendable):
    """A company that we have a contract with."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    name = models.CharField(max_length=120, unique=True)
    legal_name = models.CharField(max_length=200, blank=True)
    legal_address = models.TextField(blank=True)
    vat_number = models.CharField("VAT number", max_length=32, blank=True)
    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    time_zone = models.CharField(max_length=64, default="UTC", help_text="days and months are counted in it")
    tier = models.CharField(max_length=16, choices=Tier, default=Tier.STANDARD)
    risk_profile = models.CharField(max_length=16, choices=RiskProfile, default=RiskProfile.STANDARD)
    enabled_products = ArrayField(models.CharField(max_length=32, choices=Product), default=_all_products)
    account_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="partners", null=True, blank=True
    )
    stage = models.CharField(max_length=16, choices=Stage, default=Stage.REGISTERED, editable=False)
    stage_since = models.DateTimeField(editable=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)
        permissions = (
            ("view_as_partner", "Can see what a partner's API shows"),
            ("stop_partner", "Can suspend and resume partners and tenants"),
        )
        indexes = (models.Index(fields=("stage", "stage_since"), name="partners_by_stage"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(country__regex="^[A-Z]{2}$"), name="a_partner_has_a_country_code"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="a_partner_is_active_or_suspended"
            ),
            models.CheckConstraint(
                condition=models.Q(status=Status.SUSPENDED, held_by__len__gt=0)
                | models.Q(status=Status.ACTIVE, held_by__len=0),
                name="a_partner_is_suspended_while_somebody_suspends_it",
            ),
            models.CheckConstraint(
                condition=models.Q(tier__in=Tier.values), name="a_partner_has_a_known_tier"
            ),
            models.CheckConstraint(
                condition=models.Q(stage__in=Stage.values), name="a_partner_has_a_known_stage"
            ),
            lines("name", "legal_name", "vat_number", name="a_partners_names_are_lines"),
        )

    def __str__(self) -> str:
        return self.name


class TenantKind(models.TextChoices):
    TEST = "test"
    PRODUCTION = "production"


class Tenant(Suspendable):  # type: ignore[django-manager-missing]
    """One of a partner's worlds. Every operational row belongs to exactly one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    partner = models.ForeignKey(Partner, models.PROTECT, related_name="tenants")
    kind = models.CharField(max_length=16, choices=TenantKind)
    currencies = models.ManyToManyField("core.Currency", through="TenantCurrency")
    allowed_ips = ArrayField(
        models.CharField(max_length=43),
        default=list,
        blank=True,
        verbose_name="allowed IPs",
        help_text=(
            "IPv4 and IPv6 networks in CIDR form; "
            "empty admits every address to a test tenant and none to production"
        ),
    )
    requests_per_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="instead of the tier's 1,000 or 5,000: from 1 to 100,000"
    )
    odds_threshold = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="by which fraction odds must differ from those last announced to be announced; "
        "empty: the platform's, 0.05",
    )
    ramp_percent = models.PositiveSmallIntegerField(
        "ramp",
        default=100,
        db_default=100,
        editable=False,
        help_text="how many percent of its players may bet; 100 for a test tenant",
    )
    created_at = models.DateTimeField()

    class Meta:
        ordering = ("partner", "kind")
        constraints = (
            models.UniqueConstraint(fields=("partner", "kind"), name="a_partner_has_one_tenant_of_each_kind"),
            models.CheckConstraint(
                condition=models.Q(kind__in=TenantKind.values), name="a_tenant_is_test_or_production"
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=Status.values), name="a_tenant_is_active_or_suspended"
            ),
            models.CheckConstraint(
                condition=models.Q(status=Status.SUSPENDED, held_by__len__gt=0)
                | models.Q(status=Status.ACTIVE, held_by__len=0),
                name="a_tenant_is_suspended_while_somebody_suspends_it",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="production", ramp_percent__lte=100)
                | models.Q(kind="test", ramp_percent=100),
                name="a_ramp_is_of_production_and_at_most_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(odds_threshold__gte=0) & models.Q(odds_threshold__lte=1),
                name="an_odds_threshold_is_a_fraction",
            ),
        )

    def __str__(self) -> str:
        return f"{self.partner} ({self.kind})"


class TenantCurrency(models.Model):
    """A currency that players of a tenant may have a wallet in."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT)
    currency = models.ForeignKey("core.Currency", models.PROTECT)

    class Meta:
        verbose_name_plural = "tenant currencies"
        constraints = (
            models.UniqueConstraint(fields=("tenant", "currency"), name="a_tenant_has_a_currency_once"),
        )

    def __str__(self) -> str:
        return self.currency_id


class ApiClient(AbstractApplication):  # type: ignore[misc]
    """A partner's system: the OAuth client of one tenant. Its secrets are in `ClientSecret`, never in this
    row.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, models.PROTECT, related_name="clients")
    scopes = ArrayField(models.CharField(max_length=32), default=list)
    is_active = models.BooleanField(default=True)
    tokens_valid_after = models.DateTimeField(
        null=True, blank=True, help_text="tokens issued before this moment are refused"
    )
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta(AbstractApplication.Meta):  # type: ignore[misc]
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"
        verbose_name = "API client"
        constraints = (lines("name", name="a_clients_name_is_a_line"),)

    def __str__(self) -> str:
        return str(self.name or self.client_id)


class ClientSecret(models.Model):
    """A secret of an API client, kept as a hash. Two may be live at once, for rotation."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    client = models.ForeignKey(ApiClient, models.CASCADE, related_name="secrets")
    digest = models.BinaryField(max_length=32, help_text="SHA-256 of a random 256-bit secret")
    hint = models.CharField(max_length=4, help_text="the last four characters")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return f"…{self.hint}"


class RevokedToken(models.Model):
    """A token that was given back before its end (RFC 7009); forgotten once it has expired."""

    jti = models.UUIDField(primary_key=True)
    client = models.ForeignKey(ApiClient, models.CASCADE)
    revoked_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)


class ExchangeRate(models.Model):
    """What one unit of `base` costs in `quote` from the start of `valid_date` (UTC) until the next entry."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    base = models.ForeignKey("core.Currency", models.PROTECT, related_name="+")
    quote = models.ForeignKey("core.Currency", models.PROTECT, related_name="+")
    valid_date = models.DateField()
    rate = models.DecimalField(max_digits=38, decimal_places=18)
    source = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150)

    class Meta:
        ordering = ("-valid_date", "base", "quote")
        constraints = (
            models.UniqueConstraint(
                fields=("base", "quote", "valid_date"), name="one_exchange_rate_a_pair_and_day"
            ),
            models.CheckConstraint(condition=models.Q(rate__gt=0), name="an_exchange_rate_is_above_zero"),
            models.CheckConstraint(
                condition=~models.Q(base=models.F("quote")), name="an_exchange_rate_is_between_two_currencies"
            ),
            models.CheckConstraint(
                condition=models.Q(valid_date__gte=EARLIEST, valid_date__lt=date(2200, 1, 1)),
                name="an_exchange_rate_has_a_day_that_can_be",
            ),
        )

    def __str__(self) -> str:
        return f"1 {self.base_id} = {self.rate.normalize():f} {self.quote_id}"


import partners.compliance.models  # noqa: E402
import partners.kyb.models  # noqa: E402
import partners.onboarding.models  # noqa: E402, F401
