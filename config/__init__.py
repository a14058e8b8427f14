"""Wiring only: settings, URLs, the Celery app, the WSGI entry. Nothing imports this package."""
