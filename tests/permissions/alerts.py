"""Who may do what at the addresses of the alerts and their rules."""

from __future__ import annotations

from typing import Any

from personnel.roles import Permission
from reporting.alerts.models import Alert, AlertRule, AlertStep
from tests.permissions.row import PAGE, Row, Table, holding

SEE, HANDLE = holding(Permission.SEE_ALERTS), holding(Permission.HANDLE_ALERT)
MANAGE = holding(Permission.MANAGE_ALERT_RULES)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """An alert in each street, with its rule and its first step."""
    at = place.round.starts_at
    rule = AlertRule.objects.create(
        district=place.district,
        detector="silent_point",
        threshold=30,
        severity="warn",
        escalate_after=30,
        changed_at=at,
        changed_by="test",
    )
    made = {}
    for side, unit in units.items():
        made[side] = Alert.objects.create(
            round=place.round,
            rule=rule,
            detector=rule.detector,
            district_id=place.district.pk,
            street_id=unit.street_id,
            subject_kind="point",
            subject_id=unit.point_id,
            severity="warn",
            value=30,
            params={"point": unit.point.name},
            since=at,
            raised_at=at,
            last_seen_at=at,
            waiting_since=at,
        )
        AlertStep.objects.create(alert=made[side], at=at, by="system:alerts", act="raised")
    return {"alert": made}


def _alert(world: Any, side: str) -> dict[str, Any]:
    return {"alert_id": world.things["alert"][side].pk}


TABLE: Table = {
    "alerts:alerts": (
        Row(SEE, PAGE),
        *(
            Row(SEE, PAGE, query=lambda world, side, tab=tab: {"tab": tab})
            for tab in ("mine", "snoozed", "closed")
        ),
    ),
    "alerts:alert": Row(SEE, PAGE, path=_alert, of=True),
    "alerts:acknowledge": Row(
        HANDLE,
        {"POST": {302}},
        path=_alert,
        of=True,
        body=lambda world, side: {"action": "calling", "minutes": 30},
    ),
    "alerts:snooze": Row(
        HANDLE,
        {"POST": {302}},
        path=_alert,
        of=True,
        body=lambda world, side: {"reason": "lunch", "minutes": 60},
    ),
    "alerts:close": Row(
        HANDLE,
        {"POST": {302}},
        path=_alert,
        of=True,
        body=lambda world, side: {"reason": "moved"},
    ),
    "alerts:rules": Row(MANAGE, PAGE),
    "alerts:rule": (
        Row(
            MANAGE,
            PAGE | {"POST": {422}},
            path=lambda world, side: {"code": "silent_point"},
            body=lambda world, side: {"threshold": ""},
        ),
        Row(
            MANAGE,
            PAGE | {"POST": {422}},
            path=lambda world, side: {"code": "unit_idle"},
            query=lambda world, side: {"try": 20},
        ),
    ),
}
