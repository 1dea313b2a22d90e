"""What is kept of limits and of what has been used of them."""

from core.declared import Basis, Retention, declare

declare(
    "risk.Limit",
    purpose="to bound what one bet and one day can cost",
    basis=Basis.CONTRACT,
    retention=Retention.CONTRACT_AND_10_YEARS,
    business="id kind vip partner tenant amount updated_at",
)
declare(
    "risk.DailyStake",
    purpose="to hold a player's stakes of a day against the limits",
    subjects="players",
    basis=Basis.LAW,
    retention=Retention.LEDGER,
    pseudonymous="player",
    business="tenant day stake",
)
