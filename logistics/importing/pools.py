"""How people write the pool of a vehicle in their sheets."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from core.inputs import Refused, fold_digits
from logistics.models import Vehicle

_WORDS = {
    Vehicle.Pool.SERVICE: ("service", "in service", "在用", "在役", "使用", "可用", "正常", "在岗"),
    Vehicle.Pool.RESERVE: ("reserve", "备用", "储备", "待命", "后备", "预备"),
    Vehicle.Pool.OUT: (
        "out", "out of service", "停用", "维修", "故障", "检修", "报修", "不可用",
    ),
}  # fmt: skip
_POOL_OF = {word: pool for pool, words in _WORDS.items() for word in words}


def read_pool(text: str) -> str:
    """The pool that a word in Chinese or English means."""
    pool = _POOL_OF.get(fold_digits(text).casefold())
    if pool is None:
        raise Refused("pool_unknown", _("Write in service, reserve or out of service."))
    return str(pool)


def show_pool(value: str) -> str:
    """The pool in the reader's language."""
    return str(Vehicle.Pool(value).label)
