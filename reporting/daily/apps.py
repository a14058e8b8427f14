from django.apps import AppConfig


class DailyConfig(AppConfig):
    name = "reporting.daily"
    label = "daily"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from core.imports.kinds import register
        from reporting.alerts.detectors import register as watch
        from reporting.daily.detectors import ALL
        from reporting.daily.importing.kind import DailyNumbers

        register(DailyNumbers())
        for found in ALL:
            watch(found)
