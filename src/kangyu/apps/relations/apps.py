from django.apps import AppConfig


class RelationsConfig(AppConfig):
    name = "kangyu.apps.relations"
    label = "relations"
