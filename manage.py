#!/usr/bin/env python
"""Django's command line: `migrate` and `makemigrations` log in as the tables' owner, the rest as jobs."""

import gc
import os
import sys
from contextlib import nullcontext
from importlib import import_module

from django.core.management import execute_from_command_line

OWNERS_COMMANDS = {"migrate", "makemigrations"}


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "b2b.settings")
    if "B2B_PROCESS" not in os.environ:
        os.environ["B2B_PROCESS"] = "owner" if command in OWNERS_COMMANDS else "jobs"
    # Commands enqueue by Celery's default app; it must not choose the process before this file has.
    import_module("b2b.celery")
    # Migrations send what cannot carry an actor, and no person's rows.
    acting = import_module("core.acting").acting
    if command in OWNERS_COMMANDS:
        gc.set_threshold(10_000)  # Each step makes classes by the hundred; looking them through took a tenth.
    with nullcontext() if command in OWNERS_COMMANDS else acting(command or "manage.py"):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
