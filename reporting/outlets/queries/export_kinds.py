"""What can be taken out in bulk: each kind's columns with their meanings, its limits, its rows.

A file of people is a kind of its own: masked, for one street at a time, and only after a second
person has agreed. All other kinds hold nobody: neither names, numbers nor the person key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.sheets.streaming import MOST_SHEET_ROWS
from reporting.alerts.models import Alert
from reporting.daily.models import Reason
from reporting.outlets.queries import export_sql as sql
from sites.models.coverage import Standing
from sites.models.points import Channel
from sites.models.tubes import TubeState

MOST_ROWS = 5_000_000
MOST_PEOPLE = 50_000
LEVELS: dict[str, Any] = {
    "unit": _("sampling unit"),
    "community": _("community"),
    "street": _("street or town"),
}
WIDTHS: dict[int, Any] = {1: _("every minute"), 15: _("every quarter hour")}
YES_NO: dict[str, Any] = {"true": _("yes"), "false": _("no")}


@dataclass(frozen=True)
class ExportColumn:
    """One column. `words` say in the reader's language what the database says by a code."""

    key: str
    label: Any
    meaning: Any = ""
    words: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ExportKind:
    """One kind of file. `statement` has one column for each of `columns`, text or whole numbers,
    and takes round, street (or null), level and width; `order` makes its rows stable."""

    code: str
    title: Any
    about: Any
    columns: tuple[ExportColumn, ...]
    statement: str
    order: str
    most: int = MOST_ROWS
    personal: bool = False
    by_level: bool = False


C = ExportColumn
_STREET = (
    C("street_code", _("street code")),
    C("street", _("street or town")),
)
_UNIT = (
    C("point", _("sampling point"), _("code of the point")),
    C("unit", pgettext_lazy("number of a sampling unit", "unit"), _("number within the point")),
)
_COUNTS = (
    C("swabs", _("swabs"), _("person-times, valid, scanned")),
    C("off_register_swabs", _("swabs of people not on the register"), _("part of the swabs")),
    C("voided", _("void swabs"), _("not among the swabs")),
    C("tubes", _("tubes"), _("opened, not void")),
    C("sealed", _("tubes closed"), _("part of the tubes")),
    C("tallied", _("swabs counted on paper"), _("never added to the scanned ones")),
    C("tallied_tubes", _("tubes counted on paper"), _("never added to the scanned ones")),
    C("persons", _("people sampled, of the target"), _("each person once, at home")),
    C("exempt_persons", _("exempt people who came"), _("not among the people of the target")),
    C("outside_persons", _("people of other areas"), _("not among the people of the target")),
    C(
        "off_register_persons",
        _("people not on the register"),
        _("not among the people of the target"),
    ),
)
_PROGRESS = ExportKind(
    "progress",
    _("Progress in steps of time"),
    _("Counts by minute or quarter hour of the swab, for each unit, community or street."),
    (
        C("start", _("from"), _("beginning of the step, Asia/Shanghai")),
        C("minutes", _("minutes"), _("length of the step")),
        C("level", _("level"), words=LEVELS),
        C("code", _("area code")),
        C("name", _("area")),
        *_STREET,
        *_COUNTS,
    ),
    sql.PROGRESS,
    "street_code, start, code",
    by_level=True,
)
_TUBES = ExportKind(
    "tubes",
    _("Tubes"),
    _("Every tube of the round: where and when it was opened and closed, and what it holds."),
    (
        C("code", _("tube code")),
        *_UNIT,
        *_STREET,
        C("channel", _("channel"), words=dict(Channel.choices)),
        C("opened_at", _("opened at"), _("Asia/Shanghai")),
        C("sealed_at", _("sealed at"), _("Asia/Shanghai; empty: not sealed")),
        C("state", _("state"), words=dict(TubeState.choices)),
        C("pool_size", _("people per tube"), _("for how many it is meant")),
        C("swabs", _("swabs"), _("valid swabs in it now")),
    ),
    sql.TUBES,
    "street_code, opened_at, code",
)
_SWABS = ExportKind(
    "swabs",
    _("Swabs, without people"),
    _("Every swab of the round: its tube, unit and time. Nobody can be told from it."),
    (
        C("id", _("swab"), _("number without meaning")),
        C("tube", _("tube code"), _("the tube that holds it now")),
        *_UNIT,
        *_STREET,
        C("at", _("taken at"), _("Asia/Shanghai, by the device")),
        C("received_at", _("received at"), _("Asia/Shanghai, by the server")),
        C("off_register", _("not on the register"), words=YES_NO),
        C("valid", pgettext_lazy("swab", "valid"), words=YES_NO),
    ),
    sql.SWABS,
    "at, id",
)
_DUTY = ExportKind(
    "duty",
    _("Duty: needed and booked"),
    _("Each stated need of a role at a place, with how many are booked and came. No names."),
    (
        C("place", _("place")),
        *_STREET,
        C("role", _("role")),
        C("starts_at", pgettext_lazy("time", "from"), _("Asia/Shanghai")),
        C("ends_at", pgettext_lazy("time", "to"), _("Asia/Shanghai")),
        C("needed", _("needed"), _("people")),
        C("booked", _("booked"), _("people booked singly at the place for any part of that time")),
        C("arrived", _("came"), _("of those booked")),
    ),
    sql.DUTY,
    "starts_at, street_code, place, role",
)
_REPORTS = ExportKind(
    "reports",
    _("Daily numbers"),
    _("Every number of the version that each street submitted last, with the system's beside it."),
    (
        C("form", _("form")),
        C("as_of", _("cut-off"), _("Asia/Shanghai")),
        *_STREET,
        C("community", _("community"), _("empty: the street's own line")),
        C("column", _("figure")),
        C("unit", _("unit of count")),
        C("value", _("value"), _("as submitted")),
        C("system_value", _("system's figure"), _("what was counted then")),
        C("reason", _("reason"), words=dict(Reason.choices)),
        C("version", _("version")),
        C("accepted", _("accepted"), _("whether the district stands by it"), words=YES_NO),
    ),
    sql.REPORTS,
    "as_of, street_code, community, position",
)
_ALERTS = ExportKind(
    "alerts",
    _("Alerts"),
    _("Every alert of the round: rule, place, since when, how it ended."),
    (
        C("rule", _("rule")),
        C("severity", _("urgency")),
        C("subject", _("about"), words=dict(Alert.Subject.choices)),
        *_STREET,
        C("value", _("value"), _("in the rule's own unit")),
        C("since", _("since"), _("Asia/Shanghai")),
        C("raised_at", _("raised at"), _("Asia/Shanghai")),
        C("state", _("state"), words=dict(Alert.State.choices)),
        C("ended_at", _("ended at"), _("Asia/Shanghai; empty: it stands")),
    ),
    sql.ALERTS,
    "raised_at, id_order",
)
_PEOPLE = ExportKind(
    "people",
    _("People of a street, masked"),
    _(
        "Who is on the register of one street and when each was first sampled. Names, numbers and "
        "telephones are masked. A second person must agree."
    ),
    (
        C("name", _("name"), _("masked")),
        C("number", _("document number"), _("masked")),
        C("phone", _("telephone"), _("masked")),
        C("community", _("community")),
        C("building", _("building")),
        C("standing", _("standing"), words=dict(Standing.choices)),
        C("first_at", _("first sampled at"), _("Asia/Shanghai; empty: not sampled yet")),
    ),
    sql.PEOPLE,
    "community, building, first_at, row_order",
    most=MOST_PEOPLE,
    personal=True,
)
EXPORT_KINDS: dict[str, ExportKind] = {
    kind.code: kind for kind in (_PROGRESS, _TUBES, _SWABS, _DUTY, _REPORTS, _ALERTS, _PEOPLE)
}


def most_rows(kind: ExportKind, format_: str) -> int:
    """How many rows a file of this kind may have in this format."""
    return min(kind.most, MOST_SHEET_ROWS) if format_ == "xlsx" else kind.most
