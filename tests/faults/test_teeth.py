"""The checker bites: each broken promise that it is there for, made on purpose, is a fault that it names."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.faults.checking import Evidence, collect, connect, find_faults, verify_history
from tests.faults.journal import Answer, Write
from tests.faults.load import Load, Partner, movement, repeat, resolve
from tests.running import Platform

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def partner(platform: Platform, folder: Path) -> Partner:
    """A tenant after a little load, with nothing wrong about it."""
    found = Partner(platform, folder)
    with Load(found, seed=300):
        time.sleep(2)
    resolve(found)
    found.enter_results()
    repeat(found)
    wait_for_feed(found)
    assert verify_history(platform) == []
    assert faults_of(found) == []
    return found


@pytest.fixture(scope="module")
def evidence(partner: Partner) -> Evidence:
    """What the platform has of it, for tests that change the journal alone."""
    return collect(partner, history_faults=[])


def wait_for_feed(partner: Partner) -> None:
    with connect(partner.platform) as database:
        while database.execute("SELECT 1 FROM core_outbox LIMIT 1").fetchone():
            time.sleep(0.1)


def faults_of(partner: Partner) -> list[str]:
    return find_faults(partner.journal.writes(), collect(partner, history_faults=[]), vips=partner.vips)


def acknowledged(partner: Partner, kind: str) -> Write:
    return next(w for w in partner.journal.writes().values() if w.kind == kind and w.outcome == "ok")


@contextmanager
def tampered(partner: Partner, sql: str, *values: Any) -> Iterator[None]:
    """Do to the database what no process may, as a superuser whom triggers and keys do not bind."""

    def run(statement: str, *given: Any) -> None:
        with connect(partner.platform) as database, database.transaction():
            database.execute("SET LOCAL session_replication_role = replica")
            database.execute(statement.encode(), given)

    with connect(partner.platform) as database:
        _keep(database, partner)
    run(sql, *values)
    try:
        yield
    finally:
        for table in TAMPERED:
            run(f"DELETE FROM {table} WHERE tenant_id = %s", partner.tenant_id)
            run(f"INSERT INTO {table} SELECT * FROM kept_{table}")
        with connect(partner.platform) as database:
            for table in TAMPERED:
                database.execute(f"DROP TABLE kept_{table}".encode())


TAMPERED = ("sportsbook_bet", "core_reference", "core_event", "risk_dailystake")


def _keep(database: "psycopg.Connection[tuple[Any, ...]]", partner: Partner) -> None:
    for table in TAMPERED:
        kept = f"CREATE TABLE kept_{table} AS SELECT * FROM {table} WHERE tenant_id = '{partner.tenant_id}'"
        database.execute(kept.encode())


class TestJournal:
    def test_write_that_was_never_done_is_missed(self, partner: Partner, evidence: Evidence) -> None:
        writes = partner.journal.writes()
        body = movement("5.00")
        path = f"/players/{partner.players[0]}/deposits"
        invented = Write("movement", body["reference"], path, body, [Answer(201, {"amount": "5.00"})])
        faults = find_faults({**writes, invented.reference: invented}, evidence, vips=[])
        assert f"{invented.reference} was acknowledged and its reference is not there" in faults
        assert any(fault.startswith(f"the wallet of {partner.players[0]} is") for fault in faults)

    def test_write_that_the_client_knows_nothing_of_is_found(
        self, partner: Partner, evidence: Evidence
    ) -> None:
        writes = partner.journal.writes()
        gone = acknowledged(partner, "bet").reference
        del writes[gone]
        assert f"bet {gone} was never asked for" in find_faults(writes, evidence, vips=[])

    def test_other_answer_to_a_repetition_is_found(self, partner: Partner, evidence: Evidence) -> None:
        writes = partner.journal.writes()
        write = writes[acknowledged(partner, "bet").reference]
        body = deepcopy(write.answer.body)
        body["wallet"]["available"] = "0.01"
        write.answers.append(Answer(201, body))
        assert any(
            fault.startswith(f"{write.reference} was answered")
            for fault in find_faults(writes, evidence, vips=[])
        )

    def test_refusal_that_was_done_all_the_same_is_found(self, partner: Partner, evidence: Evidence) -> None:
        writes = partner.journal.writes()
        write = writes[acknowledged(partner, "bet").reference]
        write.answers[:] = [Answer(422, {"code": "INSUFFICIENT_FUNDS"})]
        assert f"bet {write.reference} was refused and is there 1 times" in find_faults(
            writes, evidence, vips=[]
        )

    def test_error_of_ours_is_found(self, partner: Partner, evidence: Evidence) -> None:
        writes = partner.journal.writes()
        write = writes[acknowledged(partner, "bet").reference]
        write.answers.insert(0, Answer(500, {"code": "INTERNAL_ERROR"}))
        assert any("was answered 500" in fault for fault in find_faults(writes, evidence, vips=[]))


class TestDatabase:
    def test_doubled_bet_is_found(self, partner: Partner) -> None:
        reference = acknowledged(partner, "bet").reference
        columns = _columns(partner, "sportsbook_bet", "id", "reference")
        doubled = (
            f"INSERT INTO sportsbook_bet (id, reference, {columns}) SELECT core_uuid7(), reference || '-2', "
            f"{columns} FROM sportsbook_bet WHERE tenant_id = %s AND reference = %s"
        )
        with tampered(partner, doubled, partner.tenant_id, reference):
            assert f"bet {reference}-2 was never asked for" in faults_of(partner)

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ("DELETE FROM core_reference WHERE reference = %s", "and its reference is not there"),
            ("DELETE FROM sportsbook_bet WHERE reference = %s", "was ok and is there 0 times"),
            (
                "UPDATE sportsbook_bet SET revision = 2 WHERE reference = %s",
                "settled 1 times (revision 2)",
            ),
            ("UPDATE sportsbook_bet SET payout = payout + 1 WHERE reference = %s", "and should be"),
            ("DELETE FROM core_event WHERE data->>'reference' = %s", "the sequence of events has gaps"),
        ],
    )
    def test_what_is_gone_or_changed_is_found(self, partner: Partner, change: str, fault: str) -> None:
        reference = acknowledged(partner, "bet").reference
        with tampered(partner, change, reference):
            assert any(fault in found for found in faults_of(partner))

    def test_passed_limit_is_found(self, partner: Partner, evidence: Evidence) -> None:
        writes = partner.journal.writes()
        for write in writes.values():
            if write.kind == "bet" and write.outcome == "ok" and write.body["playerId"] in partner.vips:
                write.body["stake"] = "500.00"
        faults = find_faults(writes, evidence, vips=partner.vips)
        assert any("above the daily limit" in fault for fault in faults)

    def test_fault_of_the_ledger_is_passed_on(self, partner: Partner, evidence: Evidence) -> None:
        edited = replace(evidence, history_faults=["verify_ledger: fault: an entry was edited"])
        faults = find_faults(partner.journal.writes(), edited, vips=partner.vips)
        assert faults == ["verify_ledger: fault: an entry was edited"]


class TestWalls:
    @pytest.mark.parametrize(
        ("mutation", "healing"),
        [
            (
                "ALTER POLICY one_tenant ON wallet_player USING (true)",
                "ALTER POLICY one_tenant ON wallet_player USING (tenant_id = "
                "nullif(current_setting('app.tenant_id', true), '')::uuid)",
            ),
            (
                "ALTER TABLE wallet_player DISABLE ROW LEVEL SECURITY",
                "ALTER TABLE wallet_player ENABLE ROW LEVEL SECURITY",
            ),
        ],
    )
    def test_dropped_policy_is_found(
        self, partner: Partner, platform: Platform, folder: Path, mutation: str, healing: str
    ) -> None:
        Partner(platform, folder)
        with connect(platform) as database:
            database.execute(mutation.encode())
        try:
            faults = faults_of(partner)
        finally:
            with connect(platform) as database:
                database.execute(healing.encode())
        assert [fault for fault in faults if fault.endswith("rows of other tenants show in wallet_player")]
        assert faults_of(partner) == []


def _columns(partner: Partner, table: str, *but: str) -> str:
    with connect(partner.platform) as database:
        found = database.execute(
            "SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute WHERE attrelid = %s::regclass "
            "AND attnum > 0 AND NOT attisdropped AND attname <> ALL (%s)",
            [table, list(but)],
        ).fetchone()
    assert found
    return str(found[0])
