"""Who may do what at the addresses of the log, the matters and the requests."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from personnel.roles import POLICY, Permission, Role
from reporting.alerts.models import (
    ExceptionRequest,
    LogEntry,
    Matter,
    MatterStep,
    RequestStep,
)
from tests.permissions.row import PAGE, Row, Table, holding

SEE_LOG, WRITE_LOG = holding(Permission.SEE_LOG), holding(Permission.WRITE_LOG)
PROMOTE = holding(Permission.PROMOTE_EVENT)
SEE, RAISE = holding(Permission.SEE_MATTERS), holding(Permission.RAISE_MATTER)
WORK = RAISE | holding(Permission.HANDLE_MATTER)
# A request starts below the district.
ASK = frozenset(
    role for role in RAISE if POLICY[Role(role)].levels & {"street", "community"}
)  # fmt: skip
AT = datetime(2021, 11, 4, 12, 30, tzinfo=UTC)


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """A line, a matter and a request in each street."""
    made: dict[str, dict[str, Any]] = {"line": {}, "matter": {}, "request": {}}
    sides = (
        ("here", place.here, place.community_here),
        ("there", place.there, place.community_there),
    )
    for number, (side, street, community) in enumerate(sides, 1):
        where = {"district_id": place.district.pk, "street_id": street.pk}
        sent = {"client_key": uuid.uuid4(), "at": AT, "by": "user:0:community_worker"}
        made["line"][side] = LogEntry.objects.create(
            **sent, **where, role="street_official", place=street, text=f"line {side}",
            happened_at=AT,
        )  # fmt: skip
        made["matter"][side] = Matter.objects.create(
            **sent, **where, community=community, year=2021, number=number, kind="staff",
            urgency="urgent", what="short of staff", wanted="two people", leader_name="Li",
            leader_post="head", direct_name="Su", direct_post="secretary", state_at=AT,
        )  # fmt: skip
        MatterStep.objects.create(
            client_key=uuid.uuid4(), matter=made["matter"][side], action="raise", at=AT, by="user:0"
        )
        made["request"][side] = ExceptionRequest.objects.create(
            **sent, **where, community=community, kind="other", subject="a household",
            why="dialysis", state_at=AT,
        )  # fmt: skip
        RequestStep.objects.create(
            request=made["request"][side], action="ask", reason="dialysis", at=AT,
            by="user:0:community_worker", person="user:0",
        )  # fmt: skip
    return made


def _id(thing: str, argument: str) -> Any:
    return lambda world, side: {argument: world.things[thing][side].pk}


def _body(**said: str) -> Any:
    return lambda world, side: {"client_key": str(uuid.uuid4()), **said}


_LINE, _MATTER = _id("line", "entry_id"), _id("matter", "matter_id")
_REQUEST = _id("request", "request_id")

TABLE: Table = {
    "alerts:log": (
        Row(SEE_LOG, PAGE),
        Row(SEE_LOG, PAGE, query=lambda world, side: {"list": "events"}),
    ),
    "alerts:log_add": Row(WRITE_LOG, {"POST": {302}}, body=_body(text="queue+dissolved")),
    "alerts:log_entry": Row(SEE_LOG, PAGE, path=_LINE, of=True),
    "alerts:log_amend": Row(
        WRITE_LOG, {"POST": {302}}, path=_LINE, of=True, body=_body(text="it+was+three")
    ),
    "alerts:log_event": Row(
        PROMOTE, {"POST": {302}}, path=_LINE, of=True, body=_body(title="The+queue")
    ),
    "alerts:matters": (
        Row(SEE, PAGE),
        Row(SEE, PAGE, query=lambda world, side: {"list": "closed", "q": "staff"}),
    ),
    "alerts:matter_new": Row(RAISE, PAGE | {"POST": {422}}),
    "alerts:matter": Row(SEE, PAGE, path=_MATTER, of=True),
    "alerts:matter_step": (
        Row(
            WORK, {"POST": {302}}, path=_MATTER, of=True,
            body=_body(action="follow_up", words="three+now"),
        ),
        # The button of those who handle matters, pressed by one who only reports them.
        Row(
            holding(Permission.HANDLE_MATTER), {"POST": {302}}, path=_MATTER, of=True,
            body=_body(action="take_up"),
        ),
    ),
    "alerts:requests": (
        Row(SEE, PAGE),
        Row(SEE, PAGE, query=lambda world, side: {"list": "closed"}),
    ),
    "alerts:request_new": Row(ASK, PAGE | {"POST": {422}}),
    "alerts:request": Row(SEE, PAGE, path=_REQUEST, of=True),
    "alerts:request_step": (
        Row(
            frozenset({"street_official"}), {"POST": {302}}, path=_REQUEST, of=True,
            body=_body(action="support", reason="as+the+rule+allows"),
        ),
        # Before the street's word the district is told so.
        Row(
            frozenset({"commander", "dispatcher"}), {"POST": {422}}, path=_REQUEST, of=True,
            body=_body(action="grant", reason="as+the+rule+allows"),
        ),
    ),
}  # fmt: skip
