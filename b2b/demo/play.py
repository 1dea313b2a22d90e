"""A season from its first bet to its exported statement, step by step, as a partner lives through it.

What staff do is done by `manage.py`; everything else goes over HTTP. Each step hands on what it made.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo

from b2b.demo import checks, staff
from b2b.demo.bets import AskedBet, Draw, Offer, Player, amount_text
from b2b.demo.channels import listening
from b2b.demo.offers import load_season, read_offers
from b2b.demo.reckoning import read_scores
from b2b.demo.report import CurrencySums
from b2b.demo.run import Run
from b2b.environment import var_dir

PLAYERS: Final = 50
CURRENCIES: Final = ("EUR", "USD")
COUNTRIES: Final = ("MT", "DE", "IE", "SE", "ES")
DEPOSIT: Final = Fraction(10_000)
POOR_DEPOSIT: Final = Fraction(10)
BETS_PER_FIXTURE: Final = 20
BATCH: Final = 100
SETTLED_WITHIN_SECONDS: Final = 120.0


def play(run: Run) -> None:
    """Play the season to its end. What does not add up is in the report."""
    run.scores = read_scores(run.season)
    run.partner = run.api.get("/partner")
    with run.report.step("Loading the season"):
        offers = load_season(run)
    with listening(run.api, run.stream_url) as heard:
        bets = _play_out(run, offers)
        with run.report.step("Reading the event feed"):
            events = _await_events(run, bets)
            run.totals.events = checks.check_events(run.report, events, bets)
        with run.report.step("Comparing feed, webhooks and stream"):
            heard.compare(run.report, events)
            run.totals.webhooks, run.totals.streamed = len(heard.webhooks), len(heard.stream)
    with run.report.step("Drafting and exporting the statement"):
        _state(run, bets)
    with run.report.step("Verifying the ledger"):
        run.totals.ledger = staff.command(run.report.say, "verify_ledger").strip().splitlines()[-1]
    with run.report.step("Verifying the audit trail"):
        run.totals.trail = staff.command(run.report.say, "verify_trail").strip().splitlines()[-1]
    run.totals.players = len(run.players)
    run.totals.requests = run.api.requests
    run.totals.limit_waited_seconds = run.api.waited_seconds


def _play_out(run: Run, offers: Mapping[str, Sequence[Offer]]) -> list[Mapping[str, Any]]:
    """Register players, place bets, move the odds, enter the results; return the bets, each checked."""
    with run.report.step("Registering players", PLAYERS) as done:
        for number in range(PLAYERS):
            run.players.append(_register(run, number))
            done(1)
    draw = Draw(
        run=run.mark,
        seed=run.seed,
        players=run.players,
        max_stake=2 * Fraction(run.partner["maxBetLimits"]["default"]),
    )
    _place(run, draw, offers, "Placing bets at opening odds")
    with run.report.step("Moving to the closing odds"):
        staff.command(run.report.say, "update_odds", str(run.season))
        moved = read_offers(run)
    _place(
        run,
        draw,
        {fixture: moved[fixture] for fixture in offers if fixture in moved},
        "Placing bets at closing odds",
    )
    with run.report.step("Entering results, settling bets"):
        staff.command(run.report.say, "enter_results", str(run.season), "--rehearsal")
        bets = _await_settled(run)
    with run.report.step("Computing every payout again"):
        checks.check_bets(
            run.report, bets, asked=run.asked, answers=run.answers, picks=run.picks, scores=run.scores
        )
        _count(run, bets)
        wallets = {
            player.player_id: run.api.get(f"/players/{player.player_id}/wallet") for player in run.players
        }
        checks.check_wallets(run.report, wallets, bets, run.deposits)
    return bets


def _register(run: Run, number: int) -> Player:
    """Register a player and deposit; the first of each currency gets too little for any bet."""
    currency = CURRENCIES[number % len(CURRENCIES)]
    is_poor = number < len(CURRENCIES)
    amount = POOR_DEPOSIT if is_poor else DEPOSIT
    player = run.api.post(
        "/players",
        {
            "reference": f"demo-{run.mark}-p{number}",
            "currency": currency,
            "country": COUNTRIES[number % len(COUNTRIES)],
            "vip": number % 10 == 9,
        },
    )
    player_id = str(player["playerId"])
    deposit = run.api.post(
        f"/players/{player_id}/deposits",
        {"reference": f"demo-{run.mark}-d{number}", "amount": amount_text(amount), "currency": currency},
    )
    if Fraction(deposit["wallet"]["available"]) != amount:
        run.report.fault(f"{player_id}: {deposit['wallet']} after a deposit of {amount_text(amount)}")
    run.deposits[player_id] = amount
    return Player(player_id=player_id, currency=currency, available=amount, is_poor=is_poor)


def _place(run: Run, draw: Draw, offers: Mapping[str, Sequence[Offer]], title: str) -> None:
    """Place half of every fixture's bets, in batches of whole fixtures, so that duplicates meet at once."""
    each = BETS_PER_FIXTURE // 2
    fixtures = sorted(offers)
    with run.report.step(title, each * len(fixtures)) as done:
        for start in range(0, len(fixtures), BATCH // each):
            batch: list[AskedBet] = []
            for fixture in fixtures[start : start + BATCH // each]:
                others = [offers[other] for other in fixtures if other != fixture]
                batch += draw.bets_on(offers[fixture], others, each)
            _place_batch(run, batch)
            if start == 0:
                _place_batch(run, batch)
            done(len(batch))


def _place_batch(run: Run, batch: Sequence[AskedBet]) -> None:
    """Place bets and keep the answers; sent again, the same bets have to get the same answers."""
    left = list(batch)
    for _ in range(20):
        answer = run.api.post("/bets/batch", {"bets": [bet.body for bet in left]})
        again: list[AskedBet] = []
        for bet, result in zip(left, answer["results"], strict=True):
            code = result.get("error", {}).get("code")
            if result["status"] == 503 or code == "REFERENCE_IN_PROGRESS":
                again.append(bet)
                continue
            before = run.answers.setdefault(bet.reference, result)
            if _lasting(before) != _lasting(result):
                run.report.fault(f"{bet.reference}: sent again, answered {result} instead of {before}")
        run.asked.update((bet.reference, bet) for bet in left)
        if not again:
            return
        left = again
        time.sleep(1)
    run.report.fault(f"{len(left)} bets could not be placed in 20 attempts, {left[0].reference} among them")


def _lasting(result: Mapping[str, Any]) -> Any:
    """Return what a replay answers byte for byte: all but an error's time and request id."""
    if "error" not in result:
        return result
    error = {name: value for name, value in result["error"].items() if name not in {"timestamp", "requestId"}}
    return result["status"], error


def _own_bets(run: Run) -> list[Mapping[str, Any]]:
    placed_from = run.began_at - timedelta(minutes=1)
    return [
        bet
        for bet in run.api.pages("/bets", placedFrom=f"{placed_from:%Y-%m-%dT%H:%M:%S.000Z}")
        if bet["reference"] in run.asked
    ]


def _await_settled(run: Run) -> list[Mapping[str, Any]]:
    """Return the run's bets once none of them is open; after two minutes, as they are."""
    give_up_at = time.monotonic() + SETTLED_WITHIN_SECONDS
    bets = _own_bets(run)
    while any(bet["status"] == "accepted" for bet in bets) and time.monotonic() < give_up_at:
        time.sleep(1)
        bets = _own_bets(run)
    return bets


def _await_events(run: Run, bets: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the whole event feed, once it tells of every settlement of the run."""
    settled = {bet["betId"] for bet in bets if bet["revision"]}
    events: list[Mapping[str, Any]] = []
    after = 0
    give_up_at = time.monotonic() + SETTLED_WITHIN_SECONDS
    while True:
        page = run.api.get("/events", after=after, limit=200)
        events += page["data"]
        after = page["nextAfter"]
        settled -= {event["data"]["betId"] for event in page["data"] if event["type"] == "bet.settled"}
        if page["data"]:
            continue
        if not settled or time.monotonic() > give_up_at:
            return events
        time.sleep(0.5)


def _count(run: Run, bets: Iterable[Mapping[str, Any]]) -> None:
    totals = run.totals
    totals.asked = len(run.asked)
    totals.accepted = sum(answer["status"] == 201 for answer in run.answers.values())
    totals.rejected.update(
        answer["error"]["code"] for answer in run.answers.values() if answer["status"] != 201
    )
    for bet in bets:
        totals.statuses[bet["status"]] += 1
        sums = totals.currencies.setdefault(bet["currency"], CurrencySums())
        sums.bets += 1
        sums.stakes += Fraction(bet["stake"])
        sums.payouts += Fraction(bet["payout"] or 0)


def _state(run: Run, bets: Iterable[Mapping[str, Any]]) -> None:
    """Draft the statement of each month in which the run's bets were settled, export and check it."""
    zone = ZoneInfo(run.partner["timeZone"])
    months = sorted(
        {
            f"{datetime.fromisoformat(bet['settledAt']).astimezone(zone):%Y-%m}"
            for bet in bets
            if bet["settledAt"]
        }
    )
    every_bet = list(run.api.pages("/bets"))
    folder = var_dir() / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    for month in months:
        drafted = staff.read_json("draft_statements", "--period", month, "--json")
        own = [each for each in drafted if each["tenantId"] == run.partner["tenant"]["tenantId"]]
        if len(own) != 1:
            run.report.fault(f"{len(own)} statements of {month} were drafted for this tenant")
            continue
        shown = run.api.get(f"/statements/{own[0]['statementId']}")
        if shown != own[0]:
            run.report.fault(f"Statement {shown['number']} is shown otherwise than it was drafted")
        name, written = run.api.download(f"/statements/{shown['statementId']}/export", format="csv")
        (folder / name).write_bytes(written)
        checks.check_statement(run.report, shown, every_bet, month)
        checks.check_export(run.report, shown, written)
        run.totals.statements.append(
            (shown["number"], f"{shown['total']} {shown['currency']}", str(folder / name))
        )
    rate = Fraction((run.partner["commissionStructure"] or {}).get("value", 0))
    for sums in run.totals.currencies.values():
        sums.commission = sums.revenue * rate
