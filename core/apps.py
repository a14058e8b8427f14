"""Django configuration of the kernel."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """App label `core`: audit trail, scenario clock and imports are its tables."""

    name = "core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"
