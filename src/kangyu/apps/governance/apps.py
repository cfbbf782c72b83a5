from django.apps import AppConfig


class GovernanceConfig(AppConfig):
    name = "kangyu.apps.governance"
    label = "governance"
