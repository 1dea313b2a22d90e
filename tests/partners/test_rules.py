"""Who may call from where, decided without a database."""

import pytest

from core.errors import Refusal
from partners.rules import (
    SCOPES,
    BadNetwork,
    NetworkTooWide,
    UnknownScope,
    check_scopes,
    find_client_address,
    is_address_allowed,
    is_client_id,
    parse_address,
    parse_network,
    requests_per_minute,
)


class TestParseNetwork:
    @pytest.mark.parametrize(
        ("text", "canonical"),
        [
            ("192.0.2.7", "192.0.2.7/32"),
            (" 10.0.0.0/8 ", "10.0.0.0/8"),
            ("2001:db8::/32", "2001:db8::/32"),
            ("2001:DB8:0::1", "2001:db8::1/128"),
            ("::ffff:192.0.2.0/120", "192.0.2.0/24"),
            ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ],
    )
    def test_network_has_one_spelling(self, text: str, canonical: str) -> None:
        assert str(parse_network(text)) == canonical

    @pytest.mark.parametrize(
        "text", ["", "example.com", "192.0.2.7/24", "300.1.1.1", "10.0.0.0/33", "*", "0x7f.1"]
    )
    def test_anything_else_is_refused(self, text: str) -> None:
        with pytest.raises(BadNetwork) as refused:
            parse_network(text)
        assert refused.value.code == "ALLOWED_IP_INVALID"


class TestParseNetworkOfProduction:
    @pytest.mark.parametrize(
        "text", ["0.0.0.0/0", "::/0", "128.0.0.0/1", "10.0.0.0/7", "2000::/3", "2001::/31"]
    )
    def test_network_of_nearly_everybody_is_refused(self, text: str) -> None:
        with pytest.raises(NetworkTooWide) as refused:
            parse_network(text, tenant_kind="production")
        assert refused.value.details == {"network": text}
        assert parse_network(text)

    @pytest.mark.parametrize("text", ["10.0.0.0/8", "2001:db8::/32", "192.0.2.7/32"])
    def test_network_of_a_partner_is_taken(self, text: str) -> None:
        assert str(parse_network(text, tenant_kind="production")) == text


class TestIsAddressAllowed:
    @pytest.mark.parametrize(
        ("address", "networks", "kind", "allowed"),
        [
            ("192.0.2.7", ["192.0.2.0/24"], "production", True),
            ("192.0.3.7", ["192.0.2.0/24"], "production", False),
            ("::ffff:192.0.2.7", ["192.0.2.0/24"], "production", True),
            ("192.0.2.7", ["::ffff:192.0.2.0/120"], "production", True),
            ("2001:db8::1", ["192.0.2.0/24", "2001:db8::/64"], "production", True),
            ("2001:db8:1::1", ["2001:db8::/64"], "test", False),
            ("192.0.2.7", ["::/0"], "production", False),
            ("192.0.2.7", [], "test", True),
            ("192.0.2.7", [], "production", False),
            ("nowhere", [], "test", True),
            ("nowhere", ["0.0.0.0/0", "::/0"], "test", False),
        ],
    )
    def test_list_decides(self, address: str, networks: list[str], kind: str, allowed: bool) -> None:
        found = is_address_allowed(
            parse_address(address), networks=[parse_network(text) for text in networks], tenant_kind=kind
        )
        assert found is allowed


class TestFindClientAddress:
    @pytest.mark.parametrize(
        ("peer", "forwarded_for", "hops", "address"),
        [
            ("192.0.2.1", "", 0, "192.0.2.1"),
            ("192.0.2.1", "10.9.9.9", 0, "192.0.2.1"),
            ("10.0.0.1", "203.0.113.9", 1, "203.0.113.9"),
            ("10.0.0.1", "198.51.100.6, 203.0.113.9", 1, "203.0.113.9"),
            ("10.0.0.1", "198.51.100.6, 203.0.113.9, 10.0.0.2", 2, "203.0.113.9"),
            ("10.0.0.1", "203.0.113.9", 2, None),
            ("10.0.0.1", "", 1, None),
            ("10.0.0.1", "unknown", 1, None),
            ("::ffff:192.0.2.1", "", 0, "192.0.2.1"),
            ("fe80::1%eth0", "", 0, None),
            ("", "", 0, None),
        ],
    )
    def test_only_trusted_hops_are_read(
        self, peer: str, forwarded_for: str, hops: int, address: str | None
    ) -> None:
        found = find_client_address(peer=peer, forwarded_for=forwarded_for, trusted_hops=hops)
        assert (str(found) if found else None) == address


class TestCheckScopes:
    def test_scopes_come_back_once_each_in_order(self) -> None:
        assert check_scopes(["bets:write", "fixtures:read", "bets:write"]) == ["fixtures:read", "bets:write"]

    def test_unknown_scope_is_named(self) -> None:
        with pytest.raises(UnknownScope) as refused:
            check_scopes([*SCOPES, "admin"])
        assert isinstance(refused.value, Refusal)
        assert refused.value.details == {"scopes": ["admin"]}


class TestRequestsPerMinute:
    def test_own_figure_replaces_the_tiers(self) -> None:
        assert [requests_per_minute("standard", None), requests_per_minute("premium", None)] == [1000, 5000]
        assert requests_per_minute("premium", 7) == 7
        assert requests_per_minute("standard", 0) == 0


class TestIsClientId:
    @pytest.mark.parametrize("text", ["", "a b", "a\x00", "ü", "a" * 256, "a\n"])
    def test_what_no_client_id_looks_like_is_refused(self, text: str) -> None:
        assert not is_client_id(text)
