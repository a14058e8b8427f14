"""How sheets of people and teams are read: lists by code or name, several roles in one cell."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from django.utils.translation import gettext_lazy as _

from campaigns.register_import import DOCUMENT_NAMES, DOCUMENT_WORDS
from core import clock
from core.imports.headings import plain
from core.inputs import (
    NO_DOCUMENT,
    Refused,
    clean_name,
    fold_digits,
    parse_local_day,
    parse_local_time,
    phone,
    whole_number,
)
from personnel.models.organisations import Term

T = TypeVar("T", bound=Term)
Named = dict[str, str]
"""A row of a list as values keep it: its code, and its name as the district writes it."""
_BETWEEN = re.compile(r"[、,，;；/|\n]+")


def name_of_list(text: str) -> str:
    """A word of one of the district's lists."""
    return clean_name(text, max_length=120)


def read_roles(text: str) -> list[str]:
    """Several roles with 、 between them."""
    words = [clean_name(part) for part in _BETWEEN.split(text) if part.strip()]
    return list(dict.fromkeys(words))


def read_phone(text: str) -> str:
    """A telephone; a landline is as good as a mobile number."""
    return phone(text, confirmed=True)


def read_type(text: str) -> str:
    """The kind of document that a word means."""
    kind = DOCUMENT_WORDS.get(plain(text), "")
    if not kind or kind == NO_DOCUMENT:
        raise Refused("id_type", _("This kind of document is not known."))
    return kind


def show_type(value: Any) -> str:
    return str(dict(DOCUMENT_NAMES).get(value, value))


def read_people(text: str) -> int:
    """A headcount."""
    return whole_number(text, minimum=1, maximum=5_000)


def read_moment(text: str) -> str:
    """A local day and time in ISO form (UTC); a day alone begins it."""
    folded = fold_digits(text).replace("T", " ").replace("：", ":")
    day, _gap, time = folded.strip().partition(" ")
    return parse_local_time(parse_local_day(day), time.strip()[:5] or "00:00").isoformat()


def show_moment(value: Any) -> str:
    moment = clock.parse_instant(value) if isinstance(value, str) else value
    return f"{clock.local(moment):%Y-%m-%d %H:%M}"


def named(row: Any) -> Named:
    """A row of a list as values keep it; the same in every language."""
    return {"code": row.code, "name": row.name}


def show_named(value: Any) -> str:
    return str(value["name"]) if isinstance(value, Mapping) else str(value)


def show_all_named(value: Any) -> str:
    return "、".join(map(show_named, value))


class Words(Generic[T]):
    """The rows of a list by code and by both names."""

    def __init__(self, rows: Iterable[T], code: str, message: Any) -> None:
        self.refused = (code, message)
        self.by_word: dict[str, list[T]] = defaultdict(list)
        for row in rows:
            for word in {text.casefold() for text in (row.code, row.name, row.name_en) if text}:
                self.by_word[word].append(row)

    def find(self, word: str) -> T:
        """The one row of this word. Raises Refused for none, and for two of one name."""
        found = self.by_word.get(word.casefold(), [])
        if not found:
            raise Refused(*self.refused)
        exact = [row for row in found if row.code.casefold() == word.casefold()]
        if len(found) > 1 and len(exact) != 1:
            raise Refused("word_twice", _("Two rows of the list are called so. Write the code."))
        return exact[0] if exact else found[0]

    def find_all(self, words: Sequence[str]) -> list[T]:
        """The rows of these words, each once, by code."""
        rows = {row.code: row for row in map(self.find, words)}
        return [rows[code] for code in sorted(rows)]
