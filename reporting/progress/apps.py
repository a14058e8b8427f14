from django.apps import AppConfig


class ProgressConfig(AppConfig):
    name = "reporting.progress"
    label = "progress"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from campaigns import readiness
        from reporting.progress.queries import conditions

        readiness.register("backlog", conditions.owed)
        readiness.register("close", conditions.before_close)
