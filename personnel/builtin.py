"""What a district's lists of people begin with: rows afterwards, which the district renames.

Names are data and stay in both languages. Numbers carry where they come from; `source` is an
English sentence that `words_of_source` says in the reader's language.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from personnel.models import DutyRole, ReadinessFloor, StaffingNorm

MEDICAL, SUPPORT = DutyRole.Function.MEDICAL, DutyRole.Function.SUPPORT
TRANSPORT, COMMAND = DutyRole.Function.TRANSPORT, DutyRole.Function.COMMAND
UNIT, POINT = StaffingNorm.Per.UNIT, StaffingNorm.Per.POINT
A_YEAR = 365
"""Days until what was learnt is tried again: an estimate, no notice names a figure."""


@dataclass(frozen=True)
class Category:
    code: str
    name: str
    name_en: str
    medical: bool = False


@dataclass(frozen=True)
class Kind:
    code: str
    name: str
    name_en: str
    valid_days: int | None = A_YEAR


@dataclass(frozen=True)
class Job:
    code: str
    name: str
    name_en: str
    function: str = SUPPORT
    in_ppe: bool = False
    requires: tuple[str, ...] = ()


@dataclass(frozen=True)
class Norm:
    role: str
    per: str
    people: Decimal
    source: str


@dataclass(frozen=True)
class Floor:
    code: str
    name: str
    name_en: str
    required: int
    source: str
    per: str = ReadinessFloor.Per.STREET
    qualification: str = ""
    role: str = ""


CATEGORIES = (
    Category("street_official", "街道（镇）干部", "street officials"),
    Category("community_worker", "村（社区）工作人员", "village and community workers"),
    Category("auxiliary", "辅助人员", "auxiliaries"),
    Category("volunteer", "党员及志愿者", "party members and volunteers"),
    Category("borrowed_official", "支援干部", "borrowed officials"),
    Category("medic", "医务人员", "medics", medical=True),
    Category("police", "公安民警", "police"),
    Category("traffic_police", "交警", "traffic police"),
    Category("driver", "驾驶员", "drivers"),
)

KINDS = (
    Kind("ppe", "防护服穿脱", "protective clothing, on and off"),
    Kind("hand_hygiene", "手卫生", "hand hygiene"),
    Kind("waste", "医疗废物处置", "handling medical waste"),
    Kind("swab", "咽鼻拭子采集、保存与转运", "swabs: taking, keeping, transport"),
    Kind("information_system", "信息系统操作", "using the information system"),
)

ROLES = (
    Job("sampler", "采样员", "sampler", MEDICAL, True, ("swab", "ppe", "hand_hygiene")),
    Job("registrar", "登记员", "registrar", requires=("information_system",)),
    Job("usher", "引导员", "usher"),
    Job("head", "点长", "point lead"),
    Job("police", "民警", "police officer"),
    Job("traffic_police", "交警", "traffic police officer"),
    Job("disinfector", "消杀员", "disinfector", in_ppe=True, requires=("ppe", "waste")),
    Job("transfer_clerk", "转运交接员", "transfer clerk", TRANSPORT),
    Job("driver", "驾驶员", "driver", TRANSPORT),
    Job("duty_officer", "值班员", "duty officer", COMMAND),
    Job("visitor", "上门采样员", "home visitor", MEDICAL, True, ("swab", "ppe")),
    Job("volunteer", "志愿者", "volunteer"),
    Job("broadcaster", "喊话员", "broadcaster"),
    Job("surveyor", "摸排员", "surveyor"),
    Job("gate_guard", "卡口值守员", "checkpoint guard"),
)

_TEAM = _("published team of a point: a sampler and a registrar at each unit, an usher for it")
_POINT = _("published team of a point: a head, a police officer and a disinfector")
_ONE = Decimal(1)

NORMS = (
    Norm("sampler", UNIT, _ONE, _TEAM),
    Norm("registrar", UNIT, _ONE, _TEAM),
    Norm("usher", UNIT, _ONE, _TEAM),
    Norm("head", POINT, _ONE, _POINT),
    Norm("police", POINT, _ONE, _POINT),
    Norm("disinfector", POINT, _ONE, _POINT),
)

_PLAN = _("a street's published emergency plan")
_PLAN_RANGE = _("a street's published emergency plan: 3 to 5")

FLOORS = (
    Floor("samplers", "受训采样人员", "trained in swabs", 110, _PLAN, qualification="swab"),
    Floor("disinfectors", "街道消杀人员", "disinfectors", 4, _PLAN, role="disinfector"),
    Floor("epidemiology_teams", "流调队", "epidemiology teams", 2, _PLAN),
    Floor("isolation_rooms", "隔离房间", "isolation rooms", 50, _PLAN),
    Floor(
        "community_helpers", "社区协助人员", "helpers in the community", 3, _PLAN_RANGE,
        per=ReadinessFloor.Per.COMMUNITY,
    ),
    Floor(
        "community_disinfectors", "社区消杀人员", "disinfectors in the community", 3, _PLAN_RANGE,
        per=ReadinessFloor.Per.COMMUNITY,
    ),
)  # fmt: skip


def words_of_source(source: str) -> str:
    """Where a number comes from, in the reader's language; a district's own words as they are."""
    return gettext(source) if source else ""
