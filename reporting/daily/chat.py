"""A report as text for a chat group: what is read out there today, with units and as-of."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext as _

from core import clock
from reporting.daily.models import ReportVersion, State
from reporting.daily.queries.sheet import Sheet

LANGUAGES = ("zh-hans", "en")


def chat_text(sheet: Sheet, version: ReportVersion | None, language: str) -> str:
    """Street, cut-off, every figure with its unit, as-of and receipt; ready to be pasted.

    A report that is being filled says so: nobody may take a draft for what was answered for.
    """
    with translation.override(language):
        return "\n".join([*_head(sheet), *_figures(sheet), *_foot(sheet, version)])


def _head(sheet: Sheet) -> list[str]:
    cutoff = sheet.report.cutoff
    day, time = clock.deadline_day(cutoff.as_of)
    title = _("[%(form)s] %(street)s, as of %(day)s %(time)s") % {
        "form": cutoff.form, "street": sheet.report.street.spoken,
        "day": f"{day:%Y-%m-%d}", "time": time,
    }  # fmt: skip
    if sheet.report.state in (State.DRAFT, State.RETURNED):
        return [title, _("DRAFT, not submitted")]
    return [title]


def _figures(sheet: Sheet) -> list[str]:
    rows = []
    street = sheet.street_line
    for place, column in enumerate(sheet.columns):
        if column.is_note:
            note = street.cells[place].note if street and not column.per_community else ""
            if note:
                rows.append(_("%(column)s: %(note)s") % {"column": column, "note": note})
            continue
        value = sheet.of_street(column)
        if value is not None:
            rows.append(
                _("%(column)s: %(value)s %(unit)s")
                % {"column": column, "value": f"{value:,}", "unit": column.get_unit_display()}
            )
    return rows


def _foot(sheet: Sheet, version: ReportVersion | None) -> list[str]:
    rows = []
    # While it is mended, the last receipt is not that of these numbers.
    if version is not None and sheet.report.state not in (State.DRAFT, State.RETURNED):
        sent = {
            "receipt": version.receipt, "number": version.number,
            "at": f"{clock.local(version.at):%m-%d %H:%M}",
        }  # fmt: skip
        rows.append(_("Receipt %(receipt)s, version %(number)s, sent %(at)s") % sent)
        if version.late:
            rows.append(_("Late: %(reason)s") % {"reason": version.reason})
    elif sheet.report.prefilled_at is not None:
        at = f"{clock.local(sheet.report.prefilled_at):%m-%d %H:%M}"
        rows.append(_("System's figures of %(at)s") % {"at": at})
    return rows
