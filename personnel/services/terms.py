"""The district's own lists: categories, roles, qualification kinds, and the numbers beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Refused
from core.locks import named_lock
from core.scope import Scope
from personnel import builtin
from personnel.models import (
    DutyRole,
    QualificationKind,
    ReadinessFloor,
    SourceCategory,
    StaffingNorm,
)

Entry = TypeVar("Entry", SourceCategory, QualificationKind, DutyRole)
Values = Mapping[str, Any]


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


class TermUnknown(Refused):
    """No such row in the caller's lists (HTTP 404)."""

    status = 404

    def __init__(self) -> None:
        super().__init__("term_unknown", _("There is no such row in your district's lists."))


@transaction.atomic
def add_term(
    *, model: type[Entry], district_id: int, values: Values, scope: Scope, by: str, at: datetime
) -> Entry:
    """Add a row to one of the district's lists. `values` holds fields, and many-to-many by name.

    Raises TermUnknown for another's district, IntegrityError (readable) for a code that is used.
    """
    if not (scope.everything or district_id in scope.districts):
        raise TermUnknown
    named_lock(f"terms/{district_id}")
    position = model.objects.filter(district_id=district_id).aggregate(n=Max("position"))["n"]
    row = model(district_id=district_id, position=(position or 0) + 1)
    _write(row, values)
    _trail(row, "terms.add", by, at)
    return row


@transaction.atomic
def change_term(
    *, model: type[Entry], term_id: int, values: Values, scope: Scope, by: str, at: datetime
) -> Entry:
    """Rename a row, or change what goes with it; its code stays, for imports name it."""
    found = model.objects.within(scope).select_for_update(of=("self",), no_key=True)
    row = found.filter(pk=term_id).first()
    if row is None:
        raise TermUnknown
    before = (row.name, row.name_en)
    _write(row, {name: value for name, value in values.items() if name != "code"})
    changed = ["title"] if (row.name, row.name_en) != before else []
    _trail(row, "terms.change", by, at, fields=sorted(set(values) - {"name", "name_en"}) + changed)
    return row


def _write(row: Any, values: Values) -> None:
    many = {field.name for field in row._meta.many_to_many}
    for name in many & set(values):
        if any(each.district_id != row.district_id for each in values[name]):
            raise TermUnknown
    for name in set(values) - many:
        setattr(row, name, values[name])
    row.save()
    for name in many & set(values):
        getattr(row, name).set(values[name])


def _trail(row: Any, act: str, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type=row._meta.model_name, object_id=row.pk,
        district_id=row.district_id, **summary,
    )  # fmt: skip


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
