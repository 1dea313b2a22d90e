"""The checker: holds what the platform has against what its client was told. Returns faults, in words.

It knows nothing of the platform's own sums; it makes each figure again from the client's journal.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg

from core.api.codes import documented_codes
from core.ids import parse_typeid
from tests.faults.journal import Write
from tests.faults.load import Partner
from tests.faults.opening import VIP_DAILY_LIMIT_USD
from tests.running import Platform

EUR_IN_USD = Decimal("1.08")
"""As `make up` seeds it."""
MOVED = {"deposits": Decimal(1), "withdrawals": Decimal(-1)}
_FOREIGN_TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND has_table_privilege('b2b_api', c.oid, 'SELECT')
        AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'one_tenant')
"""


@dataclass(frozen=True)
class Bet:
    """A bet as the database has it."""

    reference: str
    player_id: UUID
    status: str
    stake: Decimal
    payout: Decimal | None
    revision: int
    settlements: int


@dataclass(frozen=True)
class Evidence:
    """Everything the platform shows of one tenant."""

    bets: list[Bet]
    references: Counter[tuple[str, str, int]]
    """Each (kind, reference, status)."""
    entries: Counter[tuple[str, str]]
    """Journal entries by (kind, reference)."""
    wallets: dict[str, dict[str, str]]
    daily_stakes: dict[UUID, Decimal]
    events: list[dict[str, Any]]
    foreign_rows: dict[str, int]
    """Rows of other tenants that the API's login sees while it acts for this one."""
    history_faults: list[str]
    """What is wrong with the seals of the ledger and of the audit trail."""


def connect(platform: Platform, login: str = "") -> "psycopg.Connection[tuple[Any, ...]]":
    """Connect to the platform's database as the superuser, or with the login of one of its processes."""
    state = json.loads((platform.var / "state.json").read_text("utf-8"))
    url = state["databases"][login] if login else state["bootstrap_url"]
    path = f"/{state['database']}"
    return psycopg.connect(urlunsplit(urlsplit(url)._replace(path=path)), autocommit=True)


def verify_history(platform: Platform) -> list[str]:
    """Return what `manage.py verify_ledger` and `verify_trail` find wrong."""
    found = []
    for command in ("verify_ledger", "verify_trail"):
        verified = platform.clerk.manage(command)
        said = verified.stdout.strip().splitlines() or [verified.stderr[-2000:]]
        found += [f"{command}: {line}" for line in said] if verified.returncode else []
    return found


def collect(partner: Partner, *, history_faults: list[str]) -> Evidence:
    """Ask the platform for everything there is of a tenant: by HTTP, and in the database."""
    with connect(partner.platform) as database:
        rows = database.execute(
            "SELECT reference, player_id, status, stake, payout, revision, (SELECT count(*) FROM "
            "sportsbook_settlement s WHERE s.tenant_id = b.tenant_id AND s.bet_id = b.id) "
            "FROM sportsbook_bet b WHERE tenant_id = %s",
            [partner.tenant_id],
        ).fetchall()
        references = database.execute(
            "SELECT kind, reference, status FROM core_reference WHERE tenant_id = %s", [partner.tenant_id]
        ).fetchall()
        entries = database.execute(
            "SELECT kind, reference FROM wallet_journalentry WHERE tenant_id = %s", [partner.tenant_id]
        ).fetchall()
        daily = database.execute(
            "SELECT player_id, stake FROM risk_dailystake WHERE tenant_id = %s", [partner.tenant_id]
        ).fetchall()
        tables = [name for (name,) in database.execute(_FOREIGN_TABLES).fetchall()]
    return Evidence(
        bets=[Bet(*row) for row in rows],
        references=Counter(
            (str(kind), str(reference), int(status)) for kind, reference, status in references
        ),
        entries=Counter((str(kind), str(reference)) for kind, reference in entries),
        wallets={player: partner.get(f"/players/{player}/wallet") for player in partner.players},
        daily_stakes={row[0]: row[1] for row in daily},
        events=list(list_events(partner)),
        foreign_rows=_foreign_rows(partner, tables),
        history_faults=history_faults,
    )


def list_events(partner: Partner) -> Iterator[dict[str, Any]]:
    """Ask the feed for every event of the partner, in the order of the sequence."""
    after = 0
    while page := partner.get("/events", after=after, limit=200):
        yield from page["data"]
        if not page["data"]:
            return
        after = page["nextAfter"]


def _foreign_rows(partner: Partner, tables: list[str]) -> dict[str, int]:
    found = {}
    with connect(partner.platform, "api") as database, database.transaction():
        database.execute(f"SET LOCAL app.tenant_id = '{UUID(partner.tenant_id)}'".encode())
        for table in tables:
            asked = f'SELECT count(*) FROM "{table}" WHERE tenant_id <> %s'.encode()
            row = database.execute(asked, [partner.tenant_id]).fetchone()
            found[table] = row[0] if row else 0
    return found


def find_faults(writes: dict[str, Write], evidence: Evidence, *, vips: list[str]) -> list[str]:
    """Return what is wrong: each broken promise as a sentence."""
    return [
        *_answers_that_differ(writes),
        *_lost_or_doubled(writes, evidence),
        *_wrong_wallets(writes, evidence),
        *_passed_limits(writes, evidence, vips),
        *_wrong_settlements(evidence),
        *_broken_feed(writes, evidence),
        *(
            f"{count} rows of other tenants show in {name}"
            for name, count in evidence.foreign_rows.items()
            if count
        ),
        *evidence.history_faults,
    ]


def _answers_that_differ(writes: dict[str, Write]) -> Iterator[str]:
    stored = {code for code, told in documented_codes().items() if told.is_stored}
    for write in writes.values():
        for answer in write.answers:
            if answer.outcome == "impossible":
                yield f"{write.reference} was answered {answer.status} {answer.body}"
        if write.outcome == "unknown":
            yield f"{write.reference} is still unknown after it was repeated: {write.answers[-1:]}"
            continue
        told = [answer for answer in write.answers if answer.outcome != "unknown"]
        if write.outcome == "refused" and told[0].body["code"] not in stored:
            continue
        for answer in told[1:]:
            if answer.told != told[0].told:
                yield f"{write.reference} was answered {told[0].told} and then {answer.told}"


def _lost_or_doubled(writes: dict[str, Write], evidence: Evidence) -> Iterator[str]:
    bets = Counter(bet.reference for bet in evidence.bets)
    for reference in bets:
        if reference not in writes:
            yield f"bet {reference} was never asked for"
    for write in writes.values():
        kind = "bet" if write.kind == "bet" else "wallet"
        entry = "bet_placed" if write.kind == "bet" else write.path.rpartition("/")[2].removesuffix("s")
        wanted = 1 if write.outcome == "ok" else 0
        if write.outcome == "ok" and evidence.references[kind, write.reference, 201] != 1:
            yield f"{write.reference} was acknowledged and its reference is not there"
        if evidence.entries[entry, write.reference] != wanted:
            count = evidence.entries[entry, write.reference]
            yield f"{write.reference} was {write.outcome} and is in the ledger {count} times"
        if write.kind == "bet" and bets[write.reference] != wanted:
            yield f"bet {write.reference} was {write.outcome} and is there {bets[write.reference]} times"


def _wrong_wallets(writes: dict[str, Write], evidence: Evidence) -> Iterator[str]:
    """Each wallet, made again from what the client was told and what its bets paid."""
    wanted = dict.fromkeys(evidence.wallets, Decimal(0))
    open_stakes = dict.fromkeys(evidence.wallets, Decimal(0))
    found = {bet.reference: bet for bet in evidence.bets}
    for write in writes.values():
        if write.outcome != "ok":
            continue
        if write.kind == "bet":
            player, stake = write.body["playerId"], Decimal(write.body["stake"])
            bet = found.get(write.reference)
            payout = bet.payout if bet else None
            wanted[player] += (payout or 0) - stake
            open_stakes[player] += stake if payout is None else 0
        else:
            _, _, player, way = write.path.split("/")
            wanted[player] += MOVED[way] * Decimal(write.body["amount"])
    for player, wallet in evidence.wallets.items():
        shown = [Decimal(wallet[part]) for part in ("available", "inPlay", "debt")]
        right = [wanted[player], open_stakes[player], Decimal(0)]
        if shown != right:
            yield f"the wallet of {player} is {[*map(str, shown)]} and should be {[*map(str, right)]}"
        if min(shown) < 0:
            yield f"the wallet of {player} is negative: {shown}"


def _passed_limits(writes: dict[str, Write], evidence: Evidence, vips: list[str]) -> Iterator[str]:
    staked = dict.fromkeys(evidence.wallets, Decimal(0))
    for write in writes.values():
        if write.kind == "bet" and write.outcome == "ok":
            staked[write.body["playerId"]] += Decimal(write.body["stake"]) * EUR_IN_USD
    for player, amount in staked.items():
        if player in vips and amount > VIP_DAILY_LIMIT_USD:
            yield f"{player} staked {amount} USD, above the daily limit"
        counted = evidence.daily_stakes.get(parse_typeid("plr", player), Decimal(0))
        if counted != amount:
            yield f"{player} staked {amount} USD and {counted} are counted"


def _wrong_settlements(evidence: Evidence) -> Iterator[str]:
    for bet in evidence.bets:
        if bet.settlements != bet.revision or bet.settlements > 1:
            yield f"bet {bet.reference} was settled {bet.settlements} times (revision {bet.revision})"
        if (bet.status == "accepted") != (bet.settlements == 0):
            yield f"bet {bet.reference} is {bet.status} after {bet.settlements} settlements"
        if evidence.entries["bet_settled", bet.reference] != bet.settlements:
            yield f"bet {bet.reference} was paid {evidence.entries['bet_settled', bet.reference]} times"


def _broken_feed(writes: dict[str, Write], evidence: Evidence) -> Iterator[str]:
    numbers = [event["sequence"] for event in evidence.events]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"the sequence of events has gaps: {numbers[:5]} ... {numbers[-5:]}, {len(numbers)} events"
    if len({event["eventId"] for event in evidence.events}) != len(evidence.events):
        yield "an event id comes twice"
    told = Counter((event["type"], event["data"].get("reference")) for event in evidence.events)
    for write in writes.values():
        if write.kind == "bet" and told["bet.placed", write.reference] != (write.outcome == "ok"):
            count = told["bet.placed", write.reference]
            yield f"bet {write.reference} was {write.outcome} and announced {count} times"
    for bet in evidence.bets:
        if told["bet.settled", bet.reference] != bet.settlements:
            count = told["bet.settled", bet.reference]
            yield f"the settlement of {bet.reference} was announced {count} times"


def tail(path: Path, lines: int = 40) -> str:
    """Return the end of a log, for the message of a failed test."""
    return "\n".join(path.read_text("utf-8", "replace").splitlines()[-lines:])
