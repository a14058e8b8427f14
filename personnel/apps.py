from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PersonnelConfig(AppConfig):
    name = "personnel"
    verbose_name = _("Personnel")

    def ready(self) -> None:
        from core.imports.kinds import register
        from personnel.importing.organisations import ORGANISATIONS
        from personnel.importing.patches import PATCHES
        from personnel.importing.people import PEOPLE
        from personnel.importing.qualifications import QUALIFICATIONS
        from personnel.importing.teams import TEAMS

        register(ORGANISATIONS)
        register(PEOPLE)
        register(TEAMS)
        register(QUALIFICATIONS)
        register(PATCHES)
        # drf-spectacular finds the description of our device token by its being imported.
        from personnel.api import schema  # noqa: F401
