"""Divisions from an import are written, and taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from campaigns.importing.tree import FIELDS, current, held_by
from campaigns.importing.words import kind_of_level
from campaigns.models import Division
from campaigns.models.divisions import DivisionQuerySet, Level
from campaigns.services.divisions import ORDER, own_ids
from core import clock
from core.imports.bulk import delete_rows, insert_rows, rests_on, update_rows
from core.imports.kinds import Place, Reason, Row, UndoRefused
from core.imports.meanwhile import EditedMeanwhile
from core.imports.models import Verdict


def write_divisions(rows: Sequence[Row], place: Place, *, at: datetime) -> None:
    """Level by level, so that a parent is there before its children.

    Raises EditedMeanwhile if somebody edited a row since it was judged.
    """
    changed = [row for row in rows if row.verdict == Verdict.CHANGED]
    _lock(
        Division.objects.current().filter(code__in=[row.values["code"] for row in changed]), place
    )
    known = {division.code: division for division in current(place)}
    _refuse_edited(changed, known)
    new = [row for row in rows if row.verdict == Verdict.NEW]
    for level in ORDER:
        made = [_new(row, known, at) for row in new if row.values["level"] == level]
        if not made:
            continue
        insert_rows(made, key="code")
        if level in (Level.STREET, Level.COMMUNITY):
            # Its own key stands among the ancestors' too.
            Division.objects.filter(district_id=place.district_id, level=level).update(
                **{f"{level}_id": F("pk")}
            )
        for division in made:
            own_ids(division)
            known[division.code] = division
    for row in new:
        row.target = str(known[row.values["code"]].pk)
    _change(changed, known)


def take_back_divisions(rows: Sequence[Row], place: Place) -> None:
    """Raises UndoRefused if anything rests on a new division or one was changed since."""
    new = [row for row in rows if row.verdict == Verdict.NEW]
    changed = [row for row in rows if row.verdict == Verdict.CHANGED]
    _lock(Division.objects.filter(pk__in=[int(row.target) for row in changed]), place)
    known = {str(division.pk): division for division in current(place)}
    made = {int(row.target): row for row in new}
    blocked = [
        *_gone(rows, known),
        *_used(made, changed, known),
        *_changed_since(changed, known),
        *_settled_since(changed, known),
    ]
    if blocked:
        raise UndoRefused(blocked)
    by_code = {division.code: division for division in known.values()}
    back = [Row(row.line, row.before | {"code": row.values["code"]}) for row in changed]
    _change(back, by_code)
    for level in reversed(ORDER):
        ids = [pk for pk, row in made.items() if row.values["level"] == level]
        delete_rows(Division, ids)


def _lock(rows: DivisionQuerySet, place: Place) -> None:
    """Who edits one of them on its page now comes before us and is read, or after us."""
    held = rows.filter(district_id=place.district_id).order_by("pk")
    list(held.select_for_update(no_key=True).values_list("pk"))


def _refuse_edited(changed: Sequence[Row], known: Mapping[str, Division]) -> None:
    """What a row says is written over what it was compared with, and nothing else."""
    codes = {division.pk: code for code, division in known.items()}
    for row in changed:
        division = known.get(row.values["code"])
        seen = row.values | row.before
        if division is None or any(
            column in seen and seen[column] != getattr(division, field)
            for column, field in FIELDS.items()
        ):
            raise EditedMeanwhile(row.label)
        if division.parent_id is not None and seen["parent"] != codes.get(division.parent_id):
            raise EditedMeanwhile(row.label)


def _new(row: Row, known: Mapping[str, Division], at: datetime) -> Division:
    values = row.values
    fields = {field: values[column] for column, field in FIELDS.items() if column in values}
    fields.setdefault("kind", kind_of_level(values["level"]))
    parent = known[values["parent"]]
    return Division(
        code=values["code"],
        level=values["level"],
        parent=parent,
        district_id=parent.district_id,
        street_id=parent.street_id,
        community_id=parent.community_id,
        valid_from=clock.day_of(at),
        **fields,
    )


def _change(rows: Sequence[Row], known: Mapping[str, Division]) -> None:
    """Write what differs; who moves takes everything below along."""
    moved = False
    touched = []
    for row in rows:
        division = known[row.values["code"]]
        for column, field in FIELDS.items():
            if column in row.values:
                setattr(division, field, row.values[column])
        if "parent" in row.values and division.parent_id is not None:
            parent = known[row.values["parent"]]
            moved = moved or parent.pk != division.parent_id
            division.parent = parent
        row.target = str(division.pk)
        touched.append(division)
    if touched:
        update_rows(touched, [*FIELDS.values(), "parent"])
    if moved:
        _settle(known)


def _settle(known: Mapping[str, Division]) -> None:
    """Set the ancestors' ids of the whole tree again, from the top."""
    by_id = {division.pk: division for division in known.values()}
    for level in ORDER:
        for division in known.values():
            if division.level == level:
                if division.parent_id:
                    division.parent = by_id[division.parent_id]
                own_ids(division)
    update_rows(list(known.values()), ["district_id", "street_id", "community_id"])


Blocked = list[tuple[int, str, Reason]]
_USED = Reason("undo_used", _("Something else refers to it already."))
_CHANGED = Reason("undo_changed", _("It was changed again since."))


def _gone(rows: Sequence[Row], known: Mapping[str, Division]) -> Blocked:
    reason = Reason("undo_gone", _("It was ended since."))
    return [(row.line, row.label, reason) for row in rows if row.target not in known]


def _used(
    made: Mapping[int, Row], changed: Sequence[Row], known: Mapping[str, Division]
) -> Blocked:
    """New divisions that something points to, be it a division that did not come with them."""
    used = rests_on(Division, made, ignore=[Division])
    going = {*made, *(int(row.target) for row in changed if "parent" in row.before)}
    used |= {d.parent_id for d in known.values() if d.parent_id in made and d.pk not in going}
    return [(made[pk].line, made[pk].label, _USED) for pk in sorted(used)]


def _settled_since(changed: Sequence[Row], known: Mapping[str, Division]) -> Blocked:
    """Moved divisions that were moved again, or that hold residents, points or rounds by now."""
    moved = {int(row.target): row for row in changed if "parent" in row.before}
    moved = {pk: row for pk, row in moved.items() if str(pk) in known}
    if not moved:
        return []
    parents = {division.pk: division.code for division in known.values()}
    held = held_by(moved, known.values())
    used = rests_on(Division, set().union(*held.values()), ignore=[Division])
    blocked = []
    for pk, row in moved.items():
        if parents.get(known[str(pk)].parent_id or 0) != row.values["parent"]:
            blocked.append((row.line, row.label, _CHANGED))
        elif held[pk] & used:
            blocked.append((row.line, row.label, _USED))
    return blocked


def _changed_since(rows: Sequence[Row], known: Mapping[str, Division]) -> Blocked:
    return [
        (row.line, row.label, _CHANGED)
        for row in rows
        if (division := known.get(row.target))
        and any(
            row.values[column] != getattr(division, FIELDS[column])
            for column in row.before
            if column in FIELDS
        )
    ]
