"""A street answers for its numbers: a submission is a new version, whole and with a receipt."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import clock
from core.inputs import Conflict, Refused, clean_note
from core.scope import Scope
from core.statements import run
from reporting.daily.checking import Problem
from reporting.daily.models import Report, ReportVersion, State
from reporting.daily.queries.sheet import sheet_of
from reporting.daily.services.cutoffs import step
from reporting.daily.services.entry import held, refuse_closed


class Unsound(Refused):
    """The sheet has problems that block it; `problems` names each cell and the remedy."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(
            "report_has_problems",
            _("%(problems)s cells must be corrected or explained before this can be submitted."),
            problems=len(problems),
        )
        self.problems = problems


@transaction.atomic
def submit(
    *, report_id: int, key: UUID, seen: int, reason: str, scope: Scope, by: str, at: datetime
) -> ReportVersion:
    """Submit the report as it was seen at edition `seen`; `key` makes a repeat harmless.

    `reason` says why it is late, or what was corrected since the last version. Raises
    ReportUnknown, NotEditable, Unsound, Conflict (it changed since it was looked at) and Refused.
    """
    report = held(report_id, scope)  # a double submission waits here for the first one's end
    known = ReportVersion.objects.filter(pk=key).first()
    if known is not None:
        return _repeated(known, report_id)
    refuse_closed(report, at)
    if seen != report.edition:
        raise Conflict(
            "report_moved",
            _("Numbers changed while you looked at them: check them again, then submit."),
        )
    sheet = sheet_of(report, scope)
    if sheet.blocking:
        raise Unsound(sheet.blocking)
    version = _version(report, key, clean_note(reason, max_length=200), by, at)
    _keep(version)
    report.version, report.submitted_at = version.number, at
    report.first_submitted_at = report.first_submitted_at or at
    report.save(update_fields=["version", "submitted_at", "first_submitted_at"])
    step(report, State.SUBMITTED, by=by, at=at, comment=version.reason)
    return version


def _repeated(known: ReportVersion, report_id: int) -> ReportVersion:
    if known.report_id != report_id:
        raise Refused("id_reused", _("This id was used for another report; use a new one."))
    return known


def _version(report: Report, key: UUID, reason: str, by: str, at: datetime) -> ReportVersion:
    number = report.version + 1
    late = number == 1 and at > report.cutoff.due_at
    if late and not reason:
        raise Refused("late_without_reason", _("It is past the time: say why it is late."))
    if number > 1 and not reason:
        raise Refused("correction_without_reason", _("Say what was corrected since it was sent."))
    # Streets and forms share the minute; the report's own number makes it one of a kind.
    moment = clock.local(report.cutoff.as_of).strftime("%Y%m%d-%H%M")
    return ReportVersion.objects.create(
        id=key, report=report, number=number, receipt=f"{moment}-{report.pk}-{number}",
        late=late, reason=reason, at=at, by=by,
    )  # fmt: skip


_KEEP = """
    INSERT INTO daily_versioncell (version_id, community_id, column_id, value, note, system_value,
                                   system_at, reason, comment)
    SELECT %b, l.community_id, c.column_id, c.value, c.note, c.system_value, c.system_at,
           c.reason, c.comment
    FROM daily_reportline l JOIN daily_reportcell c ON c.line_id = l.id WHERE l.report_id = %b"""


def _keep(version: ReportVersion) -> None:
    """Every cell as it stands: nobody writes them while the report's row is held."""
    run(_KEEP, [version.pk, version.report_id])
