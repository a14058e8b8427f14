"""The demo's machine clients: the city's, an analyst's of two streets, and one that asks for more.

Their secrets are shown to nobody; whoever wants to pull makes a client of their own on the page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from demo import roundplan

if TYPE_CHECKING:
    from demo.officials import Cast

Act = Callable[["Cast", datetime], bool]
CITY, ANALYST, TRACERS = (
    "重庆市疫情数据中心（演示）", "区卫健委信息科（演示）", "流调溯源专班（演示）",
)  # fmt: skip


def playbook() -> list[tuple[datetime, Act]]:
    """The clients are made as the round begins."""
    return [(roundplan.STARTS + timedelta(minutes=2), _make)]


def _make(cast: Cast, now: datetime) -> bool:
    from django.utils import timezone

    from campaigns.models import Division
    from reporting.outlets.models import ApiClient
    from reporting.outlets.services.clients import Wanted, ask_for_persons, create_client

    (district_id,) = cast.reviewer.districts
    if ApiClient.objects.filter(district_id=district_id, name=CITY).exists():
        return True
    # Keys live on real time, whatever the scenario's clock says.
    who: dict[str, Any] = {"by": cast.reviewer.actor, "at": timezone.now()}
    district = Division.objects.get(pk=district_id)
    streets = Division.objects.filter(pk__in=cast.streets.values()).order_by("code")[:2]
    usual: dict[str, Any] = {
        "contact": "数据值班室（演示）",
        "may_aggregate": True,
        "per_minute": 120,
    }
    city = Wanted(name=CITY, may_daily=True, whole_district=True, **usual)
    analyst = Wanted(
        name=ANALYST, may_daily=False, whole_district=False, streets=tuple(streets), **usual
    )
    tracers = Wanted(name=TRACERS, may_daily=False, whole_district=True, **usual)
    for wanted in (city, analyst, tracers):
        client, _secret = create_client(district=district, wanted=wanted, **who)
    ask_for_persons(client=client, reason="密接排查需要人员明细", **who)
    return True
