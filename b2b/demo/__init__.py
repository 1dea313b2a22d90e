"""A partner's system for show: it plays a season against the running platform, and checks every figure.

It knows the platform as a partner does, by the API alone; what the API answers is computed again here, from
the season's file and by other formulas than the platform's. What only staff do (a season, odds, results, a
statement's draft) it asks of `manage.py`.
"""

import sys

from b2b.environment import ROOT

# The reference client is a package of its own; here it is used as it lies in the tree.
sys.path.insert(0, str(ROOT / "clients" / "python"))
