"""Different words for the same thing: a search for one finds the others (S059).

Reports are written by many hands, and some are machine-spun: one calls a sampling point a
collection site, another writes "start" where a third writes "carry out". The table below is our
own; a word is added by adding it to its group.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

GROUPS: tuple[tuple[str, ...], ...] = (
    ("采样点", "检测点", "采集点", "采样地点", "点位", "sampling point", "testing point", "site"),
    ("采样单元", "采样台", "单元", "通道", "台位", "unit", "desk", "lane"),
    ("轮次", "轮", "批次", "round"),
    ("试管", "采样管", "管", "tube"),
    ("居民", "群众", "市民", "resident", "inhabitant"),
    ("社区", "村居", "村", "居委会", "community", "village"),
    ("街道", "街镇", "镇街", "乡镇", "street", "town"),
    ("排队", "排长队", "拥堵", "拥挤", "queue", "crowd"),
    ("物资", "物品", "耗材", "supplies", "supply", "stock"),
    ("人员", "人手", "工作人员", "staff", "personnel"),
    ("志愿者", "义工", "volunteer"),
    ("故障", "异常", "坏了", "fault", "failure", "broken"),
    ("断网", "网络中断", "没网", "network down", "offline"),
    ("断电", "停电", "power cut", "outage"),
    ("大雨", "暴雨", "下雨", "rain", "storm"),
    ("阳性", "positive"),
    ("启动", "开始", "进行", "开展", "start", "begin", "carry out"),
    ("期间", "时间", "时候", "period", "time"),
    ("上班", "工作", "到岗", "在岗", "on duty", "at work"),
    ("车辆", "汽车", "车子", "vehicle"),
)
"""Each group: words that mean the same to whoever searches. No word stands in two groups."""

_SPACES = re.compile(r"\s+")


def plain(text: str) -> str:
    """The text as it is compared: full-width forms folded, small letters, single spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", text)).strip().casefold()


IN_POSTGRESQL, IN_PYTHON = r"\m", r"\b"
"""How each of them writes that a word begins here."""


def patterns(query: str, begins: str = IN_POSTGRESQL) -> list[str]:
    """One regular expression for each word of the query; a text that fits all of them is a hit.

    They are meant for text in the form that `plain` gives, read without regard to case. An empty
    query has none.
    """
    return [_pattern(word, begins) for word in _words(plain(query))]


def fits(query: str, text: str) -> bool:
    """Whether a text is found by the query; for texts that are not in the database."""
    there = plain(text)
    return all(re.search(pattern, there) for pattern in patterns(query, IN_PYTHON))


@cache
def _groups() -> dict[str, tuple[str, ...]]:
    return {word: group for group in GROUPS for word in group}


@cache
def _finder() -> re.Pattern[str]:
    # Longest first, so that "采样单元" is read as one word and not as a rest with "单元" in it.
    words = sorted(_groups(), key=len, reverse=True)
    return re.compile("|".join(rf"\b({w})s?\b" if w.isascii() else f"({w})" for w in words))


def _words(query: str) -> list[str]:
    """The query's words; those of the table that hold a space stay whole."""
    for word in sorted((w for w in _groups() if " " in w), key=len, reverse=True):
        query = query.replace(word, word.replace(" ", "\0"))
    return [word.replace("\0", " ") for word in query.split()]


def _pattern(word: str, begins: str) -> str:
    parts, at = [], 0
    for found in _finder().finditer(word):
        parts.append(re.escape(word[at : found.start()]))
        same = sorted(_groups()[found.group(found.lastindex or 0)], key=len, reverse=True)
        parts.append(f"({'|'.join(_literal(each, begins) for each in same)})")
        at = found.end()
    parts.append(re.escape(word[at:]))
    return "".join(parts)


def _literal(word: str, begins: str) -> str:
    """A Chinese word anywhere; a Latin one where a word begins ("tube" in "tubes")."""
    return (begins if word.isascii() else "") + re.escape(word)
