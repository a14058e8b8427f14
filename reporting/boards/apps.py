"""App of the boards: pages, and one table of where communities stand on the map."""

from django.apps import AppConfig


class BoardsConfig(AppConfig):
    """Label ``boards``, as the import order and the URL names expect."""

    name = "reporting.boards"
    label = "boards"
    default_auto_field = "django.db.models.AutoField"
