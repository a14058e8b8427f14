"""What is told in words during the demo's round: two matters, and the duty officer's log."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from demo import places, roundplan

if TYPE_CHECKING:
    from demo.officials import Cast

Act = Callable[["Cast", datetime], bool]

_FIRST, _SECOND, _THIRD = places.ROUND_STREETS


def playbook() -> list[tuple[datetime, Act]]:
    """Every line and step with its time."""
    start, day = roundplan.STARTS, roundplan.PLANNED_END.replace(hour=0)
    return [
        (start + timedelta(minutes=3), _log("order_received", "三个街镇连夜开展核酸检测")),
        (start + timedelta(minutes=12), _log("taken_over", "夜班两人在岗")),
        (day + timedelta(hours=7, minutes=2), _log("handed_over", "夜间平稳，一台设备离线")),
        (day + timedelta(hours=9, minutes=41), _raise(
            "cotton", _SECOND, "supplies", "serious",
            "两个采样点棉签只够用到中午", "中午前送来 6000 支棉签",
        )),
        (day + timedelta(hours=9, minutes=52), _step("cotton", "take_up", "物资组 11 点发车")),
        (day + timedelta(hours=11, minutes=25), _step("cotton", "finish", "6000 支已送到")),
        (day + timedelta(hours=11, minutes=26), _log("supplies_sent", "棉签 6000 支")),
        (day + timedelta(hours=15, minutes=40), _raise(
            "staff", _FIRST, "staff", "urgent",
            "傍晚客流集中，四个采样点缺采样人员", "17 点前增派 16 名采样人员",
        )),
    ]  # fmt: skip


def _log(phrase: str, words: str) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from demo.officials import done
        from reporting.alerts.services.log import add_entry

        key = _key(cast, f"log-{words}")
        return done(
            lambda: add_entry(
                client_key=key, phrase=phrase, text=words, scope=cast.duty,
                by=cast.duty.actor, at=now,
            )
        )  # fmt: skip

    return act


def _raise(name: str, street: str, kind: str, urgency: str, what: str, wanted: str) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from demo.officials import done
        from reporting.alerts.services.matters import raise_matter
        from reporting.alerts.services.responsible import Responsible

        scope = cast.officials[street]
        return done(
            lambda: raise_matter(
                client_key=_key(cast, name), kind=kind, urgency=urgency, what=what, wanted=wanted,
                place_id=cast.streets[street], scope=scope, by=scope.actor, at=now,
                responsible=Responsible("李街长", "街镇主要负责人", "苏书记", "社区书记"),
            )
        )  # fmt: skip

    return act


def _step(name: str, action: str, words: str) -> Act:
    def act(cast: Cast, now: datetime) -> bool:
        from demo.officials import done
        from reporting.alerts.models import Matter
        from reporting.alerts.services.matters import take_step

        matter = Matter.objects.filter(client_key=_key(cast, name)).first()
        return matter is not None and done(
            lambda: take_step(
                matter_id=matter.pk, action=action, client_key=_key(cast, f"{name}-{action}"),
                words=words, scope=cast.duty, by=cast.duty.actor, at=now,
            )
        )  # fmt: skip

    return act


def _key(cast: Cast, name: str) -> uuid.UUID:
    return uuid.uuid5(uuid.NAMESPACE_OID, f"{cast.round_id}-{name}")
