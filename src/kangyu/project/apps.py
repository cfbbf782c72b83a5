from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "kangyu.project"
    label = "project"

    def ready(self) -> None:
        from kangyu.project import wiring

        wiring.connect()
