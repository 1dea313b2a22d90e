"""The SQL that counts: what is fresh in a source, and how it is added to the figures of every grain.

The fresh rows of a source are found by its index on `transaction`, in the order of commits. Each statement
takes `first` and `end`, the numbers of the transactions counted, the last one excluded, and `since`.
"""

from typing import Final

from core.errors import RULE_STATUS
from integration.queries import IS_CALL

LEDGER: Final = """
SELECT b.tenant_id, date_trunc('hour', b.placed_at, 'UTC') AS hour, b.currency,
       count(*) AS bets_placed, 0 AS bets_refused, 0 AS bets_settled, 0 AS corrections,
       sum(b.stake) AS stakes_placed, 0 AS stakes_settled, 0 AS payouts
FROM wallet_journalentry e
JOIN sportsbook_bet b ON b.tenant_id = e.tenant_id AND b.id = e.subject_id
WHERE e.transaction >= %(first)s AND e.transaction < %(end)s AND e.kind = 'bet_placed'
GROUP BY 1, 2, 3
UNION ALL
SELECT s.tenant_id, date_trunc('hour', s.settled_at, 'UTC'), s.currency,
       0, 0, count(*) FILTER (WHERE s.kind = 'settled'), count(*) FILTER (WHERE s.kind <> 'settled'),
       0, sum(s.stake_delta), sum(s.payout_delta)
FROM wallet_journalentry e
JOIN sportsbook_settlement s ON s.tenant_id = e.tenant_id AND s.bet_id = e.subject_id AND s.entry_id = e.id
WHERE e.transaction >= %(first)s AND e.transaction < %(end)s AND e.kind IN ('bet_settled', 'bet_reversed')
GROUP BY 1, 2, 3
"""
"""A bet and its stake are one entry. A settlement has one entry or two, and names the last of them."""

REFUSALS: Final = """
SELECT tenant_id, date_trunc('hour', created_at, 'UTC') AS hour, '' AS currency,
       0 AS bets_placed, count(*) AS bets_refused, 0 AS bets_settled, 0 AS corrections,
       0 AS stakes_placed, 0 AS stakes_settled, 0 AS payouts
FROM core_reference
WHERE transaction >= %(first)s AND transaction < %(end)s AND kind = 'bet' AND refusal IS NOT NULL
GROUP BY 1, 2
"""

ENDPOINT: Final = """
CASE WHEN route LIKE '/api/v_/%%' THEN left(split_part(route, '/', 4), 64)
     WHEN route = '' THEN 'unknown' ELSE left(split_part(route, '/', 2), 64) END
"""
REQUESTS: Final = f"""
SELECT tenant_id, date_trunc('hour', received_at, 'UTC') AS hour, {ENDPOINT} AS endpoint,
       count(*) AS requests,
       count(*) FILTER (WHERE status BETWEEN 400 AND 499 AND status <> {RULE_STATUS}) AS refused,
       count(*) FILTER (WHERE status >= 500) AS failed
FROM integration_apirequest
WHERE transaction >= %(first)s AND transaction < %(end)s AND tenant_id IS NOT NULL
    AND received_at >= %(since)s AND {IS_CALL}
GROUP BY 1, 2, 3
"""  # noqa: S608
"""Requests that did not prove who asks are nobody's, and in the request log alone. An answer by rule
counts as a request, and as no error.
"""

BET_FIGURES: Final = (
    "bets_placed",
    "bets_refused",
    "bets_settled",
    "corrections",
    "stakes_placed",
    "stakes_settled",
    "payouts",
)
REQUEST_FIGURES: Final = ("requests", "refused", "failed")


def add_bets(fresh: str) -> str:
    """Return the statement that adds fresh bets to all three grains."""
    return _add(
        fresh,
        BET_FIGURES,
        {
            "reporting_hourlybets": (("tenant_id", "tenant_id"), ("hour", "hour"), ("currency", "currency")),
            "reporting_dailybets": (("tenant_id", "tenant_id"), ("day", DAY), ("currency", "currency")),
            "reporting_platformbets": (("kind", KIND), ("hour", "hour"), ("currency", "currency")),
        },
    )


def add_requests(fresh: str) -> str:
    """Return the statement that adds fresh requests to all three grains."""
    return _add(
        fresh,
        REQUEST_FIGURES,
        {
            "reporting_hourlyrequests": (
                ("tenant_id", "tenant_id"),
                ("hour", "hour"),
                ("endpoint", "endpoint"),
            ),
            "reporting_dailyrequests": (("tenant_id", "tenant_id"), ("day", DAY)),
            "reporting_platformrequests": (("kind", KIND), ("hour", "hour")),
        },
    )


DAY: Final = "(hour AT TIME ZONE 'UTC')::date"
KIND: Final = "(SELECT t.kind FROM partners_tenant t WHERE t.id = fresh.tenant_id)"

Keys = tuple[tuple[str, str], ...]
"""Columns of a table's key, each with the expression that makes it of a fresh row."""


def _add(fresh: str, figures: tuple[str, ...], tables: dict[str, Keys]) -> str:
    steps = [f"fresh AS MATERIALIZED ({fresh})"]
    for table, keys in tables.items():
        columns = ", ".join((*(column for column, _ in keys), *figures))
        taken = ", ".join(
            (*(f"{made} AS {column}" for column, made in keys), *(f"sum({figure})" for figure in figures))
        )
        places = ", ".join(str(place) for place in range(1, len(keys) + 1))
        key = ", ".join(column for column, _ in keys)
        grown = ", ".join(f"{figure} = {table}.{figure} + excluded.{figure}" for figure in figures)
        steps.append(
            f"{table}_grown AS (INSERT INTO {table} ({columns}) SELECT {taken} FROM fresh "  # noqa: S608
            f"GROUP BY {places} ON CONFLICT ({key}) DO UPDATE SET {grown})"
        )
    return f"WITH {', '.join(steps)} SELECT count(*) FROM fresh"  # noqa: S608
