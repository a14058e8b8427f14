"""POST /api/v1/tallies/: a quarter hour counted on paper."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import clock
from core.inputs import Refused, clean_note
from core.strict_json import refuse_unknown_query
from sites.permissions import check_can_enter_tally
from sites.services.tallies import record_tally

Count = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]


class TallyItem(msgspec.Struct, forbid_unknown_fields=True):
    id: UUID
    round: Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
    quarter: Annotated[datetime, msgspec.Meta(tz=True)]
    swabs: Count
    tubes: Count
    unit: Annotated[int, msgspec.Meta(ge=1, lt=2**31)] | None = None
    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class TallyRequest(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    unit = serializers.IntegerField(required=False)
    round = serializers.IntegerField()
    quarter = serializers.DateTimeField()
    swabs = serializers.IntegerField(min_value=0)
    tubes = serializers.IntegerField(min_value=0)
    reason = serializers.CharField(required=False)


class TallyResponse(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    verdict = serializers.ChoiceField(choices=["created", "duplicate"])
    version = serializers.IntegerField()


class TallyView(APIView):
    """Record or correct one tally. The same id again is answered `duplicate`."""

    @extend_schema(request=TallyRequest, responses={200: TallyResponse, 201: TallyResponse})
    def post(self, request: Request) -> Response:
        scope = request._request.scope
        check_can_enter_tally(scope)
        refuse_unknown_query(request._request, ())
        item = _read(request.data)
        unit_id = item.unit or getattr(request.user, "unit_id", None)
        if unit_id is None:
            raise Refused("unit_missing", _("Say which unit was tallied.")).at("unit")
        tally, created = record_tally(
            tally_id=item.id,
            unit_id=unit_id,
            round_id=item.round,
            quarter=item.quarter,
            swabs=item.swabs,
            tubes=item.tubes,
            reason=clean_note(item.reason, max_length=200) if item.reason else "",
            scope=scope,
            by=scope.actor,
            at=clock.now(),
        )
        return Response(
            {
                "id": str(tally.pk),
                "verdict": "created" if created else "duplicate",
                "version": tally.version,
            },
            status=status.HTTP_201_CREATED if created else status.HTTP_200_OK,
        )


def _read(body: object) -> TallyItem:
    try:
        return msgspec.convert(body, TallyItem)
    except msgspec.ValidationError as error:
        words, _sep, where = str(error).partition(" - at `$")
        raise Refused("item_malformed", "%(words)s", words=words).at(
            where.rstrip("`").lstrip(".")
        ) from error
