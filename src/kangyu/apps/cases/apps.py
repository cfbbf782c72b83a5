from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "kangyu.apps.cases"
    label = "cases"
