from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SitesConfig(AppConfig):
    name = "sites"
    verbose_name = _("Sampling sites")
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from campaigns import readiness
        from core.imports.kinds import register
        from sites.importing.points import POINTS
        from sites.queries import conditions

        readiness.register("plan", conditions.planned)
        readiness.register("start", conditions.before_start)
        readiness.register("close", conditions.before_close)
        readiness.register("backlog", conditions.owed)
        register(POINTS)
