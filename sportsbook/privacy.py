"""What is kept of fixtures, which are nobody's data, and of bets, which are a player's."""

from core.declared import Basis, Retention, declare

for table, fields in {
    "sportsbook.Sport": "id name",
    "sportsbook.Competition": "id sport name",
    "sportsbook.Fixture": (
        "id owner_tenant competition season edition home away starts_at status home_score away_score "
        "result_number settled_number"
    ),
    "sportsbook.Market": "id fixture owner_tenant type line status version",
    "sportsbook.Outcome": "id market owner_tenant name position odds",
    "sportsbook.AnnouncedOdds": "tenant outcome odds market_version announced_at",
    "sportsbook.OddsChange": "id outcome owner_tenant odds market_version source changed_at",
}.items():
    declare(
        table,
        purpose="to offer bets and to prove at which odds",
        basis=Basis.LAW,
        retention=Retention.LEDGER,
        business=fields,
    )
declare(
    "sportsbook.Result",
    purpose="to settle bets and to prove by which result",
    subjects="staff",
    basis=Basis.LAW,
    retention=Retention.LEDGER,
    business="id fixture owner_tenant number home away rehearsal entered_at",
    staff="entered_by",
    free_text="reason",
)
declare(
    "sportsbook.Bet",
    purpose="to keep a bet, as gambling law asks",
    subjects="players",
    basis=Basis.LAW,
    retention=Retention.LEDGER,
    pseudonymous="id player reference",
    business=(
        "tenant type status currency stake odds potential_payout payout revision placed_at settled_at "
        "odds_choice odds_tolerance channel picks entry_id settlement_entry_id limit_day limit_stake"
    ),
)
declare(
    "sportsbook.Leg",
    purpose="to keep what a bet is on",
    subjects="players",
    basis=Basis.LAW,
    retention=Retention.LEDGER,
    pseudonymous="bet",
    business="tenant position fixture market outcome requested_odds odds status dead_heat",
)
declare(
    "sportsbook.Settlement",
    purpose="to keep how a bet was settled, and again",
    subjects="players",
    basis=Basis.LAW,
    retention=Retention.LEDGER,
    pseudonymous="bet",
    business=(
        "tenant revision kind status fixture currency payout stake_delta payout_delta entry_id settled_at"
    ),
    staff="actor",
    free_text="reason",
)
