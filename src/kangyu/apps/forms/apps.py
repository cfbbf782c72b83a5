from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "kangyu.apps.forms"
    label = "forms"
    verbose_name = "填写中的表单"
