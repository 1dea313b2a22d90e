"""What the database refuses by itself, to the office's own login and past every service."""

from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, ProgrammingError, transaction

from approvals.models import ApprovalRequest
from core.clock import now
from risk.models import Limit
from tests.approvals.makers import approve, ask_raise, checker, long_ago, maker, run
from tests.makers.partners import make_tenant
from tests.makers.roles import acting_as
from tests.makers.staff import make_user

pytestmark = [pytest.mark.role("b2b_office"), pytest.mark.usefixtures("committed")]

DECIDE = (
    "UPDATE approvals_approvalrequest SET status = 'approved', decided_by_id = %s, decided_at = %s, "
    "decided_digest = payload_digest WHERE id = %s"
)


def status_of(request: ApprovalRequest) -> str:
    return ApprovalRequest.objects.get(pk=request.pk).status


class TestWhoAsked:
    def test_never_decides(self) -> None:
        asker = maker()
        request = ask_raise(by=asker)
        with pytest.raises(IntegrityError, match="who_asked_never_decides"):
            run(DECIDE, asker.pk, now(), request.pk)
        assert status_of(request) == "pending"

    def test_never_decides_under_another_role(self) -> None:
        asker = maker()
        request = ask_raise(by=asker)
        with acting_as("b2b_jobs"):
            asker.is_superuser = True
            asker.save()
        with pytest.raises(IntegrityError, match="who_asked_never_decides"):
            run(DECIDE, asker.pk, now(), request.pk)

    def test_never_decides_by_a_deputy_either(self) -> None:
        asker = maker()
        request = ask_raise(by=asker)
        with pytest.raises(IntegrityError, match="only a deputy decides"):
            run(DECIDE.replace("SET ", f"SET decided_for_id = {asker.pk}, "), checker().pk, now(), request.pk)

    def test_stays_who_asked(self) -> None:
        asker, other = maker(), checker()
        request = ask_raise(by=asker)
        with pytest.raises(IntegrityError, match="stays as it was asked"):
            run(
                "UPDATE approvals_approvalrequest SET requested_by_id = %s WHERE id = %s",
                other.pk,
                request.pk,
            )

    def test_alone_edits(self) -> None:
        request = ask_raise()
        with pytest.raises(IntegrityError, match="only_who_asked_edits"):
            run(
                "UPDATE approvals_approvalrequest SET payload = '{}', revision = 2, edited_by_id = %s, "
                "edited_at = now() WHERE id = %s",
                checker().pk,
                request.pk,
            )


class TestDecision:
    def test_is_about_the_content_that_was_read(self) -> None:
        request = ask_raise()
        with pytest.raises(IntegrityError, match="a_decision_is_about_what_was_read"):
            run(DECIDE.replace("payload_digest WHERE", "'0000' WHERE"), checker().pk, now(), request.pk)

    def test_after_the_end_is_refused(self) -> None:
        request = ask_raise(at=long_ago())
        with pytest.raises(IntegrityError, match="expired request"):
            run(DECIDE, checker().pk, now(), request.pk)

    def test_dated_back_before_the_end_is_refused(self) -> None:
        request = ask_raise(at=long_ago())
        with pytest.raises(IntegrityError, match="expired request"):
            run(DECIDE, checker().pk, long_ago(), request.pk)

    def test_of_somebody_who_has_left_is_refused(self) -> None:
        request = ask_raise()
        gone = make_user(is_active=False)
        with pytest.raises(IntegrityError, match="who has left"):
            run(DECIDE, gone.pk, now(), request.pk)

    def test_without_a_name_is_refused(self) -> None:
        request = ask_raise()
        with pytest.raises(IntegrityError):
            run("UPDATE approvals_approvalrequest SET status = 'approved' WHERE id = %s", request.pk)

    def test_stays_as_it_was_made(self) -> None:
        request = approve(ask_raise(), checker())
        for change in (
            "decision_note = 'x'",
            "status = 'pending'",
            "status = 'rejected'",
            "executed_at = NULL",
        ):
            with pytest.raises(IntegrityError):
                run(f"UPDATE approvals_approvalrequest SET {change} WHERE id = %s", request.pk)

    @pytest.mark.parametrize("status", ["rejected", "withdrawn", "expired", "void", "failed"])
    def test_of_a_closed_request_is_refused(self, status: str) -> None:
        request, decider = ask_raise(), checker()
        closing: dict[str, Any] = {
            "rejected": "decided_by_id = %s, decided_at = now(), decided_digest = payload_digest, "
            "decision_note = 'no', ",
            "void": "failure = 'overtaken', ",
        }
        if status == "failed":
            with pytest.raises(IntegrityError, match="only what was approved"):
                run("UPDATE approvals_approvalrequest SET status = 'failed' WHERE id = %s", request.pk)
            return
        parts = closing.get(status, "")
        run(
            f"UPDATE approvals_approvalrequest SET {parts} status = '{status}', closed_at = now() "
            "WHERE id = %s",
            *([decider.pk] if status == "rejected" else []),
            request.pk,
        )
        with pytest.raises(IntegrityError, match="a closed request"):
            run(DECIDE, decider.pk, now(), request.pk)


class TestContent:
    def test_edited_after_the_approval_is_refused(self) -> None:
        request, decider = ask_raise(), checker()
        with transaction.atomic():
            run(DECIDE, decider.pk, now(), request.pk)
        for change in (
            "payload = jsonb_set(payload, '{proposed,amount}', '\"99999.00\"')",
            "payload = jsonb_set(payload, '{proposed,amount}', '\"99999.00\"'), revision = 2, "
            "edited_by_id = requested_by_id, edited_at = now(), decided_digest = NULL",
            "payload = jsonb_set(payload, '{proposed,amount}', '\"99999.00\"'), revision = 2, "
            "edited_by_id = requested_by_id, edited_at = now(), status = 'pending', decided_by_id = NULL, "
            "decided_at = NULL, decided_digest = NULL",
        ):
            with pytest.raises(IntegrityError):
                run(f"UPDATE approvals_approvalrequest SET {change} WHERE id = %s", request.pk)
        assert status_of(request) == "approved"

    def test_edited_without_a_revision_is_refused(self) -> None:
        request = ask_raise()
        with pytest.raises(IntegrityError, match="new revision"):
            run("UPDATE approvals_approvalrequest SET payload = '{}' WHERE id = %s", request.pk)

    def test_has_the_digest_that_the_database_made(self) -> None:
        request = ask_raise()
        run("UPDATE approvals_approvalrequest SET payload_digest = 'forged' WHERE id = %s", request.pk)
        request.refresh_from_db()
        assert len(request.payload_digest) == 64

    def test_of_every_revision_is_kept(self) -> None:
        request = ask_raise()
        run(
            "UPDATE approvals_approvalrequest SET revision = 2, "
            "payload = jsonb_set(payload, '{proposed,amount}', '\"30000.00\"'), "
            "edited_by_id = requested_by_id, edited_at = now() WHERE id = %s",
            request.pk,
        )
        kept = [each.payload["proposed"]["amount"] for each in request.revisions.order_by("revision")]
        assert kept == ["20000.00", "30000.00"]


class TestRequest:
    def test_begins_as_pending(self) -> None:
        asker, decider = maker(), checker()
        with pytest.raises(IntegrityError, match="begins as pending"):
            run(
                "INSERT INTO approvals_approvalrequest (id, kind, subject_type, subject_id, title, payload, "
                "payload_digest, revision, reason, status, requested_by_id, requested_at, expires_at, "
                "decided_by_id, decided_at, decided_digest, decision_note, failure) VALUES (core_uuid7(), "
                "'limit_raise', 'risk.limit', 'x', 'x', '{}', '', 1, 'x', 'approved', %s, now(), "
                "now() + interval '1 day', %s, now(), '', '', '')",
                asker.pk,
                decider.pk,
            )

    def test_is_the_only_open_one_about_its_subject(self) -> None:
        request = ask_raise()
        with pytest.raises(IntegrityError, match="one_open_request"):
            run(
                "INSERT INTO approvals_approvalrequest (id, kind, subject_type, subject_id, title, payload, "
                "payload_digest, revision, reason, status, requested_by_id, requested_at, expires_at, "
                "decision_note, failure) SELECT core_uuid7(), kind, subject_type, subject_id, title, "
                "payload, '', 1, reason, status, requested_by_id, requested_at, expires_at, '', '' "
                "FROM approvals_approvalrequest WHERE id = %s",
                request.pk,
            )

    @pytest.mark.parametrize("role", ["b2b_office", "b2b_jobs", "b2b_api"])
    def test_is_removed_by_nobody(self, role: str) -> None:
        with acting_as(role), pytest.raises(ProgrammingError, match="permission denied"):
            run("DELETE FROM approvals_approvalrequest")

    def test_is_not_removed_by_the_owner_either(self) -> None:
        for change in ("DELETE FROM approvals_approvalrequest", "TRUNCATE approvals_approvalrequest CASCADE"):
            with acting_as("b2b_owner"), pytest.raises(DatabaseError, match="never removed"):
                run(change)


class TestLimit:
    def test_is_not_raised_alone(self) -> None:
        tenant = make_tenant()
        with pytest.raises(ProgrammingError, match="raised by two people"):
            Limit.objects.create(kind="max_bet", tenant=tenant, amount=20_000, updated_at=now())
        limit = Limit.objects.create(kind="max_bet", tenant=tenant, amount=500, updated_at=now())
        with pytest.raises(ProgrammingError, match="raised by two people"):
            Limit.objects.filter(pk=limit.pk).update(amount=501)
        assert Limit.objects.filter(pk=limit.pk).update(amount=499) == 1

    def test_is_not_raised_to_more_than_was_approved(self) -> None:
        tenant = make_tenant()
        request = ask_raise(tenant=tenant)
        run(DECIDE, checker().pk, now(), request.pk)
        with pytest.raises(ProgrammingError, match="raised by two people"):
            Limit.objects.create(kind="max_bet", tenant=tenant, amount=20_001, updated_at=now())
        Limit.objects.create(kind="max_bet", tenant=tenant, amount=20_000, updated_at=now())

    def test_is_not_given_to_somebody_else(self) -> None:
        tenant, other = make_tenant(), make_tenant()
        limit = Limit.objects.create(kind="max_bet", tenant=tenant, amount=500, updated_at=now())
        with pytest.raises(IntegrityError, match="of whom it was set for"):
            Limit.objects.filter(pk=limit.pk).update(tenant=other)

    def test_is_not_taken_out(self) -> None:
        with pytest.raises(ProgrammingError, match="permission denied"):
            run("DELETE FROM risk_limit")
