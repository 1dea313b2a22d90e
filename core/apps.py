from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from core.money import install_context


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        """Give every thread decimals of 60 digits, and read what each app declares of its data."""
        install_context()
        autodiscover_modules("privacy")
