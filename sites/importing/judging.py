"""Rows of points against the round's points and the communities of the area."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, Round
from core.imports.kinds import Place, Row
from core.imports.models import Verdict
from core.inputs import Refused
from sites.models import SamplingPoint, SamplingUnit
from sites.models.points import Channel, State

OPEN_ROUNDS = [Round.State.DRAFT, Round.State.READY, Round.State.RUNNING]
PLAIN = ("name", "kind", "address", "opens", "closes", "lead_name", "lead_phone")
"""Columns that are fields of the point under the same name."""


class Stored:
    """The points of a round as the columns of a sheet would say them."""

    def __init__(self, place: Place) -> None:
        round_id = place.context["round"]
        points = SamplingPoint.objects.filter(round_id=round_id, district_id=place.district_id)
        self.points = {point.code: point for point in points.select_related("community", "backup")}
        self.counts: dict[int, Counter[str]] = defaultdict(Counter)
        units = SamplingUnit.objects.of_round(round_id).filter(district_id=place.district_id)
        for point_id, channel in units.values_list("point_id", "channel"):
            self.counts[point_id][channel] += 1
        self.serves: dict[int, list[dict[str, str]]] = defaultdict(list)
        served = Division.objects.filter(served_by__in=[p.pk for p in self.points.values()])
        for point_id, code, name in served.order_by("code").values_list(
            "served_by__pk", "code", "name"
        ):
            self.serves[point_id].append({"code": code, "name": name})

    def values(self, point: SamplingPoint) -> dict[str, Any]:
        """What a row would have to say to change nothing."""
        values = {name: getattr(point, name) for name in PLAIN}
        for name in ("opens", "closes"):
            values[name] = values[name].strftime("%H:%M") if values[name] else ""
        return values | {
            "community": {"code": point.community.code, "name": point.community.name},
            "backup": point.backup.code if point.backup else "",
            "serves": self.serves[point.pk],
            "channels": ordered(self.counts[point.pk]),
        }


def ordered(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts in the order of the channels, without empty ones."""
    return {str(name): counts[name] for name in Channel.values if counts.get(name)}


class Communities:
    """The current communities of an area, by code, name and other names."""

    def __init__(self, place: Place) -> None:
        found = Division.objects.communities().current().filter(district_id=place.district_id)
        if place.street_id is not None:
            found = found.filter(street_id=place.street_id)
        self.by_word: dict[str, list[Division]] = defaultdict(list)
        for community in found.select_related("parent").order_by("code"):
            words = {community.code, community.name, *community.aliases}
            for word in {word.casefold() for word in words}:
                self.by_word[word].append(community)

    def has(self, one: Mapping[str, str]) -> bool:
        """Whether a community by its code lies in this area."""
        return any(found.code == one["code"] for found in self.by_word[one["code"].casefold()])

    def find(self, word: str, street: str = "") -> Division:
        """The one community of this word, in this street if it is given. Raises Refused."""
        found = self.by_word.get(word.casefold(), [])
        if street:
            found = [one for one in found if _is_called(one.parent, street)]
        if not found:
            raise Refused("community_unknown", _("There is no such community in your area."))
        exact = [one for one in found if one.code.casefold() == word.casefold()]
        if len(found) > 1 and not exact:
            raise Refused(
                "community_twice",
                _("%(count)s communities have this name. Write the code, or the street too."),
                count=len(found),
            )
        return (exact or found)[0]


def _is_called(street: Division | None, word: str) -> bool:
    return street is not None and word.casefold() in {
        name.casefold() for name in (street.code, street.name, *street.aliases)
    }


class Judgement:
    """Gives each row its verdict, and its values the form in which they are written."""

    def __init__(self, rows: Sequence[Row], place: Place) -> None:
        self.place = place
        self.rows = [row for row in rows if not row.refused]
        self.refused = {row.values.get("code") for row in rows if row.refused}
        self.communities = Communities(place)
        self.stored = Stored(place)

    def run(self) -> None:
        refuse_closed(self.place)
        for row in self.rows:
            self._home(row)
            self._hours(row)
            point = self.stored.points.get(row.values["code"])
            self._served(row, point)
            if point is not None:
                self._refuse_moved(row, point)
            self._units(row, point)
        self._backups()
        for row in self.rows:
            if not row.refused:
                self._compare(row, self.stored.points.get(row.values["code"]))
        self._remark_names()

    def _home(self, row: Row) -> None:
        street = row.values.pop("street", "")
        try:
            found = self.communities.find(row.values["community"], street)
        except Refused as refused:
            row.refuse(refused.code, refused.message, "community", **refused.params)
        else:
            row.values["community"] = {"code": found.code, "name": found.name}

    def _hours(self, row: Row) -> None:
        values = row.values
        hours = values.pop("hours", None)
        if hours:
            if [values.get("opens", hours[0]), values.get("closes", hours[1])] != hours:
                row.refuse("hours_twice", _("The two ways to say the hours differ."), "hours")
            values["opens"], values["closes"] = hours
        if ("opens" in values) != ("closes" in values):
            row.refuse(
                "hours_half", _("Give both the opening and the closing time, or none."), "opens"
            )

    def _served(self, row: Row, point: SamplingPoint | None) -> None:
        if "serves" not in row.values:
            return
        found = []
        for word in row.values["serves"]:
            try:
                found.append(self.communities.find(word))
            except Refused as refused:
                row.refuse(refused.code, refused.message, "serves", **refused.params)
                return
        once = {one.code: one.name for one in found}
        if point is not None:
            # Communities of other streets that it serves are not the caller's to take away.
            kept = self.stored.serves[point.pk]
            once |= {one["code"]: one["name"] for one in kept if not self.communities.has(one)}
        row.values["serves"] = [{"code": code, "name": once[code]} for code in sorted(once)]

    def _refuse_moved(self, row: Row, point: SamplingPoint) -> None:
        if self.place.street_id not in (None, point.street_id):
            row.refuse("point_elsewhere", _("This code is taken in the round already."), "code")
            return
        community = row.values["community"]
        if row.refused or community["code"] == point.community.code or point.state == State.PLANNED:
            return
        if self.communities.find(community["code"]).street_id != point.street_id:
            row.refuse(
                "point_moved",
                _("A point that has opened stays in its street; add another one."),
                "community",
            )

    def _units(self, row: Row, point: SamplingPoint | None) -> None:
        """How many units of each channel, from the channels or from one number."""
        values = row.values
        total, channels = values.pop("units", None), values.get("channels")
        have = ordered(self.stored.counts[point.pk]) if point else {}
        if channels is None and total is not None:
            if sum(have.values()) == total:
                channels = have
            elif set(have) <= {Channel.GENERAL}:
                channels = {str(Channel.GENERAL): total}
            else:
                row.refuse("units_which", _("Say of which channel: use the channels."), "units")
                return
        elif channels is not None and total not in (None, sum(channels.values())):
            row.refuse(
                "units_differ",
                _("The channels add up to %(sum)s units."),
                "units",
                sum=sum(channels.values()),
            )
        if channels is None and point is not None:
            return
        channels = ordered(channels or {})
        if not channels:
            row.refuse(
                "units_missing", _("Say how many units this point has, at least one."), "units"
            )
        elif any(channels.get(name, 0) < count for name, count in have.items()):
            row.refuse(
                "units_fewer",
                _("It has %(count)s units already. Take units away on the point's own page."),
                "units",
                count=sum(have.values()),
            )
        values["channels"] = channels

    def _backups(self) -> None:
        """A backup must exist or come along; a refused row takes along those that lean on it."""
        coming = {row.values["code"]: row for row in self.rows if not row.refused}
        seen = {
            code
            for code, point in self.stored.points.items()
            if self.place.street_id in (None, point.street_id)
        }
        settled = False
        while not settled:
            settled = True
            for row in self.rows:
                backup = row.values.get("backup")
                if row.refused or not backup:
                    continue
                if backup == row.values["code"]:
                    row.refuse("backup_self", _("A point cannot be its own backup."), "backup")
                elif backup not in coming and backup not in seen:
                    row.refuse(
                        "backup_unknown",
                        _("There is no point of this code in the round, nor in a sound row here."),
                        "backup",
                    )
                if row.refused:
                    coming.pop(row.values["code"], None)
                    settled = False

    def _compare(self, row: Row, point: SamplingPoint | None) -> None:
        if point is None:
            row.verdict = Verdict.NEW
            return
        stored = self.stored.values(point)
        for name, value in stored.items():
            if name in row.values and row.values[name] != value:
                row.before[name] = value
        row.verdict = Verdict.CHANGED if row.before else Verdict.SAME

    def _remark_names(self) -> None:
        """Two points of one name confuse residents, but may be meant (one gate, two halls)."""
        accepted = {row.values["code"]: row for row in self.rows if not row.refused}
        names: dict[str, set[str]] = defaultdict(set)
        for code, point in self.stored.points.items():
            # A neighbour street's points are not told to somebody who does not see them.
            if code not in accepted and self.place.street_id in (None, point.street_id):
                names[point.name].add(code)
        for code, row in accepted.items():
            names[row.values["name"]].add(code)
        for code, row in accepted.items():
            others = sorted(names[row.values["name"]] - {code})
            if others and row.verdict != Verdict.SAME:
                row.remark(
                    "name_twice",
                    _("Another point has the same name: %(codes)s."),
                    "name",
                    codes=", ".join(others[:3]),
                )


def refuse_closed(place: Place) -> None:
    """Raise Refused unless the round is still being prepared or running."""
    known = Round.objects.filter(
        pk=place.context["round"],
        campaign__district_id=place.district_id,
        state__in=OPEN_ROUNDS,
    )
    if not known.exists():
        raise Refused("round_closed", _("This round is closed; its points stay as they are."))
