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
        # drf-spectacular finds the description of a client's token by its being imported.
        # What is owed here stands among a person's other cards.
        from reporting.boards.cards import MORE
        from reporting.outlets import schemes  # noqa: F401
        from reporting.outlets.situation_cards import situation_cards

        if situation_cards not in MORE:
            MORE.append(situation_cards)
