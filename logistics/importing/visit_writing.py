"""Visits from an import are written, and taken back while nobody has done anything about them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Resident
from core.crypto import mask_name
from core.imports.kinds import Place, Reason, Row, UndoRefused
from core.imports.models import Verdict
from logistics.importing.visit_judging import person_key, residents_of
from logistics.models import Visit, VisitState, VisitStep
from logistics.services.visit_requests import take_phone

_USED = Reason("undo_used", _("It was given to a team, merged, changed or done since."))


def write_visits(rows: Sequence[Row], place: Place, *, by: str, at: datetime) -> None:
    """New requests, each with its first step."""
    new = [row for row in rows if row.verdict == Verdict.NEW]
    keys = {key for row in new if (key := person_key(place, row.values)) is not None}
    residents = residents_of(place, keys)
    codes = {row.values["community"]["code"] for row in new}
    communities = Division.objects.communities().filter(
        district_id=place.district_id, code__in=codes
    )
    # A code that was used before names the current one, which has no end and so comes last.
    homes = {home.code: home for home in communities.order_by("valid_to")}
    made = []
    for row in new:
        key = person_key(place, row.values)
        resident = residents.get(key) if key is not None else None
        home = homes[row.values["community"]["code"]]
        visit = Visit(client_key=uuid.uuid4(), round_id=place.context["round"], person_key=key,
                      state_at=at, at=at, by=by)  # fmt: skip
        made.append(_take(visit, row, home, resident))
    Visit.objects.bulk_create(made)
    VisitStep.objects.bulk_create(
        VisitStep(visit=visit, to_state=VisitState.ASKED, at=at, by=by) for visit in made
    )
    for row, visit in zip(new, made, strict=True):
        row.target = str(visit.pk)


def _take(visit: Visit, row: Row, home: Division, resident: Resident | None) -> Visit:
    said = row.values
    assert home.district_id is not None
    assert home.street_id is not None
    visit.district_id, visit.street_id, visit.community = home.district_id, home.street_id, home
    visit.name = said.get("name") or (str(resident.name) if resident else "")
    visit.name_mask = mask_name(str(visit.name))
    take_phone(visit, said.get("phone") or (str(resident.phone) if resident else ""))
    visit.building = said.get("building") or (resident.building if resident else "")
    visit.address, visit.note = said.get("address", ""), said.get("note", "")
    visit.reason, visit.way = said["reason"], said.get("way", Visit.Way.HOME)
    visit.source, visit.urgent = Visit.Source.STREET, said.get("urgent", False)
    if "window" in said:
        visit.window_starts, visit.window_ends = map(datetime.fromisoformat, said["window"])
    return visit


def take_back_visits(rows: Sequence[Row], place: Place) -> None:
    """Raises UndoRefused if anything was done about one of them since."""
    new = {int(row.target): row for row in rows if row.verdict == Verdict.NEW}
    held = Visit.objects.select_for_update(no_key=True).filter(
        pk__in=new, district_id=place.district_id, round_id=place.context["round"]
    )
    untouched = {v.pk for v in held.order_by("pk") if v.state == VisitState.ASKED}
    more = VisitStep.objects.filter(visit__in=new).exclude(from_state="", to_state=VisitState.ASKED)
    merged = Visit.objects.filter(merged_into__in=new).values_list("merged_into_id", flat=True)
    used = (set(new) - untouched) | set(more.values_list("visit_id", flat=True)) | set(merged)
    if used:
        raise UndoRefused([(new[pk].line, new[pk].label, _USED) for pk in sorted(used)])
    VisitStep.objects.filter(visit__in=new).delete()
    Visit.objects.filter(pk__in=new).delete()
