from django.apps import AppConfig


class OutletsConfig(AppConfig):
    name = "reporting.outlets"
    label = "outlets"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from reporting.alerts.detectors import register as watch
        from reporting.outlets.detectors import ALL

        for found in ALL:
            watch(found)
        # drf-spectacular finds the description of a client's token by its being imported.
        from reporting.outlets import schemes  # noqa: F401
