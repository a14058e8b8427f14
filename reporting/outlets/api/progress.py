"""GET /api/v1/progress/: the figures of a round by area, as boards show them."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from campaigns.models import Division, Round
from core import clock
from core.inputs import Refused
from core.query import query_choice, query_number, refuse_unknown_query
from core.scope import Scope
from reporting.outlets.api.answers import answer_json
from reporting.outlets.api.asking import (
    instant_of,
    refuse_street_of_district,
    refuse_unknown_past,
)
from reporting.outlets.api.documents import MISSING, PROBLEMS, UNCHANGED
from reporting.outlets.api.views import ExportView, scope_of
from reporting.outlets.permissions import can_pull
from reporting.progress import measures
from reporting.progress.figures import Figures, Overview
from reporting.progress.models import Snapshot
from reporting.progress.queries import (
    areas,
    current_round,
    overview,
    series,
    snapshot_at,
    visible_rounds,
)

LEVELS = ("district", "street", "community", "point", "unit")
SERIES = ("5", "15", "60")
COUNTS = tuple(
    field.name for field in fields(Figures) if not field.name.startswith(("last_", "second_"))
)
UNITS_OF_COUNT = {
    **dict.fromkeys(COUNTS, "persons"),
    **dict.fromkeys(("swabs", "off_register_swabs", "voided", "tallied"), "person-times"),
    **dict.fromkeys(("tubes", "sealed", "tallied_tubes"), "tubes"),
}


class Area(serializers.Serializer[Any]):
    """One area. Counts are whole numbers in the units named by `units_of_count`."""

    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    figures = serializers.DictField(child=serializers.IntegerField())
    coverage_percent = serializers.DecimalField(6, 1, allow_null=True)
    closure_percent = serializers.DecimalField(6, 1, allow_null=True)
    people_per_tube = serializers.DecimalField(6, 2, allow_null=True)
    last_swab_at = serializers.DateTimeField(allow_null=True)
    last_received_at = serializers.DateTimeField(allow_null=True)


class Progress(serializers.Serializer[Any]):
    round = serializers.DictField()
    level = serializers.ChoiceField(LEVELS)
    whole_district = serializers.BooleanField(
        help_text="false: the sum of the caller's own streets"
    )
    as_of = serializers.DateTimeField()
    known_at = serializers.DateTimeField(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment]  # shadows DRF's own attribute
    version = serializers.IntegerField()
    drift = serializers.IntegerField()
    units_of_count = serializers.DictField()
    areas = Area(many=True)
    series = serializers.ListField(child=serializers.DictField(), required=False)


_NUMBER = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}


class ProgressView(ExportView):
    """The figures of a round by area, as boards show them: live, or as known at `as_of`.

    Persons are counted where they live, swabs and tubes where they were taken; the two never add
    up to each other.
    """

    @extend_schema(
        operation_id="progress",
        summary="progress: figures of a round",
        tags=["progress"],
        parameters=[
            OpenApiParameter("round", _NUMBER, description="Id of a round; left out: the newest "
                             "that takes samples."),
            OpenApiParameter("level", str, enum=LEVELS, description="What the areas are; left "
                             "out: `district`."),
            OpenApiParameter("street", _NUMBER, description="Id of a street: only what lies in "
                             "it. Not with `level=district`, which is also what is meant where "
                             "`level` is left out."),
            OpenApiParameter("series", str, enum=SERIES, description="Adds counts per so many "
                             "minutes, by time of swab. Of now only: not together with `as_of`."),
            OpenApiParameter("as_of", OpenApiTypes.DATETIME, description="As known at the last "
                             "quarter hour kept at or before this scenario time, with an offset."),
        ],
        responses={
            (200, "application/json"): Progress, **UNCHANGED, **PROBLEMS, **MISSING,
        },
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        scope = scope_of(request)
        if not (can_pull(scope) or scope.can("see_board")):
            raise PermissionDenied(_("Your role does not see figures of progress."))
        asked = request._request
        refuse_unknown_query(asked, ("round", "level", "street", "series", "as_of"))
        round_ = _round(scope, asked)
        level = query_choice(asked, "level", LEVELS, default="district")
        refuse_street_of_district(asked, level)
        street_id = _street(scope, round_, asked)
        as_of = instant_of(asked, "as_of")
        board = overview(scope, round_, as_of)
        refuse_unknown_past(as_of, board.known_at)
        snapshot = snapshot_at(round_.pk, as_of) if as_of else None
        body = _envelope(board, level)
        body["areas"] = _areas(scope, round_, board, level, street_id, snapshot)
        if "series" in asked.GET:
            body["series"] = _series(scope, round_, level, street_id, asked, as_of)
        same = {name: value for name, value in body.items() if name != "as_of"}
        return answer_json(request, body, as_of=board.as_of, same=same)


def _round(scope: Scope, request: Any) -> Round:
    found: Round | None
    if "round" not in request.GET:
        found = current_round(scope)
    else:
        number = query_number(request, "round", default=0, maximum=2**31 - 1)
        found = visible_rounds(scope).filter(pk=number or 0).first()
    if found is None:
        raise Http404
    return found


def _street(scope: Scope, round_: Round, request: Any) -> int | None:
    if "street" not in request.GET:
        return None
    number = query_number(request, "street", default=0, maximum=2**31 - 1)
    streets = Division.objects.streets().within(scope)
    if not streets.filter(pk=number or 0, district_id=round_.campaign.district_id).exists():
        raise Http404
    return number


def _envelope(board: Overview, level: str) -> dict[str, Any]:
    return {
        "round": {
            "id": board.round.id,
            "campaign": board.round.campaign_name,
            "number": board.round.number,
            "target_version": board.round.target_version,
        },
        "level": level,
        "whole_district": board.figures.second_swabs is not None,
        "as_of": board.as_of,
        "known_at": board.known_at,
        "source": "scan",
        "version": board.version,
        "drift": board.drift,
        "units_of_count": UNITS_OF_COUNT,
    }


def _areas(
    scope: Scope,
    round_: Round,
    board: Overview,
    level: str,
    street_id: int | None,
    snapshot: Snapshot | None,
) -> list[dict[str, Any]]:
    if level == "district":
        header = board.round
        return [
            _area(header.district_id, header.district_code, header.district_name, board.figures)
        ]
    if level == "street":
        return [
            _area(row.division_id, row.code, row.name, row.figures)
            for row in sorted(board.streets, key=lambda row: row.code)
            if street_id in (None, row.division_id)
        ]
    rows = areas(scope, round_, level, street_id=street_id, snapshot=snapshot)
    return [_area(*row) for row in rows]


def _area(pk: int, code: str, name: str, figures: Figures) -> dict[str, Any]:
    return {
        "id": pk,
        "code": code,
        "name": name,
        "figures": {column: getattr(figures, column) for column in COUNTS},
        "coverage_percent": measures.coverage(figures.persons, figures.target),
        "closure_percent": measures.closure(
            figures.persons, figures.accepted_reasons, figures.target
        ),
        "people_per_tube": measures.people_per_tube(figures.swabs, figures.tubes),
        "last_swab_at": figures.last_swab_at,
        "last_received_at": figures.last_received_at,
    }


def _series(
    scope: Scope,
    round_: Round,
    level: str,
    street_id: int | None,
    request: Any,
    as_of: datetime | None,
) -> list[dict[str, Any]]:
    if as_of is not None:
        raise Refused(
            "series_is_live", _("A series goes by time of swab and is of now: leave out as_of.")
        ).at("series")
    minutes = int(query_choice(request, "series", SERIES, default="15"))
    kind = "street" if level == "district" else level
    return [
        {"id": key, "start": clock.local(start), "minutes": minutes, **counts}
        for key, start, counts in series(scope, round_, kind, minutes, street_id=street_id)
    ]
