"""Divisions out of a sheet: the tree of a district in any order of rows (S071, S101)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.importing.tree import Judgement
from campaigns.importing.words import (
    read_aliases,
    read_code,
    read_kind,
    read_level,
    read_yes,
    show_aliases,
    show_kind,
    show_level,
    show_yes,
)
from campaigns.importing.writing import take_back_divisions, write_divisions
from campaigns.models import Division
from campaigns.models.divisions import Level
from core.imports.kinds import Column, ImportKind, Place, PlaceChoice, Row
from core.inputs import clean_name, whole_number
from core.scope import Scope


def _name(text: str) -> str:
    return clean_name(text, max_length=80)


class Divisions(ImportKind):
    """Streets, communities, grids, compounds and buildings of one district."""

    code = "divisions"
    key_column = "code"
    title = _("Divisions")
    intro = _(
        "Streets and towns, communities and villages, grids, compounds and buildings, with their "
        "codes. Rows may come in any order; a parent may stand in the same file."
    )
    permission = "manage_divisions"
    after = "campaigns:divisions"
    nowhere = _("You hold no district whose divisions you could import.")
    columns = (
        Column(
            "code",
            _("Code"),
            ("编码", "代码", "区划代码", "行政区划代码", "统计用区划代码", "编号"),
            required=True,
            example="110107001",
            hint=_("the national code of 9 or 12 digits, or a code of your own"),
            read=read_code,
        ),
        Column(
            "name",
            _("Name"),
            ("名称", "区划名称", "单位名称"),
            required=True,
            example="八宝山街道",
            read=_name,
        ),
        Column(
            "level",
            _("Level"),
            ("级别", "层级", "类别", "级次"),
            example="街道",
            hint=_("may be left out where national codes of 9 or 12 digits say it"),
            read=read_level,
            show=show_level,
        ),
        Column(
            "parent",
            _("Code of the parent"),
            ("上级编码", "上级代码", "父级编码", "所属编码", "上级", "parent code"),
            example="110107",
            hint=_("may be left out where the code begins with the parent's code"),
            read=read_code,
        ),
        Column(
            "population",
            _("Population"),
            ("人口", "人口数", "常住人口", "人数"),
            example="53000",
            hint=_("people; a whole number"),
            read=whole_number,
        ),
        Column(
            "estimate",
            _("Population is an estimate"),
            ("是否估计", "估计", "估算", "是否估算", "estimate"),
            example="是",
            read=read_yes,
            show=show_yes,
        ),
        Column(
            "kind",
            _("Kind"),
            ("性质", "种类", "类型"),
            example="街道",
            read=read_kind,
            show=show_kind,
        ),
        Column(
            "name_en",
            _("English name"),
            ("英文名", "英文名称", "英文"),
            example="Babaoshan Street",
            read=lambda text: clean_name(text, max_length=120),
        ),
        Column(
            "aliases",
            _("Other names"),
            ("别名", "曾用名", "俗称", "aliases", "alias"),
            example="八宝山",
            hint=_("several with 、 between them"),
            read=read_aliases,
            show=show_aliases,
        ),
    )
    samples = (
        ("110107001", "八宝山街道", "街道", "110107", "53000", "是", "", "Babaoshan Street", ""),
        ("110107001001", "永乐东小区北社区", "社区", "110107001", "3100", "是", "", "", "永东北"),
        ("110107001001-G01", "第一网格", "网格", "110107001001", "", "", "", "", ""),
    )

    def places(self, scope: Scope) -> Sequence[PlaceChoice]:
        districts = Division.objects.filter(
            level=Level.DISTRICT, valid_to__isnull=True, pk__in=scope.districts
        )
        return [
            PlaceChoice(str(district.pk), district.name, Place(district.pk))
            for district in districts.order_by("code")
        ]

    def key(self, values: Mapping[str, Any]) -> str:
        return str(values.get("code", ""))

    def label(self, values: Mapping[str, Any]) -> str:
        return " ".join(str(values[name]) for name in ("code", "name") if name in values)

    def judge(self, rows: Sequence[Row], place: Place) -> None:
        Judgement(rows, place).run()

    def apply(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        write_divisions(rows, place, at=at)

    def undo(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        take_back_divisions(rows, place)


DIVISIONS = Divisions()
