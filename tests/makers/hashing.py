"""The tests' password hash: the product's own, with the least work; the product's work is held by
`tests/platform/test_settings.py`.
"""

from django.contrib.auth.hashers import ScryptPasswordHasher


class QuickScrypt(ScryptPasswordHasher):
    work_factor = 2**4
    parallelism = 1
