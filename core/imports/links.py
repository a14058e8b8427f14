"""What rests on a stored row: asked before an import moves it or takes it away."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.db import models
from pghistory.models import Event

MAX_IDS = 5_000


def rests_on(
    model: type[models.Model], ids: Collection[Any], *, ignore: Collection[type[models.Model]] = ()
) -> set[Any]:
    """Those of the ids that some stored row points to.

    Asks every table with a foreign key to `model`, also of rooms that the caller may not import,
    except the models in `ignore`. History tables never count.
    """
    found: set[Any] = set()
    wanted = sorted(ids)
    for relation in model._meta.get_fields(include_hidden=True):
        if not isinstance(relation, models.ManyToOneRel) or relation.related_model in ignore:
            continue
        if issubclass(relation.related_model, Event):
            continue
        column = relation.field.name
        rows = relation.related_model._default_manager
        for at in range(0, len(wanted), MAX_IDS):
            pointing = rows.filter(**{f"{column}__in": wanted[at : at + MAX_IDS]})
            found.update(pointing.values_list(f"{column}_id", flat=True).distinct())
    return found
