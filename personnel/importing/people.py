"""People out of a sheet: one row a person, found once by the document number (S020, S023)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from campaigns.models import Division
from core.crypto import mask_id, mask_name, mask_phone
from core.imports.kinds import Column, ImportKind, Place, PlaceChoice, Row
from core.inputs import clean_name
from core.scope import Scope
from personnel.importing.people_judging import judge_people
from personnel.importing.people_writing import take_back_people, write_people
from personnel.importing.whom import NUMBER_WORDS, read_number
from personnel.importing.words import (
    name_of_list,
    read_phone,
    read_roles,
    read_type,
    show_all_named,
    show_named,
    show_type,
)

COLUMNS = (
    Column(
        "name",
        _("Full name"),
        ("姓名", "名字", "人员姓名", "name"),
        required=True,
        example="张晓明",
        personal=True,
        read=lambda text: clean_name(text, max_length=60),
        show=mask_name,
    ),
    Column(
        "number",
        _("Document number"),
        (*NUMBER_WORDS, "公民身份号码", "document number"),
        required=True,
        example="990000198001010012",
        hint=_("Format the column as text, or the last digits are lost."),
        personal=True,
        read=read_number,
        show=mask_id,
    ),
    Column(
        "type",
        _("Document type"),
        ("证件类型", "证件种类", "id type"),
        hint=_("left empty: an identity card"),
        read=read_type,
        show=show_type,
    ),
    Column(
        "phone",
        _("Telephone"),
        ("手机", "手机号", "手机号码", "电话", "联系电话", "联系方式", "phone", "mobile"),
        example="13800000000",
        personal=True,
        read=read_phone,
        show=mask_phone,
    ),
    Column(
        "home_unit",
        _("Home unit"),
        ("单位", "所属单位", "工作单位", "派出单位", "医院", "单位名称", "organisation", "unit"),
        required=True,
        example="第九人民医院",
        hint=_("code or name, as on the district's list"),
        read=name_of_list,
        show=show_named,
    ),
    Column(
        "source",
        _("Source category"),
        ("人员类别", "来源", "来源类别", "人员来源", "类别", "身份", "category"),
        required=True,
        example="医务人员",
        hint=_("code or name, as on the district's list"),
        read=name_of_list,
        show=show_named,
    ),
    Column(
        "roles",
        _("Roles"),
        ("岗位", "角色", "可担任岗位", "职责", "工种", "role"),
        example="采样员、上门采样员",
        hint=_("several with 、 between them"),
        read=read_roles,
        show=show_all_named,
    ),
    Column(
        "street",
        _("Works in"),
        ("街道", "镇街", "街镇", "所在街道", "工作街道", "street"),
        hint=_("street or town; empty: the whole district"),
        read=name_of_list,
        show=show_named,
    ),
    Column(
        "team",
        _("Team code"),
        ("队伍", "队伍编号", "支援队", "支援队编号", "医疗队", "team"),
        hint=_("code or name of a support team on the list"),
        read=name_of_list,
        show=show_named,
    ),
)


class People(ImportKind):
    """People who can be put on duty."""

    code = "staff"
    key_column = "number"
    title = pgettext_lazy("list of people", "People")
    intro = _(
        "One row for each person. Whoever is on the list already is known by the document number "
        "and changed, never listed twice. Home units, categories and roles are those of the "
        "district's lists."
    )
    permission = "manage_staff"
    after = "staff:people"
    nowhere = _("There is no district or street in your area.")
    columns = COLUMNS
    samples = (
        ("张晓明", "990000198001010012", "", "13800000000", "第九人民医院", "医务人员",
         "采样员、上门采样员", "", ""),
        ("李建国", "990000197503020021", "", "13900000000", "区交通局", "支援干部",
         "引导员", "蔡家岗街道", ""),
    )  # fmt: skip

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
        return f"{values.get('type', '')}/{values['number']}" if "number" in values else ""

    def label(self, values: Mapping[str, Any]) -> str:
        mask = mask_name(values["name"]) if "name" in values else ""
        return f"{mask} {values.get('number', '')[-4:]}".strip()

    def judge(self, rows: Sequence[Row], place: Place) -> None:
        judge_people(rows, place)

    def apply(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        write_people(rows, place, at=at)

    def undo(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        take_back_people(rows, place)


PEOPLE = People()
