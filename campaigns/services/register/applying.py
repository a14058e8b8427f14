"""A checked file is written to the register: one transaction, all of it or nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models.campaigns import TAKING_SAMPLES
from campaigns.services import rehoming
from campaigns.services.register import figures, staging, tallies
from campaigns.services.register.checking import conclude, patience
from campaigns.services.register.figures import DIFFERS
from core import audit
from core.clock import minute_of
from core.crypto import encrypt
from core.imports.models import ImportRun, RunState
from core.inputs import Conflict
from core.locks import named_lock

UNDO_WINDOW = timedelta(hours=24)

_SAID = """INSERT INTO campaigns_registersource (run_id, person_key, district_id, street_id,
    community_id, building, name_mask, name_print, phone_print, birth_on)
SELECT s.run_id, s.person_key, %(district)s, s.street_id, s.community_id, s.building, s.name_mask,
       s.name_print, s.phone_print, s.birth_on
FROM campaigns_registerstage s WHERE s.run_id = %(run)s
ORDER BY s.person_key"""

_BEFORE = f"""INSERT INTO campaigns_residentbefore (run_id, person_key, district_id, street_id,
    community_id, building, name, phone, name_mask, birth_on, groups, name_print, phone_print,
    source_run, updated_at)
SELECT s.run_id, r.person_key, r.district_id, r.street_id, r.community_id, r.building, r.name,
       r.phone, r.name_mask, r.birth_on, r.groups, r.name_print, r.phone_print, r.source_run,
       r.updated_at
FROM campaigns_registerstage s
JOIN campaigns_resident r ON r.district_id = %(district)s AND r.person_key = s.person_key
WHERE s.run_id = %(run)s AND {DIFFERS}
ORDER BY r.person_key"""  # noqa: S608 (parts of ours)

_DISPUTES = f"""INSERT INTO campaigns_contradiction (resident_id, district_id, street_id,
    community_id, attribute, earlier_run, later_run, earlier, later, raised_at, settled_by)
SELECT r.id, r.district_id, s.street_id, s.community_id, a.attribute, o.run_id, s.run_id,
       CASE a.attribute WHEN 'name' THEN o.name_mask
            WHEN 'birth' THEN to_char(o.birth_on, 'YYYY-**-**')
            ELSE (SELECT name FROM campaigns_division WHERE id = o.community_id) END,
       CASE a.attribute WHEN 'name' THEN s.name_mask
            WHEN 'birth' THEN to_char(s.birth_on, 'YYYY-**-**')
            ELSE (SELECT name FROM campaigns_division WHERE id = s.community_id) END,
       %(at)s, ''
{figures.DISPUTED}
ORDER BY r.id
ON CONFLICT DO NOTHING"""  # noqa: S608 (parts of ours)

_CHANGE = f"""UPDATE campaigns_resident r
SET name = s.name, name_mask = s.name_mask, name_print = s.name_print,
    phone = COALESCE(s.phone, r.phone), phone_print = COALESCE(s.phone_print, r.phone_print),
    street_id = s.street_id, community_id = s.community_id,
    building = COALESCE(s.building, CASE WHEN s.community_id = r.community_id
                                         THEN r.building ELSE '' END),
    birth_on = COALESCE(s.birth_on, r.birth_on), groups = COALESCE(s.groups, r.groups),
    source_run = s.run_id, updated_at = %(at)s
FROM campaigns_registerstage s
WHERE s.run_id = %(run)s AND r.district_id = %(district)s AND r.person_key = s.person_key
  AND {DIFFERS}"""  # noqa: S608 (parts of ours)

_ADD = """INSERT INTO campaigns_resident (id, person_key, district_id, street_id, community_id,
    building, id_type, id_number, name, phone, id_last4, name_mask, birth_on, groups, name_print,
    phone_print, source_run, updated_at)
SELECT gen_random_uuid(), s.person_key, %(district)s, s.street_id, s.community_id,
       COALESCE(s.building, ''), s.id_type, s.id_number, s.name, COALESCE(s.phone, %(no_phone)s),
       s.id_last4, s.name_mask, s.birth_on, COALESCE(s.groups, '[]'), s.name_print, s.phone_print,
       s.run_id, %(at)s
FROM campaigns_registerstage s
WHERE s.run_id = %(run)s AND NOT EXISTS (
    SELECT FROM campaigns_resident r
    WHERE r.district_id = %(district)s AND r.person_key = s.person_key)
ORDER BY s.person_key
ON CONFLICT DO NOTHING"""

# A reason accepted after the freeze closes somebody's case in the community where they live.
FOLLOW = """WITH moved AS (
    UPDATE campaigns_exemption e SET community_id = r.community_id, street_id = r.street_id
    FROM campaigns_residentbefore b, campaigns_resident r, campaigns_exemption o
    WHERE b.run_id = %(run)s AND r.district_id = b.district_id AND r.person_key = b.person_key
      AND e.person_key = b.person_key AND e.district_id = b.district_id AND o.id = e.id
      AND e.community_id <> r.community_id
      AND e.round_id IN (SELECT id FROM campaigns_round WHERE state = ANY (%(taking)s))
    RETURNING e.round_id, e.street_id, e.community_id, o.street_id AS old_street,
              o.community_id AS old_community)
INSERT INTO campaigns_mark (round_id, street_id, kind, key_id, minute)
SELECT round_id, street_id, 'community', community_id, %(minute)s::timestamptz FROM moved
UNION
SELECT round_id, old_street, 'community', old_community, %(minute)s::timestamptz FROM moved"""


class NotAsSeen(Conflict):
    """The register changed since the preview, so nothing was written."""


def apply(run: ImportRun, *, by: str, at: datetime) -> None:
    """Write the staged people. Where the register is no longer as previewed, show that instead.

    The run ends `applied`, or `checked` with a new preview and a note. `at` is kept as the time of
    writing in every row written, which is how an undo knows that nobody touched them since.
    """
    if not staging.is_open(run):
        # A crash or a restored backup took the stage; the file is still here.
        run.state = RunState.CHECKING
        run.save(update_fields=["state"])
        return
    try:
        with transaction.atomic():
            named_lock(f"register/{run.district_id}")
            patience()
            _write(run, by, at)
    except NotAsSeen:
        run.refresh_from_db()
        run.context |= {"seen_anew": True}
        conclude(run, by=by, at=at)
        return
    staging.close(run)
    run.chunks.all().delete()
    staging.register_changed()


def _write(run: ImportRun, by: str, at: datetime) -> None:
    judged = figures.count(run)
    if (judged.new, judged.changed, judged.same) != (
        run.rows_new,
        run.rows_changed,
        run.rows_same,
    ):
        raise NotAsSeen("register_moved", _("The register has changed since this was checked."))
    values = figures.parameters(run) | {
        "at": at,
        "no_phone": encrypt(""),
        "taking": TAKING_SAMPLES,
        "minute": minute_of(at),
    }
    done = {}
    with connection.cursor() as cursor:
        for name, statement in (
            ("said", _SAID), ("before", _BEFORE), ("disputed", _DISPUTES), ("changed", _CHANGE),
            ("new", _ADD), ("followed", FOLLOW),
        ):  # fmt: skip
            cursor.execute(statement, values)
            done[name] = cursor.rowcount
    if (done["new"], done["changed"]) != (judged.new, judged.changed):
        raise NotAsSeen("register_moved", _("The register has changed since this was checked."))
    if judged.new or judged.moved:
        rehoming.ask_for_district(district_id=run.district_id, by=by, at=at)
    tallies.recount(district_id=run.district_id, at=at)
    run.state, run.tries = RunState.APPLIED, 0
    run.applied_at, run.undo_until = at, at + UNDO_WINDOW
    run.save()
    audit.record(
        by=run.applied_by, at=at, act="register.apply", object_type="import", object_id=run.pk,
        district_id=run.district_id, rows_in=run.rows_in, new=judged.new, changed=judged.changed,
        same=judged.same, refused=run.rows_refused, disputed=done["disputed"],
    )  # fmt: skip
