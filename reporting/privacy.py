"""What is kept of figures by the hour and the day: sums, never a player."""

from typing import Final

from core.declared import Basis, Retention, declare

_BETS: Final = (
    "currency bets_placed bets_refused bets_settled corrections stakes_placed stakes_settled payouts hour"
)
_REQUESTS: Final = "requests refused failed hour"

for table, fields in {
    "HourlyBets": f"{_BETS} tenant",
    "DailyBets": f"{_BETS.replace('hour', 'day')} tenant",
    "PlatformBets": f"{_BETS} kind",
    "HourlyRequests": f"{_REQUESTS} tenant endpoint",
    "DailyRequests": f"{_REQUESTS.replace('hour', 'day')} tenant",
    "PlatformRequests": f"{_REQUESTS} kind",
    "Mark": "source transaction_end counted_at",
}.items():
    declare(
        f"reporting.{table}",
        purpose="to show how business goes without reading the bets again",
        basis=Basis.CONTRACT,
        retention=Retention.FIGURES if table.startswith("Hourly") else Retention.CONTRACT_AND_10_YEARS,
        business=fields,
    )
