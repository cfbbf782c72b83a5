from django.apps import AppConfig


class StatementsConfig(AppConfig):
    name = "kangyu.apps.statements"
    label = "statements"
