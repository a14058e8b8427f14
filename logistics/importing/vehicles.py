"""Vehicles out of a sheet: one row a number plate (S004, S005, S007)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Division
from core.crypto import mask_id
from core.imports.kinds import Column, ImportKind, Place, PlaceChoice, Row
from core.inputs import clean_name, clean_note, whole_number
from core.scope import Scope
from logistics.importing.judging import Judgement
from logistics.importing.pools import read_pool, show_pool
from logistics.importing.writing import take_back_vehicles, write_vehicles
from logistics.services.vehicles import clean_plate
from personnel.importing.whom import read_number


def read_load(text: str) -> int:
    """Seats or boxes."""
    return whole_number(text, maximum=2_000)


def _short(text: str) -> str:
    return clean_name(text, max_length=120)


COLUMNS = (
    Column(
        "plate",
        _("Number plate"),
        ("车牌", "车牌号", "车牌号码", "号牌", "plate"),
        required=True,
        example="渝A10001",
        read=clean_plate,
    ),
    Column(
        "vehicle_class",
        _("Class"),
        ("车型", "类型", "车辆类型", "车辆类别", "类别"),
        required=True,
        example="大巴车",
        hint=_("name or code, as on the district's list"),
        read=_short,
    ),
    Column(
        "seats",
        _("Seats for passengers"),
        ("座位", "座位数", "核载人数", "载客数", "seats"),
        example="45",
        hint=_("empty: as usual for its class"),
        read=read_load,
    ),
    Column(
        "boxes",
        _("Room for boxes"),
        ("箱数", "可装箱数", "载箱数", "转运箱数", "boxes"),
        hint=_("empty: as usual for its class"),
        read=read_load,
    ),
    Column(
        "owner",
        pgettext_lazy("vehicle", "Owner"),
        ("单位", "所属单位", "车属单位", "车主", "产权单位", "owner"),
        required=True,
        example="区公交公司",
        hint=_("name or code of an organisation on the list"),
        read=_short,
    ),
    Column(
        "street",
        _("Street or town"),
        ("街道", "镇街", "街镇", "所属街道", "服务街道"),
        hint=_("only where it serves one street"),
        read=_short,
    ),
    Column(
        "driver",
        _("Document number of the usual driver"),
        ("驾驶员身份证号", "司机身份证号", "驾驶员证件号", "驾驶员身份证"),
        example="990000198001010012",
        hint=_("of somebody on the list of people"),
        personal=True,
        read=read_number,
        show=mask_id,
    ),
    Column(
        "pool",
        _("Pool"),
        ("状态", "车辆状态", "备勤状态", "pool"),
        example="在用",
        hint=_("in service, reserve or out of service; in service if empty"),
        read=read_pool,
        show=show_pool,
    ),
    Column(
        "reason",
        _("Reason"),
        ("原因", "停用原因", "备注", "说明"),
        hint=_("needed when it is out of service"),
        read=lambda text: clean_note(text, max_length=200),
    ),
)


class Vehicles(ImportKind):
    """The vehicles of a district, with their owners and usual drivers."""

    code = "vehicles"
    key_column = "plate"
    title = _("Vehicles")
    intro = _(
        "One row for each vehicle. A number plate that is on the list already changes that "
        "vehicle; trips that are booked keep what they were promised."
    )
    permission = "manage_vehicles"
    after = "logistics:vehicles"
    nowhere = _("There is no district in your area.")
    columns = COLUMNS
    samples = (
        ("渝A10001", "大巴车", "45", "", "区公交公司", "", "990000198001010012", "在用", ""),
        ("渝A20001", "样本转运车", "", "12", "区疾控中心", "", "", "备用", ""),
    )

    def places(self, scope: Scope) -> Sequence[PlaceChoice]:
        """One's districts."""
        found = Division.objects.current().filter(pk__in=scope.districts).order_by("code")
        return [PlaceChoice(str(each.pk), each.name, Place(each.pk)) for each in found]

    def key(self, values: Mapping[str, Any]) -> str:
        return str(values.get("plate", ""))

    def label(self, values: Mapping[str, Any]) -> str:
        return str(values.get("plate", ""))

    def judge(self, rows: Sequence[Row], place: Place) -> None:
        Judgement(rows, place).run()

    def apply(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        write_vehicles(rows, place, at=at)

    def undo(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        take_back_vehicles(rows, place)


VEHICLES = Vehicles()
