"""How people write kinds of points, channels and hours in their sheets."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.clock import local
from core.inputs import Refused, clean_code, clean_name, fold_digits, whole_number
from core.inputs import parse_local_time as read_instant
from core.inputs import phone as read_phone
from sites.models import SamplingPoint
from sites.models.points import Channel
from sites.services.units import MOST_UNITS

_KINDS = {
    SamplingPoint.Kind.FIXED: "fixed 固定 固定点 固定采样点 常态化 常态化采样点",
    SamplingPoint.Kind.TEMPORARY: "temporary 临时 临时点 临时采样点 便民 便民采样点",
    SamplingPoint.Kind.MOBILE: "mobile 流动 流动点 流动采样点 流动采样车 移动 采样车",
    SamplingPoint.Kind.BOOTH: "booth 采样亭 核酸采样亭 核酸小屋 采样小屋 便民采样亭",
}
_KIND_OF = {word: kind.value for kind, words in _KINDS.items() for word in words.split()}
_CHANNELS = {
    Channel.GENERAL: "general 普通 一般 普通通道 常规 绿码 绿码通道",
    Channel.YELLOW: "yellow 黄码 黄码通道 黄码专用",
    Channel.PRIORITY: "priority 优先 绿色通道 优先通道 老弱病残 爱心通道",
}
_CHANNEL_OF = {word: one.value for one, words in _CHANNELS.items() for word in words.split()}
_BETWEEN = re.compile(r"[、,，;；/|\s+]+")
_COUNTED = re.compile(r"([^\d:：×x*]+?)\s*[:：×x*]?\s*(\d{1,3})(?:个|台|组)?", re.IGNORECASE)
_HOURS = re.compile(
    r"(\d{1,2}[:：]\d{2})\s*(?:-|–|—|~|～|至|到)+\s*(?:次日|翌日)?(\d{1,2}[:：]\d{2})"
)
_SOME_DAY = date(2021, 1, 1)
MOST_SERVED = 30


def read_point_kind(text: str) -> str:
    """The kind of point that a word means."""
    kind = _KIND_OF.get(fold_digits(text).casefold())
    if kind is None:
        raise Refused("point_kind", _("Write the kind as fixed, temporary, mobile or booth."))
    return kind


def show_point_kind(value: Any) -> str:
    """The kind's word."""
    return str(SamplingPoint.Kind(value).label)


def read_units(text: str) -> int:
    """A number of desks."""
    return whole_number(text, maximum=MOST_UNITS)


def read_channels(text: str) -> dict[str, int]:
    """Desks by channel, from words such as `general:4, yellow:1` or 普通4、黄码1."""
    counts: dict[str, int] = {}
    for part in filter(None, _BETWEEN.split(fold_digits(text))):
        found = _COUNTED.fullmatch(part)
        channel = _CHANNEL_OF.get(found[1].strip().casefold()) if found else None
        if found is None or channel is None or channel in counts:
            raise Refused("channels", _("Write channels as general:4, yellow:1, priority:1."))
        counts[channel] = read_units(found[2])
    return counts


def show_channels(value: Any) -> str:
    """Desks by channel, in words."""
    return ", ".join(f"{Channel(name).label} {count}" for name, count in value.items())


def read_clock(text: str) -> str:
    """A time of day as HH:MM; 24:00 is kept as 00:00, the end of the day it closes."""
    return local(read_instant(_SOME_DAY, text.replace("：", ":"))).strftime("%H:%M")


def read_hours(text: str) -> list[str]:
    """Opening and closing time, from `08:00-20:00`; an end before the start is the next day."""
    found = _HOURS.fullmatch(fold_digits(text))
    if found is None:
        raise Refused("hours", _("Write the hours as 08:00-20:00."))
    return [read_clock(found[1]), read_clock(found[2])]


def show_hours(value: Any) -> str:
    """Both times."""
    return "-".join(value)


def read_code(text: str) -> str:
    """A point's code."""
    return clean_code(text, max_length=24)


def read_address(text: str) -> str:
    """An address."""
    return clean_name(text, max_length=160)


def read_lead(text: str) -> str:
    """The name of the person at the head of a point."""
    return clean_name(text, max_length=40)


def read_lead_phone(text: str) -> str:
    """A telephone number; landlines are taken, for a point may have one."""
    return read_phone(text, confirmed=True)


def read_division(text: str) -> str:
    """A code or name of a division."""
    return clean_name(text, max_length=80)


def show_division(value: Any) -> str:
    """The name of a community that was found, else the words as they came."""
    return str(value["name"] if isinstance(value, dict) else value)


def read_served(text: str) -> list[str]:
    """Codes or names of communities, separated by 、 or a comma."""
    parts = re.split(r"[、,，;；/|]+", text)
    names = [read_division(part) for part in parts if part.strip()]
    if len(names) > MOST_SERVED:
        raise Refused("served_many", _("At most %(most)s communities."), most=MOST_SERVED)
    return list(dict.fromkeys(names))


def show_served(value: Any) -> str:
    """Communities in one line."""
    return "、".join(show_division(one) for one in value)
