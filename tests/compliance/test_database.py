"""What the database itself refuses, whoever asks."""

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core.tenancy import tenant
from partners.compliance.models import EvidenceFile
from tests.makers.compliance import accepted, areas, hand_in
from tests.makers.partners import make_partner, make_tenant
from tests.makers.roles import acting_as

pytestmark = pytest.mark.usefixtures("committed")


def run(statement: str, *params: Any) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, params)
        return int(cursor.rowcount)


class TestFacts:
    @pytest.mark.parametrize(
        "change",
        [
            "sha256 = repeat('0', 64)",
            "expires_on = expires_on + 1",
            "uploaded_by = 'somebody'",
            "file_name = 'other.pdf'",
            "partner_id = (SELECT id FROM partners_partner WHERE id <> partner_id LIMIT 1)",
        ],
    )
    def test_stay_as_they_were_handed_in(self, change: str) -> None:
        made = hand_in(make_partner())
        make_partner()
        for role in ("b2b_api", "b2b_office", "b2b_jobs", "b2b_owner"):
            with acting_as(role), pytest.raises(DatabaseError):
                run(f"UPDATE partners_evidencefile SET {change} WHERE id = %s", made.pk)

    def test_documents_are_never_removed(self) -> None:
        made = hand_in(make_partner())
        for role in ("b2b_api", "b2b_office", "b2b_jobs", "b2b_owner"):
            with acting_as(role), pytest.raises(DatabaseError):
                run("DELETE FROM partners_evidencefile WHERE id = %s", made.pk)


class TestStatus:
    @pytest.mark.parametrize("status", ["submitted", "rejected", "nonsense"])
    def test_takes_only_the_steps_that_there_are(self, status: str) -> None:
        made = accepted(make_partner())
        with acting_as("b2b_office"), pytest.raises(DatabaseError):
            run(
                "UPDATE partners_evidencefile SET status = %s, decided_at = NULL, decided_by = '' "
                "WHERE id = %s",
                status,
                made.pk,
            )

    def test_rejection_without_a_reason_is_refused(self) -> None:
        made = hand_in(make_partner())
        with acting_as("b2b_office"), pytest.raises(DatabaseError, match="a_rejection_says_why"):
            run(
                "UPDATE partners_evidencefile SET status = 'rejected', decided_at = now(), decided_by = 'x' "
                "WHERE id = %s",
                made.pk,
            )

    def test_decision_without_a_name_is_refused(self) -> None:
        made = hand_in(make_partner())
        with acting_as("b2b_office"), pytest.raises(DatabaseError, match="a_decision_says_who_and_when"):
            run("UPDATE partners_evidencefile SET status = 'accepted' WHERE id = %s", made.pk)

    def test_document_cannot_begin_accepted(self) -> None:
        made = hand_in(make_partner())
        columns = [str(field.column) for field in EvidenceFile._meta.concrete_fields if field.column != "id"]
        chosen = ", ".join(
            {"status": "'accepted'", "decided_by": "'x'", "decided_at": "now()"}.get(name, name)
            for name in columns
        )
        with acting_as("b2b_owner"), pytest.raises(DatabaseError, match="begins undecided"):
            run(
                f"INSERT INTO partners_evidencefile (id, {', '.join(columns)}) "
                f"SELECT core_uuid7(), {chosen} FROM partners_evidencefile WHERE id = %s",
                made.pk,
            )


class TestApiProcess:
    def test_decides_nothing(self) -> None:
        made = hand_in(make_partner())
        for statement in (
            "UPDATE partners_evidencefile SET status = 'accepted' WHERE id = %s",
            "UPDATE partners_compliancearea SET status = 'accepted' WHERE partner_id = %s",
            "DELETE FROM partners_compliancesuspension WHERE partner_id = %s",
        ):
            with acting_as("b2b_api"), pytest.raises(DatabaseError, match="permission denied"):
                run(statement, made.pk)

    def test_sees_its_own_partners_documents_alone(self) -> None:
        mine, theirs = make_tenant(), make_tenant()
        hand_in(mine.partner)
        hand_in(theirs.partner)
        assert EvidenceFile.objects.count() == 0
        with tenant(mine.pk):
            assert set(EvidenceFile.objects.values_list("partner_id", flat=True)) == {mine.partner_id}

    def test_hands_nothing_in_for_another_partner(self) -> None:
        mine, theirs = make_tenant(), make_tenant()
        made = hand_in(mine.partner)
        columns = [str(field.column) for field in EvidenceFile._meta.concrete_fields if field.column != "id"]
        chosen = ", ".join("%s::uuid" if name == "partner_id" else name for name in columns)
        refused = pytest.raises(DatabaseError, match="row-level security")
        with refused, tenant(mine.pk), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO partners_evidencefile (id, {', '.join(columns)}) "
                f"SELECT core_uuid7(), {chosen} FROM partners_evidencefile WHERE id = %s",
                [theirs.partner_id, made.pk],
            )
        assert areas(theirs.partner).get("local_licence", "missing") == "missing"

    def test_learns_nobody_elses_jurisdictions(self) -> None:
        mine, theirs = make_tenant(), make_tenant()
        with tenant(mine.pk), connection.cursor() as cursor:
            cursor.execute(
                "SELECT partners_jurisdictions(%s), partners_jurisdictions(%s)",
                [mine.partner_id, theirs.partner_id],
            )
            assert cursor.fetchone() == (["MT"], None)
