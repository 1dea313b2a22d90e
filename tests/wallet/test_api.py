"""Players and wallets as a partner's system meets them over HTTP."""

import re
from decimal import Decimal
from typing import Any

import pytest

from core.ids import typeid, uuid7
from tests.makers.http import Caller, make_caller
from tests.makers.partners import make_tenant
from tests.makers.wallet import new_reference

BASE = "/api/v2/players"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


@pytest.fixture
def caller(committed: None) -> Caller:
    return make_caller()


def register(caller: Caller, **kw: Any) -> dict[str, Any]:
    body = {"reference": new_reference("P"), "currency": "EUR", "country": "MT", **kw}
    answer = caller.post(BASE, body)
    assert answer.status_code == 201, answer.content
    player: dict[str, Any] = answer.json()
    return player


def move(caller: Caller, player: dict[str, Any], what: str, amount: Any, **kw: Any) -> Any:
    body = {"reference": new_reference(), "amount": amount, "currency": player["currency"], **kw}
    return caller.post(f"{BASE}/{player['playerId']}/{what}", body)


class TestPlayers:
    def test_a_player_is_shown_as_registered(self, caller: Caller) -> None:
        player = register(caller, reference="P-1", timeZone="Europe/Malta", birthDate="1990-02-28", vip=True)
        assert MOMENT.fullmatch(player.pop("createdAt"))
        assert player.pop("playerId").startswith("plr_")
        assert player == {
            "reference": "P-1",
            "currency": "EUR",
            "country": "MT",
            "timeZone": "Europe/Malta",
            "vip": True,
            "status": "active",
            "suspendedBy": [],
            "kycStatus": "none",
            "name": None,
            "email": None,
            "birthDate": "1990-02-28",
        }

    def test_the_same_request_again_gives_the_same_status_and_body(self, caller: Caller) -> None:
        body = {"reference": "P-1", "currency": "EUR", "country": "MT"}
        first = caller.post(BASE, body)
        caller.call("PATCH", f"{BASE}/{first.json()['playerId']}", {"status": "suspended"})
        again = caller.post(BASE, body)
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert first.headers.get("Idempotent-Replayed") is None
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_a_currency_that_is_not_enabled_is_422_now_and_ever(self, caller: Caller) -> None:
        body = {"reference": "P-1", "currency": "GBP", "country": "MT"}
        first, again = caller.post(BASE, body), caller.post(BASE, body)
        assert [first.status_code, again.status_code] == [422, 422]
        assert first.json()["code"] == again.json()["code"] == "CURRENCY_NOT_ENABLED"
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_a_currency_that_the_platform_lacks_is_400_and_takes_no_reference(self, caller: Caller) -> None:
        body = {"reference": "P-1", "currency": "QQQ", "country": "MT"}
        answer = caller.post(BASE, body)
        assert (answer.status_code, answer.json()["code"]) == (400, "CURRENCY_UNKNOWN")
        assert caller.post(BASE, {**body, "currency": "EUR"}).status_code == 201

    def test_a_broken_field_is_named(self, caller: Caller) -> None:
        right = {"reference": "P-1", "currency": "EUR", "country": "MT"}
        for field, values in {
            "reference": ("", "a b", "x" * 65, "P-1\n", 1),
            "currency": ("eur", ""),
            "country": ("XX", "mt", "MLT"),
            "timeZone": ("Mars/Olympus", "../etc/passwd"),
            "email": ("nobody", "a b@example.com"),
            "birthDate": ("1990-02-30", "2999-01-01", "1850-01-01", "now"),
            "name": ("a\u0000b", "a\u001bb", "x" * 201),
            "vip": ("yes", None),
        }.items():
            for value in values:
                answer = caller.post(BASE, {**right, field: value})
                assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_FIELD"), (field, value)
                assert answer.json()["details"]["field"] == field

    def test_an_unknown_field_is_named(self, caller: Caller) -> None:
        answer = caller.post(BASE, {"reference": "P-1", "currency": "EUR", "country": "MT", "colour": "red"})
        assert (answer.status_code, answer.json()["code"]) == (400, "UNKNOWN_FIELD")
        assert answer.json()["details"] == {"fields": ["colour"]}

    def test_the_list_goes_page_by_page_newest_first(self, caller: Caller) -> None:
        made = [register(caller)["playerId"] for _ in range(5)]
        seen: list[str] = []
        cursor = ""
        while True:
            page = caller.get(f"{BASE}?limit=2{cursor}").json()
            seen += [player["playerId"] for player in page["data"]]
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
        assert seen == made[::-1]

    def test_a_player_is_found_by_reference(self, caller: Caller) -> None:
        player = register(caller, reference="P-1")
        register(caller)
        assert caller.get(f"{BASE}?reference=P-1").json() == {"data": [player], "nextCursor": None}

    def test_a_change_is_shown_and_kept(self, caller: Caller) -> None:
        path = f"{BASE}/{register(caller)['playerId']}"
        changed = caller.call("PATCH", path, {"vip": True, "kycStatus": "verified", "status": "suspended"})
        assert changed.status_code == 200
        assert changed.json() == caller.get(path).json()
        assert (changed.json()["vip"], changed.json()["kycStatus"]) == (True, "verified")

    def test_a_change_to_null_or_to_a_status_that_is_none_is_refused(self, caller: Caller) -> None:
        path = f"{BASE}/{register(caller)['playerId']}"
        for body in ({"vip": None}, {"status": "gone"}, {"currency": "USD"}):
            assert caller.call("PATCH", path, body).status_code == 400

    def test_a_closed_player_stays_closed(self, caller: Caller) -> None:
        path = f"{BASE}/{register(caller)['playerId']}"
        assert caller.call("PATCH", path, {"status": "closed"}).status_code == 200
        answer = caller.call("PATCH", path, {"status": "active"})
        assert (answer.status_code, answer.json()["code"]) == (403, "PLAYER_CLOSED")


class TestWallet:
    def test_a_deposit_answers_with_the_wallet_after_it(self, caller: Caller) -> None:
        player = register(caller)
        answer = move(caller, player, "deposits", "25.00", reference="D-1")
        assert answer.status_code == 201
        told = answer.json()
        assert told.pop("transactionId").startswith("txn_")
        assert MOMENT.fullmatch(told.pop("postedAt"))
        assert told == {
            "reference": "D-1",
            "playerId": player["playerId"],
            "kind": "deposit",
            "amount": "25.00",
            "currency": "EUR",
            "wallet": {"currency": "EUR", "available": "25.00", "inPlay": "0.00", "debt": "0.00"},
        }

    def test_the_same_deposit_again_gives_the_same_status_and_body(self, caller: Caller) -> None:
        player = register(caller)
        first = move(caller, player, "deposits", "25.00", reference="D-1")
        move(caller, player, "deposits", "5.00")
        again = move(caller, player, "deposits", "25.00", reference="D-1")
        assert (again.status_code, again.content) == (201, first.content)
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_other_content_is_a_conflict(self, caller: Caller) -> None:
        player = register(caller)
        move(caller, player, "deposits", "25.00", reference="D-1")
        answer = move(caller, player, "deposits", "26.00", reference="D-1")
        assert (answer.status_code, answer.json()["code"]) == (409, "REFERENCE_CONFLICT")

    def test_more_than_is_available_is_refused_with_what_there_is(self, caller: Caller) -> None:
        player = register(caller)
        first = move(caller, player, "withdrawals", "1.00", reference="W-1")
        again = move(caller, player, "withdrawals", "1.00", reference="W-1")
        assert [first.status_code, again.status_code] == [422, 422]
        assert first.json()["code"] == again.json()["code"] == "INSUFFICIENT_FUNDS"
        assert first.json()["details"] == again.json()["details"] == {"available": "0.00"}
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_money_that_is_no_decimal_string_of_the_currency_is_400(self, caller: Caller) -> None:
        player = register(caller)
        for amount, code in (
            (25, "AMOUNT_NOT_A_STRING"),
            (25.5, "AMOUNT_NOT_A_STRING"),
            ("25.001", "AMOUNT_TOO_PRECISE"),
            ("NaN", "AMOUNT_INVALID"),
            ("1e400", "AMOUNT_INVALID"),
            ("-0", "AMOUNT_INVALID"),
            ("0.00", "AMOUNT_OUT_OF_RANGE"),
        ):
            for what in ("deposits", "withdrawals"):
                answer = move(caller, player, what, amount)
                assert (answer.status_code, answer.json()["code"]) == (400, code)

    def test_an_amount_that_json_cannot_hold_is_400(self, caller: Caller) -> None:
        path = f"{BASE}/{register(caller)['playerId']}/deposits"
        for number in (b"1e400", b"NaN", b"-0"):
            body = b'{"reference": "D-1", "currency": "EUR", "amount": ' + number + b"}"
            assert caller.post(path, body).status_code == 400

    def test_another_currency_is_422_and_an_unknown_one_400(self, caller: Caller) -> None:
        player = register(caller)
        mismatch = move(caller, player, "deposits", "1.00", currency="USD")
        unknown = move(caller, player, "deposits", "1.00", currency="QQQ")
        assert (mismatch.status_code, mismatch.json()["code"]) == (422, "CURRENCY_MISMATCH")
        assert (unknown.status_code, unknown.json()["code"]) == (400, "CURRENCY_UNKNOWN")

    def test_a_rollback_tells_what_it_undid(self, caller: Caller) -> None:
        player = register(caller)
        move(caller, player, "deposits", "25.00", reference="D-1")
        path = f"{BASE}/{player['playerId']}/rollbacks"
        body = {"reference": "R-1", "originalReference": "D-1"}
        first, again = caller.post(path, body), caller.post(path, body)
        assert first.status_code == 200
        assert (first.json()["status"], first.json()["amount"]) == ("rolled_back", "25.00")
        assert first.json()["wallet"]["available"] == "0.00"
        assert (again.status_code, again.content) == (200, first.content)
        assert again.headers["Idempotent-Replayed"] == "true"

    def test_an_unknown_original_is_not_found_and_refused_for_ever(self, caller: Caller) -> None:
        player = register(caller)
        path = f"{BASE}/{player['playerId']}/rollbacks"
        body = {"reference": "R-1", "originalReference": "D-1"}
        first, again = caller.post(path, body), caller.post(path, body)
        assert (first.status_code, first.json()["status"]) == (200, "not_found")
        assert (again.status_code, again.content) == (200, first.content)
        late = move(caller, player, "deposits", "25.00", reference="D-1")
        assert (late.status_code, late.json()["code"]) == (422, "ROLLED_BACK_BEFORE")
        assert "Idempotent-Replayed" not in late.headers

    def test_the_wallet_is_shown_now_and_as_it_was(self, caller: Caller) -> None:
        player = register(caller)
        first = move(caller, player, "deposits", "25.00").json()
        move(caller, player, "deposits", "5.00")
        path = f"{BASE}/{player['playerId']}/wallet"
        assert caller.get(path).json()["available"] == "30.00"
        then = caller.get(f"{path}?at={first['postedAt']}").json()
        assert (then["asOf"], then["inPlay"], then["debt"]) == (first["postedAt"], "0.00", "0.00")
        assert caller.get(f"{path}?at=2020-01-01T00:00:00Z").json()["available"] == "0.00"
        assert caller.get(f"{path}?at=2999-01-01T00:00:00Z").json()["available"] == "30.00"

    def test_a_moment_without_a_zone_is_400(self, caller: Caller) -> None:
        path = f"{BASE}/{register(caller)['playerId']}/wallet"
        for at in ("yesterday", "2026-03-01", "2026-03-01T12:00:00", ""):
            answer = caller.get(f"{path}?at={at}")
            assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_FIELD")


class TestTransactions:
    def test_the_ledger_is_shown_newest_first_with_the_wallet_after_each(self, caller: Caller) -> None:
        player = register(caller)
        deposit = move(caller, player, "deposits", "25.00", reference="D-1").json()
        move(caller, player, "withdrawals", "10.00", reference="W-1")
        path = f"{BASE}/{player['playerId']}"
        caller.post(f"{path}/rollbacks", {"reference": "R-1", "originalReference": "D-1"})
        rows = caller.get(f"{path}/transactions").json()["data"]
        assert [(row["kind"], row["reference"]) for row in rows] == [
            ("rollback", "R-1"),
            ("withdrawal", "W-1"),
            ("deposit", "D-1"),
        ]
        assert rows[0]["originalTransactionId"] == deposit["transactionId"]
        assert [row["wallet"]["available"] for row in rows] == ["0.00", "15.00", "25.00"]
        assert rows[0]["wallet"]["debt"] == "10.00"

    def test_directions_and_amounts_add_up_to_the_balance(self, caller: Caller) -> None:
        player = register(caller)
        path = f"{BASE}/{player['playerId']}"
        move(caller, player, "deposits", "25.00", reference="D-1")
        move(caller, player, "withdrawals", "10.00", reference="W-1")
        for number, original in enumerate(("D-1", "W-1")):
            caller.post(f"{path}/rollbacks", {"reference": f"R-{number}", "originalReference": original})
        rows = caller.get(f"{path}/transactions").json()["data"]
        assert [(row["kind"], row["direction"], row["amount"]) for row in rows] == [
            ("rollback", "credit", "10.00"),
            ("rollback", "debit", "25.00"),
            ("withdrawal", "debit", "10.00"),
            ("deposit", "credit", "25.00"),
        ]
        balance = Decimal(0)
        for row in reversed(rows):
            balance += Decimal(row["amount"]) * (1 if row["direction"] == "credit" else -1)
            assert Decimal(row["wallet"]["available"]) - Decimal(row["wallet"]["debt"]) == balance

    def test_pages_follow_each_other_and_filters_hold(self, caller: Caller) -> None:
        player = register(caller)
        for number in range(5):
            move(caller, player, "deposits", f"{number + 1}.00")
        move(caller, player, "withdrawals", "1.00")
        path = f"{BASE}/{player['playerId']}/transactions?kind=deposit&limit=2"
        seen: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = caller.get(path + cursor).json()
            seen += page["data"]
            if page["nextCursor"] is None:
                break
            cursor = f"&cursor={page['nextCursor']}"
        assert [row["amount"] for row in seen] == ["5.00", "4.00", "3.00", "2.00", "1.00"]
        since = seen[1]["postedAt"]
        rows = caller.get(f"{BASE}/{player['playerId']}/transactions?from={since}&kind=deposit").json()[
            "data"
        ]
        assert "4.00" in [row["amount"] for row in rows]
        before = caller.get(f"{BASE}/{player['playerId']}/transactions?to={seen[-1]['postedAt']}").json()
        assert before == {"data": [], "nextCursor": None}

    def test_an_unknown_kind_or_parameter_is_400(self, caller: Caller) -> None:
        path = f"{BASE}/{register(caller)['playerId']}/transactions"
        for query in (
            "kind=bonus",
            "colour=red",
            "limit=0",
            "limit=201",
            "cursor=x",
            "kind=deposit&kind=deposit",
        ):
            assert caller.get(f"{path}?{query}").status_code == 400, query


class TestAccess:
    def test_another_tenants_player_is_like_one_that_never_was(self, caller: Caller) -> None:
        stranger = register(make_caller(make_tenant()))["playerId"]
        nobody = typeid("plr", uuid7())
        money = {"reference": "D-1", "amount": "1.00", "currency": "EUR"}
        for method, tail, body in (
            ("GET", "", None),
            ("PATCH", "", {"vip": True}),
            ("GET", "/wallet", None),
            ("GET", "/wallet?at=2026-01-01T00:00:00Z", None),
            ("POST", "/deposits", money),
            ("POST", "/withdrawals", money),
            ("POST", "/rollbacks", {"reference": "R-1", "originalReference": "D-1"}),
            ("GET", "/transactions", None),
        ):
            answers = [
                caller.call(method, f"{BASE}/{player}{tail}", body)
                for player in (stranger, nobody, "plr_x", "bet_01")
            ]
            assert {answer.status_code for answer in answers} == {404}, (method, tail)
            assert len({(answer.json()["code"], answer.json()["message"]) for answer in answers}) == 1

    def test_each_call_needs_its_scope(self, caller: Caller) -> None:
        path = f"{BASE}/{register(caller)['playerId']}"
        narrow = make_caller(make_tenant(), scopes={"bets:read"})
        for method, target in (
            ("GET", BASE),
            ("POST", BASE),
            ("GET", path),
            ("PATCH", path),
            ("GET", f"{path}/wallet"),
            ("GET", f"{path}/transactions"),
            ("POST", f"{path}/deposits"),
            ("POST", f"{path}/withdrawals"),
            ("POST", f"{path}/rollbacks"),
        ):
            answer = narrow.call(method, target, {})
            assert (answer.status_code, answer.json()["code"]) == (403, "INSUFFICIENT_SCOPE"), (
                method,
                target,
            )
