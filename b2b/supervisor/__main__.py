"""`python -m b2b.supervisor up | servers | exec -- COMMAND...`"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from b2b.environment import var_dir
from b2b.supervisor import platform, postgres, strays, valkey
from b2b.supervisor.accounts import data_folder, server_account
from b2b.supervisor.banner import show_banner
from b2b.supervisor.binaries import find_binaries, readable_binaries
from b2b.supervisor.errors import CannotStart, StopAsked
from b2b.supervisor.logs import keep_in, say, write
from b2b.supervisor.processes import Family
from b2b.supervisor.state import Copy, check_ports, hold, hold_first_free, open_copy, read_json

USAGE = "usage: python -m b2b.supervisor up | servers | exec -- COMMAND..."
START_SECONDS = 120.0


def main(arguments: list[str]) -> int:
    try:
        match arguments:
            case ["up"]:
                return up(var_dir())
            case ["servers"]:
                return servers(var_dir())
            case ["exec", "--", *command] if command:
                return execute(var_dir(), command)
    except CannotStart as error:
        print(f"\n{error}\n", file=sys.stderr)
        return 1
    write(USAGE)
    return 2


def up(var: Path) -> int:
    """Start everything, show where it is, and keep it running until a signal comes."""
    with hold(var):
        copy = open_copy(var)
        return _supervise(copy, _start_platform, Family.watch, ports=["api", "office", "stream"])


def servers(var: Path) -> int:
    """Start PostgreSQL and Valkey, migrate, and wait; for development."""
    with hold(var):
        copy = open_copy(var)

        def start(copy: Copy, family: Family) -> None:
            _start_servers(copy, family, may_create_databases=True)
            _migrate(copy, family)
            say(f"PostgreSQL serves on {copy.ports['postgres']}, Valkey on {copy.ports['valkey']}.")

        return _supervise(copy, start, Family.watch, ports=[])


def execute(var: Path, command: list[str]) -> int:
    """Run a command beside servers of its own, on free ports, and return the command's exit code.

    They lie below `var`, so that a platform may run in `var` at the same time.
    """
    place, lock = hold_first_free(var)
    with lock:
        keep_in(place / "servers.log")
        copy = open_copy(place, free_ports=True, passwords_like=var)
        ended: list[int] = []

        def start(copy: Copy, family: Family) -> None:
            _start_servers(copy, family, may_create_databases=True)

        def run(family: Family) -> None:
            ended.append(family.run_in_foreground(command, platform.command_environment(copy)))

        stopped = _supervise(copy, start, run, ports=[])
        return ended[0] if ended else stopped


def _supervise(
    copy: Copy, start: Callable[[Copy, Family], None], then: Callable[[Family], None], *, ports: list[str]
) -> int:
    """Clear away what an earlier supervisor left, start, go on, and stop everything whatever happened."""
    _end_strays(copy)
    check_ports(copy, [*ports, *_own_servers(copy)])
    family = Family(copy.var)
    try:
        start(copy, family)
        then(family)
    except StopAsked:
        pass
    finally:
        began = time.monotonic()
        family.stop()
        if ports:
            write(f"\nEverything is stopped ({time.monotonic() - began:.1f} s).")
    return 0


def _end_strays(copy: Copy) -> None:
    names = strays.end_recorded(read_json(copy.var / "processes.json"))
    strays.end_marked(strays.mark(copy.var))
    if names:
        say(f"Ended what an earlier supervisor left running: {', '.join(names)}")


def _own_servers(copy: Copy) -> list[str]:
    return [
        name
        for name, given in (("postgres", copy.given_database_url), ("valkey", copy.given_valkey_url))
        if not given
    ]


def _start_servers(copy: Copy, family: Family, *, may_create_databases: bool) -> None:
    platform.keys_folder(copy.var)
    binaries = find_binaries()
    own = _own_servers(copy)
    if own:
        account = server_account()
        folder = data_folder(copy.var, account)
        runnable = readable_binaries(account, folder)
        started = []
        if "postgres" in own:
            cluster = postgres.make_cluster(copy, runnable, account, folder)
            postgres.free_cluster(cluster)
            started.append(family.start(postgres.server(copy, runnable, account, cluster)))
        if "valkey" in own:
            started.append(family.start(valkey.server(copy, runnable, account, folder)))
        family.wait_ready(started, seconds=START_SECONDS)
    postgres.make_roles(copy, binaries, may_create_databases=may_create_databases)


def _migrate(copy: Copy, family: Family) -> None:
    say("Migrating the database")
    # The office's checks read tables that the first migration makes.
    quietly = ("--skip-checks", "--no-input", "--verbosity", "0")
    if family.run(platform.management(copy, "owner", "migrate", *quietly)):
        raise CannotStart("The migrations failed; their output is above.")


def _start_platform(copy: Copy, family: Family) -> None:
    began = time.monotonic()
    _start_servers(copy, family, may_create_databases=False)
    _migrate(copy, family)
    api_workers = int(os.environ.get("B2B_API_WORKERS") or 2)
    api_threads = int(os.environ.get("B2B_API_THREADS") or 4)
    # These three act on requests alone, so they may load while the data they will show is made.
    answering = [
        family.start(platform.web(copy, "api", workers=api_workers, threads=api_threads)),
        family.start(platform.web(copy, "office", workers=1, threads=4)),
        family.start(platform.stream(copy)),
    ]
    if family.run(platform.management(copy, "jobs", "seed_demo")):
        raise CannotStart("The roles of staff and the demo could not be made; the output is above.")
    acting = [
        family.start(program)
        for program in (
            platform.worker(copy),
            platform.pump(copy),
            platform.beat(copy),
            platform.management(copy, "jobs", "relay"),
        )
    ]
    family.wait_ready([*answering, *acting], seconds=START_SECONDS)
    show_banner(copy, seconds=time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
