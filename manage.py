#!/usr/bin/env python
"""Django's command line: `migrate` and `makemigrations` log in as the tables' owner, the rest as jobs."""

import os
import sys

from django.core.management import execute_from_command_line

import b2b.celery  # noqa: F401  (commands enqueue by Celery's default app)

OWNERS_COMMANDS = {"migrate", "makemigrations"}


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "b2b.settings")
    if "B2B_PROCESS" not in os.environ:
        os.environ["B2B_PROCESS"] = "owner" if command in OWNERS_COMMANDS else "jobs"
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
