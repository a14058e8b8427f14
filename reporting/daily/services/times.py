"""Other times than a form's own: for one round, or for one cut-off that is not due yet."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from campaigns.models import Round
from core import audit
from core.inputs import Conflict, Refused, clean_note
from core.scope import Scope
from reporting.daily.models import Cutoff, FormTimes, Report, ReportForm
from reporting.daily.services.forms import FormUnknown, form_held

TIMES = ("cutoff_minute", "due_after", "lock_after", "opens_before")


class CutoffUnknown(Refused):
    """No such cut-off in one's area (HTTP 404)."""

    status = 404


@transaction.atomic
def set_round_times(
    *, form_id: int, round_id: int, reason: str, scope: Scope, by: str, at: datetime, **times: int
) -> FormTimes:
    """Let a form have other times in one round, from its next cut-off that opens.

    `times` are all of `TIMES`, in minutes. Raises FormUnknown and Refused.
    """
    form = form_held(form_id, scope)
    round_ = _round(form, round_id)
    if not reason.strip():
        raise Refused("times_without_reason", _("Say why this round has other times.")).at("reason")
    found = FormTimes.objects.filter(form=form, round=round_).first()
    before = {name: getattr(found or form, name) for name in TIMES}
    kept = found or FormTimes(form=form, round=round_)
    for name in TIMES:
        setattr(kept, name, times[name])
    kept.reason, kept.set_at, kept.set_by = clean_note(reason, max_length=200), at, by
    kept.full_clean(validate_unique=False)
    kept.save()
    audit.record(
        by=by, at=at, act="report_form.round_times", object_type="report_form", object_id=form.pk,
        district_id=form.district_id, round=round_.pk, reason=kept.reason,
        changed=audit.changes(before, times),
    )  # fmt: skip
    return kept


@transaction.atomic
def clear_round_times(*, form_id: int, round_id: int, scope: Scope, by: str, at: datetime) -> None:
    """Give a round the form's own times again, from its next cut-off that opens."""
    form = form_held(form_id, scope)
    if not FormTimes.objects.filter(form=form, round=round_id).delete()[0]:
        return
    audit.record(
        by=by, at=at, act="report_form.round_times_clear", object_type="report_form",
        object_id=form.pk, district_id=form.district_id, round=round_id,
    )  # fmt: skip


@transaction.atomic
def move_cutoff(
    *,
    cutoff_id: int,
    due_at: datetime,
    lock_at: datetime,
    reason: str,
    scope: Scope,
    by: str,
    at: datetime,
) -> Cutoff:
    """Set another due time and lock of one cut-off that is open and not due yet.

    What it is of stays. The new due time must not have passed: nobody becomes late by it. Raises
    CutoffUnknown, Conflict when it is due already, and Refused.
    """
    found = Cutoff.objects.within(scope).select_for_update(no_key=True, of=("self",))
    cutoff = found.select_related("form").filter(pk=cutoff_id).first()
    if cutoff is None:
        raise CutoffUnknown("cutoff_unknown", _("There is no such cut-off in your area."))
    _refuse_senseless(cutoff, due_at, lock_at, reason, at)
    before = {"due_at": cutoff.due_at.isoformat(), "lock_at": cutoff.lock_at.isoformat()}
    # A report that was returned or unlocked keeps the longer time that it was given.
    reports = Report.objects.filter(cutoff=cutoff)
    reports.filter(Q(lock_at=cutoff.lock_at) | Q(lock_at__lt=lock_at)).update(lock_at=lock_at)
    cutoff.due_at, cutoff.lock_at = due_at, lock_at
    cutoff.save(update_fields=["due_at", "lock_at"])
    after = {"due_at": due_at.isoformat(), "lock_at": lock_at.isoformat()}
    audit.record(
        by=by, at=at, act="cutoff.move", object_type="cutoff", object_id=cutoff.pk,
        district_id=cutoff.form.district_id, form=cutoff.form.code,
        reason=clean_note(reason, max_length=200), changed=audit.changes(before, after),
    )  # fmt: skip
    return cutoff


def _round(form: ReportForm, round_id: int) -> Round:
    """A round of the form's district."""
    found = Round.objects.filter(pk=round_id, campaign__district=form.district_id).first()
    if found is None:
        raise FormUnknown("round_unknown", _("There is no such round in your area."))
    return found


def _refuse_senseless(
    cutoff: Cutoff, due_at: datetime, lock_at: datetime, reason: str, at: datetime
) -> None:
    if at > cutoff.due_at:
        raise Conflict("cutoff_due", _("It is due already: who was late stays late."))
    if due_at < max(at, cutoff.as_of):
        raise Refused(
            "due_passed", _("The new time lies before the cut-off, or has passed already.")
        ).at("due_at")
    if lock_at <= due_at:
        raise Refused("lock_before_due", _("It locks later than it is due.")).at("lock_at")
    if not reason.strip():
        raise Refused("times_without_reason", _("Say why it is moved.")).at("reason")
