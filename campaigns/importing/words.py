"""How people write levels, codes and kinds of divisions in their sheets."""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from campaigns.models.divisions import Level
from core.inputs import Refused, clean_code, clean_name, fold_digits

_LEVELS = {
    Level.DISTRICT: ("district", "county", "区", "县", "区县", "县区", "市辖区"),
    Level.STREET: (
        "street", "town", "township", "subdistrict", "street or town", "街道", "镇", "乡", "乡镇",
        "镇街", "街镇", "街道办", "街道办事处", "街道乡镇", "民族乡",
    ),
    Level.COMMUNITY: (
        "community", "village", "community or village", "社区", "村", "居委会", "村委会", "社区村",
        "村居", "村社区", "行政村", "居民委员会", "村民委员会",
    ),
    Level.GRID: ("grid", "网格", "微网格"),
    Level.COMPOUND: ("compound", "estate", "小区", "院落", "住宅小区", "居民小区"),
    Level.BUILDING: ("building", "楼栋", "楼", "栋", "幢", "楼宇"),
}  # fmt: skip
_LEVEL_OF = {word: level for level, words in _LEVELS.items() for word in words}
_KINDS = {
    "street": ("街道", "街道办", "street", "subdistrict"),
    "town": ("镇", "乡", "乡镇", "town", "township"),
    "community": ("社区", "居委会", "community"),
    "village": ("村", "村委会", "行政村", "village"),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}
_KIND_WORDS = {
    "street": _("street"),
    "town": _("town"),
    "community": _("community"),
    "village": _("village"),
}
_YES = {"是", "有", "估", "估计", "估算", "yes", "y", "true", "1", "√", "*"}
_NO = {"否", "无", "不是", "no", "n", "false", "0", "×"}
_NATIONAL = re.compile(r"[1-9][0-9]{11}", re.ASCII)
_BETWEEN = re.compile(r"[、,，;；/|]+")
MOST_ALIASES = 10


def read_code(text: str) -> str:
    """A code; the zeros by which national codes are filled up to 12 digits are taken off."""
    code = clean_code(text, max_length=24)
    if _NATIONAL.fullmatch(code):
        for _time in range(2):
            if len(code) > 6 and code.endswith("000"):
                code = code[:-3]
    return code


def read_level(text: str) -> str:
    """The level that a word in Chinese or English means."""
    level = _LEVEL_OF.get(_word(text))
    if level is None:
        raise Refused(
            "level_word",
            _("Write the level as street, community, grid, compound or building."),
        )
    return level.value


def show_level(value: Any) -> str:
    """The level's word."""
    return str(Level(value).label) if value in Level.values else str(value)


def read_kind(text: str) -> str:
    """A kind we know in any language, or the words as they are."""
    return _KIND_OF.get(_word(text)) or clean_name(text, max_length=24)


def show_kind(value: Any) -> str:
    """The kind's word."""
    return str(_KIND_WORDS.get(value, value))


def kind_of_level(level: str) -> str:
    """The usual kind of a level, where the sheet says none."""
    return level if level in _KINDS else ""


def read_yes(text: str) -> bool:
    """Yes or no."""
    word = _word(text)
    if word not in _YES | _NO:
        raise Refused("yes_or_no", _("Write yes or no."))
    return word in _YES


def show_yes(value: Any) -> str:
    """Yes or no, in words."""
    return gettext("yes") if value else gettext("no")


def read_aliases(text: str) -> list[str]:
    """Other names, separated by 、 or a comma; each once."""
    names = [clean_name(part, max_length=80) for part in _BETWEEN.split(text) if part.strip()]
    if len(names) > MOST_ALIASES:
        raise Refused("aliases_many", _("At most %(most)s other names."), most=MOST_ALIASES)
    return list(dict.fromkeys(names))


def show_aliases(value: Any) -> str:
    """Other names in one line."""
    return "、".join(value)


def _word(text: str) -> str:
    return fold_digits(text).casefold()
