"""Who may do what at the addresses of outlets to higher levels.

Everything here is the district's: a superior with an outlet whose workbook is mapped, an issue
that is made and one that failed, an address, and a message that was given up.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

from django.utils import timezone

from core import clock
from core.scope import Scope
from personnel.roles import Permission
from reporting.outlets.models import (
    Delivery,
    Endpoint,
    Outlet,
    OutletRun,
    RunFile,
    Superior,
    WorkbookEntry,
)
from reporting.outlets.services.workbooks import add_entry, upload_workbook
from tests.permissions.row import PAGE, Row, Table, holding
from tests.upward.make import SHEET, form_bytes

SEE, MANAGE = holding(Permission.SEE_OUTLETS), holding(Permission.MANAGE_OUTLETS)
EMPTY = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def furnish(place: Any, units: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the rows name."""
    at = clock.now()
    superior = Superior.objects.create(
        district=place.district, name="city", made_at=at, made_by="test"
    )
    endpoint = Endpoint.objects.create(
        superior=superior, url="https://city.example/in", secret="whsec_eA==", made_at=at,
        made_by="test",
    )  # fmt: skip
    outlet = Outlet.objects.create(
        superior=superior, title="two hours", what="workbook", form="xlsx", cadence="every",
        first_minute=0, every_minutes=120, due_after=30, owed_since=at, made_at=at, made_by="test",
        endpoint=endpoint,
    )  # fmt: skip
    runs = {}
    for number, (name, state) in enumerate((("run", "sent"), ("failed", "failed")), start=1):
        runs[name] = OutletRun.objects.create(
            outlet=outlet, round=place.round, number=number, state=state,
            as_of=at - timedelta(hours=number), due_at=at, opened_at=at,
            problem="no_workbook" if name == "failed" else "",
            sent_at=at if name == "run" else None, sent_to="a group" if name == "run" else "",
        )  # fmt: skip
    RunFile.objects.create(
        run=runs["run"], name="a.txt", content_type="text/plain", data=b"", sha256=EMPTY,
        figures_as_of=at, made_at=at, made_by="test",
    )  # fmt: skip
    delivery = Delivery.objects.create(
        id=uuid.UUID(int=3), endpoint=endpoint, run=runs["run"], event="outlet.run", body=b"{}",
        made_at=at, made_by="test", next_at=timezone.now(), state="dead",
        ended_at=timezone.now(), outcome="refused",
    )  # fmt: skip
    entry = _mapped(place, outlet, at)
    things = {
        "superior": superior, "endpoint": endpoint, "outlet": outlet, "delivery": delivery,
        "entry": entry, **runs,
    }  # fmt: skip
    return {f"upward_{name}": {"here": row, "there": row} for name, row in things.items()}


def _mapped(place: Any, outlet: Outlet, at: Any) -> WorkbookEntry:
    who = {
        "scope": Scope(districts=frozenset({place.district.pk})), "by": "test", "at": at,
    }  # fmt: skip
    book = upload_workbook(
        outlet_id=outlet.pk, name="city.xlsx", data=form_bytes(["first", "second"]), **who
    )
    return add_entry(workbook_id=book.pk, kind="text", sheet=SHEET, place="B2", text="as_of", **who)


def _id(thing: str, argument: str) -> Any:
    return lambda world, side: {argument: world.things[f"upward_{thing}"][side].pk}


def _said(**said: Any) -> Any:
    return lambda world, side: said


_SUPERIOR, _OUTLET = _id("superior", "superior_id"), _id("outlet", "outlet_id")
_RUN, _FAILED = _id("run", "run_id"), _id("failed", "run_id")
_ENDPOINT, _DELIVERY = _id("endpoint", "endpoint_id"), _id("delivery", "delivery_id")
DONE = {"POST": {302}}

TABLE: Table = {
    "upward:outlets": Row(SEE, PAGE),
    "upward:superior_add": Row(MANAGE, {"POST": {422}}),
    "upward:outlet_add": Row(MANAGE, PAGE | {"POST": {422}}, path=_SUPERIOR),
    "upward:endpoint_add": Row(MANAGE, PAGE | {"POST": {422}}, path=_SUPERIOR),
    "upward:outlet": Row(SEE, PAGE, path=_OUTLET),
    "upward:outlet_change": Row(MANAGE, {"POST": {422}}, path=_OUTLET),
    "upward:run_now": Row(MANAGE, DONE, path=_OUTLET),
    "upward:workbook": Row(SEE, PAGE, path=_OUTLET),
    "upward:workbook_file": Row(SEE, PAGE, path=_OUTLET),
    "upward:workbook_upload": Row(MANAGE, {"POST": {422}}, path=_OUTLET),
    "upward:entry_add": Row(MANAGE, {"POST": {422}}, path=_OUTLET),
    "upward:entry_remove": Row(MANAGE, DONE, path=_id("entry", "entry_id")),
    "upward:run": Row(SEE, PAGE, path=_RUN),
    "upward:run_file": Row(SEE, PAGE, path=_RUN),
    "upward:run_sent": Row(MANAGE, DONE, path=_RUN, body=_said(to="group")),
    "upward:run_receipt": Row(MANAGE, DONE, path=_RUN, body=_said(receipt="R1")),
    "upward:run_resend": Row(MANAGE, DONE, path=_RUN),
    "upward:run_again": Row(MANAGE, DONE, path=_FAILED),
    "upward:endpoint_rotate": Row(MANAGE, {"POST": {200}}, path=_ENDPOINT),
    "upward:endpoint_switch": Row(MANAGE, DONE, path=_ENDPOINT),
    "upward:endpoint_test": Row(MANAGE, DONE, path=_ENDPOINT),
    "upward:deliveries": (Row(SEE, PAGE), Row(SEE, PAGE, query=_said(state="dead"))),
    "upward:delivery": Row(SEE, PAGE, path=_DELIVERY),
    "upward:delivery_replay": Row(MANAGE, DONE, path=_DELIVERY),
}
