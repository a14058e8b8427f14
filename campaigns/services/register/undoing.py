"""An import of the register is taken back within a day, whole or not at all."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import TargetVersion
from campaigns.models.campaigns import TAKING_SAMPLES
from campaigns.services import rehoming
from campaigns.services.register import staging, tallies
from campaigns.services.register.applying import FOLLOW
from campaigns.services.register.checking import patience
from core import audit
from core.clock import minute_of
from core.imports.models import ImportRun, RunState
from core.inputs import Conflict
from core.locks import named_lock

_UNTOUCHED = """SELECT count(*) FROM campaigns_resident
WHERE district_id = %(district)s AND source_run = %(run)s AND updated_at = %(applied)s"""

_KEPT = "SELECT count(*) FROM campaigns_residentbefore WHERE run_id = %(run)s"

# New people are those whom the run named and who were not there before.
_NEW_EXEMPT = """SELECT count(*) FROM campaigns_exemption e
JOIN campaigns_resident r ON r.district_id = e.district_id AND r.person_key = e.person_key
WHERE r.district_id = %(district)s AND r.source_run = %(run)s AND NOT EXISTS (
    SELECT FROM campaigns_residentbefore b
    WHERE b.run_id = %(run)s AND b.person_key = r.person_key)"""

_RESTORE = """UPDATE campaigns_resident r
SET name = b.name, name_mask = b.name_mask, name_print = b.name_print, phone = b.phone,
    phone_print = b.phone_print, street_id = b.street_id, community_id = b.community_id,
    building = b.building, birth_on = b.birth_on, groups = b.groups, source_run = b.source_run,
    updated_at = b.updated_at
FROM campaigns_residentbefore b
WHERE b.run_id = %(run)s AND r.district_id = b.district_id AND r.person_key = b.person_key"""

_FORGET = (
    "DELETE FROM campaigns_contradiction WHERE later_run = %(run)s",
    # Nobody may point at people who were never on the register.
    """DELETE FROM campaigns_unmasking u USING campaigns_resident r
       WHERE u.resident_id = r.id AND r.district_id = %(district)s AND r.source_run = %(run)s""",
    """DELETE FROM campaigns_resident
       WHERE district_id = %(district)s AND source_run = %(run)s""",
    "DELETE FROM campaigns_registersource WHERE run_id = %(run)s AND district_id = %(district)s",
)


class UndoRefused(Conflict):
    """Later work rests on this import; nothing was undone."""


def check_undo(run: ImportRun) -> None:
    """Raise UndoRefused if something later rests on the import as a whole; cheap."""
    later = ImportRun.objects.filter(
        kind=run.kind,
        district_id=run.district_id,
        state=RunState.APPLIED,
        applied_at__gt=run.applied_at,
    )
    if later.exists():
        raise UndoRefused(
            "undo_later_import",
            _("A later import of the register was written since. Undo that one first."),
        )
    frozen = TargetVersion.objects.filter(
        round__campaign__district_id=run.district_id, frozen_at__gte=run.applied_at
    )
    if frozen.exists():
        raise UndoRefused(
            "undo_frozen",
            _("Targets were frozen from this register since, so it cannot be taken back."),
        )


def undo(run: ImportRun, *, by: str, at: datetime) -> None:
    """Give changed people their old values back and take new ones away, in one transaction.

    Raises UndoRefused if anybody was changed by hand or exempted since.
    """
    with transaction.atomic():
        named_lock(f"register/{run.district_id}")
        patience()
        check_undo(run)
        _check_people(run)
        values: dict[str, Any] = {
            "run": run.pk,
            "district": run.district_id,
            "taking": TAKING_SAMPLES,
            "minute": minute_of(at),
        }
        with connection.cursor() as cursor:
            cursor.execute(_RESTORE, values)
            cursor.execute(FOLLOW, values)
            for statement in _FORGET:
                cursor.execute(statement, values)
            cursor.execute("DELETE FROM campaigns_residentbefore WHERE run_id = %s", [run.pk])
        rehoming.ask_for_district(district_id=run.district_id, by=by, at=at)
        tallies.recount(district_id=run.district_id, at=at)
        run.rows.all().delete()
        run.state, run.undone_at, run.tries = RunState.UNDONE, at, 0
        run.header, run.swept_at = "", at
        run.save()
        audit.record(
            by=run.undone_by, at=at, act="register.undo", object_type="import", object_id=run.pk,
            district_id=run.district_id, new=run.rows_new, changed=run.rows_changed,
        )  # fmt: skip
    staging.register_changed()


def _check_people(run: ImportRun) -> None:
    values: dict[str, Any] = {
        "run": run.pk,
        "district": run.district_id,
        "applied": run.applied_at,
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNTOUCHED, values)
        untouched = (cursor.fetchone() or (0,))[0]
        cursor.execute(_NEW_EXEMPT, values)
        exempt = (cursor.fetchone() or (0,))[0]
        cursor.execute(_KEPT, values)
        kept = (cursor.fetchone() or (0,))[0]
    if kept != run.rows_changed:
        # Without their old values changed people would be taken for new ones, and erased.
        raise UndoRefused(
            "undo_too_late", _("This import is older than a day; it cannot be undone.")
        )
    touched = run.rows_new + run.rows_changed - untouched
    if touched or exempt:
        raise UndoRefused(
            "undo_people_touched",
            _("%(people)s people of this import were changed or exempted by hand since."),
            people=touched + exempt,
        )
