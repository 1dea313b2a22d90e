"""Counting everything anew, from bets, settlements, refusals and the request log themselves.

For rows that never went through the ledger, having been loaded in bulk. Requests are counted anew
from the first whole day that the log still has; older figures of them stay as they are.
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction

from integration.services import DAYS_KEPT
from reporting.models import Source
from reporting.services import fresh
from reporting.services.counting import LOCK, get_horizon, set_mark

_LATER: Final = """
    SELECT FROM wallet_journalentry e
    WHERE e.tenant_id = {row}.tenant_id AND e.id = {row}.entry_id AND e.transaction >= %(end)s
"""
_BETS: Final = f"""
SELECT b.tenant_id, date_trunc('hour', b.placed_at, 'UTC') AS hour, b.currency,
       count(*) AS bets_placed, 0 AS bets_refused, 0 AS bets_settled, 0 AS corrections,
       sum(b.stake) AS stakes_placed, 0 AS stakes_settled, 0 AS payouts
FROM sportsbook_bet b WHERE NOT EXISTS ({_LATER.format(row="b")}) GROUP BY 1, 2, 3
UNION ALL
SELECT s.tenant_id, date_trunc('hour', s.settled_at, 'UTC'), s.currency,
       0, 0, count(*) FILTER (WHERE s.kind = 'settled'), count(*) FILTER (WHERE s.kind <> 'settled'),
       0, sum(s.stake_delta), sum(s.payout_delta)
FROM sportsbook_settlement s WHERE NOT EXISTS ({_LATER.format(row="s")}) GROUP BY 1, 2, 3
"""  # noqa: S608
_FIRST_DAY: Final = """
SELECT greatest(date_trunc('day', received_at, 'UTC'), date_trunc('day', %s::timestamptz, 'UTC'))
FROM integration_apirequest ORDER BY id LIMIT 1
"""
_DAY_OF: Final = {
    "reporting_hourlyrequests": "hour",
    "reporting_platformrequests": "hour",
    "reporting_dailyrequests": "day",
}


def recount(*, counted_at: datetime) -> None:
    """Make all figures anew in one transaction; whoever reads sees the old ones until it is done.

    Rows of transactions that still run are left to the next count.
    """
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        end = get_horizon(cursor)
        for table in ("reporting_hourlybets", "reporting_dailybets", "reporting_platformbets"):
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608
        cursor.execute(fresh.add_bets(_BETS), {"end": end})
        cursor.execute(fresh.add_bets(fresh.REFUSALS), {"first": 0, "end": end})
        cursor.execute(_FIRST_DAY, [counted_at - timedelta(days=DAYS_KEPT)])
        found = cursor.fetchone()
        if found is not None:
            for table, column in _DAY_OF.items():
                cursor.execute(f"DELETE FROM {table} WHERE {column} >= %s", [found[0]])  # noqa: S608
            cursor.execute(fresh.add_requests(fresh.REQUESTS), {"first": 0, "end": end, "since": found[0]})
        for source in Source:
            set_mark(source, end, counted_at)
