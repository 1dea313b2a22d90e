from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ApprovalsConfig(AppConfig):
    name = "approvals"

    def ready(self) -> None:
        """Let every app register what it wants approved: its module `approvals` does."""
        autodiscover_modules("approvals")
