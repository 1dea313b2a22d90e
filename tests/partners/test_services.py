"""Partners, tenants, clients, secrets and rates: what is written, and what is recorded about it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from core.audit import acting, current_actor, record
from core.clock import now
from core.errors import Refusal
from core.models import AuditRecord
from partners import services
from partners.models import ApiClient, ClientSecret, ExchangeRate, Partner, Tenant, TenantCurrency
from partners.queries import ExchangeRateMissing, get_rate
from partners.services.suspending import AlreadySuspended, NotSuspended
from tests.makers.partners import ensure_platform, make_client, make_currency, make_partner, make_tenant

pytestmark = [pytest.mark.usefixtures("committed"), pytest.mark.role("b2b_jobs")]

DAY = date(2026, 3, 1)


def trail(subject: Partner | Tenant | ApiClient | ExchangeRate) -> list[AuditRecord]:
    return list(AuditRecord.objects.filter(object_id=str(subject.pk)).order_by("id"))


def enter(base: str, quote: str, rate: str, day: date = DAY, source: str = "bank") -> bool:
    return services.enter_exchange_rate(
        base=base, quote=quote, valid_date=day, rate=Decimal(rate), source=source, entered_at=now()
    )


class TestRecord:
    def test_actor_is_whoever_acts(self) -> None:
        with acting("anna", request_id="req-1", address="192.0.2.1"):
            partner = make_partner()
        written = trail(partner)[0]
        assert (written.actor, written.request_id, written.address) == ("anna", "req-1", "192.0.2.1")
        assert current_actor().name == "system"

    def test_record_outside_a_transaction_is_a_bug(self) -> None:
        with pytest.raises(RuntimeError):
            record(action="look", subject=make_partner(), recorded_at=now())


class TestCreatePartner:
    def test_partner_is_recorded_once(self) -> None:
        partner = make_partner(country="DE", time_zone="Europe/Berlin")
        assert [written.action for written in trail(partner)] == ["create partner", "move partner"]
        assert (trail(partner)[0].after or {})["time_zone"] == "Europe/Berlin"

    def test_name_is_taken_once(self) -> None:
        partner = make_partner()
        with pytest.raises(Refusal) as refused:
            make_partner(name=partner.name)
        assert refused.value.code == "PARTNER_NAME_TAKEN"

    def test_unknown_time_zone_is_refused(self) -> None:
        with pytest.raises(Refusal) as refused:
            make_partner(time_zone="Mars/Olympus")
        assert refused.value.code == "TIME_ZONE_UNKNOWN"


class TestChangePartner:
    def test_change_shows_before_and_after(self) -> None:
        partner = make_partner(tier="standard")
        changes = {"tier": "premium", "country": partner.country}
        services.change_partner(partner_id=partner.id, changes=changes, changed_at=now())
        written = trail(partner)[-1]
        assert (written.before, written.after) == ({"tier": "standard"}, {"tier": "premium"})

    def test_same_again_leaves_no_record(self) -> None:
        partner = make_partner()
        services.change_partner(partner_id=partner.id, changes={"tier": partner.tier}, changed_at=now())
        assert len(trail(partner)) == 2

    def test_status_is_not_changed_this_way(self) -> None:
        with pytest.raises(ValueError, match="status"):
            services.change_partner(
                partner_id=make_partner().id, changes={"status": "suspended"}, changed_at=now()
            )


class TestCreateTenant:
    def test_tenant_has_its_currencies_and_canonical_networks(self) -> None:
        tenant = make_tenant(currencies=("USD", "EUR"), allowed_ips=("::ffff:192.0.2.1", "192.0.2.1"))
        found = TenantCurrency.objects.filter(tenant=tenant).order_by("currency")
        assert [row.currency_id for row in found] == ["EUR", "USD"]
        assert Tenant.objects.get(id=tenant.id).allowed_ips == ["192.0.2.1/32"]

    def test_second_of_a_kind_is_refused(self) -> None:
        tenant = make_tenant(kind="production")
        with pytest.raises(Refusal) as refused:
            make_tenant(kind="production", partner=tenant.partner)
        assert refused.value.code == "TENANT_EXISTS"

    def test_unknown_currency_leaves_no_tenant(self) -> None:
        partner = make_partner()
        with pytest.raises(Refusal) as refused:
            make_tenant(partner=partner, currencies=("EUR", "XXX"))
        assert refused.value.code == "CURRENCY_UNKNOWN"
        assert not Tenant.objects.filter(partner=partner).exists()


class TestSetCurrencies:
    def test_currencies_are_replaced_and_recorded(self) -> None:
        tenant = make_tenant(currencies=("EUR", "USD"))
        services.set_currencies(tenant_id=tenant.id, currencies=("USD", "GBP"), changed_at=now())
        assert trail(tenant)[-1].after == {"currencies": ["GBP", "USD"]}


class TestSuspendPartner:
    def test_suspension_carries_its_reason(self) -> None:
        partner = make_partner()
        services.suspend_partner(partner_id=partner.id, suspended_at=now(), reason="unpaid")
        with pytest.raises(AlreadySuspended):
            services.suspend_partner(partner_id=partner.id, suspended_at=now(), reason="again")
        services.resume_partner(partner_id=partner.id, resumed_at=now(), reason="paid")
        with pytest.raises(NotSuspended):
            services.resume_partner(partner_id=partner.id, resumed_at=now(), reason="again")
        assert [(each.action, each.reason) for each in trail(partner)[2:]] == [
            ("suspend partner", "unpaid"),
            ("resume partner", "paid"),
        ]


class TestIssueSecret:
    def test_secret_is_kept_as_a_hash_alone(self, superuser_url: str) -> None:
        made = make_client()
        assert len(made.secret) >= 43
        assert set(made.secret) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
        with connection.cursor() as cursor:
            for table in ("partners_apiclient", "partners_clientsecret", "core_auditrecord"):
                cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{made.secret}%"])
                assert cursor.fetchone() == (0,), table
        assert made.secret not in repr(made)

    def test_third_live_secret_is_refused(self) -> None:
        made = make_client()
        services.issue_secret(client_id=made.client.id, issued_at=now())
        with pytest.raises(Refusal) as refused:
            services.issue_secret(client_id=made.client.id, issued_at=now())
        assert refused.value.code == "SECRETS_EXHAUSTED"

    def test_revoked_client_gets_no_secret(self) -> None:
        made = make_client()
        services.revoke_client(client_id=made.client.id, revoked_at=now())
        with pytest.raises(Refusal) as refused:
            services.issue_secret(client_id=made.client.id, issued_at=now())
        assert refused.value.code == "CLIENT_REVOKED"

    def test_library_s_own_column_holds_nothing_usable(self) -> None:
        client = ApiClient.objects.get(id=make_client().client.id)
        assert client.client_secret.startswith("!")


class TestRotateSecret:
    def test_old_secrets_end_with_the_overlap(self) -> None:
        made = make_client()
        rotated_at = now()
        services.rotate_secret(client_id=made.client.id, rotated_at=rotated_at, overlap=timedelta(hours=1))
        services.rotate_secret(client_id=made.client.id, rotated_at=rotated_at, overlap=timedelta(hours=2))
        kept = ClientSecret.objects.filter(client=made.client).order_by("id")
        ends = [(each.revoked_at, each.expires_at) for each in kept]
        assert ends == [
            (rotated_at, rotated_at + timedelta(hours=1)),
            (None, rotated_at + timedelta(hours=2)),
            (None, None),
        ]


class TestRevokeSecret:
    def test_tokens_end_with_the_secret(self) -> None:
        made = make_client()
        secret = ClientSecret.objects.get(client=made.client)
        at = datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)
        services.revoke_secret(secret_id=secret.id, revoked_at=at, reason="leaked")
        line = ApiClient.objects.get(id=made.client.id).tokens_valid_after
        assert line == datetime(2026, 3, 1, 12, 0, 1, tzinfo=UTC)
        assert trail(made.client)[-1].reason == "leaked"


class TestEnterExchangeRate:
    def test_same_again_is_no_news(self) -> None:
        base = make_currency()
        assert enter(base, "USD", "1.5")
        assert not enter(base, "USD", "1.50")
        assert ExchangeRate.objects.filter(base=base).count() == 1

    def test_correction_shows_what_was_there(self) -> None:
        base = make_currency()
        enter(base, "USD", "1.5")
        enter(base, "USD", "1.6")
        written = trail(ExchangeRate.objects.get(base=base))
        assert [each.action for each in written] == ["enter exchange rate", "correct exchange rate"]
        assert Decimal((written[1].before or {})["rate"]) == Decimal("1.5")

    @pytest.mark.parametrize(
        ("base", "quote", "rate"),
        [("EUR", "EUR", "1"), ("EUR", "XXX", "1"), ("EUR", "USD", "0"), ("EUR", "USD", "NaN")],
    )
    def test_what_is_no_rate_is_refused(self, base: str, quote: str, rate: str) -> None:
        ensure_platform()
        with pytest.raises(Refusal) as refused:
            enter(base, quote, rate)
        assert refused.value.code == "EXCHANGE_RATE_INVALID"


class TestImportExchangeRates:
    def test_broken_rows_are_told_by_line_and_the_rest_is_entered(self) -> None:
        base = make_currency()
        lines = [
            "base,quote,date,rate,source\n",
            f"{base},USD,2026-03-01,1.25,bank\n",
            f"{base},USD,2026-02-30,1.25,bank\n",
            f"{base},XXX,2026-03-01,1.25,bank\n",
            f"{base},USD,2026-03-02,1e3,bank\n",
            f"{base},USD,2026-03-02,-1,bank\n",
            f"{base},USD,2026-03-02,0,bank\n",
            f"{base},USD,2026-03-02\n",
            f"{base},USD,2026-03-02,1,bank,more\n",
            f"{base},USD,2026-03-03,1.27,\n",
            f"{base},USD,2026-03-04,1.28,bank\n",
        ]
        imported = services.import_exchange_rates(lines, imported_at=now())
        assert (imported.entered, imported.unchanged) == (2, 0)
        assert [row.line for row in imported.broken] == [3, 4, 5, 6, 7, 8, 9, 10]
        again = services.import_exchange_rates(lines, imported_at=now())
        assert (again.entered, again.unchanged) == (0, 2)

    def test_other_header_is_refused(self) -> None:
        with pytest.raises(Refusal) as refused:
            services.import_exchange_rates(["from,to,rate\n"], imported_at=now())
        assert refused.value.code == "EXCHANGE_RATE_INVALID"


class TestGetRate:
    def test_latest_entry_until_the_day_counts(self) -> None:
        base = make_currency()
        enter(base, "USD", "1.1", date(2026, 3, 1))
        enter(base, "USD", "1.2", date(2026, 3, 3))
        found = [get_rate(base=base, quote="USD", on_date=date(2026, 3, day)).rate for day in (1, 2, 3, 4)]
        assert found == [Decimal(text) for text in ("1.1", "1.1", "1.2", "1.2")]

    def test_day_before_the_first_entry_has_none(self) -> None:
        base = make_currency()
        enter(base, "USD", "1.1", DAY)
        with pytest.raises(ExchangeRateMissing):
            get_rate(base=base, quote="USD", on_date=DAY - timedelta(days=1))

    def test_inverse_and_the_way_by_usd_are_found(self) -> None:
        one, other = make_currency(), make_currency()
        enter("USD", one, "4")
        enter(other, "USD", "3")
        assert get_rate(base=one, quote="USD", on_date=DAY).rate == Decimal("0.25")
        crossed = get_rate(base=other, quote=one, on_date=DAY)
        assert (crossed.rate, crossed.source, crossed.valid_date) == (Decimal(12), "bank", DAY)

    def test_database_s_own_function_agrees(self) -> None:
        ensure_platform()
        direct, inverse, crossed = make_currency(), make_currency(), make_currency()
        enter(direct, "USD", "1.234567")
        enter("USD", inverse, "3.7")
        enter(crossed, "EUR", "0.37")
        for code in (direct, inverse, crossed, "USD", "JPY"):
            with connection.cursor() as cursor:
                cursor.execute("SELECT partners_usd_rate(%s, %s)", [code, DAY])
                (from_sql,) = cursor.fetchone()
            here = get_rate(base=code, quote="USD", on_date=DAY).rate
            assert abs(here - from_sql) < Decimal("1e-25"), code
