"""Points with their units out of a sheet: one row a point (S032, S040, S065)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.importing.places import places_in
from campaigns.models import Round
from core.crypto import mask_name, mask_phone
from core.imports.kinds import Column, ImportKind, Place, PlaceChoice, Row
from core.inputs import clean_name
from core.scope import Scope
from sites.importing.judging import OPEN_ROUNDS, Judgement
from sites.importing.words import (
    read_address,
    read_channels,
    read_clock,
    read_code,
    read_division,
    read_hours,
    read_lead,
    read_lead_phone,
    read_point_kind,
    read_served,
    read_units,
    show_channels,
    show_division,
    show_hours,
    show_point_kind,
    show_served,
)
from sites.importing.writing import take_back_points, write_points

COLUMNS = (
    Column(
        "code",
        _("Code"),
        ("编号", "编码", "点位编号", "采样点编号", "采样点编码", "point code", "no"),
        required=True,
        example="001-01",
        hint=_("once in a round"),
        read=read_code,
    ),
    Column(
        "name",
        _("Name"),
        ("名称", "采样点", "采样点名称", "点位", "点位名称", "检测点", "采集点", "point"),
        required=True,
        example="体育馆采样点",
        read=lambda text: clean_name(text, max_length=80),
    ),
    Column(
        "community",
        _("Community"),
        ("社区", "所属社区", "社区名称", "社区编码", "村", "村社区", "社区村", "所在社区"),
        required=True,
        example="永乐东小区北社区",
        hint=_("code, name or another name that it has"),
        read=read_division,
        show=show_division,
    ),
    Column(
        "street",
        _("Street or town"),
        ("街道", "镇街", "街镇", "所属街道", "乡镇", "street"),
        example="八宝山街道",
        hint=_("only needed where two communities have one name"),
        read=read_division,
    ),
    Column(
        "kind",
        _("Kind"),
        ("类型", "点位类型", "采样点类型", "性质", "类别"),
        example="临时",
        hint=_("fixed, temporary, mobile or booth; temporary if empty"),
        read=read_point_kind,
        show=show_point_kind,
    ),
    Column(
        "address",
        _("Address"),
        ("地址", "详细地址", "位置", "地点"),
        example="体育路 1 号",
        read=read_address,
    ),
    Column(
        "units",
        _("Units"),
        (
            "单元数",
            "采样单元",
            "采样单元数",
            "采样台",
            "采样台数",
            "台数",
            "通道数",
            "组数",
            "units",
        ),
        example="6",
        hint=_("desks in all; general ones unless the channels say otherwise"),
        read=read_units,
    ),
    Column(
        "channels",
        _("Channels"),
        ("通道", "通道设置", "通道类型", "channel"),
        example="普通4、黄码1、优先1",
        hint=_("desks by channel: general, yellow, priority"),
        read=read_channels,
        show=show_channels,
    ),
    Column(
        "hours",
        _("Hours"),
        ("开放时间", "采样时间", "时间", "营业时间", "开放时段", "opening hours"),
        example="08:00-20:00",
        hint=_("an end before the start is on the next day"),
        read=read_hours,
        show=show_hours,
    ),
    Column(
        "opens",
        _("Opens at"),
        ("开始时间", "开放开始", "from"),
        hint=_("instead of the hours in one column"),
        read=read_clock,
    ),
    Column("closes", _("Closes at"), ("结束时间", "开放结束", "to"), read=read_clock),
    Column(
        "lead_name",
        _("Head of the point"),
        ("负责人", "点长", "点位负责人", "负责人姓名", "联系人", "lead"),
        example="张晓明",
        personal=True,
        read=read_lead,
        show=mask_name,
    ),
    Column(
        "lead_phone",
        _("Telephone of the head"),
        ("负责人电话", "联系电话", "电话", "手机", "手机号", "联系方式", "phone"),
        example="13800000000",
        personal=True,
        read=read_lead_phone,
        show=mask_phone,
    ),
    Column(
        "backup",
        _("Backup point"),
        ("备用点", "备用采样点", "备用点编号", "后备点", "backup"),
        example="001-02",
        hint=_("its code, in this file or in the round"),
        read=read_code,
    ),
    Column(
        "serves",
        _("Communities served"),
        ("服务社区", "覆盖社区", "服务范围", "服务小区", "serves"),
        example="永乐东小区北社区、永乐东小区南社区",
        hint=_("codes or names, with 、 between them"),
        read=read_served,
        show=show_served,
    ),
)


class Points(ImportKind):
    """Sampling points of one round, each with its units."""

    code = "points"
    key_column = "code"
    title = _("Points with units")
    intro = _(
        "One row for each sampling point of a round, with how many units it has. A code that is "
        "there already changes that point."
    )
    permission = "manage_points"
    after = "sites:points"
    nowhere = _("There is no round being prepared or running in your area. Plan a round first.")
    columns = COLUMNS
    samples = (
        (
            "001-01", "体育馆采样点", "永乐东小区北社区", "八宝山街道", "临时", "体育路 1 号", "6",
            "普通4、黄码1、优先1", "08:00-20:00", "", "", "张晓明", "13800000000", "001-02", "",
        ),
        (
            "001-02", "一号采样亭", "永乐东小区北社区", "八宝山街道", "采样亭", "", "1", "",
            "19:00-02:00", "", "", "", "", "", "",
        ),
    )  # fmt: skip

    def places(self, scope: Scope) -> Sequence[PlaceChoice]:
        """Whole rounds for a district's planner, one's own streets in them for an official."""
        rounds = (
            Round.objects.within(scope)
            .filter(state__in=OPEN_ROUNDS)
            .select_related("campaign")
            .order_by("-starts_at", "-pk")
        )
        return places_in(rounds, scope)

    def key(self, values: Mapping[str, Any]) -> str:
        return str(values.get("code", ""))

    def label(self, values: Mapping[str, Any]) -> str:
        return " ".join(str(values[name]) for name in ("code", "name") if name in values)

    def judge(self, rows: Sequence[Row], place: Place) -> None:
        Judgement(rows, place).run()

    def apply(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        write_points(rows, place)

    def undo(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        take_back_points(rows, place)


POINTS = Points()
