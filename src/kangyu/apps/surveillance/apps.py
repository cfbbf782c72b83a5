from django.apps import AppConfig


class SurveillanceConfig(AppConfig):
    name = "kangyu.apps.surveillance"
    label = "surveillance"
