"""Superiors and what they get: entered, changed, put out of use."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Refused
from core.scope import Scope
from reporting.outlets.models import Endpoint, Outlet, Superior
from reporting.outlets.models.upward import QUARTER
from reporting.outlets.services.upward_steps import unknown

FORMS = {
    Outlet.What.WORKBOOK: (Outlet.Form.XLSX,),
    Outlet.What.DATA_VALUES: (Outlet.Form.JSON,),
    Outlet.What.SITUATION: (
        Outlet.Form.PDF, Outlet.Form.XLSX, Outlet.Form.TEXT, Outlet.Form.PICTURE,
    ),
}  # fmt: skip
"""The forms in which each thing comes; the first is meant where none is chosen."""
TIMES = ("cadence", "first_minute", "every_minutes")
"""What says when cut-offs are."""


@transaction.atomic
def add_superior(*, district_id: int, name: str, scope: Scope, by: str, at: datetime) -> Superior:
    """Enter a superior of one's district; raises UpwardUnknown for another district."""
    if not scope.everything and district_id not in scope.districts:
        raise unknown()
    made = Superior.objects.create(district_id=district_id, name=name, made_at=at, made_by=by)
    audit.record(
        by=by, at=at, act="superior.add", object_type="superior", object_id=made.pk,
        district_id=district_id,
    )  # fmt: skip
    return made


@transaction.atomic
def add_outlet(*, superior_id: int, scope: Scope, by: str, at: datetime, **values: Any) -> Outlet:
    """Let a superior get something from the next cut-off on."""
    superior = Superior.objects.within(scope).filter(pk=superior_id).first()
    if superior is None:
        raise unknown()
    outlet = Outlet(superior=superior, owed_since=at, made_at=at, made_by=by, **_fitting(values))
    _check(outlet)
    outlet.save()
    _note(outlet, "outlet.add", by, at, what=outlet.what)
    return outlet


@transaction.atomic
def change_outlet(*, outlet_id: int, scope: Scope, by: str, at: datetime, **values: Any) -> Outlet:
    """Change the times, the form or the way of what goes there. What it is stays: issues of two
    kinds never stand in one row of numbers. Put into use again, or given other times, nothing of
    before is owed."""
    held = Outlet.objects.within(scope).select_related("superior").filter(pk=outlet_id)
    outlet = held.select_for_update(no_key=True, of=("self",)).first()
    if outlet is None:
        raise unknown()
    values = _fitting(values | {"what": outlet.what})
    before = {name: getattr(outlet, name) for name in values}
    used_again = values.get("active") and not outlet.active
    if used_again or any(before[name] != values[name] for name in TIMES if name in values):
        outlet.owed_since = at
    for name, value in values.items():
        setattr(outlet, name, value)
    _check(outlet)
    outlet.save()
    changed = {name: [str(old), str(new)] for name, (old, new) in
               audit.changes(before, values).items()}  # fmt: skip
    _note(outlet, "outlet.change", by, at, changed=changed)
    return outlet


def _fitting(values: dict[str, Any]) -> dict[str, Any]:
    """The values with a form that fits, and no gap where there is one cut-off a day."""
    what = Outlet.What(values["what"])
    form = values.get("form") or FORMS[what][0]
    if form not in FORMS[what]:
        raise Refused("outlet_form", _("This does not come in that form.")).at("form")
    gap = values.get("every_minutes") if values.get("cadence") == Outlet.Cadence.EVERY else None
    return values | {"form": form, "every_minutes": gap}


def _check(outlet: Outlet) -> None:
    if outlet.first_minute % QUARTER:
        raise Refused(
            "outlet_quarter",
            _("Figures are kept every quarter of an hour: choose :00, :15, :30 or :45."),
        ).at("first_minute")
    endpoint: Endpoint | None = outlet.endpoint
    if endpoint is not None and endpoint.superior_id != outlet.superior_id:
        raise Refused("endpoint_elsewhere", _("This address is another superior's.")).at("endpoint")
    outlet.full_clean()


def _note(outlet: Outlet, act: str, by: str, at: datetime, **said: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="outlet", object_id=outlet.pk,
        district_id=outlet.superior.district_id, **said,
    )  # fmt: skip
