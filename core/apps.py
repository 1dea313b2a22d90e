from django.apps import AppConfig

from core.money import install_context


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        """Give every thread of the process decimals of 60 digits."""
        install_context()
