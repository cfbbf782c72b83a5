from django.apps import AppConfig


class IndicatorsConfig(AppConfig):
    name = "kangyu.apps.indicators"
    label = "indicators"
