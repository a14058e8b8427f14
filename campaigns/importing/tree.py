"""Rows of divisions against the current tree: what is new, what changed, what cannot be."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from campaigns.services.divisions import ORDER, check_nesting
from core.imports.bulk import rests_on
from core.imports.kinds import Place, Reason, Row
from core.imports.models import Verdict
from core.inputs import Refused

FIELDS = {
    "name": "name",
    "population": "population",
    "estimate": "population_is_estimate",
    "kind": "kind",
    "name_en": "name_en",
    "aliases": "aliases",
}
"""Columns that change a division in place, and the fields they change."""
_STREET = re.compile(r"[0-9]{9}", re.ASCII)
_COMMUNITY = re.compile(r"[0-9]{12}", re.ASCII)


def current(place: Place) -> list[Division]:
    """The current divisions of a place's district."""
    return list(Division.objects.current().filter(district_id=place.district_id))


class Judgement:
    """Compares rows with the current tree; parents before children, so that levels settle all."""

    def __init__(self, rows: Sequence[Row], place: Place) -> None:
        self.rows = {row.values["code"]: row for row in rows if not row.refused}
        # Rows that cannot be read still say which code they are about.
        self.refused = {row.values.get("code", ""): row for row in rows if row.refused}
        self.known = {division.code: division for division in current(place)}
        self.by_id = {division.pk: division for division in self.known.values()}
        self.district = next(
            (one for one in self.known.values() if one.level == Level.DISTRICT), None
        )
        codes = set(self.rows) - set(self.known)
        self.elsewhere = set(
            Division.objects.current().filter(code__in=codes).values_list("code", flat=True)
        )
        self.moves: dict[int, Row] = {}

    def run(self) -> None:
        if self.district is None:
            raise Refused("district_gone", _("This district is no longer current."))
        for row in self.rows.values():
            self._complete(row)
        for level in ORDER:
            for row in self.rows.values():
                if not row.refused and row.values["level"] == level:
                    self._judge(row)
        self._refuse_moves_in_use()

    def _complete(self, row: Row) -> None:
        """Level and parent as the codes say them, where the sheet does not."""
        code, known = row.values["code"], self.known.get(row.values["code"])
        if "level" not in row.values:
            level = known.level if known else _level_of(code)
            if not level:
                row.refuse("level_unknown", _("Say which level this is."), "level")
                return
            row.values["level"] = level
        if "parent" in row.values or row.values["level"] == Level.DISTRICT:
            return
        above = self.by_id.get(known.parent_id or 0) if known else None
        if above is not None:
            row.values["parent"] = above.code
        elif row.values["level"] == Level.STREET:
            row.values["parent"] = self.district.code if self.district else ""
        elif row.values["level"] == Level.COMMUNITY and _COMMUNITY.fullmatch(code):
            row.values["parent"] = code[:9]
        else:
            row.refuse("parent_missing", _("Say the code of the parent."), "parent")

    def _judge(self, row: Row) -> None:
        values, known = row.values, self.known.get(row.values["code"])
        if values["code"] in self.elsewhere:
            row.refuse(
                "code_elsewhere",
                _("This code already names a current division of another district."),
                "code",
            )
        elif values["level"] == Level.DISTRICT and known is not self.district:
            row.refuse(
                "district_new",
                _("A district is set up when Jinjian is installed; only yours can stand here."),
                "level",
            )
        elif known is not None and known.level != values["level"]:
            row.refuse(
                "level_changed",
                _("This code is a %(level)s. End it on its page and begin a new one."),
                "level",
                level=Level(known.level).label,
            )
        elif self._parent_fits(row):
            self._compare(row, known)

    def _parent_fits(self, row: Row) -> bool:
        values = row.values
        if values["level"] == Level.DISTRICT:
            return True
        above = self.rows.get(values["parent"]) or self.refused.get(values["parent"])
        stored = self.known.get(values["parent"])
        if above is not None and above.refused and stored is None:
            row.refuse(
                "parent_refused",
                _("Its parent, row %(row)s, is refused; mend that row first."),
                "parent",
                row=above.line,
            )
            return False
        if above is None and stored is None:
            row.refuse(
                "parent_unknown",
                _("There is no current division %(code)s, neither here nor in this file."),
                "parent",
                code=values["parent"],
            )
            return False
        level = stored.level if stored else above.values["level"] if above else ""
        try:
            check_nesting(level, values["level"])
        except Refused as refused:
            row.verdict = Verdict.REFUSED
            row.reasons.append(Reason.of(refused, "parent"))
            return False
        return True

    def _compare(self, row: Row, known: Division | None) -> None:
        if known is None:
            row.verdict = Verdict.NEW
            return
        for column, field in FIELDS.items():
            if column in row.values and row.values[column] != getattr(known, field):
                row.before[column] = getattr(known, field)
        parent = self.by_id.get(known.parent_id or 0)
        if parent and row.values["parent"] != parent.code:
            row.before["parent"] = parent.code
            self.moves[known.pk] = row
        row.verdict = Verdict.CHANGED if row.before else Verdict.SAME

    def _refuse_moves_in_use(self) -> None:
        """What a division holds was counted where it lay: only an empty one changes its place."""
        if not self.moves:
            return
        held = held_by(self.moves, self.known.values())
        used = rests_on(Division, set().union(*held.values()), ignore=[Division])
        for pk, ids in held.items():
            if ids & used:
                self.moves[pk].refuse(
                    "move_in_use",
                    _(
                        "It lies under %(parent)s, with residents, points or rounds of its own. "
                        "Do not move it: replace it by a successor on its page."
                    ),
                    "parent",
                    parent=self.moves[pk].before["parent"],
                )


def held_by(ids: Iterable[int], divisions: Iterable[Division]) -> dict[int, set[int]]:
    """Each of these divisions with everything below it."""
    below = _below(divisions)
    return {pk: {pk, *_all_below(pk, below)} for pk in ids}


def _level_of(code: str) -> str:
    if _STREET.fullmatch(code):
        return Level.STREET
    return Level.COMMUNITY if _COMMUNITY.fullmatch(code) else ""


def _below(divisions: Iterable[Division]) -> dict[int, list[int]]:
    below: dict[int, list[int]] = defaultdict(list)
    for division in divisions:
        if division.parent_id:
            below[division.parent_id].append(division.pk)
    return below


def _all_below(pk: int, below: Mapping[int, Sequence[int]]) -> list[int]:
    found = list(below.get(pk, ()))
    for child in found:
        found.extend(below.get(child, ()))
    return found
