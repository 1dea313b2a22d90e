"""Make the roles of staff what `b2b/roles.py` says: groups, and the permissions of each."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from core.audit import acting
from core.clock import now
from staff.services.roles import seed_roles


class Command(BaseCommand):
    help = "Give every role of staff its permissions, and take away those it no longer has."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting("seed_roles"):
            changed = seed_roles(
                {role.name: role.permissions for role in settings.STAFF_ROLES}, seeded_at=now()
            )
        self.stdout.write(f"Roles changed: {', '.join(changed)}." if changed else "The roles are as written.")
