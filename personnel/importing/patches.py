"""Who answers for which building, out of a sheet: one row a building (S029)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core import clock
from core.crypto import mask_id
from core.imports.kinds import Column, ImportKind, Place, PlaceChoice, Reason, Row, UndoRefused
from core.imports.meanwhile import EditedMeanwhile
from core.imports.models import Verdict
from core.inputs import Refused, clean_name
from core.locks import named_lock
from core.scope import Scope
from personnel.importing.whom import NUMBER_WORDS, Listed, read_number
from personnel.models import PatchAssignment, StaffMember
from personnel.queries.patches import standing_at

_EDITED = Reason("undo_changed", _("It was changed again since."))


def read_word(text: str) -> str:
    """A name or a code."""
    return clean_name(text, max_length=80)


COLUMNS = (
    Column(
        "building",
        _("Building"),
        ("楼栋", "楼栋名称", "楼栋编码", "楼号", "楼幢", "building"),
        required=True,
        example="110107001001-B01",
        hint=_("code; or the name, with the community beside it"),
        read=read_word,
    ),
    Column(
        "community",
        _("Community"),
        ("社区", "所属社区", "社区名称", "村社区", "社区村"),
        example="永乐东小区北社区",
        hint=_("needed where the building is written by its name"),
        read=read_word,
    ),
    Column(
        "owner",
        _("Document number of who answers for it"),
        ("责任人身份证号", "责任人证件号", "包片人身份证号", "楼长身份证号", *NUMBER_WORDS),
        required=True,
        example="990000198001010012",
        hint=_("of somebody on the list of people"),
        personal=True,
        read=read_number,
        show=mask_id,
    ),
)


class Buildings:
    """The buildings of an area, by code, or by name within a community."""

    def __init__(self, place: Place) -> None:
        found = Division.objects.current().filter(district_id=place.district_id)
        if place.street_id is not None:
            found = found.filter(street_id=place.street_id)
        self._by_code: dict[str, Division] = {}
        self._by_name: dict[str, list[Division]] = defaultdict(list)
        for building in found.filter(level=Level.BUILDING, community_id__isnull=False):
            self._by_code[building.code.casefold()] = building
            self._by_name[building.name.casefold()].append(building)
        self._communities: dict[str, set[int]] = defaultdict(set)
        for each in found.communities():
            for word in (each.code, each.name, *each.aliases):
                self._communities[word.casefold()].add(each.pk)

    def find(self, word: str, community: str) -> Division:
        """The one building that is meant. Raises Refused for none or several."""
        homes = self._communities.get(community.casefold(), set()) if community else None
        if homes is not None and not homes:
            raise Refused("community_unknown", _("There is no such community in your area.")).at(
                "community"
            )
        known = self._by_code.get(word.casefold())
        named = [known] if known is not None else self._by_name.get(word.casefold(), [])
        found = [each for each in named if homes is None or each.community_id in homes]
        if not found:
            raise Refused("building_unknown", _("There is no such building in your area."))
        if len(found) > 1:
            raise Refused("building_twice", _("Several buildings have this name. Write the code."))
        return found[0]


class Patches(ImportKind):
    """Buildings with who answers for each."""

    code = "patches"
    key_column = "building"
    title = _("Patches")
    intro = _(
        "One row for each building. A building of somebody else is handed over to the person of "
        "the row from the moment of the import on."
    )
    permission = "manage_staff"
    after = "patches:patches"
    nowhere = _("There is no district or street in your area.")
    columns = COLUMNS
    samples = (
        ("110107001001-B01", "", "990000198001010012"),
        ("2 号楼", "永乐东小区北社区", "990000198001010012"),
    )

    def places(self, scope: Scope) -> Sequence[PlaceChoice]:
        """Districts, or one's own streets."""
        found = Division.objects.current().filter(pk__in=[*scope.districts, *scope.streets])
        return [
            PlaceChoice(
                str(each.pk),
                each.name,
                Place(each.district_id, each.pk if each.level == Level.STREET else None),
            )
            for each in found.order_by("code")
            if each.district_id is not None
        ]

    def key(self, values: Mapping[str, Any]) -> str:
        parts = [str(values.get(name, "")) for name in ("community", "building")]
        return "/".join(parts) if parts[1] else ""

    def label(self, values: Mapping[str, Any]) -> str:
        return " ".join(str(values[name]) for name in ("community", "building") if name in values)

    def judge(self, rows: Sequence[Row], place: Place) -> None:
        sound = [row for row in rows if not row.refused]
        listed = Listed(place, [row.values["owner"] for row in sound])
        buildings = Buildings(place)
        lines: dict[int, int] = {}
        for row in sound:
            _complete(row, buildings, listed)
            if row.refused:
                continue
            first = lines.setdefault(row.values["building_id"], row.line)
            if first != row.line:
                row.refuse(
                    "building_again",
                    _("Row %(line)s is about the same building."),
                    "building",
                    line=first,
                )
        _compare([row for row in sound if not row.refused])

    def apply(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        written = [row for row in rows if row.verdict in (Verdict.NEW, Verdict.CHANGED)]
        buildings = _locked(written)
        held = _held(buildings, at)
        for row in written:
            current = held.get(row.values["building_id"])
            if (str(current.owner_id) if current else "") != row.values["held_by"]:
                raise EditedMeanwhile(row.label)
        PatchAssignment.objects.filter(
            pk__in=[one.pk for one in held.values()], starts_at__gte=at
        ).delete()
        PatchAssignment.objects.filter(pk__in=[one.pk for one in held.values()]).update(ends_at=at)
        made = PatchAssignment.objects.bulk_create(
            [_row(buildings[row.values["building_id"]], row, by=by, at=at) for row in written],
            batch_size=2_000,
        )
        for row, one in zip(written, made, strict=True):
            row.target = str(one.pk)

    def undo(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        written = [row for row in rows if row.verdict in (Verdict.NEW, Verdict.CHANGED)]
        _locked(written)
        stored = PatchAssignment.objects.in_bulk([int(row.target) for row in written])
        blocked = []
        for row in written:
            one = stored.get(int(row.target))
            if one is None or one.ends_at is not None:
                blocked.append((row.line, row.label, _EDITED))
        if blocked:
            raise UndoRefused(blocked)
        PatchAssignment.objects.filter(pk__in=stored).delete()
        for starts_at in {one.starts_at for one in stored.values()}:
            # All of one import began in one moment: whose answer ended then has it back.
            PatchAssignment.objects.filter(
                building__in={one.building_id for one in stored.values()}, ends_at=starts_at
            ).update(ends_at=None)


def _complete(row: Row, buildings: Buildings, listed: Listed) -> None:
    """Say which building and whose it is to be."""
    values = row.values
    try:
        building = buildings.find(values["building"], values.get("community", ""))
    except Refused as refused:
        row.refuse(refused.code, refused.message, refused.path or "building", **refused.params)
        return
    try:
        owner = listed.find(values["owner"])
    except Refused as refused:
        row.refuse(refused.code, refused.message, "owner")
        return
    if owner.street_id not in (None, building.street_id):
        row.refuse(
            "owner_elsewhere", _("This person works in another street than the building."), "owner"
        )
        return
    values["owner"] = owner.id_number
    # Ids are no columns: the preview does not show them, writing needs them.
    values["building_id"], values["owner_id"] = building.pk, str(owner.pk)


def _compare(rows: Sequence[Row]) -> None:
    held = _held([row.values["building_id"] for row in rows], clock.now())
    known = StaffMember.objects.in_bulk([one.owner_id for one in held.values()])
    for row in rows:
        current = held.get(row.values["building_id"])
        row.values["held_by"] = str(current.owner_id) if current else ""
        if current is None:
            row.verdict = Verdict.NEW
        elif str(current.owner_id) == row.values["owner_id"]:
            row.verdict = Verdict.SAME
        else:
            before = known.get(current.owner_id)
            row.verdict = Verdict.CHANGED
            row.before = {"owner": before.id_number if before else ""}


def _held(buildings: Any, at: datetime) -> dict[int, PatchAssignment]:
    rows = PatchAssignment.objects.filter(standing_at(at), building__in=list(buildings))
    return {row.building_id: row for row in rows}


def _locked(rows: Sequence[Row]) -> dict[int, Division]:
    """The buildings, and the only right to change who answers in their streets until we end."""
    buildings = Division.objects.in_bulk([row.values["building_id"] for row in rows])
    for street in sorted({each.street_id or 0 for each in buildings.values()}):
        named_lock(f"patches/{street}")
    return buildings


def _row(building: Division, row: Row, *, by: str, at: datetime) -> PatchAssignment:
    return PatchAssignment(
        building=building,
        district_id=building.district_id or 0,
        street_id=building.street_id or 0,
        community_id=building.community_id or 0,
        owner_id=UUID(row.values["owner_id"]),
        starts_at=at,
        at=at,
        by=by,
    )


PATCHES = Patches()
