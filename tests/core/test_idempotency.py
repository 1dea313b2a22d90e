"""`Idempotency-Key`: one effect, one answer, however often and however concurrently a request is repeated."""

import threading
from datetime import timedelta
from typing import Any, ClassVar
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.http import HttpResponse
from django.urls import include, path

from b2b.urls import api as served
from core import clock
from core.api.answers import JsonAnswer
from core.api.bodies import Body, parse_body
from core.api.idempotency import CLAIM_LASTS, with_idempotency_key
from core.api.views import PartnerRequest, PartnerView
from core.errors import Rejected, Unavailable
from core.models import IdempotencyKey
from core.services import KEYS_KEPT_FOR, forget_idempotency_keys
from core.tenancy import tenant
from tests.makers.http import Caller, make_caller
from tests.makers.roles import acting_as

RAN: list[str] = []


class Note(Body, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    text: str = ""


class Notes(PartnerView):
    """Notes what it is told; some words make it fail."""

    required_scopes: ClassVar = {"POST": "players:write"}

    @with_idempotency_key
    def post(self, request: PartnerRequest, name: str) -> HttpResponse:
        asked = parse_body(request, Note)
        RAN.append(asked.text)
        if asked.text == "rejected":
            raise Rejected("No.", code="X_REJECTED")
        if asked.text == "unavailable":
            raise Unavailable
        if asked.text == "bug":
            raise ValueError
        return JsonAnswer({"ran": len(RAN)}, status=201)


urlpatterns = [path("notes/<str:name>", Notes.as_view()), path("", include(served.urlpatterns))]


@pytest.fixture
def caller(committed: None, settings: Any) -> Caller:
    settings.ROOT_URLCONF = __name__
    return make_caller()


@pytest.fixture
def key() -> str:
    return str(uuid4())


def ran(text: str) -> int:
    return RAN.count(text)


class TestWithIdempotencyKey:
    def test_same_content_gets_the_first_answer_again(self, caller: Caller, key: str) -> None:
        text = uuid4().hex
        first = caller.post("/notes/a", {"text": text}, HTTP_IDEMPOTENCY_KEY=key)
        again = caller.post("/notes/a", {"text": text}, HTTP_IDEMPOTENCY_KEY=f'"{key}"')
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        assert ran(text) == 1

    @pytest.mark.parametrize(
        ("where", "text"), [("/notes/a", "other"), ("/notes/b", "one"), ("/notes/a?x=1", "one")]
    )
    def test_other_content_is_a_conflict(self, caller: Caller, key: str, where: str, text: str) -> None:
        caller.post("/notes/a", {"text": "one"}, HTTP_IDEMPOTENCY_KEY=key)
        answer = caller.post(where, {"text": text}, HTTP_IDEMPOTENCY_KEY=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "REFERENCE_CONFLICT")

    def test_another_tenant_may_use_the_same_key(self, caller: Caller, key: str) -> None:
        caller.post("/notes/a", {"text": "one"}, HTTP_IDEMPOTENCY_KEY=key)
        answer = make_caller().post("/notes/a", {"text": "two"}, HTTP_IDEMPOTENCY_KEY=key)
        assert answer.status_code == 201

    def test_refusal_by_rule_is_kept(self, caller: Caller, key: str) -> None:
        before = ran("rejected")
        first = caller.post("/notes/a", {"text": "rejected"}, HTTP_IDEMPOTENCY_KEY=key)
        again = caller.post("/notes/a", {"text": "rejected"}, HTTP_IDEMPOTENCY_KEY=key)
        assert (first.status_code, again.status_code) == (422, 422)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert ran("rejected") == before + 1

    @pytest.mark.parametrize(("text", "status"), [("unavailable", 503), ("bug", 500)])
    def test_failure_leaves_the_key_free(self, caller: Caller, key: str, text: str, status: int) -> None:
        before = ran(text)
        for _ in range(2):
            answer = caller.post("/notes/a", {"text": text}, HTTP_IDEMPOTENCY_KEY=key)
            assert answer.status_code == status
            assert "Idempotent-Replayed" not in answer.headers
        assert ran(text) == before + 2

    @pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a,b", "ä"])
    def test_unfit_key_is_refused(self, caller: Caller, given: str) -> None:
        answer = caller.post("/notes/a", {"text": "one"}, HTTP_IDEMPOTENCY_KEY=given)
        assert (answer.status_code, answer.json()["code"]) == (400, "IDEMPOTENCY_KEY_INVALID")

    def test_fifty_at_once_run_once(self, caller: Caller, key: str) -> None:
        text, statuses = uuid4().hex, []

        def call() -> None:
            answer = caller.post("/notes/a", {"text": text}, HTTP_IDEMPOTENCY_KEY=key)
            statuses.append(answer.status_code)
            connections.close_all()

        threads = [threading.Thread(target=call) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ran(text) == 1
        assert set(statuses) <= {201, 409}

    def test_key_of_a_request_that_died_is_free_after_a_minute(self, caller: Caller, key: str) -> None:
        claimed_at = clock.now()
        with tenant(caller.tenant_id):
            IdempotencyKey.objects.create(
                tenant_id=caller.tenant_id,
                route="POST notes/<str:name>",
                key=key,
                fingerprint=b"of the request that died",
                created_at=claimed_at,
            )
        early = caller.post("/notes/a", {"text": "one"}, HTTP_IDEMPOTENCY_KEY=key)
        assert early.status_code == 409
        with tenant(caller.tenant_id), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE core_idempotencykey SET created_at = %s WHERE key = %s",
                [claimed_at - CLAIM_LASTS * 2, key],
            )
        assert caller.post("/notes/a", {"text": "one"}, HTTP_IDEMPOTENCY_KEY=key).status_code == 201


class TestForgetIdempotencyKeys:
    def test_old_keys_go_and_young_ones_stay(self, caller: Caller, key: str) -> None:
        caller.post("/notes/a", {"text": "one"}, HTTP_IDEMPOTENCY_KEY=key)
        with acting_as("b2b_jobs"):
            forget_idempotency_keys(now=clock.now() + KEYS_KEPT_FOR - timedelta(minutes=1))
            assert IdempotencyKey.objects.filter(key=key).exists()
            forget_idempotency_keys(now=clock.now() + KEYS_KEPT_FOR + timedelta(minutes=1))
            assert not IdempotencyKey.objects.filter(key=key).exists()
