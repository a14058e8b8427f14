from django.apps import AppConfig


class ProgressConfig(AppConfig):
    name = "reporting.progress"
    label = "progress"
    default_auto_field = "django.db.models.AutoField"
