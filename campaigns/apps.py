from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CampaignsConfig(AppConfig):
    name = "campaigns"
    verbose_name = _("Campaigns")
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from campaigns import readiness
        from campaigns.importing.divisions import DIVISIONS
        from campaigns.queries.conditions import start_conditions
        from campaigns.register_import import KIND
        from core.imports.kinds import register

        readiness.register("start", start_conditions)
        register(DIVISIONS)
        register(KIND)
