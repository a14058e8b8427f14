"""Population groups and the rules by which people are exempt, as rows of a district."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, ExemptionRule, NormSetting, PopulationGroup
from campaigns.norms import PUBLISHED
from core import audit
from core.inputs import Refused


@dataclass(frozen=True)
class Usual:
    """A group that a new district begins with; names are data and stay in both languages."""

    code: str
    name: str
    name_en: str
    needs_knock: bool = False
    at_home: bool = False
    pool_size: int | None = None


USUAL = (
    Usual("old", "高龄老人", "very old", needs_knock=True),
    Usual("young", "婴幼儿", "infants and toddlers"),
    Usual("immobile", "行动不便", "cannot come", needs_knock=True, at_home=True),
    Usual("deaf", "听力障碍", "deaf to loudspeakers", needs_knock=True),
    Usual("pregnant", "孕产妇", "pregnant or just delivered"),
    Usual("yellow", "黄码人员", "yellow code", pool_size=3),
    Usual("quarantined", "隔离管控", "in quarantine", at_home=True, pool_size=1),
    Usual("scheduled", "重点人群", "key people on a schedule of their own", pool_size=5),
)

# Age below which notices exempt: two, three or six; three is the middle.
USUAL_AGE = 3


def add_usual_groups(*, district: Division, by: str, at: datetime) -> None:
    """Give a new district its first groups and rules; runs in the caller's transaction."""
    groups = PopulationGroup.objects.bulk_create(
        PopulationGroup(district=district, **vars(usual)) for usual in USUAL
    )
    quarantined = next(group for group in groups if group.code == "quarantined")
    ExemptionRule.objects.bulk_create(
        [
            ExemptionRule(district=district, reason="age", under_age=USUAL_AGE, by=by, at=at),
            ExemptionRule(district=district, reason="quarantine", group=quarantined, by=by, at=at),
        ]
    )


@transaction.atomic
def add_group(
    *, district: Division, code: str, name: str, name_en: str, pool_size: int | None,
    needs_knock: bool, at_home: bool, by: str, at: datetime,
) -> PopulationGroup:  # fmt: skip
    """Add a group. Raises IntegrityError (readable) if the district has the code already."""
    group = PopulationGroup.objects.create(
        district=district, code=code, name=name, name_en=name_en, pool_size=pool_size,
        needs_knock=needs_knock, at_home=at_home,
    )  # fmt: skip
    _trail(district, "group.add", by, at, group=code)
    return group


@transaction.atomic
def set_age_rule(*, district: Division, under_age: int | None, by: str, at: datetime) -> None:
    """Exempt people younger than so many years from the next freeze on; None exempts no age."""
    rules = ExemptionRule.objects.select_for_update().filter(
        district=district, is_active=True, under_age__isnull=False
    )
    current = rules.first()
    if (current.under_age if current else None) == under_age:
        return
    rules.update(is_active=False)
    if under_age is not None:
        ExemptionRule.objects.create(
            district=district, reason="age", under_age=under_age, by=by, at=at
        )
    _trail(district, "exemption_rule.age", by, at, under_age=under_age)


@transaction.atomic
def set_group_rule(
    *, district: Division, group: PopulationGroup, reason: str, by: str, at: datetime
) -> None:
    """Exempt a group for `reason` from the next freeze on; an empty reason ends the rule."""
    rules = ExemptionRule.objects.select_for_update().filter(
        district=district, is_active=True, group=group
    )
    current = rules.first()
    if (current.reason if current else "") == reason:
        return
    rules.update(is_active=False)
    if reason:
        ExemptionRule.objects.create(district=district, reason=reason, group=group, by=by, at=at)
    _trail(district, "exemption_rule.group", by, at, group=group.code, reason=reason)


@transaction.atomic
def set_norm(
    *, district: Division, code: str, value: Decimal, reason: str, by: str, at: datetime
) -> None:
    """Set a planning norm of this district. Raises Refused without a reason or a known code."""
    if code not in {norm.code for norm in PUBLISHED}:
        raise Refused("norm_unknown", _("There is no such norm."))
    if not reason:
        raise Refused("reason_missing", _("Say why this district plans otherwise."))
    NormSetting.objects.update_or_create(
        district=district,
        code=code,
        defaults={"value": value, "reason": reason, "by": by, "at": at},
    )
    _trail(district, "norm.set", by, at, code=code, value=str(value))


def _trail(district: Division, act: str, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="district",
        object_id=str(district.pk),
        district_id=district.pk,
        **summary,
    )
