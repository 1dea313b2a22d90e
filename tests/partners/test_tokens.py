"""Which tokens are believed: those of RFC 9068 signed here, within their time, and no other text whatever."""

import base64
import hmac
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from pytest_django import Settings

from core.clock import now
from partners import services
from partners.api.authentication import BearerToken
from partners.oauth import tokens
from partners.oauth.keys import key_ring, read_keys, rotate_signing_key
from tests.makers.partners import MadeClient, access_token, make_client, make_tenant
from tests.makers.roles import acting_as
from tests.partners.asking import call

pytestmark = pytest.mark.usefixtures("committed")


def encoded(content: dict[str, Any] | bytes) -> str:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def claims_of(token: str) -> dict[str, Any]:
    return decoded(token.split(".")[1])


def signed(
    made: MadeClient, header: dict[str, Any] | None = None, key: Any = None, without: str = "", **claims: Any
) -> str:
    """A token as `access_token` makes it, with other headers, another key, or other claims."""
    right = {**claims_of(access_token(made)), **claims}
    right.pop(without, None)
    own = key_ring().signing_key()
    full = {"alg": "ES256", "typ": "at+jwt", "kid": own.kid, **(header or {})}
    full = {name: value for name, value in full.items() if value is not None}
    algorithm = full["alg"] if full.get("alg") in ("ES256", "RS256", "HS256", "ES384") else "ES256"
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    return jws.serialize_compact(full, json.dumps(right), key or own.key, registry=registry)


def by_hand(header: dict[str, Any], claims: dict[str, Any], signature: bytes) -> str:
    return f"{encoded(header)}.{encoded(claims)}.{encoded(signature)}"


def hmac_with_the_public_key(made: MadeClient) -> str:
    own = key_ring().signing_key()
    head = encoded({"alg": "HS256", "typ": "at+jwt", "kid": own.kid})
    message = f"{head}.{encoded(claims_of(access_token(made)))}"
    return f"{message}.{encoded(hmac.digest(own.key.as_pem(private=False), message.encode(), 'sha256'))}"


def changed_claims(made: MadeClient) -> str:
    head, body, signature = access_token(made).split(".")
    return f"{head}.{encoded({**decoded(body), 'scope': 'sandbox'})}.{signature}"


STRANGER = ECKey.generate_key("P-256")
FORGERIES: dict[str, Callable[[MadeClient], str]] = {
    "no signature": lambda made: access_token(made).rsplit(".", 1)[0] + ".",
    "two parts": lambda made: access_token(made).rsplit(".", 1)[0],
    "four parts": lambda made: access_token(made) + ".x",
    "alg none": lambda made: by_hand({"alg": "none", "typ": "at+jwt"}, claims_of(access_token(made)), b""),
    "alg None, kid right": lambda made: by_hand(
        {"alg": "None", "typ": "at+jwt", "kid": key_ring().signing_key().kid},
        claims_of(access_token(made)),
        b"x",
    ),
    "HS256 with the public key": hmac_with_the_public_key,
    "RS256": lambda made: signed(made, {"alg": "RS256"}, key=RSAKey.generate_key(2048)),
    "another's key under our kid": lambda made: signed(made, key=STRANGER),
    "another's key under its kid": lambda made: signed(made, {"kid": STRANGER.thumbprint()}, key=STRANGER),
    "no kid": lambda made: signed(made, {"kid": None}),
    "kid is a path": lambda made: signed(made, {"kid": "../../keys"}),
    "kid is no text": lambda made: by_hand({"alg": "ES256", "typ": "at+jwt", "kid": 1}, {}, b"x" * 64),
    "typ JWT": lambda made: signed(made, {"typ": "JWT"}),
    "typ missing": lambda made: signed(made, {"typ": None}),
    "typ of another kind": lambda made: signed(made, {"typ": "ws-ticket+jwt"}),
    "jwk in the header": lambda made: signed(made, {"jwk": STRANGER.as_dict(private=False)}, key=STRANGER),
    "jku in the header": lambda made: signed(made, {"jku": "http://127.0.0.1:9/keys"}),
    "x5u in the header": lambda made: signed(made, {"x5u": "http://127.0.0.1:9/cert"}),
    "crit in the header": lambda made: by_hand(
        {"alg": "ES256", "typ": "at+jwt", "kid": key_ring().signing_key().kid, "crit": ["x"], "x": 1},
        {},
        b"x" * 64,
    ),
    "claims changed": changed_claims,
    "other issuer": lambda made: signed(made, iss="https://elsewhere.example"),
    "other audience": lambda made: signed(made, aud="https://elsewhere.example"),
    "audiences in a list": lambda made: signed(made, aud=[django_settings.API_URL]),
    "subject is another": lambda made: signed(made, sub="somebody"),
    "client unknown": lambda made: signed(made, sub="nobody", client_id="nobody"),
    "partner is another": lambda made: signed(made, partner="ptr_00000000000000000000000000"),
    "kind is the other": lambda made: signed(made, tenant_kind="production"),
    "jti is no UUID": lambda made: signed(made, jti="1"),
    "lives too long": lambda made: signed(made, exp=int(time.time()) + 3600),
    "ends before it begins": lambda made: signed(made, exp=int(time.time()) - 10),
    "exp is text": lambda made: signed(made, exp=str(int(time.time()) + 60)),
    "exp is true": lambda made: signed(made, exp=True),
    "exp is infinite": lambda made: by_hand(
        decoded(access_token(made).split(".")[0]), {"exp": 1e400}, b"x" * 64
    ),
    "claims are a list": lambda made: signed(made).split(".")[0] + "." + encoded(b"[]") + ".eA",
    "not base64": lambda made: "ä.ö.ü",
    "empty parts": lambda made: "..",
    "very long": lambda made: access_token(made) + "A" * 100_000,
    "NUL inside": lambda made: access_token(made)[:20] + "\x00" + access_token(made)[21:],
    **{
        f"without {claim}": lambda made, claim=claim: signed(made, without=claim)  # type: ignore[misc]
        for claim in (
            *("iss", "aud", "sub", "client_id", "partner", "tenant_kind", "iat", "exp", "jti", "scope"),
        )
    },
}


class TestBearerToken:
    def test_right_token_is_believed(self) -> None:
        made = make_client()
        assert call(signed(made)).status_code == 200

    @pytest.mark.parametrize("kind", FORGERIES)
    def test_forged_token_is_refused(self, kind: str) -> None:
        made = make_client()
        answer = call(FORGERIES[kind](made))
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED")
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="partner-api"')

    @pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic eDp5", "Token x", "Bearer a b"])
    def test_other_headers_are_refused(self, header: str) -> None:
        answer = Client().get("/api/v2/partner", headers={"Authorization": header} if header else {})
        assert answer.status_code == 401

    def test_token_in_the_url_is_nothing(self) -> None:
        made = make_client()
        answer = Client().get(f"/api/v2/partner?access_token={access_token(made)}")
        assert answer.status_code == 401

    def test_time_has_ten_seconds_of_grace_before_and_none_after(self) -> None:
        made = make_client()
        token = access_token(made)
        issued_at = claims_of(token)["iat"]
        statuses = []
        for seconds in (-61, -5, 0, 599, 600, 601):
            with time_machine.travel(issued_at + seconds, tick=False):
                statuses.append(call(token).status_code)
        assert statuses == [401, 200, 200, 200, 401, 401]

    def test_expired_token_says_so(self) -> None:
        made = make_client()
        old = int(time.time()) - 700
        answer = call(signed(made, iat=old, exp=old + 600))
        assert answer.json()["message"] == "The access token has expired."

    def test_not_before_is_kept(self) -> None:
        made = make_client()
        moment = int(time.time())
        assert call(signed(made, nbf=moment + 5)).status_code == 200
        assert call(signed(made, nbf=moment + 61)).status_code == 401

    def test_remembered_token_is_still_judged_anew(self) -> None:
        made = make_client()
        token = access_token(made)
        assert call(token).status_code == 200
        with acting_as("b2b_jobs"):
            services.change_client_scopes(client_id=made.client.id, scopes=("bets:read",), changed_at=now())
        assert call(token).status_code == 401

    def test_memory_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tokens, "MEMO_SIZE", 3)
        memo = tokens._Memo()
        made = make_client()
        kept = tokens.verify(access_token(made))[0]
        for number in range(10):
            memo.keep(str(number), kept)
        assert [memo.find(str(number)) is not None for number in (0, 6, 7, 9)] == [False, False, True, True]

    def test_principal_is_what_the_platform_knows(self) -> None:
        tenant = make_tenant(time_zone="Europe/Malta", tier="premium")
        made = make_client(tenant, scopes=("bets:read",))
        request: Any = type("Asked", (), {"META": {"HTTP_AUTHORIZATION": f"Bearer {access_token(made)}"}})()
        found = BearerToken().authenticate(request)
        assert found is not None
        principal = found[1]
        assert (principal.tenant_id, principal.partner_id) == (tenant.id, tenant.partner_id)
        assert (principal.tier, principal.time_zone, principal.tenant_kind) == (
            "premium",
            "Europe/Malta",
            "test",
        )
        assert principal.scopes == {"bets:read"}

    def test_key_made_by_another_process_is_seen(self, settings: Settings, tmp_path: Path) -> None:
        settings.KEYS_DIR = tmp_path
        made = make_client()
        assert call(access_token(made)).status_code == 200
        rotate_signing_key(tmp_path, rotated_at=now())
        newest = read_keys(tmp_path)[-1]
        token = signed(made, {"kid": newest.kid}, key=newest.key)
        assert call(token).status_code == 200

    def test_token_of_a_key_that_is_long_gone_is_refused(self, settings: Settings, tmp_path: Path) -> None:
        settings.KEYS_DIR = tmp_path
        made = make_client()
        began = now()
        with time_machine.travel(began - timedelta(minutes=30)):
            rotate_signing_key(tmp_path, rotated_at=now())
        old = read_keys(tmp_path)[0]
        with time_machine.travel(began - timedelta(minutes=15)):
            rotate_signing_key(tmp_path, rotated_at=now())
        assert call(signed(made, {"kid": old.kid}, key=old.key)).status_code == 401

    def test_unknown_jti_of_another_is_no_matter(self) -> None:
        made = make_client()
        assert call(signed(made, jti=str(uuid4()))).status_code == 200


class TestEntry:
    def test_suspension_is_403_and_resumption_lets_in_again(self) -> None:
        made = make_client()
        token = access_token(made)
        partner_id = partner_of(made)
        for suspend, resume, subject in (
            (services.suspend_partner, services.resume_partner, {"partner_id": partner_id}),
            (services.suspend_tenant, services.resume_tenant, {"tenant_id": made.client.tenant_id}),
        ):
            with acting_as("b2b_jobs"):
                suspend(**subject, suspended_at=now(), reason="test")
            answer = call(token)
            assert (answer.status_code, answer.json()["code"]) == (403, "PARTNER_SUSPENDED")
            with acting_as("b2b_jobs"):
                resume(**subject, resumed_at=now(), reason="test")
            assert call(token).status_code == 200

    def test_revoked_client_is_401(self) -> None:
        made = make_client()
        token = access_token(made)
        with acting_as("b2b_jobs"):
            services.revoke_client(client_id=made.client.id, revoked_at=now())
        assert call(token).status_code == 401

    @pytest.mark.parametrize(
        ("networks", "kind", "address", "status"),
        [
            (("192.0.2.0/24",), "production", "192.0.2.1", 200),
            (("192.0.2.0/24",), "production", "::ffff:192.0.2.1", 200),
            (("192.0.2.0/24", "2001:db8::/32"), "test", "2001:db8::5", 200),
            (("192.0.2.0/24",), "test", "198.51.100.1", 403),
            ((), "test", "198.51.100.1", 200),
            ((), "production", "198.51.100.1", 403),
        ],
    )
    def test_allow_list_decides_by_the_connection(
        self, networks: tuple[str, ...], kind: str, address: str, status: int
    ) -> None:
        made = make_client(make_tenant(kind=kind, allowed_ips=networks))
        answer = call(access_token(made), REMOTE_ADDR=address)
        assert answer.status_code == status
        if status == 403:
            assert answer.json()["code"] == "ADDRESS_NOT_ALLOWED"

    def test_headers_of_the_caller_never_change_the_decision(self) -> None:
        made = make_client(make_tenant(kind="production", allowed_ips=("192.0.2.0/24",)))
        spoofed = {
            "HTTP_X_FORWARDED_FOR": "192.0.2.1",
            "HTTP_FORWARDED": "for=192.0.2.1",
            "HTTP_X_REAL_IP": "192.0.2.1",
            "HTTP_CLIENT_IP": "192.0.2.1",
            "HTTP_TRUE_CLIENT_IP": "192.0.2.1",
        }
        assert call(access_token(made), REMOTE_ADDR="198.51.100.1", **spoofed).status_code == 403

    def test_trusted_proxies_are_counted_from_the_right(self, settings: Settings) -> None:
        settings.TRUSTED_PROXY_HOPS = 1
        made = make_client(make_tenant(kind="production", allowed_ips=("192.0.2.0/24",)))
        token = access_token(made)
        for seen, status in (
            ("192.0.2.1", 200),
            ("192.0.2.1, 198.51.100.1", 403),
            ("x, 192.0.2.1", 200),
            ("", 403),
        ):
            assert call(token, REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=seen).status_code == status


def partner_of(made: MadeClient) -> Any:
    with acting_as("b2b_jobs"):
        return made.client.tenant.partner_id
