"""Whether sealed history holds: what came of the last check of each chain."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from b2b.dashboard.parts import Card, Viewer
from core.admin.cells import change_url, list_url, moment_text
from core.sealing.models import Verification
from core.trail import TRAIL
from wallet.sealing.ledger import LEDGER

LATE: Final = timedelta(days=1, hours=2)
"""Each chain is checked once in 24 hours; the check itself may take a while."""
_TITLES: Final[Mapping[str, str]] = {
    LEDGER.name: "Ledger against its seals",
    TRAIL.name: "Audit trail against its seals",
}


def verification_cards(viewer: Viewer) -> list[Card]:
    """Return for each chain what the last check found, in red where it found a fault or is overdue."""
    if not viewer.may("core.view_verification"):
        return []
    latest = Verification.objects.order_by("chain", "-verified_at").distinct("chain")
    found = {each.chain: each for each in latest}
    return [_card(chain.name, found.get(chain.name), viewer) for chain in (LEDGER, TRAIL)]


def _card(name: str, last: Verification | None, viewer: Viewer) -> Card:
    if last is None:
        # Whoever has been here for longer than a day should have seen a check.
        is_late = viewer.user.date_joined < viewer.at - LATE
        return Card(
            _TITLES[name],
            "Not yet",
            list_url(Verification),
            "Checked within the hour, then each day.",
            is_alarm=is_late,
        )
    url, note = change_url(Verification, last.pk), f"Checked {moment_text(last.verified_at)}"
    if last.fault_count:
        return Card(_TITLES[name], last.verdict, url, note, is_alarm=True)
    if last.verified_at < viewer.at - LATE:
        return Card(_TITLES[name], "Check overdue", url, f"It held. {note}", is_alarm=True)
    return Card(_TITLES[name], last.verdict, url, note)
