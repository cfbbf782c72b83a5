from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "kangyu.apps.identity"
    label = "identity"
