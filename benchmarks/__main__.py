"""`python -m benchmarks [NAME...]`: measure, print the table, write JSON below `$B2B_VAR/bench`.

Exit code 0 if all that was measured meets its target, 1 if something misses it.
"""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "b2b.settings")
django.setup()

from benchmarks.run import main  # noqa: E402 - the statements that are measured are read from the services

sys.exit(main())
