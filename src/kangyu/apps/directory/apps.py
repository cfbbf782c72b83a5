from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "kangyu.apps.directory"
    label = "directory"
