"""Who is told when the platform disables an endpoint, and what is not kept for ever."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core import mail

from core.clock import now
from core.ids import uuid7
from core.letters import PAUSES
from partners.models import Partner, Tenant
from partners.onboarding.models import Contact
from tests.makers.partners import make_partner, make_tenant
from tests.makers.roles import acting_as
from tests.makers.staff import make_user
from tests.makers.webhooks import make_attempt, make_delivery, make_endpoint
from webhooks.models import Attempt, Delivery, DisabledReason, Endpoint, Notice, Secret
from webhooks.services import enter_notices, forget_old, remove_endpoint, send_notices

pytestmark = [pytest.mark.role("b2b_jobs"), pytest.mark.usefixtures("committed")]


@pytest.fixture
def owner(committed: None, settings: Any) -> Tenant:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return make_tenant(partner=make_partner())


def add_contact(partner: Partner, role: str, **kw: Any) -> str:
    email = f"{role}-{uuid7()}@example.com"
    Contact.objects.create(partner=partner, name="Contact", role=role, email=email, **kw)
    return email


def disabled(owner: Tenant, why: DisabledReason = DisabledReason.FAILING) -> Endpoint:
    endpoint = make_endpoint(owner)
    Endpoint.objects.filter(pk=endpoint.pk).update(status="disabled", disabled_at=now(), disabled_reason=why)
    return endpoint


def letters_to(address: str) -> list[Any]:
    return [letter for letter in mail.outbox if address in letter.to]


class TestNotices:
    def test_go_once_to_technical_contacts_and_the_account_manager(self, owner: Tenant) -> None:
        technical = add_contact(owner.partner, "technical")
        add_contact(owner.partner, "compliance")
        with acting_as("b2b_office"):
            manager = make_user(roles=("account_manager",))
        manager.email = f"{uuid7()}@example.com"
        manager.save(update_fields=["email"])
        Partner.objects.filter(pk=owner.partner_id).update(account_manager=manager)
        endpoint = disabled(owner, DisabledReason.GONE)
        for _ in range(2):
            enter_notices(at=now())
            send_notices(at=now())
        (letter,) = letters_to(technical)
        assert letter.to == [technical, manager.email]
        assert "410" in letter.body
        assert endpoint.url in letter.body
        assert Notice.objects.get(endpoint=endpoint).state == "sent"

    def test_failed_one_is_sent_again(self, owner: Tenant) -> None:
        endpoint = disabled(owner)
        enter_notices(at=now())
        send_notices(at=now())
        notice = Notice.objects.get(endpoint=endpoint)
        assert (notice.state, notice.attempts) == ("failed", 1)
        technical = add_contact(owner.partner, "technical")
        send_notices(at=now())
        assert letters_to(technical) == []
        send_notices(at=now() + PAUSES[0])
        assert len(letters_to(technical)) == 1

    def test_partner_that_disabled_its_own_is_not_told(self, owner: Tenant) -> None:
        endpoint = disabled(owner, DisabledReason.PARTNER)
        enter_notices(at=now())
        assert not Notice.objects.filter(endpoint=endpoint).exists()


def id_of(moment: datetime) -> UUID:
    """Return a new id that was made at a moment."""
    return UUID(int=(int(moment.timestamp() * 1000) << 80) | (uuid7().int & ((1 << 80) - 1)))


class TestForgetOld:
    def test_old_deliveries_go_with_their_attempts_and_young_ones_stay(self, owner: Tenant) -> None:
        endpoint = make_endpoint(owner)
        old = make_delivery(endpoint, state="dead", id=id_of(now() - timedelta(days=40)))
        young = make_delivery(endpoint, state="dead")
        for delivery in (old, young):
            make_attempt(delivery)
        forget_old(older_than=timedelta(days=30), at=now())
        assert list(Delivery.objects.filter(endpoint=endpoint)) == [young]
        assert Attempt.objects.filter(endpoint_id=endpoint.pk).count() == 1

    def test_ended_secret_goes_and_the_present_one_stays(self, owner: Tenant) -> None:
        endpoint = make_endpoint(owner)
        kept = Secret.objects.get(endpoint=endpoint)
        Secret.objects.create(
            tenant_id=owner.pk,
            endpoint=endpoint,
            encrypted=b"",
            hint="",
            created_at=now(),
            expires_at=now() - timedelta(seconds=1),
        )
        forget_old(older_than=timedelta(days=30), at=now())
        assert list(Secret.objects.filter(endpoint=endpoint)) == [kept]

    def test_what_came_for_a_removed_endpoint_is_cancelled(self, owner: Tenant) -> None:
        endpoint = make_endpoint(owner)
        remove_endpoint(tenant_id=owner.pk, endpoint_id=endpoint.pk, removed_at=now())
        late = make_delivery(endpoint)
        forget_old(older_than=timedelta(days=30), at=now())
        late.refresh_from_db()
        assert late.state == "cancelled"
