"""The register as a kind of import: its columns and the words they are known by.

It has a lane of its own (`campaigns/services/register`): a file of a million rows is neither
parsed in a web request nor kept as rows of the general mechanism.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core.imports.kinds import Column, ImportKind, Place, PlaceChoice, Row
from core.inputs import (
    HK_MACAU,
    NO_DOCUMENT,
    PASSPORT,
    PERMANENT,
    RESIDENT,
    TAIWAN,
    Conflict,
)
from core.scope import Scope

REGISTER = "register"

#: What people write for a kind of document, plain (without case, spaces and brackets).
DOCUMENT_WORDS: dict[str, str] = {
    word: code
    for code, words in {
        RESIDENT: "resident 身份证 居民身份证 二代身份证 idcard residentid 户口簿 港澳台居民居住证",
        PASSPORT: "passport 护照 外国护照",
        HK_MACAU: "hkmacau 港澳居民来往内地通行证 港澳通行证 港澳居民通行证 回乡证 hkmacaupermit",
        TAIWAN: "taiwan 台湾居民来往大陆通行证 台胞证 taiwanpermit",
        PERMANENT: "permanent 外国人永久居留身份证 外国人永久居留证 永久居留证 permanentresident",
        NO_DOCUMENT: "none 无 无证件 没有证件 nodocument",
    }.items()
    for word in words.split()
}

#: What pages call the kinds of document.
DOCUMENT_NAMES = [
    (RESIDENT, _("identity card")),
    (PASSPORT, _("passport")),
    (HK_MACAU, _("Hong Kong or Macau travel permit")),
    (TAIWAN, _("Taiwan travel permit")),
    (PERMANENT, _("permanent resident card")),
    (NO_DOCUMENT, _("no document")),
]


class RegisterKind(ImportKind):
    """Residents of a district: one row a person."""

    code = REGISTER
    title = _("Register of residents")
    intro = _(
        "One row for each resident. Large files are welcome: they are read in the background, and "
        "you may leave the page. Nothing is written before you have seen the result."
    )
    permission = "import_register"
    after = "campaigns:register"
    start_url = "campaigns:register_import"
    run_url = "campaigns:register_run"
    key_column = "number"
    nowhere = _("Only somebody of the whole district imports its register.")
    columns = (
        Column(
            "name", _("Full name"), ("姓名", "名字", "name", "resident"),
            required=True, example="张晓明", personal=True,
        ),
        Column(
            "number", _("ID number"),
            (
                "身份证号", "身份证号码", "证件号码", "证件号", "公民身份号码", "居民身份证号码",
                "身份证", "id no", "document number", "identity number",
            ),
            required=True, example="110107198001010017", personal=True,
            hint=_("Format the column as text, or the last digits are lost."),
        ),
        Column(
            "type", _("Document type"), ("证件类型", "证件种类", "id type", "kind of document"),
            example=_("identity card"),
            hint=_("Left empty: an identity card. A child without any document: none."),
        ),
        Column(
            "phone", _("Telephone"),
            ("手机", "手机号", "手机号码", "电话", "联系电话", "联系方式", "phone", "mobile"),
            example="13800000000", personal=True,
        ),
        Column(
            "street", _("Street or town"), ("街道", "镇街", "街镇", "街道乡镇", "乡镇", "street"),
            example="八角街道", hint=_("Only needed where two communities have the same name."),
        ),
        Column(
            "community", _("Community"),
            (
                "社区", "社区代码", "社区编码", "社区名称", "村居", "社区村", "居委会", "所属社区",
                "居住社区", "community code",
            ),
            required=True, example="八角南里社区",
            hint=_("Name, code or another name that the page of divisions knows."),
        ),
        Column(
            "building", _("Building"), ("楼栋", "楼号", "幢", "楼栋号", "building no"),
            example="3号楼",
        ),
        Column(
            "groups", _("Groups"),
            ("人群", "重点人群", "人群类别", "人员类别", "population group", "population groups"),
            example="", hint=_("Codes or names of groups, separated by commas."),
        ),
        Column(
            "birth", _("Date of birth"),
            ("出生日期", "出生年月日", "生日", "birthday", "birth date"),
            example="1980-01-01", personal=True,
            hint=_("Only needed where the document does not tell it."),
        ),
    )  # fmt: skip
    samples = (
        ("张晓明", "110107198001010017", "", "13800000000", "", "八角南里社区", "3号楼", "", ""),
        ("SMITH ANNA", "E12345678", "护照", "", "", "八角南里社区", "7号楼", "", "1991-05-20"),
    )

    def places(self, scope: Scope) -> Sequence[PlaceChoice]:
        """The districts of the caller: a register is the district's."""
        districts = Division.objects.filter(pk__in=scope.districts, level=Level.DISTRICT)
        return [
            PlaceChoice(str(division.pk), division.name, Place(division.pk))
            for division in districts.order_by("code")
        ]

    def key(self, values: Mapping[str, Any]) -> str:
        """Repeated people are found in the staged rows, not here."""
        return ""

    def judge(self, rows: Sequence[Row], place: Place) -> None:
        """Not by rows in memory: `campaigns/services/register/checking.py`."""
        raise _own_lane()

    def apply(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        """Not by rows in memory: `campaigns/services/register/applying.py`."""
        raise _own_lane()

    def undo(
        self, rows: Sequence[Row], place: Place, *, run_id: object, by: str, at: datetime
    ) -> None:
        """Not by rows in memory: `campaigns/services/register/undoing.py`."""
        raise _own_lane()


def _own_lane() -> Conflict:
    return Conflict("own_lane", _("The register has import pages of its own."))


KIND = RegisterKind()
