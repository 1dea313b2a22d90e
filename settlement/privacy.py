"""What is kept of statements and of where partners are paid: sums by fixture, never a player."""

from typing import Any, Final

from core.declared import Basis, Retention, declare

WHO: Final[dict[str, dict[str, Any]]] = {
    "settlement.Statement": {"subjects": "staff", "staff": "prepared_by approved_by"},
    "settlement.StatementAdjustment": {
        "subjects": "staff",
        "staff": "made_by approved_by",
        "free_text": "reason",
    },
    "settlement.PayoutAddress": {"subjects": "staff", "staff": "made_by approved_by"},
}

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
        "total drafted_at submitted_at approved_at issued_at",
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
    (
        "settlement.StatementAdjustment",
        "to charge a partner",
        "id tenant statement currency amount request made_at",
    ),
    (
        "settlement.PayoutAddress",
        "to pay a partner where two people agreed",
        "id partner currency kind network address bic request approved_at usable_from ended_at",
    ),
):
    declare(
        table,
        purpose=purpose,
        basis=Basis.CONTRACT,
        retention=Retention.CONTRACT_AND_10_YEARS,
        business=fields,
        **WHO.get(table, {}),
    )
