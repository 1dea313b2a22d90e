"""A player's rights: all that is kept, handed over; who it is, forgotten, with the books as they were."""

import io
import json
import zipfile
from datetime import date
from io import StringIO
from pathlib import Path
from secrets import token_hex
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import Model
from psycopg.sql import SQL, Identifier

from core.audit import acting
from core.clock import now
from core.declared import fields_of, find_declared
from core.errors import NotFound
from core.ids import typeid
from core.models import IdempotencyKey
from core.subjects import KEPT_BACK, export_subject, exported_fields, paths_to
from core.tenancy import tenant
from core.valkey import client
from partners.models import Tenant
from risk.models import DailyStake
from sportsbook.models import Bet, Leg, Settlement
from tests.makers.bets import MadePlayer, placed
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.sportsbook import make_fixture
from tests.makers.staff import make_user
from tests.makers.wallet import make_player, put
from tests.office.makers import make_staff, records_of
from wallet.models import Account, Balance, JournalEntry, Player, Transfer
from wallet.rules import PlayerErased, PlayerNotClosed
from wallet.services import hold_player, update_player
from wallet.services.erasing import erase_player

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]

LEADING: dict[type[Model], str] = {
    Player: "pk",
    Account: "player__pk",
    Balance: "player__pk",
    JournalEntry: "player__pk",
    Transfer: "entry__player__pk",
    DailyStake: "player__pk",
    Bet: "player__pk",
    Leg: "bet__player__pk",
    Settlement: "bet__player__pk",
}
EXEMPT: dict[type[Model], frozenset[str]] = {}
"""Fields that no export holds, besides those that are declared secret or about our staff."""


def canary() -> str:
    return f"Canary{token_hex(6)}"


def bettor(word: str, owner: Tenant | None = None) -> Player:
    """Return a player called by a word, with a bet and money."""
    owner = owner or make_tenant()
    player = make_player(
        owner.pk,
        name=f"Ada {word}",
        email=f"{word.lower()}@x.example",
        birth_date=date(1985, 12, 10),
    )
    put(player, "50.00")
    with acting_as("b2b_jobs"):
        placed(MadePlayer(owner.pk, player.pk, "EUR"), make_fixture().outcome(), stake="10.00")
    return player


def close(player: Player) -> None:
    update_player(tenant_id=player.tenant_id, player_id=player.pk, status="closed", updated_at=now())


def erase(player: Player) -> Player:
    return erase_player(tenant_id=player.tenant_id, player_id=player.pk, reason="Asked to", erased_at=now())


def found_in_database(url: str, word: str) -> list[str]:
    """Return the tables in which a word stands, in any column, also inside bytes."""
    told = [word.lower(), word.lower().encode().hex(), word.encode().hex()]
    found = []
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        ).fetchall()
        for (table,) in tables:
            query = SQL("SELECT 1 FROM {} t WHERE lower(t::text) LIKE ANY (%s) LIMIT 1").format(
                Identifier(table)
            )
            if connection.execute(query, [[f"%{each}%" for each in told]]).fetchone():
                found.append(table)
    return found


def found_in_valkey(word: str) -> list[bytes]:
    store: Any = client()
    found = []
    for key in store.scan_iter(count=1000):
        kind = store.type(key)
        value = store.get(key) if kind == b"string" else store.lrange(key, 0, -1) if kind == b"list" else b""
        if word.lower() in str(value).lower():
            found.append(key)
    return found


class TestExport:
    def test_finds_every_table_that_leads_to_a_player(self) -> None:
        assert paths_to(Player) == LEADING

    @pytest.mark.parametrize("model", LEADING, ids=lambda model: model._meta.label)
    def test_holds_every_field_that_is_not_exempt(self, model: type[Model]) -> None:
        declared = find_declared(model)
        assert declared is not None
        secret = {name for name, each in declared.classes.items() if each in KEPT_BACK}
        kept = {found.name for found in fields_of(model)}
        assert kept - set(exported_fields(model)) == secret | EXEMPT.get(model, frozenset())

    def test_is_json_and_csv_of_this_player_alone(self) -> None:
        word, other = canary(), canary()
        owner = make_tenant()
        player, _ = bettor(word, owner), bettor(other, owner)
        with zipfile.ZipFile(io.BytesIO(export_subject(player))) as file:
            told = json.loads(file.read("all.json"))
            csv = file.read("wallet.player.csv").decode()
            assert {
                f"{model._meta.label_lower}.csv" for model in LEADING if told[model._meta.label_lower]
            } | {"all.json"} == set(file.namelist())
        assert told["wallet.player"][0]["birth_date"] == "1985-12-10"
        assert len(told["sportsbook.bet"]) == len(told["sportsbook.leg"]) == 1
        assert len(told["wallet.journalentry"]) == 2
        assert word in csv
        assert other not in json.dumps(told)

    def test_warns_nobody_whom_compliance_watches(self) -> None:
        player, officer = bettor(canary()), make_user(roles=("compliance",))
        with acting_as("b2b_office"), acting(officer.username):
            hold_player(tenant_id=player.tenant_id, player_id=player.pk, reason="AML hold", held_at=now())
        with zipfile.ZipFile(io.BytesIO(export_subject(player))) as file:
            told = "".join(file.read(name).decode() for name in file.namelist())
        for word in ("AML", "compliance", officer.username):
            assert word not in told

    def test_is_taken_in_the_office_by_post_with_a_reason_and_recorded(self, office: None) -> None:
        player = bettor(canary())
        browser = make_staff("wallet.view_player", "wallet.export_player")
        url = f"/admin/wallet/player/{player.pk}/export-person/"
        assert browser.get(url).headers["Content-Type"].startswith("text/html")
        answer = browser.post(url, {"reason": "Asked by letter"})
        assert answer.headers["Content-Type"] == "application/zip"
        assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
        record = records_of(player)[-1]
        assert (record.action, record.reason) == ("export personal data", "Asked by letter")

    @pytest.mark.role("b2b_jobs")
    def test_is_written_by_a_command_for_its_owner_alone(self, tmp_path: Path) -> None:
        player, path = bettor(canary()), tmp_path / "player.zip"
        call_command("export_player", typeid("plr", player.pk), str(path), reason="Asked", stdout=StringIO())
        assert path.stat().st_mode & 0o777 == 0o600
        assert zipfile.is_zipfile(path)


class TestErase:
    def test_leaves_no_trace_of_the_person_and_the_books_as_they_were(self, superuser_url: str) -> None:
        word = canary()
        player = bettor(word)
        with acting_as("b2b_api"), tenant(player.tenant_id):
            body = json.dumps({"playerId": typeid("plr", player.pk), "name": f"Ada {word}"}).encode()
            key = {"tenant_id": player.tenant_id, "route": "PATCH players", "key": token_hex(8)}
            IdempotencyKey.objects.create(**key, fingerprint=b"x", status=200, body=body, created_at=now())
        assert set(found_in_database(superuser_url, word)) == {"wallet_player", "core_idempotencykey"}
        close(player)
        books = self.books(player)

        erased = erase(player)

        assert found_in_database(superuser_url, word) == []
        assert found_in_valkey(word) == []
        assert (erased.name, erased.email, erased.birth_date) == ("", "", None)
        assert self.books(player) == books
        record = records_of(player)[-1]
        assert (record.action, record.reason) == ("erase player", "Asked to")

    def books(self, player: Player) -> list[Any]:
        return [
            list(rows.order_by("pk").values())
            for rows in (
                Balance.objects.filter(player_id=player.pk),
                JournalEntry.objects.filter(player_id=player.pk),
                Transfer.objects.filter(entry__player_id=player.pk),
                Bet.objects.filter(player_id=player.pk),
            )
        ]

    def test_is_refused_before_the_account_is_closed_and_twice(self) -> None:
        player = bettor(canary())
        with pytest.raises(PlayerNotClosed):
            erase(player)
        close(player)
        erase(player)
        with pytest.raises(PlayerErased):
            erase(player)

    def test_is_for_good(self) -> None:
        player = bettor(canary())
        close(player)
        erase(player)
        with acting_as("b2b_owner"), pytest.raises(IntegrityError, match="nameless"), transaction.atomic():
            Player.objects.filter(pk=player.pk).update(name="Ada")

    def test_reaches_no_player_of_another_tenant(self) -> None:
        player, other = bettor(canary()), make_tenant()
        close(player)
        with pytest.raises(NotFound):
            erase_player(tenant_id=other.pk, player_id=player.pk, reason="x", erased_at=now())
        player.refresh_from_db()
        assert player.name

    @pytest.mark.role("b2b_jobs")
    def test_is_done_again_after_a_backup_was_restored(self, tmp_path: Path) -> None:
        player, later = bettor(canary()), bettor(canary())
        close(player)
        erase(player)
        out = StringIO()
        call_command("erase_players", stdout=out)
        lines = [line for line in out.getvalue().splitlines() if typeid("plr", player.pk) in line]
        assert len(lines) == 1
        listed = tmp_path / "erased.txt"
        listed.write_text(f"{lines[0]}\n{typeid('tnt', later.tenant_id)} {typeid('plr', later.pk)}\n")
        call_command("erase_players", "--again", str(listed), stdout=StringIO())
        later.refresh_from_db()
        assert (later.status, later.name) == ("closed", "")
        assert later.erased_at is not None
