"""Whether what the platform says is so: bets, wallets, events, the statement and its file, to the cent."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from b2b.demo.bets import ACCEPTED, AskedBet, amount_text
from b2b.demo.reckoning import (
    MULTI,
    LineKey,
    Pick,
    Score,
    Sums,
    Version,
    add_up,
    charge,
    round_half_up,
    settle,
)
from b2b.demo.report import Report

Shown = Mapping[str, Any]


def check_bets(
    report: Report,
    bets: Sequence[Shown],
    *,
    asked: Mapping[str, AskedBet],
    answers: Mapping[str, Shown],
    picks: Mapping[str, Pick],
    scores: Mapping[tuple[str, str, str], Score],
) -> None:
    """Check every answer against what was expected, and every bet against its settlement by hand."""
    read = {bet["reference"]: bet for bet in bets}
    if len(read) != len(bets):
        report.fault(f"{len(bets) - len(read)} references stand on more than one bet")
    for reference, wanted in asked.items():
        answer = answers.get(reference)
        code = "no answer" if answer is None else answer.get("error", {}).get("code", ACCEPTED)
        if code != wanted.code:
            report.fault(f"{reference}: {code or 'accepted'} instead of {wanted.code or 'accepted'}")
        if (reference in read) != (code == ACCEPTED):
            report.fault(f"{reference}: answered {code or 'accepted'}, but read back: {reference in read}")
    for bet in bets:
        _check_bet(report, bet, asked[bet["reference"]], picks, scores)


def _check_bet(
    report: Report,
    bet: Shown,
    wanted: AskedBet,
    picks: Mapping[str, Pick],
    scores: Mapping[tuple[str, str, str], Score],
) -> None:
    taken = tuple(Fraction(leg["odds"]) for leg in bet["legs"])
    if taken != wanted.odds_taken:
        report.fault(f"{bet['reference']}: taken at {taken} instead of {wanted.odds_taken}")
    outcomes = [leg["outcomeId"] for leg in wanted.body["legs"]]
    if [leg["outcomeId"] for leg in bet["legs"]] != outcomes or bet["stake"] != wanted.body["stake"]:
        report.fault(f"{bet['reference']}: other legs or another stake than asked for")
    due = settle(
        Fraction(bet["stake"]),
        [(picks[leg["outcomeId"]], Fraction(leg["odds"])) for leg in bet["legs"]],
        scores,
    )
    if (bet["status"], bet["payout"]) != (due.status, amount_text(due.payout)):
        report.fault(
            f"{bet['reference']}: {bet['status']} with {bet['payout']} instead of {due.status} with "
            f"{amount_text(due.payout)}"
        )
    if bet["revision"] != 1:
        report.fault(f"{bet['reference']}: {bet['revision']} revisions instead of one")


def check_wallets(
    report: Report, wallets: Mapping[str, Shown], bets: Iterable[Shown], deposits: Mapping[str, Fraction]
) -> None:
    """Check that each wallet is what was deposited, less stakes, plus payouts, with nothing in play."""
    due = dict(deposits)
    for bet in bets:
        due[bet["playerId"]] += Fraction(bet["payout"] or 0) - Fraction(bet["stake"])
    for player_id, wallet in wallets.items():
        if wallet["available"] != amount_text(due[player_id]) or {wallet["inPlay"], wallet["debt"]} != {
            "0.00"
        }:
            report.fault(f"{player_id}: {dict(wallet)} instead of {amount_text(due[player_id])}")


def check_events(report: Report, events: Sequence[Shown], bets: Iterable[Shown]) -> int:
    """Check that the feed has no gap and tells of every bet, causes first; return its length."""
    if [event["sequence"] for event in events] != list(range(1, len(events) + 1)):
        report.fault("The event feed has gaps, or does not begin at 1")
    told: defaultdict[tuple[str, str], list[Shown]] = defaultdict(list)
    for event in events:
        subject = event["data"].get("betId") or event["data"].get("playerId") or ""
        told[event["type"], subject].append(event)
    for bet in bets:
        registered = told["user.registered", bet["playerId"]]
        placed = told["bet.placed", bet["betId"]]
        settled = told["bet.settled", bet["betId"]]
        if (len(registered), len(placed), len(settled)) != (1, 1, bet["revision"]):
            report.fault(f"{bet['reference']}: told of {len(placed)} placements, {len(settled)} settlements")
            continue
        order = [event["sequence"] for event in (*registered, *placed, *settled)]
        if order != sorted(order):
            report.fault(f"{bet['reference']}: told of in the order {order}")
        if settled and settled[-1]["data"]["payout"] != bet["payout"]:
            report.fault(f"{bet['reference']}: told of a payout of {settled[-1]['data']['payout']}")
    return len(events)


def check_statement(report: Report, statement: Shown, every_bet: Iterable[Shown], month: str) -> None:
    """Check a statement line by line against the tenant's bets, its charges, and its total."""
    number = statement["number"]
    versions = [
        Version(
            number=version["version"],
            rate=Fraction(version["rate"]),
            from_date=date.fromisoformat(version["validFrom"]),
            to_date=date.fromisoformat(version["validTo"]) if version["validTo"] else None,
        )
        for version in statement["plan"]["versions"]
    ]
    rates = {version.number: version.rate for version in versions}
    due = add_up(every_bet, versions, month, statement["period"]["timeZone"])
    shown = {_key(line): line for line in statement["lines"]}
    if set(shown) != set(due) or len(shown) != len(statement["lines"]):
        report.fault(f"Statement {number}: {len(statement['lines'])} lines instead of {len(due)}")
    for key in shown.keys() & due.keys():
        _check_line(report, number, shown[key], due[key], rates[key[0]])
    _check_charges(report, statement, due, rates)


def _key(line: Shown) -> LineKey:
    return line["planVersion"], line["currency"], line.get("fixtureId", MULTI)


def _check_line(report: Report, number: str, line: Shown, due: Sums, rate: Fraction) -> None:
    said = (line["betCount"], *(Fraction(line[name]) for name in ("stakes", "payouts", "revenue", "amount")))
    if said != (due.bets, due.stakes, due.payouts, due.revenue, due.revenue * rate):
        report.fault(f"Statement {number}, line {line['number']}: {dict(line)} instead of {due}")


def _check_charges(
    report: Report, statement: Shown, due: Mapping[LineKey, Sums], rates: Mapping[int, Fraction]
) -> None:
    number, scale = statement["number"], len(statement["total"].partition(".")[2])
    bases: defaultdict[tuple[int, str], Fraction] = defaultdict(Fraction)
    for (version, currency, _), sums in due.items():
        bases[version, currency] += sums.revenue
    revenue = total = Fraction(0)
    for each in statement["charges"]:
        base = bases.pop((each["planVersion"], each["currency"]), Fraction(0))
        conversion = Fraction(each["conversionRate"])
        amount = charge(base, conversion, rates[each["planVersion"]], scale)
        revenue += base * conversion
        total += amount
        if (Fraction(each["base"]), Fraction(each["amount"])) != (base, amount):
            report.fault(
                f"Statement {number}, charge {each['number']}: {dict(each)}, base {base}, {amount} due"
            )
        if each["currency"] == statement["currency"] and conversion != 1:
            report.fault(f"Statement {number}: {each['currency']} is converted to itself at {conversion}")
    if bases:
        report.fault(f"Statement {number}: nothing is charged for {sorted(bases)}")
    if (Fraction(statement["revenue"]), Fraction(statement["total"])) != (
        round_half_up(revenue, scale),
        total,
    ):
        report.fault(
            f"Statement {number}: revenue {statement['revenue']} and total {statement['total']} instead of "
            f"{round_half_up(revenue, scale)} and {total}"
        )


def check_export(report: Report, statement: Shown, written: bytes) -> None:
    """Check that the exported file has the statement's lines, charges and total, and nothing else."""
    rows = list(csv.DictReader(io.StringIO(written.decode("utf-8"), newline="")))
    said = [
        (row["Record"], row["Fixture"], row["Currency"], row["Revenue"], row["Commission"]) for row in rows
    ]
    due = [
        *(
            ("line", line.get("fixtureId", MULTI), line["currency"], line["revenue"], line["amount"])
            for line in statement["lines"]
        ),
        *(("charge", "", each["currency"], each["base"], each["amount"]) for each in statement["charges"]),
        ("total", "", statement["currency"], statement["revenue"], statement["total"]),
    ]
    if said != due:
        report.fault(f"Statement {statement['number']}: the exported file says otherwise")
