"""Qualifications out of a sheet: one row a person and qualification (S035)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core import clock
from core.crypto import mask_id
from core.imports.bulk import update_rows
from core.imports.kinds import Column, ImportKind, Place, PlaceChoice, Reason, Row, UndoRefused
from core.imports.models import Verdict
from core.inputs import Refused, clean_name, parse_local_day
from core.scope import Scope
from personnel.importing.whom import NUMBER_WORDS, Listed, read_number
from personnel.models import Qualification, QualificationKind


def read_day(text: str) -> str:
    """A local day in its one written form."""
    return parse_local_day(text).isoformat()


COLUMNS = (
    Column(
        "id_number",
        _("Document number"),
        NUMBER_WORDS,
        required=True,
        example="990000198001010012",
        hint=_("of somebody on the list of people"),
        personal=True,
        read=read_number,
        show=mask_id,
    ),
    Column(
        "kind",
        _("Qualification"),
        ("资质", "资质类型", "培训项目", "合格项目", "资格", "证书"),
        required=True,
        example="咽鼻拭子采集、保存与转运",
        hint=_("name or code, as on the district's list"),
        read=lambda text: clean_name(text, max_length=80),
    ),
    Column(
        "obtained_on",
        _("Obtained on"),
        ("取得日期", "合格日期", "发证日期", "考核日期", "培训日期", "日期"),
        required=True,
        example="2021-11-04",
        read=read_day,
    ),
    Column(
        "expires_on",
        _("Valid until"),
        ("有效期至", "到期日", "到期日期", "有效期"),
        example="2022-11-03",
        hint=_("empty: as long as the district says for it"),
        read=read_day,
    ),
    Column(
        "proof",
        _("Proof"),
        ("证明", "证书编号", "证书号", "依据", "备注"),
        example="区培训班第 3 期",
        read=lambda text: clean_name(text, max_length=120),
    ),
)
Known = dict[tuple[UUID, int, date], Qualification]


class Qualifications(ImportKind):
    """What people have learnt elsewhere, or before this system."""

    code = "qualifications"
    key_column = "id_number"
    title = _("Qualifications")
    intro = _(
        "One row for each person and qualification. People are found by their document number and "
        "must be on the list of people already."
    )
    permission = "train"
    after = "training:expiring"
    nowhere = _("There is no district or street in your area.")
    columns = COLUMNS
    samples = (
        ("990000198001010012", "咽鼻拭子采集、保存与转运", "2021-11-04", "", "区培训班第 3 期"),
        ("990000197503020021", "防护服穿脱", "2021-11-04", "2022-05-03", ""),
    )

    def places(self, scope: Scope) -> Sequence[PlaceChoice]:
        """Districts, or one's own streets."""
        found = Division.objects.current().filter(pk__in=[*scope.districts, *scope.streets])
        return [
            PlaceChoice(
                str(each.pk),
                each.name,
                Place(each.district_id, each.pk if each.level == "street" else None),
            )
            for each in found.order_by("code")
            if each.district_id is not None
        ]

    def key(self, values: Mapping[str, Any]) -> str:
        parts = [str(values.get(name, "")) for name in ("id_number", "kind", "obtained_on")]
        return "/".join(parts) if all(parts) else ""

    def label(self, values: Mapping[str, Any]) -> str:
        return " ".join(str(values[name]) for name in ("kind", "obtained_on") if name in values)

    def judge(self, rows: Sequence[Row], place: Place) -> None:
        sound = [row for row in rows if not row.refused]
        listed = Listed(place, [row.values["id_number"] for row in sound])
        kinds = _kinds(place)
        for row in sound:
            _complete(row, listed, kinds)
        known = _known(row for row in sound if not row.refused)
        for row in sound:
            if not row.refused:
                _compare(row, known)

    def apply(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        new = [row for row in rows if row.verdict == Verdict.NEW]
        made = Qualification.objects.bulk_create(
            [_filled(Qualification(), row, by=by, at=at) for row in new], batch_size=2_000
        )
        for row, one in zip(new, made, strict=True):
            row.target = str(one.pk)
        changed = [row for row in rows if row.verdict == Verdict.CHANGED]
        known = _known(changed)
        touched = []
        for row in changed:
            one = known[_key(row)]
            touched.append(_filled(one, row, by=by, at=at))
            row.target = str(one.pk)
        update_rows(touched, ["expires_on", "proof", "at", "by"])

    def undo(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        written = [row for row in rows if row.verdict in (Verdict.NEW, Verdict.CHANGED)]
        stored = Qualification.objects.select_for_update(of=("self",), no_key=True).in_bulk(
            [int(row.target) for row in written]
        )
        blocked = [
            (row.line, row.label, _EDITED)
            for row in written
            if not _is_as_written(stored.get(int(row.target)), row)
        ]
        if blocked:
            raise UndoRefused(blocked)
        new = [int(row.target) for row in written if row.verdict == Verdict.NEW]
        Qualification.objects.filter(pk__in=new).delete()
        back = []
        for row in written:
            if row.verdict == Verdict.CHANGED:
                one = stored[int(row.target)]
                if "expires_on" in row.before:
                    one.expires_on = _day(row.before["expires_on"])
                one.proof = row.before.get("proof", one.proof)
                back.append(one)
        update_rows(back, ["expires_on", "proof"])


_EDITED = Reason("undo_changed", _("It was changed again since."))


def _kinds(place: Place) -> dict[str, QualificationKind]:
    """The district's qualifications by code and by both names."""
    found: dict[str, QualificationKind] = {}
    for kind in QualificationKind.objects.filter(district_id=place.district_id):
        for word in (kind.code, kind.name, kind.name_en):
            if word:
                found[word.casefold()] = kind
    return found


def _complete(row: Row, listed: Listed, kinds: Mapping[str, QualificationKind]) -> None:
    """Say whose and what it is; the day of its end where the sheet is silent."""
    values = row.values
    try:
        member = listed.find(values["id_number"])
    except Refused as refused:
        row.refuse(refused.code, refused.message, "id_number")
        return
    kind = kinds.get(values["kind"].casefold())
    if kind is None:
        row.refuse("kind_unknown", _("The district's list has no such qualification."), "kind")
        return
    obtained, today = date.fromisoformat(values["obtained_on"]), clock.day_of(clock.now())
    until = _day(values.get("expires_on", ""))
    if obtained > today:
        row.refuse("day_ahead", _("This day lies ahead."), "obtained_on")
    elif until is not None and until < obtained:
        row.refuse("ends_before", _("A qualification ends after it was obtained."), "expires_on")
    if until is None and kind.valid_days:
        until = obtained + timedelta(days=kind.valid_days)
    if until is not None:
        values["expires_on"] = until.isoformat()
        if until < today and not row.refused:
            row.remark("run_out", _("It has run out already."), "expires_on")
    # Ids are no columns: the preview does not show them, writing needs them.
    values["member"], values["kind_id"] = str(member.pk), kind.pk


def _compare(row: Row, known: Known) -> None:
    one = known.get(_key(row))
    if one is None:
        row.verdict = Verdict.NEW
        return
    if one.withdrawn_at is not None:
        row.refuse(
            "withdrawn", _("This qualification of that day was withdrawn by hand or by marks."),
            "kind",
        )  # fmt: skip
        return
    stored = {"expires_on": _iso(one.expires_on), "proof": one.proof}
    row.before = {
        name: value
        for name, value in stored.items()
        if name in row.values and row.values[name] != value
    }
    row.verdict = Verdict.CHANGED if row.before else Verdict.SAME


def _key(row: Row) -> tuple[UUID, int, date]:
    values = row.values
    day = date.fromisoformat(values["obtained_on"])
    return UUID(values["member"]), values["kind_id"], day


def _known(rows: Any) -> Known:
    """What is stored of these people."""
    people = {UUID(row.values["member"]) for row in rows}
    held = Qualification.objects.filter(member__in=people)
    return {(one.member_id, one.kind_id, one.obtained_on): one for one in held}


def _filled(one: Qualification, row: Row, *, by: str, at: datetime) -> Qualification:
    one.member_id, one.kind_id, one.obtained_on = _key(row)
    if "expires_on" in row.values:
        one.expires_on = _day(row.values["expires_on"])
    one.proof = row.values.get("proof", one.proof)
    one.at, one.by = at, by
    return one


def _is_as_written(one: Qualification | None, row: Row) -> bool:
    if one is None or one.withdrawn_at is not None:
        return False
    stored = {"expires_on": _iso(one.expires_on), "proof": one.proof}
    return all(row.values.get(name, value) == value for name, value in stored.items())


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


QUALIFICATIONS = Qualifications()
