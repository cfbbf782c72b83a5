from django.apps import AppConfig


class PlanningConfig(AppConfig):
    name = "kangyu.apps.planning"
    label = "planning"
