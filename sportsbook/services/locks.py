"""The lock of a fixture: whoever changes its odds, markets or result holds it alone, placements share it.

So no bet commits on odds that have changed meanwhile, or on a market that is no longer open. It ends with the
transaction. Several fixtures are locked in ascending order, as placements do.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import connection


def lock_fixture(fixture_id: UUID) -> None:
    """Wait until no placement is under way on the fixture; keep others away until the transaction ends."""
    lock_fixtures([fixture_id])


def lock_fixtures(fixture_ids: Iterable[UUID]) -> None:
    """Lock several fixtures, in ascending order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(fixture_id::text, 7))"
            " FROM unnest(%s::uuid[]) AS fixture_id",
            [sorted(fixture_ids)],
        )


def lock_season(competition_id: str, season: str) -> None:
    """Let one process at a time load a season."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 8))", [f"{competition_id} {season}"]
        )
