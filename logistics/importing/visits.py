"""Requests for visits out of a sheet: one row a person (S049, S054)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.importing.places import places_in
from core.crypto import mask_id, mask_name, mask_phone
from core.imports.kinds import Column, ImportKind, Place, PlaceChoice, Row
from core.scope import Scope
from logistics.importing.visit_judging import OPEN_ROUNDS, Judgement
from logistics.importing.visit_words import (
    read_address,
    read_building,
    read_document,
    read_note,
    read_phone,
    read_reason,
    read_urgent,
    read_way,
    read_who,
    read_window,
    show_reason,
    show_way,
    show_window,
)
from logistics.importing.visit_writing import take_back_visits, write_visits
from sites.importing.words import read_division, show_division
from sites.queries.rounds import rounds_of


def _hidden(_value: Any) -> str:
    return "***"


COLUMNS = (
    Column(
        "community",
        _("Community"),
        ("社区", "所属社区", "社区名称", "村", "村社区", "社区村", "所在社区"),
        example="尧晨社区",
        hint=_("code or name; taken from the register where the number is known there"),
        read=read_division,
        show=show_division,
    ),
    Column(
        "street",
        _("Street or town"),
        ("街道", "镇街", "街镇", "所属街道", "乡镇"),
        hint=_("only needed where two communities have one name"),
        read=read_division,
    ),
    Column(
        "building",
        _("Building"),
        ("楼栋", "楼号", "栋号", "幢", "building"),
        example="3号楼",
        read=read_building,
    ),
    Column(
        "name",
        pgettext_lazy("person", "Name"),
        ("姓名", "名字", "居民姓名", "name"),
        example="张晓明",
        personal=True,
        read=read_who,
        show=mask_name,
    ),
    Column(
        "phone",
        _("Telephone"),
        ("电话", "联系电话", "手机", "手机号", "联系方式", "phone"),
        example="13800000000",
        personal=True,
        read=read_phone,
        show=mask_phone,
    ),
    Column(
        "number",
        _("Document number"),
        ("身份证号", "身份证", "身份证号码", "证件号", "证件号码"),
        hint=_("if known: one person is then asked for once"),
        personal=True,
        read=read_document,
        show=mask_id,
    ),
    Column(
        "reason",
        _("Why the person cannot come"),
        ("原因", "人员类别", "类别", "情况", "reason"),
        required=True,
        example="卧床",
        hint=_("very old, disabled, bedridden, infant, pregnant, ill, may not leave home, other"),
        read=read_reason,
        show=show_reason,
    ),
    Column(
        "way",
        _("How"),
        ("方式", "采样方式", "上门或接送", "how"),
        example="上门",
        hint=_("at home, or fetched; at home if empty"),
        read=read_way,
        show=show_way,
    ),
    Column(
        "address",
        _("Floor and door"),
        ("地址", "门牌", "门牌号", "详细地址", "房号", "室", "address"),
        example="2单元302",
        personal=True,
        read=read_address,
        show=_hidden,
    ),
    Column(
        "window",
        _("At home"),
        ("时间", "时段", "在家时间", "在家时段", "预约时间", "window"),
        example="2021-11-05 09:00-11:00",
        read=read_window,
        show=show_window,
    ),
    Column(
        "urgent",
        _("Urgent"),
        ("紧急", "是否紧急", "加急", "urgent"),
        example="否",
        read=read_urgent,
        show=lambda value: str(_("yes") if value else _("no")),
    ),
    Column(
        "note",
        _("Note for the team"),
        ("备注", "说明", "note"),
        personal=True,
        read=read_note,
        show=_hidden,
    ),
)


class Visits(ImportKind):
    """People of a round who cannot come, as a community or the telephone line lists them."""

    code = "visits"
    key_column = "number"
    title = _("Home visits")
    intro = _(
        "One row for each person who cannot come to a point. Somebody who is asked for already in "
        "this round is left as they are."
    )
    permission = "plan_visits"
    after = "visits:visits"
    nowhere = _("There is no round in your area for which visits are asked now.")
    columns = COLUMNS
    samples = (
        (
            "尧晨社区", "", "3号楼", "张晓明", "13800000000", "", "卧床", "上门", "2单元302",
            "2021-11-05 09:00-11:00", "否", "",
        ),
        ("尧晨社区", "", "5号楼", "李小红", "13800000001", "", "孕妇", "接送", "", "", "是", ""),
    )  # fmt: skip

    def places(self, scope: Scope) -> Sequence[PlaceChoice]:
        """Whole rounds for a district, one's own streets in them for an official."""
        rounds = [
            each for each in rounds_of(scope) if each.state in OPEN_ROUNDS and not each.is_template
        ]
        return places_in(rounds, scope)

    def key(self, values: Mapping[str, Any]) -> str:
        """The document; without one, name and telephone and door together."""
        if values.get("number"):
            return str(values["number"])
        said = [str(values.get(name, "")) for name in ("name", "phone", "building", "address")]
        return "\x1f".join(said) if values.get("name") else ""

    def label(self, values: Mapping[str, Any]) -> str:
        name = mask_name(values["name"]) if "name" in values else ""
        return f"{name} {values.get('building', '')}".strip()

    def judge(self, rows: Sequence[Row], place: Place) -> None:
        Judgement(rows, place).run()

    def apply(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        write_visits(rows, place, by=by, at=at)

    def undo(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        take_back_visits(rows, place)


VISITS = Visits()
