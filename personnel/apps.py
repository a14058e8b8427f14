from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonnelConfig(AppConfig):
    name = "personnel"
    verbose_name = _("Personnel")

    def ready(self) -> None:
        # drf-spectacular finds the description of our device token by its being imported.
        from personnel.api import schema  # noqa: F401
