"""Resources of the work: quarter hours, daily reports, alerts and events."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from personnel.roles import Permission
from reporting.alerts.models import Alert
from reporting.alerts.models.log import Phrase
from reporting.alerts.models.rules import Severity
from reporting.daily.models import State, Unit
from reporting.outlets.api.plan import CHANGED
from reporting.outlets.api.resources import ROUND, STREET, Filter, Item, Resource
from reporting.outlets.queries import shown_work
from reporting.progress.models.cells import SUMMED

_COUNTED = {
    "swabs": _("Swabs, person-times."),
    "off_register_swabs": _("Of those, of people not on the register; person-times."),
    "voided": _("Void swabs, person-times."),
    "tubes": _("Tubes begun, tubes."),
    "sealed": _("Tubes closed, tubes."),
    "tallied": _("Swabs counted on paper where nothing was scanned, person-times."),
    "tallied_tubes": _("Tubes counted on paper, tubes."),
    "persons": _("People of the target at their first swab, persons; counted where they live."),
    "exempt_persons": _("Exempt people who came, persons."),
    "outside_persons": _("People of other areas, persons."),
    "off_register_persons": _("People not on the register, persons."),
}
LEVELS = {
    "district": "cells-street",
    "street": "cells-street",
    "community": "cells-community",
    "unit": "cells-unit",
    "off_register": "cells-off_register",
}


class QuarterItem(Item):
    id = serializers.CharField(help_text=_("`round-level-area-start`, start in UTC."))
    round = serializers.IntegerField(source="round_id", help_text=_("Id of the round."))
    level = serializers.ChoiceField(tuple(LEVELS), help_text=_("What the area is."))
    area = serializers.IntegerField(
        source="area_id",
        help_text=_(
            "Id of the district, street, community or unit; of `off_register` that of a street."
        ),
    )
    street = serializers.IntegerField(
        source="street_id", allow_null=True, help_text=_("Id of its street; null for a district.")
    )
    start = serializers.DateTimeField(help_text=_("Start of the quarter hour, by time of swab."))
    minutes = serializers.SerializerMethodField(help_text=_("Always 15."))
    last_swab_at = serializers.DateTimeField(allow_null=True, help_text=_("Last swab in it."))
    last_received_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When the last of them was received.")
    )

    def get_fields(self) -> dict[str, Any]:
        counted = {name: serializers.IntegerField(help_text=_COUNTED[name]) for name in SUMMED}
        return {**super().get_fields(), **counted}

    def get_minutes(self, _row: object) -> int:
        return 15


class FigureItem(serializers.Serializer[Any]):
    community = serializers.IntegerField(
        allow_null=True, help_text=_("Id of the community; null: the street's own line.")
    )
    column = serializers.CharField(help_text=_("Code of the form's column."))
    unit = serializers.ChoiceField(Unit.choices, help_text=_("What is counted."))
    value = serializers.IntegerField(allow_null=True, help_text=_("The number; null: left empty."))


class ReportItem(Item):
    id = serializers.IntegerField(help_text=_("Id of the report."))
    round = serializers.IntegerField(source="cutoff.round_id", help_text=_("Id of the round."))
    form = serializers.CharField(source="cutoff.form.code", help_text=_("Code of the form."))
    district = serializers.IntegerField(source="district_id", help_text=_("Id of the district."))
    street = serializers.IntegerField(source="street_id", help_text=_("Id of the street."))
    cutoff_at = serializers.DateTimeField(
        source="cutoff.as_of", help_text=_("What the numbers are of.")
    )
    due_at = serializers.DateTimeField(source="cutoff.due_at", help_text=_("When it was due."))
    state = serializers.ChoiceField(State.choices, help_text=_("How far it is."))
    submitted_at = serializers.DateTimeField(
        source="first_submitted_at", allow_null=True, help_text=_("When it was first submitted.")
    )
    accepted_version = serializers.IntegerField(
        allow_null=True, help_text=_("The version that the district stands by.")
    )
    version = serializers.IntegerField(
        source="shown_version", allow_null=True, help_text=_("The version whose figures follow.")
    )
    version_at = serializers.DateTimeField(
        source="shown_at", allow_null=True, help_text=_("When that version was submitted.")
    )
    late = serializers.BooleanField(allow_null=True, help_text=_("Whether that version was late."))
    provisional = serializers.BooleanField(help_text=_("true: the figures are not accepted."))
    figures = FigureItem(many=True, help_text=_("Numbers of that version; texts are not exported."))


class AlertItem(Item):
    id = serializers.IntegerField(help_text=_("Id of the alert."))
    round = serializers.IntegerField(source="round_id", help_text=_("Id of the round."))
    district = serializers.IntegerField(source="district_id", help_text=_("Id of the district."))
    street = serializers.IntegerField(
        source="street_id",
        allow_null=True,
        help_text=_("Id of the street that sees to it, or null."),
    )
    rule = serializers.CharField(source="detector", help_text=_("Code of the rule."))
    subject_kind = serializers.ChoiceField(Alert.Subject.choices, help_text=_("What it is about."))
    subject = serializers.IntegerField(source="subject_id", help_text=_("Id of what it is about."))
    severity = serializers.ChoiceField(Severity.choices, help_text=_("How urgent."))
    state = serializers.ChoiceField(Alert.State.choices, help_text=_("Who is on it, if anybody."))
    words = serializers.CharField(help_text=_("The condition in words, in the language asked for."))
    value = serializers.IntegerField(allow_null=True, help_text=_("Figure in the rule's unit."))
    inhibited = serializers.BooleanField(help_text=_("Another alert explains it."))
    since = serializers.DateTimeField(help_text=_("Since when it is so."))
    raised_at = serializers.DateTimeField(help_text=_("When it was raised."))
    due_at = serializers.DateTimeField(allow_null=True, help_text=_("What was promised by when."))
    escalated_at = serializers.DateTimeField(allow_null=True, help_text=_("When it was escalated."))
    cleared_at = serializers.DateTimeField(
        allow_null=True, help_text=_("When the condition ended.")
    )
    ended_at = serializers.DateTimeField(allow_null=True, help_text=_("When the alert was closed."))


class AmendmentItem(serializers.Serializer[Any]):
    text = serializers.CharField(help_text=_("What was corrected or added."))
    noted_at = serializers.DateTimeField(source="at", help_text=_("When that was noted."))


class EventItem(Item):
    id = serializers.IntegerField(help_text=_("Id of the entry."))
    district = serializers.IntegerField(source="district_id", help_text=_("Id of the district."))
    street = serializers.IntegerField(
        source="street_id", allow_null=True, help_text=_("Id of the street, or null.")
    )
    role = serializers.CharField(help_text=_("Position that noted it: role …"))
    place = serializers.IntegerField(source="place_id", help_text=_("… and id of its division."))
    phrase = serializers.ChoiceField(
        Phrase.choices,
        allow_blank=True,
        help_text=_("What happened, from the short list, or empty."),
    )
    text = serializers.CharField(help_text=_("What happened, in words, or empty."))
    title = serializers.CharField(
        source="event_title", help_text=_("Title among the major events; empty: not one of them.")
    )
    happened_at = serializers.DateTimeField(help_text=_("When it happened."))
    noted_at = serializers.DateTimeField(source="at", help_text=_("When it was noted."))
    amendments = AmendmentItem(
        source="amendments.all",
        many=True,
        help_text=_("What was added since; an entry is never edited."),
    )


class SituationItem(Item):
    id = serializers.IntegerField(help_text=_("Id of the report."))
    round = serializers.IntegerField(source="round_id", help_text=_("Id of the round."))
    district = serializers.IntegerField(source="district_id", help_text=_("Id of the district."))
    street = serializers.IntegerField(
        source="street_id", allow_null=True, help_text=_("Id of the street it is of, or null.")
    )
    division = serializers.IntegerField(source="division_id", help_text=_("Id of its area."))
    number = serializers.IntegerField(help_text=_("Number of the issue, in its round and area."))
    cut_off = serializers.DateTimeField(help_text=_("What every figure is of."))
    issued_at = serializers.DateTimeField(help_text=_("When it was approved and numbered."))
    corrects = serializers.IntegerField(
        source="corrects_id", allow_null=True, help_text=_("Id of the issue it corrects, or null.")
    )
    correction_reason = serializers.CharField(help_text=_("Why it corrects that one, or empty."))
    digest = serializers.CharField(help_text=_("Hash of the figures: equal on every form of it."))
    snapshot = serializers.JSONField(
        help_text=_(
            "All figures of the issue, as every other form of it shows them. Never changes."
        )
    )


SERIES = Resource(
    name="progress-series",
    title=_("Progress by quarter hour"),
    about=_(
        "Counts of one area in one quarter hour, by time of swab. Quarter hours without any are"
        " absent. Persons are counted where they live, swabs and tubes where they were taken: "
        "the two never add up to each other."
    ),
    source="scan",
    serializer=QuarterItem,
    load=shown_work.quarters,
    noted_as=shown_work.quarter_noted_as,
    noted_of=shown_work.quarter_noted_of,
    filters=(ROUND, STREET),
    streams=LEVELS,
    stream_filter=Filter("level", _("What the areas are; `district` is the sum of the streets that "
                         "you see, and goes without `street`. Left out: `street`."),
                         choices=tuple(LEVELS)),
    example={
        "id": "1-street-17-20211104T1300Z", "round": 1, "level": "street", "area": 17,
        "street": 17, "start": "2021-11-04T21:00:00+08:00", "minutes": 15,
        **dict.fromkeys(SUMMED, 0), "swabs": 412, "tubes": 42, "sealed": 41, "persons": 398,
        "off_register_swabs": 6, "off_register_persons": 6,
        "last_swab_at": "2021-11-04T21:14:52+08:00",
        "last_received_at": "2021-11-04T21:15:20+08:00", "changed_at": CHANGED,
    },
)  # fmt: skip
REPORTS = Resource(
    name="daily-reports",
    title=_("Daily reports"),
    about=_(
        "What each street owes at each cut-off, with the figures that the district stands by. A"
        " report exists from the moment it is owed; figures are there once it is accepted."
    ),
    source="report",
    serializer=ReportItem,
    load=shown_work.reports,
    frozen=shown_work.reports_at,
    filters=(ROUND, STREET, Filter(
        "provisional", _("`yes`: also figures that were submitted and not accepted yet, marked."),
        on="load", choices=("no", "yes"))),
    right=Permission.SEE_REPORTS,
    daily=True,
    example={
        "id": 55, "round": 1, "form": "daily", "district": 1, "street": 17,
        "cutoff_at": "2021-11-04T18:00:00+08:00", "due_at": "2021-11-04T18:30:00+08:00",
        "state": "accepted", "submitted_at": "2021-11-04T18:12:00+08:00", "accepted_version": 1,
        "version": 1, "version_at": "2021-11-04T18:12:00+08:00", "late": False,
        "provisional": False,
        "figures": [{"community": 171, "column": "persons", "unit": "persons", "value": 3_904}],
        "changed_at": CHANGED,
    },
)  # fmt: skip
ALERTS = Resource(
    name="alerts",
    title=_("Alerts"),
    about=_(
        "Conditions that a rule found, from their first sight until they stayed away. Who "
        "handles one stays in the house."
    ),
    source="alerts",
    serializer=AlertItem,
    load=shown_work.alerts,
    filters=(ROUND, STREET),
    right=Permission.SEE_ALERTS,
    example={
        "id": 12, "round": 1, "district": 1, "street": 17, "rule": "silent_unit",
        "subject_kind": "unit", "subject": 81, "severity": "warn", "state": "open",
        "words": "文化广场1号台 20 分钟没有采样", "value": 20, "inhibited": False,
        "since": "2021-11-04T21:00:00+08:00", "raised_at": "2021-11-04T21:20:00+08:00",
        "due_at": None, "escalated_at": None, "cleared_at": None, "ended_at": None,
        "changed_at": CHANGED,
    },
)  # fmt: skip
EVENTS = Resource(
    name="events",
    title=_("Events"),
    about=_(
        "The activity log, and which of its entries are major events. An entry is never edited;"
        " what was wrong is amended."
    ),
    source="log",
    serializer=EventItem,
    load=shown_work.events,
    frozen=shown_work.events_at,
    filters=(STREET,),
    right=Permission.SEE_LOG,
    example={
        "id": 7, "district": 1, "street": None, "role": "commander", "place": 1,
        "phrase": "meeting", "text": "", "title": "第一轮启动",
        "happened_at": "2021-11-04T19:30:00+08:00", "noted_at": "2021-11-04T19:41:00+08:00",
        "amendments": [], "changed_at": CHANGED,
    },
)  # fmt: skip
SITUATIONS = Resource(
    name="situation-reports",
    title=_("Situation reports"),
    about=_(
        "Issued situation reports: numbered, approved by a second person, and never changed. A "
        "correction is another issue, which names the one that it corrects."
    ),
    source="situation",
    serializer=SituationItem,
    load=shown_work.situations,
    frozen=shown_work.situations_at,
    filters=(ROUND,),
    right=Permission.SEE_SITUATION,
    example={
        "id": 3, "round": 1, "district": 1, "street": None, "division": 1, "number": 2,
        "cut_off": "2021-11-04T22:00:00+08:00", "issued_at": "2021-11-04T22:11:00+08:00",
        "corrects": None, "correction_reason": "",
        "digest": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "snapshot": {"form": 1, "cut_off": "2021-11-04T22:00:00+08:00",
                     "area": {"id": 1, "level": "district", "code": "500109", "name": "北碚区",
                              "name_en": "Beibei", "values": {"swabs": 163_900}}},
        "changed_at": CHANGED,
    },
)  # fmt: skip
