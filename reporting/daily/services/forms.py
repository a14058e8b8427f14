"""Forms, columns and checks: made with a district, changed by it without a release."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Refused
from core.scope import Scope
from reporting.daily.builtin import CHECKS, COLUMNS, FORMS
from reporting.daily.models import ReportCheck, ReportColumn, ReportForm


@transaction.atomic
def add_builtin_forms(*, district_id: int, by: str, at: datetime) -> list[ReportForm]:
    """Give a district the two forms of the norm: daily at 15:00 (S074), and the hourly line.

    Forms whose code it has already are left as they are.
    """
    made = []
    for code, values in FORMS.items():
        form, new = ReportForm.objects.get_or_create(
            district_id=district_id, code=code, defaults=values
        )
        if not new:
            continue
        columns = {
            column["code"]: ReportColumn.objects.create(form=form, position=place * 10, **column)
            for place, column in enumerate(COLUMNS[code], start=1)
        }
        for kind, weight, column, other, limit in CHECKS[code]:
            ReportCheck.objects.create(
                form=form, kind=kind, weight=weight, column=columns[column],
                other=columns.get(other), limit=limit,
            )  # fmt: skip
        _note(form, by, at, "report_form.add", columns=len(columns))
        made.append(form)
    return made


@transaction.atomic
def set_times(
    *, form_id: int, scope: Scope, by: str, at: datetime, active: bool, **times: int
) -> ReportForm:
    """Set cut-off, due and lock of a form, for cut-offs that are not yet open."""
    form = form_held(form_id, scope)
    before = {name: getattr(form, name) for name in [*times, "active"]}
    after = times | {"active": active}
    if active and not form.active:
        form.asked_since = at
    for name, value in after.items():
        setattr(form, name, value)
    form.full_clean(validate_unique=False)
    form.save(update_fields=[*after, "asked_since"])
    _note(form, by, at, "report_form.times", changed=audit.changes(before, after))
    return form


@transaction.atomic
def add_column(*, form_id: int, scope: Scope, by: str, at: datetime, **values: Any) -> ReportColumn:
    """Ask one thing more, from the next cut-off that opens."""
    form = form_held(form_id, scope)
    last = form.columns.aggregate(last=Max("position"))["last"] or 0
    column = ReportColumn(form=form, position=last + 10, **values)
    column.full_clean()
    column.save()
    _note(form, by, at, "report_column.add", column=column.code)
    return column


@transaction.atomic
def change_column(
    *, column_id: int, scope: Scope, by: str, at: datetime, **values: Any
) -> ReportColumn:
    """Rename or move a column, or change its rule. Its code and unit of count stay: numbers of
    two units never mix under one name."""
    column = _column(column_id, scope)
    before = {name: getattr(column, name) for name in values}
    for name, value in values.items():
        setattr(column, name, value)
    column.full_clean()
    column.save(update_fields=[*values])
    _note(
        column.form, by, at, "report_column.change", column=column.code,
        changed=audit.changes(before, values),
    )  # fmt: skip
    return column


@transaction.atomic
def retire_column(*, column_id: int, scope: Scope, by: str, at: datetime) -> None:
    """Ask it no longer from the next cut-off on; what was reported stays."""
    column = _column(column_id, scope)
    if column.retired_at is not None:
        return
    column.retired_at = at
    column.save(update_fields=["retired_at"])
    _note(column.form, by, at, "report_column.retire", column=column.code)


@transaction.atomic
def add_check(*, form_id: int, scope: Scope, by: str, at: datetime, **values: Any) -> ReportCheck:
    """Add a rule to a column of this form."""
    form = form_held(form_id, scope)
    check = ReportCheck(form=form, **values)
    if check.column.form_id != form.pk or (check.other and check.other.form_id != form.pk):
        raise Refused("column_elsewhere", _("Both columns must be of this form."))
    check.full_clean()
    check.save()
    _note(form, by, at, "report_check.add", kind=check.kind, column=check.column.code)
    return check


@transaction.atomic
def remove_check(*, check_id: int, scope: Scope, by: str, at: datetime) -> None:
    """Drop a rule. What it found earlier stays with the versions that gave a reason."""
    check = (
        ReportCheck.objects.select_related("form", "column")
        .filter(pk=check_id, form__in=ReportForm.objects.within(scope))
        .first()
    )
    if check is None:
        raise _unknown()
    _note(check.form, by, at, "report_check.remove", kind=check.kind, column=check.column.code)
    check.delete()


def form_held(form_id: int, scope: Scope) -> ReportForm:
    """The form of one's area with its row locked; raises FormUnknown."""
    form = ReportForm.objects.within(scope).select_for_update(no_key=True).filter(pk=form_id)
    found = form.first()
    if found is None:
        raise _unknown()
    return found


def _column(column_id: int, scope: Scope) -> ReportColumn:
    found = (
        ReportColumn.objects.select_related("form")
        .select_for_update(no_key=True, of=("self",))
        .filter(pk=column_id, form__in=ReportForm.objects.within(scope))
        .first()
    )
    if found is None:
        raise _unknown()
    return found


class FormUnknown(Refused):
    """No such form, column or check in one's area (HTTP 404)."""

    status = 404


def _unknown() -> FormUnknown:
    return FormUnknown("report_form_unknown", _("There is no such form in your area."))


def _note(form: ReportForm, by: str, at: datetime, act: str, **summary: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="report_form", object_id=form.pk,
        district_id=form.district_id, **summary,
    )  # fmt: skip
