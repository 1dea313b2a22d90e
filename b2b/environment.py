"""What a process is told: the environment first, then `$B2B_VAR/state.json`, which the supervisor keeps.

Standard library only, because the supervisor reads it before anything else runs.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any, Literal

Process = Literal["api", "office", "jobs", "owner"]

ROOT = Path(__file__).resolve().parent.parent
ROLES: dict[Process, str] = {
    "api": "b2b_api",
    "office": "b2b_office",
    "jobs": "b2b_jobs",
    "owner": "b2b_owner",
}


def var_dir() -> Path:
    """Where everything that a running copy writes lies: `B2B_VAR`, by default `var/` beside the code."""
    return Path(os.environ.get("B2B_VAR") or ROOT / "var").absolute()


@cache
def state() -> dict[str, Any]:
    """What the supervisor wrote down (ports, credentials, the secret key); empty when it never ran here."""
    try:
        found: dict[str, Any] = json.loads((var_dir() / "state.json").read_text("utf-8"))
    except (FileNotFoundError, PermissionError, NotADirectoryError):
        return {}
    return found


def told(variable: str, state_key: str) -> str:
    """The environment's `variable`, else what the state file has under `state_key`, else ''."""
    return os.environ.get(variable) or str(state().get(state_key) or "")


def database_url(process: Process) -> str:
    """The URL by which this kind of process logs in to PostgreSQL; '' when nobody has said."""
    given = os.environ.get(f"B2B_DATABASE_URL_{process.upper()}")
    return given or str(state().get("databases", {}).get(process, ""))
