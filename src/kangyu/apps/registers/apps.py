from django.apps import AppConfig


class RegistersConfig(AppConfig):
    name = "kangyu.apps.registers"
    label = "registers"
