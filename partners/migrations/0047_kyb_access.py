"""Who may do what with a partner's business, what the database refuses, and what steps require of it.

The accounts that companies had are taken over unverified. A partner that is in production stays there; what it
lacks stands on its checklist and is asked for at its next step into production.
"""

from django.db import migrations

from core.operations import AppendOnly, GlobalTable, HistoryOf, Sql, SqlFile

ADD, WRITE = "SELECT, INSERT", "SELECT, INSERT, UPDATE"
OWN = "($1 ->> 'partner_id')::uuid"
BUSINESS = ("directors", "sanctions", "bank_account", "processor_contract", "kyb_review")


def _both(rights: str) -> dict[str, str]:
    return {"b2b_office": rights, "b2b_jobs": rights}


def _trigger(name: str, when: str, table: str, function: str) -> Sql:
    return Sql(f"CREATE TRIGGER {name} BEFORE {when} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()")


def _requires(facts: tuple[str, ...], where: str) -> Sql:
    """Add facts to what some steps require, each once."""
    words = ", ".join(map(repr, facts))
    return Sql(
        f"UPDATE partners_onboardingtransition t SET requires = requires || ARRAY(SELECT f FROM unnest(ARRAY[{words}]"
        f"::varchar[]) WITH ORDINALITY u (f, n) WHERE f <> ALL (t.requires) ORDER BY n) WHERE {where}"
    )


class Migration(migrations.Migration):
    dependencies = (
        ("partners", "0046_kyb"),
        ("approvals", "0008_bank_accounts"),
        ("core", "0006_row_changes"),
    )

    operations = (
        GlobalTable("partners", "Director", _both(WRITE)),
        GlobalTable(
            "partners",
            "Screening",
            _both("SELECT, INSERT, UPDATE (decision, decided_by_id, decided_at, decision_reason)"),
        ),
        GlobalTable(
            "partners",
            "BankAccount",
            _both(
                "SELECT, INSERT, UPDATE (ended_at, verification, verified_by_id, verified_at, verified_name, "
                "holder_difference)"
            ),
        ),
        GlobalTable("partners", "KybReview", _both(ADD)),
        GlobalTable("partners", "ProcessorContract", _both("SELECT, INSERT, UPDATE (ended_at)")),
        GlobalTable(
            "partners",
            "KybReminder",
            {
                "b2b_office": "SELECT",
                "b2b_jobs": "SELECT, INSERT, UPDATE (recipients, failure, attempts, sent_at)",
            },
        ),
        Sql(
            "INSERT INTO partners_bankaccount (id, partner_id, holder, iban, bic, country, entered_at, verification, "
            "verified_name, holder_difference) SELECT core_uuid7(), p.id, coalesce(nullif(p.legal_name, ''), p.name), "
            "c.iban, c.bic, left(c.iban, 2), c.updated_at, '', '', '' "
            "FROM partners_company c JOIN partners_partner p ON p.id = c.partner_id WHERE c.iban <> ''"
        ),
        AppendOnly("partners", "KybReview"),
        SqlFile("partners", "kyb"),
        SqlFile("partners", "guard_kyb"),
        SqlFile("partners", "onboarding_facts"),
        SqlFile("partners", "guard_production"),
        _trigger(
            "a_screening_stays", "INSERT OR UPDATE OR DELETE", "partners_screening", "partners_guard_screening"
        ),
        _trigger(
            "two_people_enter_a_bank_account",
            "INSERT OR UPDATE OR DELETE",
            "partners_bankaccount",
            "partners_guard_bank_account",
        ),
        _trigger(
            "a_processor_contract_stays",
            "UPDATE OR DELETE",
            "partners_processorcontract",
            "partners_guard_processor_contract",
        ),
        *(
            HistoryOf("partners", model, partner=OWN)
            for model in ("Director", "Screening", "BankAccount", "KybReview", "ProcessorContract")
        ),
        _requires(BUSINESS, "(from_stage, to_stage) IN (('testing', 'deployment'), ('deployment', 'live'))"),
        _requires(
            ("sanctions", "kyb_review"),
            "from_stage IN ('maintenance', 'paused') AND to_stage IN ('deployment', 'live', 'maintenance')",
        ),
    )
