"""`python -m b2b.demo [SEASON]`: exit code 0 if everything adds up, 1 if not, 2 if it could not be played."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, Final

from b2b.demo.offers import NothingToBetOn
from b2b.demo.play import play
from b2b.demo.report import Report
from b2b.demo.run import Run
from b2b.demo.staff import CommandFailed
from b2b.environment import ROOT, var_dir
from b2b_client import Client, ClientError, PlatformAway

SAMPLE: Final = ROOT / "sportsbook" / "data" / "sample-season.csv"


def main() -> int:
    """Play the season that the command line names against the platform that runs in `$B2B_VAR`."""
    parser = argparse.ArgumentParser(
        prog="b2b.demo", description="Play a season against the running platform, and check every figure."
    )
    parser.add_argument(
        "season", nargs="?", type=Path, default=SAMPLE, help="a file in the football-data format"
    )
    parser.add_argument("--seed", type=int, default=1, help="draws other bets")
    options = parser.parse_args()
    report = Report()
    try:
        demo = _credentials()
        with Client(demo["apiUrl"], demo["clientId"], demo["clientSecret"]) as api:
            run = Run(
                api=api,
                stream_url=demo["streamUrl"],
                report=report,
                season=options.season.resolve(strict=True),
                seed=options.seed,
            )
            play(run)
    except (OSError, ClientError, CommandFailed, NothingToBetOn) as error:
        print(f"The season could not be played: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped; what was placed stands, and the next run plays on.", file=sys.stderr)
        return 130
    report.summary(run.totals)
    return 1 if report.faults else 0


def _credentials() -> dict[str, Any]:
    path = var_dir() / "demo.json"
    if not path.exists():
        raise PlatformAway(f"{path} is not there; is the platform running? `make up` starts it.")
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


if __name__ == "__main__":
    sys.exit(main())
