"""The steps of onboarding, as data; and the partners of before, which are live and have their areas to prove."""

from django.db import migrations

from core.operations import Sql

WAY = (
    "registered",
    "compliance",
    "credentials",
    "documentation",
    "development",
    "testing",
    "deployment",
    "live",
    "maintenance",
)
GO_LIVE = ("compliance", "certification", "bank_account", "licences")
FORWARD = {
    "compliance": ("account_manager", "company", "primary_contact"),
    "credentials": ("owners", "kyc"),
    "documentation": ("test_credentials",),
    "development": ("technical_contact",),
    "testing": ("api_called",),
    "deployment": GO_LIVE,
    "live": (*GO_LIVE, "production_tenant", "production_credentials"),
    "maintenance": (),
}
AGAIN = ("compliance", "certification")

STEPS = (
    *((left, entered, FORWARD[entered]) for left, entered in zip(WAY, WAY[1:])),
    *((left, entered, AGAIN if entered == "live" else ()) for entered, left in zip(WAY, WAY[1:])),
    *((stage, "paused", ()) for stage in WAY),
    *(("paused", stage, ("return", *(AGAIN if stage in WAY[6:] else ()))) for stage in WAY),
    *((stage, "declined", ()) for stage in WAY[:6]),
    *((stage, "terminated", ()) for stage in (*WAY[2:], "paused")),
    ("registered", "live", ("takeover",)),
)
AREAS = ("data_protection", "aml", "kyc", "responsible_gambling", "local_licence")


def _array(words: tuple[str, ...]) -> str:
    return f"ARRAY[{', '.join(map(repr, words))}]::varchar[]"


class Migration(migrations.Migration):
    dependencies = (("partners", "0011_onboarding_access"),)

    operations = (
        Sql(
            "INSERT INTO partners_onboardingtransition (id, from_stage, to_stage, requires) VALUES "
            + ", ".join(f"(core_uuid7(), '{a}', '{b}', {_array(needs)})" for a, b, needs in STEPS)
        ),
        Sql(
            "INSERT INTO partners_compliancearea (id, partner_id, area, status, decided_by, reason) "
            f"SELECT core_uuid7(), p.id, a.area, 'missing', '', '' FROM partners_partner p, "
            f"unnest({_array(AREAS)}) a (area)"
        ),
        Sql(
            "INSERT INTO partners_onboardingmove "
            "(id, partner_id, number, from_stage, to_stage, moved_by, moved_at, reason, tenant_suspended, "
            "transaction_id) SELECT core_uuid7(), p.id, 0, 'registered', 'live', 'system', now(), "
            "'Live before its onboarding was recorded.', false, 0 FROM partners_partner p"
        ),
    )
