"""A run of the demo: what it knows when it begins, and what each step adds."""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from b2b.demo.bets import AskedBet, Player
from b2b.demo.reckoning import Pick, Score
from b2b.demo.report import Report, Totals
from b2b_client import Client


@dataclass(slots=True)
class Run:
    """A run and all that it knows: the season's scores, its players, what it asked for and what it got."""

    api: Client
    stream_url: str
    report: Report
    season: Path
    seed: int
    mark: str = field(default_factory=lambda: f"{int(time.time()):x}{secrets.token_hex(2)}")
    began_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    partner: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[tuple[str, str, str], Score] = field(default_factory=dict)
    players: list[Player] = field(default_factory=list)
    deposits: dict[str, Fraction] = field(default_factory=dict)
    picks: dict[str, Pick] = field(default_factory=dict)
    """What each outcome ever offered stands for."""
    asked: dict[str, AskedBet] = field(default_factory=dict)
    answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    totals: Totals = field(default_factory=Totals)
