"""Support teams out of a sheet: one row a team (S038)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core import clock
from core.imports.bulk import delete_rows, insert_rows, rests_on, update_rows
from core.imports.kinds import Column, ImportKind, Place, PlaceChoice, Reason, Row, UndoRefused
from core.imports.meanwhile import EditedMeanwhile
from core.imports.models import Verdict
from core.inputs import Refused, clean_code, clean_name
from core.scope import Scope
from personnel.importing.words import (
    Words,
    name_of_list,
    named,
    read_moment,
    read_people,
    show_moment,
    show_named,
)
from personnel.models import Organisation, SourceCategory, SupportTeam
from personnel.services.duty_locks import lock_team
from personnel.services.teams import refuse_booked

COLUMNS = (
    Column(
        "code",
        _("Code"),
        ("编号", "队伍编号", "代码", "team code"),
        required=True,
        example="SY-01",
        read=lambda text: clean_code(text, max_length=24),
    ),
    Column(
        "name",
        _("Name"),
        ("名称", "队伍", "队伍名称", "支援队", "医疗队", "team"),
        required=True,
        example="寿阳县支援队",
        read=lambda text: clean_name(text, max_length=120),
    ),
    Column(
        "sent_by",
        _("Sent by"),
        ("派出单位", "派出县", "来源单位", "单位", "派出地", "sending body"),
        required=True,
        example="寿阳县",
        hint=_("code or name, as on the district's list"),
        read=name_of_list,
        show=show_named,
    ),
    Column(
        "source",
        _("Source category"),
        ("人员类别", "类别", "来源类别", "category"),
        required=True,
        example="医务人员",
        hint=_("code or name, as on the district's list"),
        read=name_of_list,
        show=show_named,
    ),
    Column(
        "headcount",
        _("Headcount"),
        ("人数", "总人数", "队员数", "people"),
        required=True,
        example="105",
        read=read_people,
    ),
    Column(
        "arrives_at",
        _("Arrives at"),
        ("到达时间", "抵达时间", "到达", "arrival"),
        required=True,
        example="2022-04-05 18:00",
        read=read_moment,
        show=show_moment,
    ),
    Column(
        "returns_at",
        _("Returns at"),
        ("返回时间", "撤离时间", "返程时间", "返回", "return"),
        example="2022-04-08 12:00",
        hint=_("empty: not agreed yet"),
        read=read_moment,
        show=show_moment,
    ),
)
_USED = Reason("undo_used", _("Something else refers to it already."))
_CHANGED = Reason("undo_changed", _("It was changed again since."))
FIELDS = ["name", "sent_by", "source", "headcount", "arrives_at", "returns_at"]


class Teams(ImportKind):
    """Teams that other counties and hospitals send."""

    code = "teams"
    key_column = "code"
    title = _("Support teams")
    intro = _(
        "One row for each team. A code that is there already changes that team. Its people come "
        "with the list of people, by the team's code."
    )
    permission = "manage_staff"
    after = "staff:teams"
    nowhere = _("Only somebody of the whole district imports its teams.")
    columns = COLUMNS
    samples = (
        ("SY-01", "寿阳县支援队", "寿阳县", "医务人员", "105", "2022-04-05 18:00", ""),
        ("H9-01", "九院采样队", "第九人民医院", "医务人员", "250", "2021-11-04 18:00",
         "2021-11-05 20:00"),
    )  # fmt: skip

    def places(self, scope: Scope) -> Sequence[PlaceChoice]:
        """The districts of the caller: a team is the district's."""
        districts = Division.objects.current().filter(pk__in=scope.districts)
        return [
            PlaceChoice(str(each.pk), each.name, Place(each.pk))
            for each in districts.order_by("code")
        ]

    def key(self, values: Mapping[str, Any]) -> str:
        return str(values.get("code", ""))

    def label(self, values: Mapping[str, Any]) -> str:
        return " ".join(str(values[name]) for name in ("code", "name") if name in values)

    def judge(self, rows: Sequence[Row], place: Place) -> None:
        lists, ids = _lists(place), _ids(place)
        stored = _stored(place)
        for row in rows:
            if row.refused:
                continue
            _settle(row, lists)
            team = stored.get(row.values["code"])
            now = _told(team) if team else {}
            seen = now | row.values
            if seen.get("returns_at") and seen["returns_at"] <= seen["arrives_at"]:
                row.refuse("team_returns", _("A team returns after it arrives."), "returns_at")
            if row.refused:
                continue
            row.before = {
                name: old for name, old in now.items() if row.values.get(name, old) != old
            }
            row.verdict = Verdict.CHANGED if row.before else Verdict.SAME
            if team is None:
                row.verdict = Verdict.NEW
            elif refused := _unfit(team, row.before, row.values, ids, clock.now()):
                row.refuse(refused.code, refused.message, refused.path, **refused.params)

    def apply(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        _lock_booking(rows, place)
        stored, ids = _stored(place, lock=True), _ids(place)
        last = max((team.position for team in stored.values()), default=0)
        made = []
        for row in rows:
            if row.verdict == Verdict.NEW:
                last += 1
                code = row.values["code"]
                team = SupportTeam(district_id=place.district_id, code=code, position=last)
                made.append(_filled(team, row.values, ids))
        insert_rows(made, key="code")
        stored |= {team.code: team for team in made}
        changed = [row for row in rows if row.verdict == Verdict.CHANGED]
        for row in changed:
            now = _told(stored[row.values["code"]])
            if any(now[name] != old for name, old in row.before.items()):
                raise EditedMeanwhile(row.label)
            if _unfit(stored[row.values["code"]], row.before, row.values, ids, at):
                raise EditedMeanwhile(row.label)  # booked since: judged anew, it says so
        update_rows(
            [_filled(stored[row.values["code"]], row.values, ids) for row in changed], FIELDS
        )
        for row in rows:
            if row.verdict in (Verdict.NEW, Verdict.CHANGED):
                row.target = str(stored[row.values["code"]].pk)

    def undo(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        _lock_booking(rows, place)
        stored, ids = _stored(place, lock=True), _ids(place)
        new = {int(row.target): row for row in rows if row.verdict == Verdict.NEW}
        changed = [row for row in rows if row.verdict == Verdict.CHANGED]
        used = rests_on(SupportTeam, new)
        blocked = [(new[pk].line, new[pk].label, _USED) for pk in sorted(used)]
        for row in [*(new[pk] for pk in sorted(set(new) - used)), *changed]:
            team = stored.get(row.values["code"])
            names = row.before if row.verdict == Verdict.CHANGED else row.values
            now = _told(team) if team else {}
            if any(name != "code" and now.get(name) != row.values[name] for name in names):
                blocked.append((row.line, row.label, _CHANGED))
            elif team is not None and row.verdict == Verdict.CHANGED:
                if refused := _unfit(team, row.before, row.before, ids, at):
                    blocked.append((row.line, row.label, Reason.of(refused)))
        if blocked:
            raise UndoRefused(blocked)
        delete_rows(SupportTeam, new)
        update_rows(
            [_filled(stored[row.values["code"]], row.before, ids) for row in changed], FIELDS
        )


def _lock_booking(rows: Sequence[Row], place: Place) -> None:
    """Nobody books the changed teams while their figures are checked; in the order of bookings."""
    codes = [row.values["code"] for row in rows if row.verdict == Verdict.CHANGED]
    teams = SupportTeam.objects.filter(district_id=place.district_id, code__in=codes)
    for pk in sorted(teams.values_list("pk", flat=True)):
        lock_team(pk)


def _unfit(
    team: SupportTeam,
    changed: Mapping[str, Any],
    values: Mapping[str, Any],
    ids: Mapping[str, Mapping[str, int]],
    at: datetime,
) -> Refused | None:
    """Why the team cannot become so: more of it is booked, or beyond that stay; None if it can."""
    if not {"headcount", "arrives_at", "returns_at"} & set(changed):
        return None
    try:
        refuse_booked(_filled(copy(team), values, ids), at)
    except Refused as refused:
        return refused
    return None


def _lists(place: Place) -> dict[str, Words[Any]]:
    bodies = Organisation.objects.filter(district_id=place.district_id, closed_at__isnull=True)
    categories = SourceCategory.objects.filter(district_id=place.district_id)
    return {
        "sent_by": Words(
            bodies, "home_unit", _("No body of your lists is called so. Add it there first.")
        ),
        "source": Words(categories, "source", _("The district's list has no such category.")),
    }


def _settle(row: Row, lists: Mapping[str, Words[Any]]) -> None:
    for name, words in lists.items():
        try:
            row.values[name] = named(words.find(row.values[name]))
        except Refused as refused:
            row.refuse(refused.code, refused.message, name, **refused.params)


def _stored(place: Place, *, lock: bool = False) -> dict[str, SupportTeam]:
    teams = SupportTeam.objects.filter(district_id=place.district_id)
    if lock:
        list(teams.order_by("pk").select_for_update(no_key=True).values_list("pk"))
    return {team.code: team for team in teams.select_related("sent_by", "source")}


def _told(team: SupportTeam) -> dict[str, Any]:
    """What a row would have to say to change nothing."""
    return {
        "name": team.name,
        "sent_by": named(team.sent_by),
        "source": named(team.source),
        "headcount": team.headcount,
        "arrives_at": team.arrives_at.isoformat(),
        "returns_at": team.returns_at.isoformat() if team.returns_at else "",
    }


def _ids(place: Place) -> dict[str, dict[str, int]]:
    mine = {"district_id": place.district_id}
    return {
        "sent_by": dict(Organisation.objects.filter(**mine).values_list("code", "pk")),
        "source": dict(SourceCategory.objects.filter(**mine).values_list("code", "pk")),
    }


def _filled(
    team: SupportTeam, values: Mapping[str, Any], ids: Mapping[str, Mapping[str, int]]
) -> SupportTeam:
    for name in ("name", "headcount"):
        setattr(team, name, values.get(name, getattr(team, name)))
    for name, by_code in ids.items():
        if name in values:
            setattr(team, f"{name}_id", by_code[values[name]["code"]])
    for name in ("arrives_at", "returns_at"):
        if name in values:
            setattr(team, name, clock.parse_instant(values[name]) if values[name] else None)
    return team


TEAMS = Teams()
