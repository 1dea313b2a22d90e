"""`prepare.py COUNT`: make django-hordak's tables, a cash account and so many customers."""

import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from hordak.models import Account, AccountType  # noqa: E402

call_command("migrate", verbosity=0)
Account.objects.create(name="cash", code="1", type=AccountType.asset, currencies=["EUR"])
for number in range(int(sys.argv[1])):
    Account.objects.create(
        name=f"customer {number}", code=f"2{number:05}", type=AccountType.liability, currencies=["EUR"]
    )
