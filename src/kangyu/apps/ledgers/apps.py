from django.apps import AppConfig


class LedgersConfig(AppConfig):
    name = "kangyu.apps.ledgers"
    label = "ledgers"
