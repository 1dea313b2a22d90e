from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules

from core.money import install_context


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        """Give every thread decimals of 60 digits; read what each app declares, announces and reacts to."""
        install_context()
        autodiscover_modules("privacy", "event_types", "handlers")
