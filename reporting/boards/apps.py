"""App of the boards: pages only, no tables of its own."""

from django.apps import AppConfig


class BoardsConfig(AppConfig):
    """Label ``boards``, as the import order and the URL names expect."""

    name = "reporting.boards"
    label = "boards"
