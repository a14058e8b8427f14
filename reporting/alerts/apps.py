from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "reporting.alerts"
    label = "alerts"
    default_auto_field = "django.db.models.AutoField"
