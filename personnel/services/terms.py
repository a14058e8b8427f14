"""The district's own lists: categories, roles, qualification kinds, and the numbers beside them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from core import audit
from core.locks import named_lock
from personnel import builtin
from personnel.models import (
    DutyRole,
    QualificationKind,
    ReadinessFloor,
    SourceCategory,
    StaffingNorm,
)


@transaction.atomic
def add_builtin_terms(*, district_id: int, by: str, at: datetime) -> int:
    """Give a district the usual rows of its lists, and return how many were missing.

    What is there already stays as it is, renamed or not: calling twice adds nothing.
    """
    named_lock(f"terms/{district_id}")
    before = _count(district_id)
    _add(SourceCategory, district_id, [vars(each) for each in builtin.CATEGORIES])
    _add(QualificationKind, district_id, [vars(each) for each in builtin.KINDS])
    fresh = _add(
        DutyRole,
        district_id,
        [{k: v for k, v in vars(job).items() if k != "requires"} for job in builtin.ROLES],
    )
    kinds = _by_code(QualificationKind, district_id)
    roles = _by_code(DutyRole, district_id)
    for job in builtin.ROLES:
        if job.code in fresh:
            roles[job.code].requires.set([kinds[code] for code in job.requires])
    _add_norms(district_id, {code: roles[code] for code in fresh})
    _add_floors(district_id, kinds, roles)
    added = _count(district_id) - before
    if added:
        audit.record(
            by=by, at=at, act="terms.begin", object_type="terms", district_id=district_id,
            rows=added,
        )  # fmt: skip
    return added


def _add_norms(district_id: int, roles: dict[str, Any]) -> None:
    StaffingNorm.objects.bulk_create(
        [
            StaffingNorm(
                district_id=district_id,
                role=roles[norm.role],
                per=norm.per,
                people=norm.people,
                source=norm.source,
            )
            for norm in builtin.NORMS
            if norm.role in roles
        ],
        ignore_conflicts=True,
    )


def _add_floors(district_id: int, kinds: dict[str, Any], roles: dict[str, Any]) -> None:
    rows = [
        {
            "code": floor.code,
            "name": floor.name,
            "name_en": floor.name_en,
            "per": floor.per,
            "required": floor.required,
            "reference": floor.source,
            "qualification": kinds.get(floor.qualification),
            "role": roles.get(floor.role),
        }
        for floor in builtin.FLOORS
    ]
    _add(ReadinessFloor, district_id, rows)


def _add(model: Any, district_id: int, rows: Iterable[dict[str, Any]]) -> set[str]:
    """Add the rows whose code is missing, after those that are there; returns their codes."""
    there = set(_by_code(model, district_id))
    start = len(there)
    fresh = [row for row in rows if row["code"] not in there]
    model.objects.bulk_create(
        model(district_id=district_id, position=start + number, **row)
        for number, row in enumerate(fresh, start=1)
    )
    return {row["code"] for row in fresh}


def _by_code(model: Any, district_id: int) -> dict[str, Any]:
    return {row.code: row for row in model.objects.filter(district_id=district_id)}


def _count(district_id: int) -> int:
    models = (SourceCategory, QualificationKind, DutyRole, StaffingNorm, ReadinessFloor)
    return sum(model.objects.filter(district_id=district_id).count() for model in models)
