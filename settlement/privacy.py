"""What is kept of statements: sums by fixture, never a player."""

from core.declared import Basis, Retention, declare

for table, purpose, fields in (
    (
        "settlement.Plan",
        "to say what a partner pays",
        "id tenant kind version rate currency payer valid_from valid_to created_at",
    ),
    (
        "settlement.Statement",
        "to charge a partner",
        "id tenant number period_start_date period_end_date time_zone status currency plan parties revenue "
        "total drafted_at issued_at",
    ),
    (
        "settlement.StatementLine",
        "to charge a partner",
        "tenant statement number kind fixture competition home away starts_at plan currency stakes payouts "
        "revenue rate amount bet_count",
    ),
    (
        "settlement.StatementCharge",
        "to charge a partner",
        "tenant statement number rule plan currency base rate conversion_rate conversion_source "
        "conversion_date amount",
    ),
):
    declare(
        table,
        purpose=purpose,
        basis=Basis.CONTRACT,
        retention=Retention.CONTRACT_AND_10_YEARS,
        business=fields,
    )
