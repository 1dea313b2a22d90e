"""A placement's two statements as a pgbench script: the service's own text, with new inputs for each bet.

The inputs of one bet are read by one more statement, by primary key from a table made beforehand. Its share
of the time is known from `pgbench --report-per-command` and is taken out of the rate, so that what counts is
the two statements in their two transactions and nothing else.
"""

from pathlib import Path
from typing import Any, Final

import psycopg

from sportsbook.queries.facts import READ
from sportsbook.services.placement_rows import WRITE

INPUT_ROWS: Final = 50_000
READ_NAMES: Final = ("tenant", "at", "players", "picks", "refs", "outcomes")
WRITE_NAMES: Final = (
    "tenant", "at", "day",
    "bet_ids", "refs", "fingerprints", "refusals", "players", "entries",
    "types", "stakes", "odds", "payouts", "odds_choices",
    "tolerances", "channels", "picks", "guards", "limit_stakes", "limits",
    "leg_bets", "positions", "fixtures", "markets", "versions", "outcomes", "odds", "odds",
    "event_bets", "event_ids", "event_types", "event_data",
)  # fmt: skip
"""The service's parameters in their order; a single on one outcome, so some are the same value."""


def script(input_rows: int = INPUT_ROWS) -> str:
    """Return the pgbench script: as of `core.tenancy.call_in_tenant`, each statement is a transaction."""
    statements = (named(READ, READ_NAMES), named(WRITE, WRITE_NAMES))
    return "\n".join(
        [
            f"\\set n random(1, {input_rows})",
            INPUTS,
            *(f"{statement};" for statement in statements),
            "",
        ]
    )


def named(statement: str, names: tuple[str, ...]) -> str:
    """Put pgbench's variables where the service's statement has its parameters."""
    first, *rest = " ".join(statement.split()).split("%s")
    return first + "".join(f":{name}{text}" for name, text in zip(names, rest, strict=True))


INPUTS: Final = (
    "SELECT now() AS at, now()::date AS day, ARRAY[core_uuid7()] AS bet_ids, ARRAY[core_uuid7()] AS entries, "
    "ARRAY[core_uuid7(), core_uuid7()] AS event_ids, ARRAY['b' || gen_random_uuid()] AS refs, "
    "ARRAY[sha256(uuid_send(gen_random_uuid()))] AS fingerprints, "
    "ARRAY[sha256(uuid_send(gen_random_uuid()))] AS picks, i.* FROM bench_input i WHERE i.n = :n \\gset"
)
"""New ids, a new reference, and a random player's stake on a random outcome."""


def make_inputs(connection: psycopg.Connection[Any], tenant_id: str, rows: int = INPUT_ROWS) -> None:
    """Make the table of inputs, as superuser; some bet of the tenant must have been announced before."""
    execute_file(connection, "inputs", tenant=f"'{tenant_id}'", rows=rows)


def execute_file(connection: psycopg.Connection[Any], name: str, **values: str | int) -> None:
    """Execute the statements of a file in `sql/`, with literals in place of `:name`."""
    text = (Path(__file__).parent / "sql" / f"{name}.sql").read_text("utf-8")
    for value_name, value in values.items():
        text = text.replace(f":{value_name}", str(value))
    connection.execute(text.encode())
