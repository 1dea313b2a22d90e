from django.apps import AppConfig


class SportsbookConfig(AppConfig):
    name = "sportsbook"
