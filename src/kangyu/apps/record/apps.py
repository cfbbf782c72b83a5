from django.apps import AppConfig


class RecordConfig(AppConfig):
    name = "kangyu.apps.record"
    label = "record"
