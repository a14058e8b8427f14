"""Finding text whatever words it uses (S059); the table of words is `synonyms.py`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from django.db.models import F, Func, Model, Q, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.utils.translation import override

from reporting.alerts import synonyms

LANGUAGES = ("en", "zh-hans")
M = TypeVar("M", bound=Model)


class Folded(Func):
    """Text with full-width forms folded, as `synonyms.plain` does it."""

    template = "normalize(%(expressions)s, NFKC)"
    output_field = TextField()


def search(
    rows: QuerySet[M], query: str, *, text: tuple[str, ...], choices: Mapping[str, Any]
) -> QuerySet[M]:
    """Rows that hold every word of the query, or a word that means the same.

    `text` names the columns that are searched; `choices` maps columns of fixed values to their
    choices, which are found by their names in either language.
    """
    patterns = synonyms.patterns(query)
    if not patterns:
        return rows
    spaced = [part for column in text for part in (F(column), Value(" "))]
    found: Any = rows.annotate(_text=Folded(Concat(*spaced, output_field=TextField())))
    for pattern, word in zip(patterns, synonyms.patterns(query, synonyms.IN_PYTHON), strict=True):
        hit = Q(_text__iregex=pattern)
        for column, of_column in choices.items():
            hit |= Q(**{f"{column}__in": _named(of_column, word)})
        found = found.filter(hit)
    return found  # type: ignore[no-any-return]


def _named(choices: Any, pattern: str) -> list[str]:
    """The values of a choice whose name fits, in whatever language somebody searches."""
    found = []
    for language in LANGUAGES:
        with override(language):
            names = [(value, synonyms.plain(str(name))) for value, name in choices.choices]
            found += [value for value, name in names if re.search(pattern, name)]
    return found
