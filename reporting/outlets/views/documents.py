"""A round's figures in the forms that health-information systems read: DHIS2, ADX, FHIR.

All three are drawn from one cut, the same that bulletins and workbooks use, in the caller's area.
"""

from __future__ import annotations

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request

from core.query import refuse_unknown_query
from reporting.outlets.api.answers import answer_document, as_json
from reporting.outlets.api.asking import instant_of, refuse_unknown_past
from reporting.outlets.api.documents import MISSING, PROBLEMS
from reporting.outlets.api.views import ExportView, scope_of
from reporting.outlets.formats.adx import adx
from reporting.outlets.formats.dhis2 import data_value_set
from reporting.outlets.formats.fhir import measure_report
from reporting.outlets.permissions import check_can_pull
from reporting.outlets.queries.cut import Cut, cut_of
from reporting.progress.queries import visible_rounds

AS_OF = OpenApiParameter(
    "as_of",
    OpenApiTypes.DATETIME,
    description="As known at this scenario time, with an offset; left out: now.",
)


# The names are those of DHIS2 and FHIR.
_VALUE = inline_serializer(
    "DataValue",
    {
        "dataElement": serializers.CharField(help_text="Key of the indicator."),
        "period": serializers.CharField(help_text="Local day of the cut, YYYYMMDD."),
        "orgUnit": serializers.CharField(help_text="Code of the division."),
        "attributeOptionCombo": serializers.CharField(help_text="The round."),
        "value": serializers.CharField(help_text="A number, as text."),
        "storedBy": serializers.CharField(help_text="Always `jinjian`."),
        "created": serializers.DateTimeField(help_text="When the figure was known."),
        "lastUpdated": serializers.DateTimeField(help_text="The same."),
        "followup": serializers.BooleanField(help_text="Always false."),
    },
    many=True,
)
DATA_VALUE_SET = inline_serializer(
    "DataValueSet",
    {
        "dataSet": serializers.CharField(help_text="Always `JINJIAN_ROUND`."),
        "completeDate": serializers.DateField(help_text="Local day of the cut."),
        "period": serializers.CharField(help_text="The same, YYYYMMDD."),
        "orgUnit": serializers.CharField(help_text="Code of your area."),
        "attributeOptionCombo": serializers.CharField(help_text="The round."),
        "dataValues": _VALUE,
    },
)
MEASURE_REPORT = inline_serializer(
    "MeasureReport",
    {
        "resourceType": serializers.ChoiceField(["MeasureReport"], help_text="FHIR R4."),
        "identifier": serializers.ListField(
            child=serializers.DictField(), help_text="Round and moment."
        ),
        "status": serializers.ChoiceField(["complete"], help_text="Always."),
        "type": serializers.ChoiceField(["summary"], help_text="Counts alone."),
        "measure": serializers.CharField(help_text="What is measured, as a URN."),
        "subject": serializers.DictField(help_text="Your area, by its code."),
        "date": serializers.DateTimeField(help_text="The moment of the cut."),
        "reporter": serializers.DictField(help_text="The district, by its code."),
        "period": serializers.DictField(help_text="From the round's start to the cut."),
        "group": serializers.ListField(
            child=serializers.DictField(),
            help_text="One for each indicator, with streets as strata.",
        ),
    },
)


class DocumentView(ExportView):
    """One cut in one form."""

    media_type = "application/json"

    def get(self, request: Request, round_id: int) -> HttpResponse:
        scope = scope_of(request)
        check_can_pull(scope)
        refuse_unknown_query(request._request, ("as_of",))
        as_of = instant_of(request._request, "as_of")
        round_ = visible_rounds(scope).filter(pk=min(round_id, 2**31 - 1)).first()
        if round_ is None:
            raise Http404
        cut = cut_of(scope, round_, as_of)
        refuse_unknown_past(as_of, cut.known_at)
        same = [cut.round.id, cut.version, [dict(a.values) for a in (cut.area, *cut.streets)]]
        return answer_document(
            request, self.write(cut), self.media_type, as_of=cut.as_of, same=as_json(same)
        )

    def write(self, cut: Cut) -> bytes:
        """The document."""
        raise NotImplementedError


class DataValueSetView(DocumentView):
    @extend_schema(
        operation_id="rounds_data_value_set",
        description="All known figures of the round at one moment, for the area and each street "
        "of it, by codes. What is not known is left out.",
        summary="rounds: figures as a DHIS2 data value set",
        tags=["rounds"],
        parameters=[AS_OF],
        responses={(200, "application/json"): DATA_VALUE_SET, **PROBLEMS, **MISSING},
    )
    def get(self, request: Request, round_id: int) -> HttpResponse:
        return super().get(request, round_id)

    def write(self, cut: Cut) -> bytes:
        return as_json(data_value_set(cut))


class AdxView(DocumentView):
    media_type = "application/xml"

    @extend_schema(
        operation_id="rounds_adx",
        description="The same figures as `data-value-set`, one group for each area.",
        summary="rounds: figures as ADX (IHE QRPH)",
        tags=["rounds"],
        parameters=[AS_OF],
        responses={
            (200, "application/xml"): OpenApiResponse(
                OpenApiTypes.STR, "XML, namespace urn:ihe:qrph:adx:2015"
            ),
            **PROBLEMS,
            **MISSING,
        },
    )
    def get(self, request: Request, round_id: int) -> HttpResponse:
        return super().get(request, round_id)

    def write(self, cut: Cut) -> bytes:
        return adx(cut)


class MeasureReportView(DocumentView):
    media_type = "application/fhir+json"

    @extend_schema(
        operation_id="rounds_measure_report",
        description="The same figures; each indicator is a group, each street a stratum. Counts "
        "alone: it names nobody.",
        summary="rounds: figures as a FHIR R4 MeasureReport",
        tags=["rounds"],
        parameters=[AS_OF],
        responses={(200, "application/fhir+json"): MEASURE_REPORT, **PROBLEMS, **MISSING},
    )
    def get(self, request: Request, round_id: int) -> HttpResponse:
        return super().get(request, round_id)

    def write(self, cut: Cut) -> bytes:
        return as_json(measure_report(cut))
