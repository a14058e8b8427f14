from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LogisticsConfig(AppConfig):
    name = "logistics"
    verbose_name = _("Logistics")

    def ready(self) -> None:
        from core.imports.kinds import register
        from logistics.importing.vehicles import VEHICLES
        from logistics.importing.visits import VISITS

        register(VEHICLES)
        register(VISITS)
