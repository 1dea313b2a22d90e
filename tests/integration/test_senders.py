"""Whoever has proved who asks is in the request log, whatever was then refused; and nobody else is."""

import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.db.models import Sum
from django.test import Client
from django.urls import reverse
from joserfc import jws
from joserfc.jwk import ECKey
from pytest_django import Settings

from core.clock import now
from core.ids import typeid, uuid7
from core.models import StaffUser
from integration.queries import list_failed_endpoints
from partners import services
from partners.models import Tenant
from partners.oauth.keys import key_ring, rotate_signing_key
from reporting.models import DailyRequests
from tests.integration.looking import logged
from tests.makers.partners import MadeClient, access_token, make_client, make_tenant
from tests.makers.reporting import count_everything
from tests.makers.roles import acting_as
from tests.makers.staff import log_in, make_user
from tests.partners.asking import ask_token, basic, call, post_form

pytestmark = pytest.mark.usefixtures("committed")

NOBODY = (None, "")


def suspend_tenant(made: MadeClient) -> None:
    with acting_as("b2b_jobs"):
        services.suspend_tenant(tenant_id=made.client.tenant_id, suspended_at=now(), reason="test")


def suspend_partner(made: MadeClient) -> None:
    with acting_as("b2b_jobs"):
        partner_id = Tenant.objects.get(pk=made.client.tenant_id).partner_id
        services.suspend_partner(partner_id=partner_id, suspended_at=now(), reason="test")


def shut_address_out(made: MadeClient) -> None:
    with acting_as("b2b_jobs"):
        services.change_tenant(
            tenant_id=made.client.tenant_id, changes={"allowed_ips": ["192.0.2.0/24"]}, changed_at=now()
        )


def revoke_client(made: MadeClient) -> None:
    with acting_as("b2b_jobs"):
        services.revoke_client(client_id=made.client.id, revoked_at=now())


def sender(answer: Any) -> tuple[Any, str]:
    """Return tenant and client under which an answered request is in the log."""
    row = logged(answer.headers["X-Request-ID"])
    assert (row.status, row.code) == (answer.status_code, answer.json().get("code", ""))
    return row.tenant_id, row.client_id


def own(made: MadeClient) -> tuple[Any, str]:
    return made.client.tenant_id, made.client_id


BARRED = (
    (suspend_tenant, "PARTNER_SUSPENDED"),
    (suspend_partner, "PARTNER_SUSPENDED"),
    (shut_address_out, "ADDRESS_NOT_ALLOWED"),
)


@pytest.mark.parametrize(("bar", "code"), BARRED)
class TestBarred:
    def test_call_is_its_senders(self, bar: Callable[[MadeClient], None], code: str) -> None:
        made = make_client()
        token = access_token(made)
        bar(made)
        answer = call(token)
        assert (answer.status_code, answer.json()["code"]) == (403, code)
        assert not [name for name in answer.headers if "ratelimit" in name.lower()]
        assert sender(answer) == own(made)

    @pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
    def test_right_secret_is_its_senders(
        self, bar: Callable[[MadeClient], None], code: str, path: str
    ) -> None:
        made = make_client()
        bar(made)
        form = {"grant_type": "client_credentials"} if path == "/oauth/token" else {"token": "x"}
        answer = post_form(path, form, headers=basic(made.client_id, made.secret))
        assert (answer.status_code, answer.json()["code"]) == (403, code)
        assert sender(answer) == own(made)

    def test_wrong_secret_is_nobodys(self, bar: Callable[[MadeClient], None], code: str) -> None:
        made = make_client()
        bar(made)
        answer = ask_token(made, secret="wrong")
        assert answer.status_code == 401
        assert sender(answer) == NOBODY


class TestRefusedOtherwise:
    def test_for_its_scope_or_its_path(self) -> None:
        made = make_client(scopes=("bets:read",))
        answers = [call(access_token(made), path) for path in ("/api/v2/events", "/nowhere")]
        assert [answer.status_code for answer in answers] == [403, 404]
        assert [sender(answer) for answer in answers] == [own(made)] * 2

    def test_past_the_limit(self) -> None:
        made = make_client(make_tenant(requests_per_minute=1))
        answers = [call(access_token(made)) for _ in range(4)]
        assert answers[-1].status_code == 429
        assert sender(answers[-1]) == own(made)

    def test_unknown_path_of_one_who_is_barred(self) -> None:
        made = make_client()
        token = access_token(made)
        suspend_tenant(made)
        answer = call(token, "/nowhere")
        assert answer.status_code == 404
        assert sender(answer) == own(made)

    def test_token_with_a_scope_too_many(self) -> None:
        made = make_client(scopes=("bets:read",))
        answer = ask_token(made, scope="bets:write")
        assert answer.json()["code"] == "INVALID_SCOPE"
        assert sender(answer) == own(made)

    def test_token_that_is_given(self) -> None:
        made = make_client()
        assert sender(ask_token(made)) == own(made)


class TestEndedToken:
    """Only the client was ever given it: the request is the client's, though it lets nobody in."""

    def test_of_a_revoked_client(self) -> None:
        made = make_client()
        token = access_token(made)
        revoke_client(made)
        answer = call(token)
        assert answer.status_code == 401
        assert sender(answer) == own(made)

    def test_given_back(self) -> None:
        made = make_client()
        token = access_token(made)
        post_form("/oauth/revoke", {"token": token}, headers=basic(made.client_id, made.secret))
        answer = call(token)
        assert answer.status_code == 401
        assert sender(answer) == own(made)

    def test_expired(self) -> None:
        made, old = make_client(), int(time.time()) - 700
        for _ in range(2):
            answer = call(access_token(made, iat=old, exp=old + 600))
            assert answer.json()["message"] == "The access token has expired."
            assert sender(answer) == own(made)

    def test_of_a_retired_key_is_nobodys(self, settings: Settings, tmp_path: Path) -> None:
        settings.KEYS_DIR = tmp_path
        made, began = make_client(), now()
        with time_machine.travel(began - timedelta(minutes=40)):
            rotate_signing_key(tmp_path, rotated_at=now())
            token = access_token(made)
            assert call(token).status_code == 200
            rotate_signing_key(tmp_path, rotated_at=now())
        answer = call(token)
        assert answer.status_code == 401
        assert sender(answer) == NOBODY


class TestNobody:
    def test_nothing_shown(self) -> None:
        assert sender(Client().get("/api/v2/partner")) == NOBODY

    @pytest.mark.parametrize("token", ["nonsense", "a.b.c"])
    def test_no_token(self, token: str) -> None:
        assert sender(call(token)) == NOBODY

    def test_token_signed_by_another(self) -> None:
        made = make_client()
        header = {"alg": "ES256", "typ": "at+jwt", "kid": key_ring().signing_key().kid}
        right = jws.extract_compact(access_token(made).encode()).payload
        stranger = ECKey.generate_key("P-256")
        answer = call(jws.serialize_compact(header, right, stranger, algorithms=["ES256"]))
        assert json.loads(right)["client_id"] == made.client_id
        assert answer.status_code == 401
        assert sender(answer) == NOBODY

    def test_token_of_a_client_or_partner_that_is_not_its_own(self) -> None:
        made = make_client()
        for claims in (
            {"client_id": "b2b_nobody", "sub": "b2b_nobody"},
            {"partner": typeid("ptr", uuid7())},
            {"tenant_kind": "production"},
        ):
            answer = call(access_token(made, **claims))
            assert answer.status_code == 401
            assert sender(answer) == NOBODY

    def test_secret_of_a_revoked_client(self) -> None:
        made = make_client()
        revoke_client(made)
        answer = ask_token(made)
        assert answer.status_code == 401
        assert sender(answer) == NOBODY

    def test_secret_that_was_not_looked_at(self, settings: Settings) -> None:
        settings.OAUTH_REQUESTS_PER_MINUTE_CLIENT = 0
        answer = ask_token(make_client())
        assert answer.status_code == 429
        assert sender(answer) == NOBODY


class TestSuspended:
    """What the account manager of a suspended partner sees of its requests."""

    @pytest.fixture
    def made(self, committed: None) -> MadeClient:
        return make_client()

    @pytest.fixture
    def refused(self, made: MadeClient) -> list[Any]:
        """A call and a request for a token that were refused, written down."""
        assert ask_token(made).status_code == 200
        token = access_token(made)
        suspend_tenant(made)
        answers = [call(token), ask_token(made)]
        assert [sender(answer) for answer in answers] == [own(made)] * 2
        return answers

    @pytest.mark.usefixtures("refused")
    def test_they_are_counted_as_refused_and_as_no_call(self, made: MadeClient) -> None:
        count_everything()
        with acting_as("b2b_jobs"):
            days = DailyRequests.objects.filter(tenant_id=made.client.tenant_id)
            counted = days.aggregate(Sum("requests"), Sum("refused"), Sum("failed"))
            failed = list_failed_endpoints(
                tenant_ids=[made.client.tenant_id], since=now() - timedelta(minutes=1), count=9
            )
        assert [*counted.values()] == [2, 2, 0]
        assert {(one.route, one.code) for one in failed} == {
            ("/api/v2/partner", "PARTNER_SUSPENDED"),
            ("/oauth/token", "PARTNER_SUSPENDED"),
        }

    def test_are_found_by_their_own_manager_alone(
        self, made: MadeClient, refused: list[Any], request: pytest.FixtureRequest
    ) -> None:
        mine, others = manager_of(made), manager_of(make_client())
        request.getfixturevalue("office")
        log = reverse("admin:integration_apirequest_changelist")
        with acting_as("b2b_office"):
            for manager, is_found in ((mine, True), (others, False)):
                browser = log_in(manager)
                for answer in refused:
                    row = logged(answer.headers["X-Request-ID"])
                    page = reverse("admin:integration_apirequest_change", args=(row.pk,))
                    found = browser.get(reverse("admin:search"), {"s": row.request_id, "extended": "1"})
                    assert (f'href="{page}"' in found.content.decode()) == is_found
                    for words in (row.request_id, typeid("tnt", made.client.tenant_id)):
                        listed: Any = browser.get(log, {"q": words})
                        keys = {each.pk for each in listed.context_data["cl"].result_list}
                        assert (row.pk in keys) == is_found
                    assert (browser.get(page).status_code == 200) == is_found


def manager_of(made: MadeClient) -> StaffUser:
    """Return the account manager of a client's partner."""
    manager = make_user(roles=("account_manager",))
    with acting_as("b2b_jobs"):
        services.change_partner(
            partner_id=Tenant.objects.get(pk=made.client.tenant_id).partner_id,
            changes={"account_manager_id": manager.pk},
            changed_at=now(),
        )
    return manager
