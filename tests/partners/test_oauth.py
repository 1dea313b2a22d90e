"""The authorization server over HTTP: tokens, revocation, introspection, keys and metadata."""

import base64
import json
import statistics
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from core.clock import now
from partners import services
from partners.models import ApiClient, ClientSecret, RevokedToken
from partners.oauth.keys import retire_older_keys, rotate_signing_key
from partners.rules import SCOPES
from tests.makers.partners import MadeClient, access_token, make_client, make_tenant
from tests.makers.roles import acting_as
from tests.partners.asking import ask_token, basic, call, post_form

pytestmark = pytest.mark.usefixtures("committed")

GRANT = {"grant_type": "client_credentials"}
ENVELOPE = {"status", "code", "message", "timestamp", "requestId"}


def part(token: str, number: int) -> dict[str, Any]:
    text = token.split(".")[number]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def refused(answer: Any, status: int, error: str, code: str) -> None:
    body = answer.json()
    assert (answer.status_code, body["error"], body["code"]) == (status, error, code)
    assert body.keys() >= ENVELOPE
    assert body["error_description"] == body["message"]
    assert answer.headers["Cache-Control"] == "no-store"


class TestToken:
    def test_token_has_the_claims_of_rfc_9068(self) -> None:
        made = make_client()
        answer = ask_token(made)
        body = answer.json()
        assert answer.status_code == 200
        assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 600, " ".join(SCOPES))
        header, claims = part(body["access_token"], 0), part(body["access_token"], 1)
        assert header.keys() == {"alg", "typ", "kid"}
        assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
        assert claims.keys() == {
            *("iss", "aud", "sub", "client_id", "partner", "tenant_kind", "iat", "exp", "jti", "scope")
        }
        assert claims["sub"] == claims["client_id"] == made.client_id
        assert claims["exp"] - claims["iat"] == 600
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Pragma"] == "no-cache"
        assert call(body["access_token"]).status_code == 200

    def test_basic_is_as_good_as_the_form(self) -> None:
        made = make_client()
        answer = post_form("/oauth/token", GRANT, headers=basic(made.client_id, made.secret))
        assert answer.status_code == 200
        with_id = {**GRANT, "client_id": made.client_id}
        assert (
            post_form("/oauth/token", with_id, headers=basic(made.client_id, made.secret)).status_code == 200
        )

    def test_two_tokens_of_one_second_differ(self) -> None:
        made = make_client()
        assert ask_token(made).json()["access_token"] != ask_token(made).json()["access_token"]

    def test_use_is_noted(self) -> None:
        made = make_client()
        ask_token(made)
        assert ApiClient.objects.get(id=made.client.id).last_used_at is not None

    @pytest.mark.parametrize(
        "grant_type",
        [
            "password",
            "authorization_code",
            "implicit",
            "refresh_token",
            "urn:ietf:params:oauth:grant-type:device_code",
            "urn:ietf:params:oauth:grant-type:jwt-bearer",
            "urn:ietf:params:oauth:grant-type:token-exchange",
            "CLIENT_CREDENTIALS",
            " client_credentials",
            '["client_credentials"]',
            "client_credentials\x00",
        ],
    )
    def test_other_grants_are_unsupported(self, grant_type: str) -> None:
        made = make_client()
        answer = ask_token(made, grant_type=grant_type)
        refused(answer, 400, "unsupported_grant_type", "UNSUPPORTED_GRANT_TYPE")

    def test_empty_missing_or_repeated_grant_is_invalid(self) -> None:
        made = make_client()
        mine = [("client_id", made.client_id), ("client_secret", made.secret)]
        for grants in ([], [("grant_type", "")], [("grant_type", "client_credentials")] * 2):
            refused(post_form("/oauth/token", [*mine, *grants]), 400, "invalid_request", "INVALID_REQUEST")

    def test_credentials_in_the_url_or_twice_are_invalid(self) -> None:
        made = make_client()
        form = {**GRANT, "client_id": made.client_id, "client_secret": made.secret}
        refused(post_form("/oauth/token?a=b", form), 400, "invalid_request", "UNKNOWN_FIELD")
        both = post_form("/oauth/token", form, headers=basic(made.client_id, made.secret))
        refused(both, 400, "invalid_request", "INVALID_REQUEST")
        other = post_form(
            "/oauth/token", {**GRANT, "client_id": "x"}, headers=basic(made.client_id, made.secret)
        )
        refused(other, 400, "invalid_request", "INVALID_REQUEST")

    def test_body_must_be_a_form(self) -> None:
        answer = Client().post("/oauth/token", "{}", content_type="application/json")
        refused(answer, 415, "invalid_request", "UNSUPPORTED_MEDIA_TYPE")
        assert Client().get("/oauth/token").status_code == 405

    @pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/introspect"])
    def test_request_that_sends_nothing_is_invalid(self, path: str) -> None:
        made = make_client()
        headers = basic(made.client_id, made.secret)
        answer = Client().generic("POST", path, content_type="", headers=headers)
        refused(answer, 400, "invalid_request", "INVALID_REQUEST")

    def test_request_that_sends_nothing_and_names_nobody_is_invalid(self) -> None:
        answer = Client().generic("POST", "/oauth/token", content_type="")
        refused(answer, 400, "invalid_request", "INVALID_REQUEST")

    def test_wrong_clients_are_all_answered_alike(self) -> None:
        made, revoked, other = make_client(), make_client(), make_client()
        with acting_as("b2b_jobs"):
            services.revoke_client(client_id=revoked.client.id, revoked_at=now())
        answers = [
            ask_token(made, secret="wrong"),
            ask_token(made, secret=other.secret),
            ask_token(made, secret=""),
            ask_token(made, secret="\x00"),
            ask_token(made, secret="a" * 100_000),
            ask_token(revoked),
            ask_token(MadeClient(made.client, "nobody", made.secret)),
            ask_token(MadeClient(made.client, "no\x00body", made.secret)),
            ask_token(MadeClient(made.client, "ü", made.secret)),
            ask_token(MadeClient(made.client, made.client.client_id.upper() + "X", made.secret)),
            post_form("/oauth/token", GRANT),
            post_form("/oauth/token", GRANT, headers=basic(made.client_id, made.client.client_secret)),
            post_form("/oauth/token", GRANT, headers=basic("", "")),
            post_form("/oauth/token", GRANT, headers={"Authorization": "Basic %%%"}),
            post_form("/oauth/token", GRANT, headers={"Authorization": "Basic " + "/w=="}),
            post_form("/oauth/token", GRANT, headers={"Authorization": "Bearer x"}),
        ]
        bodies = set()
        for answer in answers:
            refused(answer, 401, "invalid_client", "INVALID_CLIENT")
            assert answer.headers["WWW-Authenticate"].startswith("Basic ")
            body = answer.json()
            del body["timestamp"], body["requestId"]
            bodies.add(json.dumps(body, sort_keys=True))
        assert len(bodies) == 1

    @pytest.mark.slow
    @pytest.mark.alone
    def test_wrong_clients_take_the_same_time(self, settings: Settings) -> None:
        settings.OAUTH_REQUESTS_PER_MINUTE_ADDRESS = settings.OAUTH_REQUESTS_PER_MINUTE_CLIENT = 1_000_000
        made, revoked = make_client(), make_client()
        with acting_as("b2b_jobs"):
            services.revoke_client(client_id=revoked.client.id, revoked_at=now())
        kinds = [
            (made, "wrong"),
            (revoked, revoked.secret),
            (MadeClient(made.client, "nobody", made.secret), made.secret),
        ]
        taken: list[list[float]] = [[], [], []]
        for _ in range(200):
            for number, (client, secret) in enumerate(kinds):
                began = time.perf_counter()
                ask_token(client, secret=secret)
                taken[number].append(time.perf_counter() - began)
        medians = [statistics.median(each) for each in taken]
        assert max(medians) < 1.15 * min(medians)

    def test_scope_narrows_and_never_widens(self) -> None:
        made = make_client(scopes=("fixtures:read", "bets:read"))
        narrow = ask_token(made, scope="bets:read")
        assert narrow.json()["scope"] == "bets:read"
        assert call(narrow.json()["access_token"], "/api/v2/events").json()["code"] == "INSUFFICIENT_SCOPE"
        for wanted in ("bets:write", "bets:read admin", "*", "BETS:READ"):
            refused(ask_token(made, scope=wanted), 400, "invalid_scope", "INVALID_SCOPE")

    def test_suspended_partner_gets_no_token(self) -> None:
        made = make_client()
        with acting_as("b2b_jobs"):
            services.suspend_tenant(tenant_id=made.client.tenant_id, suspended_at=now(), reason="test")
        refused(ask_token(made), 403, "unauthorized_client", "PARTNER_SUSPENDED")
        refused(ask_token(made, secret="wrong"), 401, "invalid_client", "INVALID_CLIENT")

    def test_address_outside_the_list_gets_no_token(self) -> None:
        made = make_client(make_tenant(kind="production", allowed_ips=("192.0.2.0/24",)))
        form = {**GRANT, "client_id": made.client_id, "client_secret": made.secret}
        inside = post_form("/oauth/token", form, REMOTE_ADDR="192.0.2.9")
        assert inside.status_code == 200
        outside = post_form(
            "/oauth/token",
            form,
            headers={"X-Forwarded-For": "192.0.2.9", "Forwarded": "for=192.0.2.9", "X-Real-IP": "192.0.2.9"},
        )
        refused(outside, 403, "unauthorized_client", "ADDRESS_NOT_ALLOWED")

    def test_attempts_are_held_before_any_secret_is_looked_at(self, settings: Settings) -> None:
        settings.OAUTH_REQUESTS_PER_MINUTE_CLIENT = 3
        made = make_client()
        answers = [ask_token(made, secret="wrong") for _ in range(6)]
        assert [answer.status_code for answer in answers][:2] == [401, 401]
        limited = answers[-1]
        refused(limited, 429, "temporarily_unavailable", "RATE_LIMITED")
        assert 1 <= int(limited.headers["Retry-After"]) <= 60
        form = {**GRANT, "client_id": made.client_id, "client_secret": made.secret}
        assert post_form("/oauth/token", form, REMOTE_ADDR="198.51.100.7").status_code == 200


class TestRotation:
    def test_both_secrets_work_until_the_old_one_ends(self, settings: Settings) -> None:
        made = make_client()
        with acting_as("b2b_jobs"):
            issued = services.rotate_secret(
                client_id=made.client.id, rotated_at=now(), overlap=timedelta(seconds=2)
            )
        assert ask_token(made).status_code == ask_token(made, secret=issued.secret).status_code == 200
        time.sleep(2.1)
        assert ask_token(made).status_code == 401
        assert ask_token(made, secret=issued.secret).status_code == 200

    def test_revoked_secret_ends_its_tokens_at_once(self) -> None:
        made = make_client()
        token = ask_token(made).json()["access_token"]
        with acting_as("b2b_jobs"):
            issued = services.issue_secret(client_id=made.client.id, issued_at=now())
            old = ClientSecret.objects.get(client=made.client, expires_at=None, hint=made.secret[-4:])
            services.revoke_secret(secret_id=old.id, revoked_at=now())
        assert call(token).status_code == 401
        assert ask_token(made).status_code == 401
        fresh = ask_token(made, secret=issued.secret).json()["access_token"]
        assert call(fresh).status_code == 200


class TestRevoke:
    def test_token_given_back_is_refused(self) -> None:
        made = make_client()
        token, other = access_token(made), access_token(made)
        assert call(token).status_code == 200
        for _ in range(2):
            answer = post_form("/oauth/revoke", {"token": token}, headers=basic(made.client_id, made.secret))
            assert answer.status_code == 200
        assert RevokedToken.objects.filter(client=made.client).count() == 1
        assert [call(token).status_code, call(other).status_code] == [401, 200]

    def test_token_of_another_client_stays(self) -> None:
        made, other = make_client(), make_client()
        token = access_token(other)
        answer = post_form("/oauth/revoke", {"token": token}, headers=basic(made.client_id, made.secret))
        assert answer.status_code == 200
        assert call(token).status_code == 200

    def test_nonsense_is_answered_alike(self) -> None:
        made = make_client()
        answer = post_form("/oauth/revoke", {"token": "x"}, headers=basic(made.client_id, made.secret))
        assert answer.status_code == 200

    def test_client_must_prove_itself(self) -> None:
        made = make_client()
        answer = post_form("/oauth/revoke", {"token": access_token(made)})
        refused(answer, 401, "invalid_client", "INVALID_CLIENT")
        missing = post_form("/oauth/revoke", {"token": ""}, headers=basic(made.client_id, made.secret))
        refused(missing, 400, "invalid_request", "INVALID_REQUEST")


class TestIntrospect:
    def ask(self, made: MadeClient, token: str) -> Any:
        answer = post_form("/oauth/introspect", {"token": token}, headers=basic(made.client_id, made.secret))
        assert answer.status_code == 200
        return answer.json()

    def test_own_token_is_told(self) -> None:
        made = make_client(scopes=("bets:read",))
        told = self.ask(made, access_token(made))
        assert (told["active"], told["client_id"], told["scope"]) == (True, made.client_id, "bets:read")

    def test_token_of_the_same_tenant_is_told(self) -> None:
        tenant = make_tenant()
        made, neighbour = make_client(tenant), make_client(tenant)
        assert self.ask(neighbour, access_token(made))["active"]

    def test_every_other_token_is_just_not_active(self) -> None:
        made, other = make_client(), make_client()
        for token in (access_token(other), "x", access_token(made, exp=1, iat=0)):
            assert self.ask(made, token) == {"active": False}


class TestKeys:
    def test_key_of_the_token_is_published_without_its_private_half(self) -> None:
        keys = Client().get("/.well-known/jwks.json").json()["keys"]
        token = ask_token(make_client()).json()["access_token"]
        assert part(token, 0)["kid"] == keys[0]["kid"]
        assert all(key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"} for key in keys)

    def test_token_of_the_key_before_holds_and_of_a_retired_key_does_not(
        self, settings: Settings, tmp_path: Path
    ) -> None:
        settings.KEYS_DIR = tmp_path / "keys"
        made = make_client()
        first = access_token(made)
        kid = part(first, 0)["kid"]
        key = rotate_signing_key(tmp_path / "keys", rotated_at=now())
        second = access_token(made)
        assert part(second, 0)["kid"] == key.kid != kid
        assert [call(first).status_code, call(second).status_code] == [200, 200]
        assert retire_older_keys(tmp_path / "keys") == [kid]
        assert [call(first).status_code, call(second).status_code] == [401, 200]

    def test_key_is_forgotten_when_its_tokens_have_ended(self, tmp_path: Path) -> None:
        began = now()
        for minutes in (0, 5, 20):
            rotate_signing_key(tmp_path, rotated_at=began + timedelta(minutes=minutes))
        assert len(list(tmp_path.glob("signing-*.pem"))) == 2
        assert all(file.stat().st_mode & 0o777 == 0o600 for file in tmp_path.glob("signing-*.pem"))


class TestMetadata:
    def test_metadata_names_the_endpoints(self, settings: Settings) -> None:
        told = Client().get("/.well-known/oauth-authorization-server").json()
        assert told["issuer"] == settings.API_URL
        assert told["token_endpoint"] == f"{settings.API_URL}/oauth/token"
        assert told["grant_types_supported"] == ["client_credentials"]
        assert told["scopes_supported"] == list(SCOPES)
