"""Points and units from an import are written, and taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core.imports.bulk import insert_rows, rests_on, update_rows
from core.imports.kinds import Place, Reason, Row, UndoRefused
from core.imports.meanwhile import EditedMeanwhile
from core.imports.models import Verdict
from sites.importing.judging import PLAIN, Stored, ordered
from sites.models import Conflict, PendingEvent, SamplingPoint, SamplingUnit, Swab, Tube
from sites.models.points import State
from sites.services.storage import prepare_round

Blocked = list[tuple[int, str, Reason]]
_USED = Reason("undo_used", _("It was opened or used already, or has a device."))
_SERVES = SamplingPoint.serves.through


def write_points(rows: Sequence[Row], place: Place) -> None:
    """New points with their units in state planned; changed points where they differ.

    Raises EditedMeanwhile if somebody edited a point since its row was judged.
    """
    new = [row for row in rows if row.verdict == Verdict.NEW]
    changed = [row for row in rows if row.verdict == Verdict.CHANGED]
    _lock(place, code__in=[row.values["code"] for row in changed])
    stored = Stored(place)
    _refuse_edited(changed, stored)
    homes = _communities([*new, *changed], place)
    made = [
        _take(
            SamplingPoint(
                round_id=place.context["round"],
                district_id=place.district_id,
                code=row.values["code"],
            ),
            row.values,
            homes,
        )
        for row in new
    ]
    insert_rows(made, key="code")
    points = stored.points | {point.code: point for point in made}
    _change(changed, points, homes)
    _write_backups([*new, *changed], points)
    _write_serves([*new, *changed], points, homes)
    _add_units([*new, *changed], points, stored)
    for row in [*new, *changed]:
        row.target = str(points[row.values["code"]].pk)


def take_back_points(rows: Sequence[Row], place: Place) -> None:
    """Raises UndoRefused if a point or unit was used, or somebody changed it since."""
    new = [row for row in rows if row.verdict == Verdict.NEW]
    changed = [row for row in rows if row.verdict == Verdict.CHANGED]
    _lock(place, pk__in=[int(row.target) for row in changed])
    stored = Stored(place)
    points = {str(point.pk): point for point in stored.points.values()}
    made = {int(row.target): row for row in new}
    units = _units_of_import(new, changed)
    blocked = [
        *_gone(rows, points),
        *_used(made, changed, units, stored),
        *_changed_since(changed, points, stored),
        *_opened_since(changed, points, place),
    ]
    if blocked:
        raise UndoRefused(blocked)
    SamplingUnit.objects.filter(pk__in=units).delete()
    by_code = {point.code: point for point in points.values()}
    back = [
        Row(row.line, {"code": points[row.target].code} | row.before, row.verdict)
        for row in changed
    ]
    homes = _communities(back, place)
    _change(back, by_code, homes)
    _write_backups(back, by_code)
    _write_serves(back, by_code, homes)
    SamplingPoint.objects.filter(pk__in=made).update(backup=None)
    SamplingPoint.objects.filter(pk__in=made).delete()


def _lock(place: Place, **which: Any) -> None:
    """Who edits one of these points on its page now comes before us and is read, or after us."""
    points = SamplingPoint.objects.filter(round_id=place.context["round"], **which)
    held = points.filter(district_id=place.district_id).order_by("pk")
    list(held.select_for_update(no_key=True).values_list("pk"))


def _refuse_edited(changed: Sequence[Row], stored: Stored) -> None:
    """What a row says is written over what it was compared with, and nothing else."""
    for row in changed:
        point = stored.points.get(row.values["code"])
        seen = row.values | row.before
        if point is None or any(
            name in seen and seen[name] != now for name, now in stored.values(point).items()
        ):
            raise EditedMeanwhile(row.label)


def _communities(rows: Sequence[Row], place: Place) -> dict[str, Division]:
    codes = {row.values["community"]["code"] for row in rows if "community" in row.values}
    codes |= {one["code"] for row in rows for one in row.values.get("serves", ())}
    found = Division.objects.communities().filter(district_id=place.district_id, code__in=codes)
    # A code that was used before names the current one (which has no end, and so comes last); the
    # ended one keeps its own points.
    return {one.code: one for one in found.order_by("valid_to")}


def _take(
    point: SamplingPoint, values: Mapping[str, Any], homes: Mapping[str, Division]
) -> SamplingPoint:
    for name in PLAIN:
        if name in values:
            value = values[name]
            if name in ("opens", "closes"):
                value = time.fromisoformat(value) if value else None
            setattr(point, name, value)
    if "community" in values:
        point.community = homes[values["community"]["code"]]
        street_id = point.community.street_id
        assert street_id is not None
        point.street_id = street_id
    return point


def _change(
    rows: Sequence[Row], points: Mapping[str, SamplingPoint], homes: Mapping[str, Division]
) -> None:
    moved = defaultdict(list)
    touched = []
    for row in rows:
        point = points[row.values["code"]]
        street = point.street_id
        _take(point, row.values, homes)
        if point.street_id != street:
            moved[point.street_id].append(point.pk)
        touched.append(point)
    if touched:
        fields = [*PLAIN, "community", "street_id"]
        update_rows(touched, fields)
    for street_id, ids in moved.items():
        SamplingUnit.objects.filter(point_id__in=ids).update(street_id=street_id)


def _write_backups(rows: Sequence[Row], points: Mapping[str, SamplingPoint]) -> None:
    """After all points are there: two may stand in for each other."""
    leaning = []
    for row in rows:
        if "backup" in row.values:
            point = points[row.values["code"]]
            point.backup = points.get(row.values["backup"])
            leaning.append(point)
    if leaning:
        update_rows(leaning, ["backup"])


def _write_serves(
    rows: Sequence[Row], points: Mapping[str, SamplingPoint], homes: Mapping[str, Division]
) -> None:
    said = [row for row in rows if "serves" in row.values]
    if not said:
        return
    ids = [points[row.values["code"]].pk for row in said]
    _SERVES.objects.filter(samplingpoint_id__in=ids).delete()
    _SERVES.objects.bulk_create(
        _SERVES(samplingpoint_id=points[row.values["code"]].pk, division_id=homes[one["code"]].pk)
        for row in said
        for one in row.values["serves"]
    )


def _add_units(rows: Sequence[Row], points: Mapping[str, SamplingPoint], stored: Stored) -> None:
    """Units get the next free numbers of their point, general ones first."""
    wanting = [points[row.values["code"]] for row in rows if "channels" in row.values]
    last = dict(
        SamplingUnit.objects.filter(point__in=wanting)
        .values_list("point_id")
        .annotate(Max("number"))
    )
    made = []
    for row in rows:
        point = points[row.values["code"]]
        number = last.get(point.pk, 0)
        for channel, count in ordered(row.values.get("channels", {})).items():
            for _more in range(count - stored.counts[point.pk][channel]):
                number += 1
                made.append(
                    SamplingUnit(
                        point=point,
                        street_id=point.street_id,
                        district_id=point.district_id,
                        number=number,
                        channel=channel,
                    )
                )
    insert_rows(made)
    for round_id in {unit.point.round_id for unit in made}:
        prepare_round(round_id)


def _units_of_import(new: Sequence[Row], changed: Sequence[Row]) -> dict[int, Row]:
    """The units an import added, with the row they came from: the last ones of each channel."""
    rows = {int(row.target): row for row in [*new, *changed]}
    seen: dict[tuple[int, str], int] = defaultdict(int)
    found = {}
    units = SamplingUnit.objects.filter(point_id__in=rows).order_by("number")
    for pk, point_id, channel in units.values_list("pk", "point_id", "channel"):
        row = rows[point_id]
        seen[point_id, channel] += 1
        if row.verdict == Verdict.NEW:
            found[pk] = row
        elif "channels" in row.before:
            if seen[point_id, channel] > row.before["channels"].get(channel, 0):
                found[pk] = row
    return found


def _gone(rows: Sequence[Row], points: Mapping[str, SamplingPoint]) -> Blocked:
    reason = Reason("undo_gone", _("It was taken away since."))
    return [(row.line, row.label, reason) for row in rows if row.target not in points]


def _used(
    made: Mapping[int, Row], changed: Sequence[Row], units: Mapping[int, Row], stored: Stored
) -> Blocked:
    used = {units[pk].line: units[pk] for pk in _used_units(set(units), made, stored)}
    pointed = rests_on(SamplingPoint, made, ignore=[SamplingUnit, SamplingPoint, _SERVES])
    coming_back = {int(row.target) for row in changed if "backup" in row.before}
    for point in stored.points.values():
        if point.pk in made and point.state != State.PLANNED:
            pointed.add(point.pk)
        if point.backup_id in made and point.pk not in made and point.pk not in coming_back:
            pointed.add(point.backup_id)
    used |= {made[pk].line: made[pk] for pk in pointed}
    return [(line, row.label, _USED) for line, row in sorted(used.items())]


def _used_units(ids: set[int], made: Mapping[int, Row], stored: Stored) -> set[int]:
    """Units that something points to, that captured anything, or that were opened."""
    used = rests_on(SamplingUnit, ids)
    rounds = {point.round_id for point in stored.points.values()}
    for facts in (Tube, Swab, PendingEvent, Conflict):
        found = facts.objects.filter(round_id__in=rounds, unit_id__in=ids)
        used.update(found.values_list("unit_id", flat=True).distinct())
    opened = SamplingUnit.objects.filter(pk__in=ids).exclude(state=State.PLANNED)
    return used | set(opened.values_list("pk", flat=True))


def _opened_since(
    changed: Sequence[Row], points: Mapping[str, SamplingPoint], place: Place
) -> Blocked:
    """A point that has opened stays in its street: what it took is counted there."""
    homes = _communities([Row(row.line, row.before) for row in changed], place)
    blocked = []
    for row in changed:
        point = points.get(row.target)
        if point is None or point.state == State.PLANNED or "community" not in row.before:
            continue
        before = homes.get(row.before["community"]["code"])
        if before is None or before.street_id != point.street_id:
            blocked.append((row.line, row.label, _USED))
    return blocked


def _changed_since(
    rows: Sequence[Row], points: Mapping[str, SamplingPoint], stored: Stored
) -> Blocked:
    reason = Reason("undo_changed", _("It was changed again since."))
    blocked = []
    for row in rows:
        point = points.get(row.target)
        if point is None:
            continue
        now = stored.values(point)
        if any(row.values.get(name) != now[name] for name in row.before):
            blocked.append((row.line, row.label, reason))
    return blocked
