from django.apps import AppConfig


class OutletsConfig(AppConfig):
    name = "reporting.outlets"
    label = "outlets"
    default_auto_field = "django.db.models.AutoField"

    def ready(self) -> None:
        from reporting.alerts.detectors import register as watch
        from reporting.outlets.detectors import ALL

        for found in ALL:
            watch(found)
        from reporting.boards.cards import MORE

        # drf-spectacular finds the description of a client's token by its being imported.
        from reporting.outlets import schemes  # noqa: F401
        from reporting.outlets.situation_cards import situation_cards

        # What is owed here stands among a person's other cards.
        if situation_cards not in MORE:
            MORE.append(situation_cards)
