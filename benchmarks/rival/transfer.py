"""`transfer.py SEED SECONDS`: transfers from the cash account to random customers, each in a transaction."""

import json
import random
import sys
import time

import django

django.setup()

from hordak.models import Account, AccountType  # noqa: E402
from moneyed import Money  # noqa: E402

drawn = random.Random(sys.argv[1])
cash = Account.objects.get(name="cash")
customers = list(Account.objects.filter(type=AccountType.liability))
amount = Money("1.00", "EUR")
cash.transfer_to(customers[0], amount)
print("ready", flush=True)
sys.stdin.readline()
began, count = time.perf_counter(), 0
while time.perf_counter() - began < float(sys.argv[2]):
    cash.transfer_to(drawn.choice(customers), amount)
    count += 1
print(json.dumps({"count": count, "seconds": time.perf_counter() - began}), flush=True)
