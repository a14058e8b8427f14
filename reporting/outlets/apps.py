from django.apps import AppConfig


class OutletsConfig(AppConfig):
    name = "reporting.outlets"
    label = "outlets"
    default_auto_field = "django.db.models.AutoField"
