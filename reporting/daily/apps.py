from django.apps import AppConfig


class DailyConfig(AppConfig):
    name = "reporting.daily"
    label = "daily"
    default_auto_field = "django.db.models.AutoField"
