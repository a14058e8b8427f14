"""How people write reasons, ways and times of visits in their sheets."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.clock import Window, local
from core.inputs import (
    RESIDENT,
    Refused,
    clean_name,
    clean_note,
    fold_digits,
    id_document,
    parse_local_day,
)
from core.inputs import phone as read_phone_number
from logistics.models import Visit

R, W = Visit.Reason, Visit.Way
_REASONS = {
    R.OLD: "old 高龄 老人 老年 年老 高龄老人 独居老人 行动不便",
    R.DISABLED: "disabled 残疾 残疾人 肢体残疾 失能 半失能",
    R.BEDRIDDEN: "bedridden 卧床 长期卧床 瘫痪 卧床不起",
    R.INFANT: "infant 婴儿 婴幼儿 幼儿 新生儿",
    R.PREGNANT: "pregnant 孕妇 怀孕 产妇 孕产妇",
    R.ILL: "ill 生病 患病 体弱 病人 术后 慢性病",
    R.SEALED: "sealed 封控 隔离 居家隔离 封控人员 不得外出",
    R.OTHER: "other 其他 其它",
}
_WAYS = {
    W.HOME: "home 上门 上门采样 入户 入户采样",
    W.FETCH: "fetch 接送 派车 派车接送 车接车送",
}
_REASON_OF = {word: one.value for one, words in _REASONS.items() for word in words.split()}
_WAY_OF = {word: one.value for one, words in _WAYS.items() for word in words.split()}
_YES = frozenset(["yes", "y", "1", "是", "有", "紧急", "急", "加急"])
_NO = frozenset(["no", "n", "0", "否", "无", "不", "普通", "一般"])
_WINDOW = re.compile(
    r"(\d{4}[-/]\d{1,2}[-/]\d{1,2})\s+(\d{1,2}[:：]\d{2})\s*(?:-|–|—|~|～|至|到)\s*(\d{1,2}[:：]\d{2})"
)


def read_reason(text: str) -> str:
    """The reason that a word means."""
    found = _REASON_OF.get(fold_digits(text).casefold())
    if found is None:
        raise Refused(
            "visit_reason_word",
            _("Write the reason as very old, disabled, bedridden, infant, pregnant, ill or other."),
        )
    return found


def show_reason(value: Any) -> str:
    """The reason's word."""
    return str(R(value).label)


def read_way(text: str) -> str:
    """Sampled at home, or fetched."""
    found = _WAY_OF.get(fold_digits(text).casefold())
    if found is None:
        raise Refused("visit_way_word", _("Write how: at home, or fetched."))
    return found


def show_way(value: Any) -> str:
    """The way's word."""
    return str(W(value).label)


def read_urgent(text: str) -> bool:
    """Yes or no."""
    word = fold_digits(text).casefold()
    if word not in _YES | _NO:
        raise Refused("visit_urgent_word", _("Write yes or no."))
    return word in _YES


def read_window(text: str) -> list[str]:
    """From and to, of `2021-11-05 09:00-11:00`; an end before the start is on the next day."""
    found = _WINDOW.fullmatch(fold_digits(text).strip())
    if found is None:
        raise Refused("visit_window", _("Write the time as 2021-11-05 09:00-11:00."))
    day, begin, end = found.groups()
    window = Window.on(parse_local_day(day), begin.replace("：", ":"), end.replace("：", ":"))
    return [window.start.isoformat(), window.end.isoformat()]


def show_window(value: Any) -> str:
    """Both times, on the local clock."""
    begin, end = (local(datetime.fromisoformat(part)) for part in value)
    return f"{begin:%m-%d %H:%M}-{end:%H:%M}"


def read_who(text: str) -> str:
    """A name."""
    return clean_name(text, max_length=40)


def read_phone(text: str) -> str:
    """A telephone number; landlines are taken."""
    return read_phone_number(text, confirmed=True)


def read_document(text: str) -> str:
    """A resident identity number."""
    return id_document(RESIDENT, text)


def read_building(text: str) -> str:
    """A building."""
    return clean_name(text, max_length=60)


def read_address(text: str) -> str:
    """Floor and door."""
    return clean_name(text, max_length=160)


def read_note(text: str) -> str:
    """A note for the team."""
    return clean_note(text, max_length=200)
