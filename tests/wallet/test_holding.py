"""Partner and platform suspend a player each for themselves, and neither undoes the other."""

from importlib import import_module
from uuid import UUID

import psycopg
import pytest
from django.db import Error, connection, transaction

from core.audit import acting, record
from core.clock import now
from core.ids import typeid
from core.models import StaffUser
from core.tenancy import tenant
from partners.models import Tenant
from tests.makers.http import Caller, make_caller
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.makers.wallet import make_player
from tests.office.commanding import run
from wallet.holds import PlayerHeld, PlayerHeldAlready, PlayerNotHeld
from wallet.models import Player
from wallet.services import (
    close_player,
    hold_player,
    lift_partners_suspension,
    release_player,
    update_player,
)

pytestmark = pytest.mark.usefixtures("committed")
CHECK = "a_player_is_suspended_while_somebody_suspends_it"
MIGRATION = import_module("wallet.migrations.0014_holds")


@pytest.fixture
def caller(owner: Tenant) -> Caller:
    return make_caller(owner)


def officer(role: str = "compliance") -> StaffUser:
    return make_user(roles=(role,))


def hold(player: Player, user: StaffUser) -> None:
    with acting_as("b2b_office"), acting(user.username):
        hold_player(tenant_id=player.tenant_id, player_id=player.pk, reason="AML hold", held_at=now())


def release(player: Player, user: StaffUser) -> str:
    with acting_as("b2b_office"), acting(user.username):
        found = release_player(
            tenant_id=player.tenant_id, player_id=player.pk, reason="It is settled", released_at=now()
        )
    return found.status


def ask(caller: Caller, player: Player, status: str) -> tuple[int, str, list[str]]:
    """Ask for a status as the partner; return the HTTP status, the code or the status, and who suspends."""
    answer = caller.call("PATCH", f"/api/v2/players/{typeid('plr', player.pk)}", {"status": status})
    found = answer.json()
    if answer.status_code != 200:
        return answer.status_code, found["code"], []
    return 200, found["status"], found["suspendedBy"]


class TestPartner:
    def test_does_not_lift_what_the_platform_suspended(self, owner: Tenant, caller: Caller) -> None:
        player = make_player(owner.pk)
        hold(player, officer())
        assert ask(caller, player, "active") == (403, "PLAYER_HELD", [])
        answer = caller.get(f"/api/v2/players/{typeid('plr', player.pk)}")
        assert (answer.json()["status"], answer.json()["suspendedBy"]) == ("suspended", ["platform"])

    def test_is_not_told_who_nor_why(self, owner: Tenant, caller: Caller) -> None:
        player, user = make_player(owner.pk), officer()
        hold(player, user)
        path = f"/api/v2/players/{typeid('plr', player.pk)}"
        shown = caller.get(path).content + caller.call("PATCH", path, {"status": "active"}).content
        for secret in ("AML", "compliance", user.username):
            assert secret not in shown.decode()

    def test_lifts_its_own(self, owner: Tenant, caller: Caller) -> None:
        player = make_player(owner.pk)
        assert ask(caller, player, "suspended") == (200, "suspended", ["partner"])
        assert ask(caller, player, "active") == (200, "active", [])

    def test_suspends_beside_the_platform(self, owner: Tenant, caller: Caller) -> None:
        player, user = make_player(owner.pk), officer()
        hold(player, user)
        assert ask(caller, player, "suspended") == (200, "suspended", ["partner", "platform"])
        assert release(player, user) == "suspended"
        assert ask(caller, player, "active") == (200, "active", [])

    def test_keeps_its_own_when_the_platform_comes_after_it(self, owner: Tenant, caller: Caller) -> None:
        player, user = make_player(owner.pk), officer()
        ask(caller, player, "suspended")
        hold(player, user)
        assert ask(caller, player, "active") == (403, "PLAYER_HELD", [])
        assert release(player, user) == "suspended"
        assert ask(caller, player, "active") == (200, "active", [])

    def test_may_close_the_account_and_not_open_it(self, owner: Tenant, caller: Caller) -> None:
        player = make_player(owner.pk)
        hold(player, officer())
        assert ask(caller, player, "closed") == (200, "closed", [])
        assert ask(caller, player, "active") == (403, "PLAYER_CLOSED", [])


class TestOffice:
    @pytest.mark.parametrize(("first", "second"), [("compliance", "risk"), ("risk", "compliance")])
    def test_one_role_does_not_lift_what_another_stopped(
        self, owner: Tenant, first: str, second: str
    ) -> None:
        player = make_player(owner.pk)
        hold(player, officer(first))
        with pytest.raises(PlayerHeld, match=f"\\({first}\\) has stopped this player"):
            release(player, officer(second))
        assert release(player, officer(first)) == "active"

    def test_what_risk_stopped_another_person_of_risk_lifts(self, owner: Tenant) -> None:
        player, user = make_player(owner.pk), officer("risk")
        hold(player, user)
        with pytest.raises(PlayerHeld, match="another person of risk"):
            release(player, user)
        assert release(player, officer("risk")) == "active"

    def test_two_roles_stop_and_each_lifts_its_own(self, owner: Tenant) -> None:
        player = make_player(owner.pk)
        hold(player, officer("risk"))
        hold(player, officer("compliance"))
        assert release(player, officer("compliance")) == "suspended"
        assert release(player, officer("risk")) == "active"

    def test_a_role_stops_once(self, owner: Tenant) -> None:
        player, user = make_player(owner.pk), officer()
        hold(player, user)
        with pytest.raises(PlayerHeldAlready, match=user.username):
            hold(player, officer())

    def test_lifts_the_partners_suspension_by_name_alone(self, owner: Tenant, caller: Caller) -> None:
        player = make_player(owner.pk, status="suspended")
        with pytest.raises(PlayerNotHeld):
            release(player, officer())
        hold(player, officer("risk"))
        assert self.lift(player) == "suspended"
        assert ask(caller, player, "active") == (403, "PLAYER_HELD", [])

    def test_closing_keeps_who_stopped_the_player(self, owner: Tenant) -> None:
        player, user = make_player(owner.pk), officer()
        hold(player, user)
        with acting_as("b2b_office"):
            closed = close_player(
                tenant_id=owner.pk, player_id=player.pk, reason="They left", closed_at=now()
            )
        assert (closed.status, closed.held_by) == ("closed", [f"compliance:{user.username}"])

    def lift(self, player: Player) -> str:
        with acting_as("b2b_office"), acting(officer("risk").username):
            found = lift_partners_suspension(
                tenant_id=player.tenant_id, player_id=player.pk, reason="They ask", lifted_at=now()
            )
        return found.status

    @pytest.mark.role("b2b_office")
    @pytest.mark.usefixtures("office")
    def test_page_says_who_stopped_and_offers_lifting_to_who_may(self, owner: Tenant) -> None:
        player, user = make_player(owner.pk), officer()
        run(log_in(user), Player, "suspend", player.pk, reason="AML hold")
        for who, is_offered in ((user, True), (officer("risk"), False)):
            page = log_in(who).get(f"/admin/wallet/player/{player.pk}/change/").content.decode()
            assert f"{user.username} (compliance) has stopped this player" in page
            assert ("Reinstate" in page) is is_offered
        refused = run(log_in(officer("risk")), Player, "reinstate", player.pk, reason="Go on")
        assert "who has the role compliance lets it go on" in refused.content.decode()
        run(log_in(user), Player, "reinstate", player.pk, reason="It is settled")
        player.refresh_from_db()
        assert (player.status, player.held_by) == ("active", [])


class TestRowsFromBefore:
    def test_are_held_by_whom_the_trail_names(self, owner: Tenant, superuser_url: str) -> None:
        theirs, ours, unknown, closed = (make_player(owner.pk) for _ in range(4))
        user = officer()
        for player in (theirs, ours):
            with acting_as("b2b_api"), acting("a-client"):
                update_player(tenant_id=owner.pk, player_id=player.pk, status="suspended", updated_at=now())
        hold(ours, user)
        hold(closed, officer())
        update_player(tenant_id=owner.pk, player_id=closed.pk, status="closed", updated_at=now())
        with acting_as("b2b_office"), acting(user.username), transaction.atomic():
            # As it was written before a suspension had two parts.
            record(action="change player", subject=ours, after={"status": "suspended"}, recorded_at=now())
        with psycopg.connect(superuser_url) as before:
            (check,) = before.execute(
                "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [CHECK]
            ).fetchone() or ("",)
            before.execute(f"ALTER TABLE wallet_player DROP CONSTRAINT {CHECK}")
            before.execute(
                "UPDATE wallet_player SET held_by = '{}', suspended_by_partner = false WHERE tenant_id = %s",
                [owner.pk],
            )
            before.execute("UPDATE wallet_player SET status = 'suspended' WHERE id = %s", [unknown.pk])
            before.execute(MIGRATION.BY_STAFF)
            before.execute(MIGRATION.BY_PARTNER)
            before.execute("SET CONSTRAINTS ALL IMMEDIATE")
            before.execute(f"ALTER TABLE wallet_player ADD CONSTRAINT {CHECK} {check}")
        with acting_as("b2b_office"):
            found = {player.pk: player for player in Player.objects.filter(tenant=owner)}
        assert [
            (found[each.pk].status, found[each.pk].suspended_by_partner, found[each.pk].held_by)
            for each in (theirs, ours, unknown, closed)
        ] == [
            ("suspended", True, []),
            ("suspended", False, [f"compliance:{user.username}"]),
            ("suspended", True, []),
            ("closed", False, []),
        ]


class TestDatabase:
    def test_keeps_the_api_from_the_platforms_part(self, owner: Tenant) -> None:
        player = make_player(owner.pk)
        hold(player, officer())
        for change in ("held_by = '{}', status = 'active'", "status = 'active'"):
            assert self.refused(player.pk, owner.pk, change), change

    def test_knows_no_active_player_whom_the_partner_suspends(self, owner: Tenant) -> None:
        player = make_player(owner.pk, status="suspended")
        assert self.refused(player.pk, owner.pk, "status = 'active'")
        assert not self.refused(player.pk, owner.pk, "status = 'active', suspended_by_partner = false")

    def refused(self, player_id: UUID, tenant_id: UUID, change: str) -> bool:
        """Whether the login of the API cannot write a change."""
        try:
            with acting_as("b2b_api"), tenant(tenant_id), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE wallet_player SET {change} WHERE id = %s", [player_id])
        except Error:
            return True
        return False
