"""Players are opened once per reference and changed on record."""

from dataclasses import replace
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from django.db import connections

from core.clock import now
from core.errors import NotFound, Refusal
from core.ids import typeid
from core.models import AuditRecord
from core.references import ReferenceConflict
from core.tenancy import tenant
from partners.models import Tenant
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.wallet import make_player
from tests.wallet.reading import code_of, outbox_of, wallet_of
from wallet.models import Account
from wallet.queries import get_player
from wallet.rules import InvalidPlayer, NewPlayer, PlayerClosed
from wallet.services import create_player, update_player

pytestmark = pytest.mark.usefixtures("committed")


class TestCreatePlayer:
    def test_opens_an_empty_wallet_and_the_house_accounts_of_its_currency(self, owner: Tenant) -> None:
        player = make_player(owner.id, currency="USD")
        assert wallet_of(player) == ("0.00", "0.00", "0.00")
        with tenant(owner.id):
            kinds = set(Account.objects.filter(currency_id="USD").values_list("kind", flat=True))
        assert kinds >= {"available", "stakes_open", "revenue_stakes", "revenue_payouts", "player_debt"}

    def test_announces_the_player(self, owner: Tenant, superuser_url: str) -> None:
        player = make_player(owner.id, reference="P-1")
        (event,) = outbox_of(owner.id, superuser_url)
        assert event[0] == "user.registered"
        assert event[1]["playerId"] == typeid("plr", player.id)
        assert event[1]["reference"] == "P-1"

    def test_the_same_request_again_gives_the_player_as_first_answered(self, owner: Tenant) -> None:
        asked = NewPlayer(reference="P-1", currency="EUR", country="MT", vip=False)
        first = create_player(tenant_id=owner.id, asked=asked, created_at=now())
        update_player(
            tenant_id=owner.id, player_id=first.player.id, updated_at=now(), vip=True, status="suspended"
        )
        again = create_player(tenant_id=owner.id, asked=asked, created_at=now())
        assert (again.player.id, again.is_replay) == (first.player.id, True)
        assert (again.player.status, again.player.vip) == ("active", False)

    def test_other_content_under_the_reference_is_a_conflict(self, owner: Tenant) -> None:
        make_player(owner.id, reference="P-1", country="MT")
        with pytest.raises(ReferenceConflict):
            make_player(owner.id, reference="P-1", country="DE")

    def test_a_currency_that_is_not_enabled_is_refused_for_ever(self, owner: Tenant) -> None:
        assert (
            code_of(lambda: make_player(owner.id, reference="P-1", currency="GBP")) == "CURRENCY_NOT_ENABLED"
        )
        with pytest.raises(Refusal) as again:
            make_player(owner.id, reference="P-1", currency="GBP")
        assert again.value.code == "CURRENCY_NOT_ENABLED"
        assert getattr(again.value, "is_replay", False)

    def test_two_tenants_may_use_the_same_reference(self, owner: Tenant) -> None:
        assert make_player(owner.id, reference="P-1").id != make_player(make_tenant().id, reference="P-1").id

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("country", ["XX", "mt", "", "Malta"]),
            ("time_zone", ["Mars/Olympus", "europe/malta", "../etc/passwd"]),
            ("email", ["nobody", "a@b", "a b@example.com", "x@example.com\n"]),
            ("name", ["a\x1bb", "a\u2028b"]),
        ],
    )
    def test_what_no_person_has_is_refused(self, owner: Tenant, field: str, values: list[str]) -> None:
        right = NewPlayer(reference="P-1", currency="EUR", country="MT")
        for value in values:
            wrong: Any = {field: value}
            with pytest.raises(InvalidPlayer):
                create_player(tenant_id=owner.id, asked=replace(right, **wrong), created_at=now())

    def test_nobody_is_born_tomorrow(self, owner: Tenant) -> None:
        with pytest.raises(InvalidPlayer):
            make_player(owner.id, birth_date=now().date() + timedelta(days=2))


class TestUpdatePlayer:
    def test_changes_what_is_given_and_records_it(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        update_player(tenant_id=owner.id, player_id=player.id, updated_at=now(), kyc_status="verified")
        with tenant(owner.id):
            changed = get_player(tenant_id=owner.id, player_id=player.id)
        assert (changed.kyc_status, changed.status, changed.vip) == ("verified", "active", False)
        with acting_as("b2b_jobs"):
            record = AuditRecord.objects.get(object_id=str(player.id))
        assert (record.before, record.after) == ({"kyc_status": "none"}, {"kyc_status": "verified"})

    def test_a_closed_account_stays_closed(self, owner: Tenant) -> None:
        player = make_player(owner.id)
        update_player(tenant_id=owner.id, player_id=player.id, updated_at=now(), status="closed")
        with pytest.raises(PlayerClosed):
            update_player(tenant_id=owner.id, player_id=player.id, updated_at=now(), status="active")

    def test_knows_no_player_of_another_tenant(self, owner: Tenant) -> None:
        with pytest.raises(NotFound):
            update_player(tenant_id=make_tenant().id, player_id=make_player(owner.id).id, updated_at=now())

    def test_waits_for_postings_under_way(self, owner: Tenant) -> None:
        player = make_player(owner.id, holds="10.00")
        ended: list[str] = []

        def suspend() -> None:
            update_player(tenant_id=owner.id, player_id=player.id, updated_at=now(), status="suspended")
            ended.append("suspension")
            connections.close_all()

        with tenant(owner.id), connections["default"].cursor() as cursor:
            cursor.execute("SELECT wallet_lock_wallet(%s)", [player.id])
            other = Thread(target=suspend)
            other.start()
            other.join(0.3)
            ended.append("posting")
        other.join()
        assert ended == ["posting", "suspension"]
