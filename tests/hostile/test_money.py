"""Money that is no money: each way of writing an amount wrongly is refused by name, and leaves no trace."""

import json
from secrets import token_hex
from typing import Any

import pytest

from core.api.codes import documented_codes
from core.ids import typeid
from core.models import Reference
from core.tenancy import tenant
from partners.models import Tenant
from sportsbook.models import Bet
from tests.makers.bets import MadePlayer, make_bettor, wallet_of
from tests.makers.http import Caller, make_caller
from tests.makers.partners import make_tenant
from tests.makers.sportsbook import MadeFixture, make_fixture
from wallet.models import JournalEntry

pytestmark = pytest.mark.usefixtures("committed")

# fmt: off
NOT_STRINGS = [
    "1", "1.0", "-1", "0", "-0", "1e2", "1e400", "-1e400", "1E+2", "0.1", "NaN", "Infinity", "-Infinity",
    "null", "true", "false", "[]", "{}", "[1]",
]
"""As they stand in the body, without quotes."""
NOT_NUMBERS = [
    "NaN", "nan", "sNaN", "Infinity", "-Infinity", "inf", "1e2", "1E2", "1e400", "1e-2", "-0", "-1", "+1",
    "--1", "1,00", "1.000,00", "1 000", "1_000", "0x10", "0b1", "1/2", "1.", ".5", "1..0", "01", "00.10",
    "1.0.0",
    "\N{ARABIC-INDIC DIGIT ONE}\N{ARABIC-INDIC DIGIT TWO}", "\N{FULLWIDTH DIGIT ONE}", "\N{SUPERSCRIPT TWO}",
    "\N{VULGAR FRACTION ONE QUARTER}", "\N{EURO SIGN}1", "1 EUR", "", " ", " 1", "1 ", "\t1", "1\n", "1\r\n",
    "\ufeff1", "1\u0000", "\u20281", "1'--", "%31", "${1}", "{{1}}", "1" * 21, "1" * 5_000, "0" * 30,
    "1." + "0" * 5_000,
]
# fmt: on
OUT_OF_RANGE = ["0", "0.00", "100000000000000000000", "9" * 40]
TOO_PRECISE = {"JPY": ["1.5", "1.0"], "EUR": ["1.005", "1.000"], "KWD": ["1.0005"], "BTC": ["0.000000001"]}
WHOLE = {"JPY": "100", "EUR": "1.25", "KWD": "1.125", "BTC": "0.00000001"}


class Till:
    """A player with some money, a caller who may move it, and what is there of it."""

    def __init__(self, owner: Tenant, currency: str) -> None:
        self.caller: Caller = make_caller(owner)
        self.player: MadePlayer = make_bettor(owner, currency=currency, available="1000")
        self.player_id = typeid("plr", self.player.id)
        self.made: MadeFixture = make_fixture()

    def movement(self, amount: str) -> str:
        """A body as text; `amount` is put in as it is."""
        return f'{{"reference": "{token_hex(8)}", "amount": {amount}, "currency": "{self.player.currency}"}}'

    def bet(self, *, stake: str = '"1"', odds: str = '"2.1"', tolerance: str = '"0"') -> str:
        outcome = typeid("out", self.made.outcome().id)
        return (
            f'{{"reference": "{token_hex(8)}", "playerId": "{self.player_id}", "stake": {stake}, '
            f'"currency": "{self.player.currency}", "oddsTolerance": {tolerance}, '
            f'"legs": [{{"outcomeId": "{outcome}", "odds": {odds}}}], "allowDuplicate": true}}'
        )

    def requests(self, value: str) -> dict[str, tuple[str, str]]:
        """The value in each place where money or odds can stand."""
        return {
            "deposit": (f"/players/{self.player_id}/deposits", self.movement(value)),
            "withdrawal": (f"/players/{self.player_id}/withdrawals", self.movement(value)),
            "stake": ("/bets", self.bet(stake=value)),
            "checked stake": ("/bets/check", self.bet(stake=value)),
            "odds": ("/bets", self.bet(odds=value)),
            "tolerance": ("/bets", self.bet(tolerance=value)),
        }

    def send(self, path: str, body: str) -> Any:
        return self.caller.post(f"/api/v2{path}", body.encode())

    def holds(self) -> tuple[Any, ...]:
        with tenant(self.player.tenant_id):
            return (
                wallet_rows(self.player),
                Bet.objects.filter(player_id=self.player.id).count(),
                Reference.objects.filter(tenant_id=self.player.tenant_id).count(),
            )


def wallet_rows(player: MadePlayer) -> int:
    return JournalEntry.objects.filter(player_id=player.id).count()


@pytest.fixture(scope="module")
def tills() -> dict[str, Till]:
    return {}


@pytest.fixture
def euros(committed: None, tills: dict[str, Till]) -> Till:
    return _till(tills, "EUR")


def _till(tills: dict[str, Till], currency: str) -> Till:
    if currency not in tills:
        tills[currency] = Till(make_tenant(currencies=(currency,), requests_per_minute=100_000), currency)
    return tills[currency]


def assert_refused(answer: Any, *, whole_body: str) -> str:
    """The answer is an envelope of a documented code that fits its status; return the code."""
    assert 400 <= answer.status_code < 500, (whole_body[:200], answer.content)
    found = answer.json()
    assert {"status", "code", "message", "timestamp", "requestId"} <= set(found)
    assert documented_codes()[found["code"]].status == answer.status_code
    assert len(answer.content) < 4_000, "a refusal does not send back what it was sent"
    return str(found["code"])


class TestAmounts:
    @pytest.mark.parametrize("value", NOT_STRINGS)
    def test_what_is_no_string_is_refused(self, euros: Till, value: str) -> None:
        before = euros.holds()
        for place, (path, body) in euros.requests(value).items():
            code = assert_refused(euros.send(path, body), whole_body=body)
            kind = "ODDS" if place in ("odds", "tolerance") else "AMOUNT"
            # NaN and Infinity are no JSON at all.
            wanted = {"MALFORMED_JSON"} if "N" in value or "y" in value else {f"{kind}_NOT_A_STRING"}
            assert code in wanted, place
        assert euros.holds() == before

    @pytest.mark.parametrize("value", NOT_NUMBERS, ids=lambda value: repr(value)[:24])
    def test_what_is_no_plain_number_is_refused(self, euros: Till, value: str) -> None:
        before = euros.holds()
        for place, (path, body) in euros.requests(json.dumps(value)).items():
            code = assert_refused(euros.send(path, body), whole_body=body)
            assert code.startswith(("AMOUNT_", "ODDS_", "INVALID_FIELD")), (place, code)
            assert code not in ("AMOUNT_NOT_A_STRING", "ODDS_NOT_A_STRING"), place
        assert euros.holds() == before

    @pytest.mark.parametrize("value", OUT_OF_RANGE, ids=lambda value: value[:24])
    def test_what_nobody_can_have_is_refused(self, euros: Till, value: str) -> None:
        before = wallet_of(euros.player)
        requests = euros.requests(json.dumps(value))
        for place in ("deposit", "withdrawal", "stake"):
            path, body = requests[place]
            assert_refused(euros.send(path, body), whole_body=body)
        assert wallet_of(euros.player) == before

    @pytest.mark.parametrize("currency", sorted(TOO_PRECISE))
    def test_more_decimals_than_the_currency_has_are_refused(
        self, committed: None, tills: dict[str, Till], currency: str
    ) -> None:
        till = _till(tills, currency)
        before = till.holds()
        for value in TOO_PRECISE[currency]:
            for path, body in list(till.requests(json.dumps(value)).values())[:4]:
                assert assert_refused(till.send(path, body), whole_body=body) == "AMOUNT_TOO_PRECISE"
        assert till.holds() == before

    @pytest.mark.parametrize("currency", sorted(WHOLE))
    def test_as_many_decimals_as_the_currency_has_are_taken(
        self, committed: None, tills: dict[str, Till], currency: str
    ) -> None:
        """Else the test above would prove nothing."""
        till = _till(tills, currency)
        path = f"/players/{till.player_id}/deposits"
        answer = till.send(path, till.movement(json.dumps(WHOLE[currency])))
        assert answer.status_code == 201, answer.content
        assert answer.json()["amount"] == WHOLE[currency]

    def test_largest_amount_is_answered_without_an_error_of_ours(self, euros: Till) -> None:
        for value in ("99999999999999999999.99", "99999999999999999999"):
            for path, body in euros.requests(json.dumps(value)).values():
                assert euros.send(path, body).status_code < 500, body


class TestReferences:
    @pytest.mark.parametrize(
        "reference",
        [
            "",
            " ",
            "a b",
            "a\n",
            "\u0000",
            "\xe9",
            "a" * 65,
            "a" * 100_000,
            "../x",
            "a;--",
            "<a>",
            "%00",
            1,
            None,
        ],
        ids=lambda value: repr(value)[:20],
    )
    def test_one_that_nobody_could_write_down_is_refused(self, euros: Till, reference: Any) -> None:
        before = euros.holds()
        movement = {"reference": reference, "amount": "1.00", "currency": "EUR"}
        for path, body in (
            (f"/players/{euros.player_id}/deposits", movement),
            ("/bets", {**json.loads(euros.bet()), "reference": reference}),
            ("/players", {"reference": reference, "currency": "EUR", "country": "MT"}),
        ):
            sent = json.dumps(body)
            assert assert_refused(euros.send(path, sent), whole_body=sent) == "INVALID_FIELD"
        assert euros.holds() == before
