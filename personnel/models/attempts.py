"""Counted tries: what holds guessing back at sign-in and at enrolment."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Attempt(models.Model):
    """How often something was tried in the running window, and until when it is refused.

    `key` is a keyed digest of the subject (user name and address): people mistype passwords into
    the name field, so what they typed is never stored.
    """

    key = models.CharField(primary_key=True, max_length=64)
    kind = models.CharField(_("kind"), max_length=16)
    tries = models.PositiveIntegerField(_("tries"))
    window_started_at = models.DateTimeField(_("window began"), db_index=True)
    blocked_until = models.DateTimeField(_("refused until"), null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kind}: {self.tries}"
