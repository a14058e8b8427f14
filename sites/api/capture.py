"""POST /api/v1/capture/: where what devices captured enters the house."""

from __future__ import annotations

from typing import Any

import msgspec
from csp.decorators import csp_exempt
from django.http import HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from core import clock
from core.inputs import Refused
from core.strict_json import refuse_unknown_fields, refuse_unknown_query
from sites.permissions import check_can_capture
from sites.services.capture import MAX_ITEMS, Origin, Verdict, accept_together


class VerdictSerializer(serializers.Serializer[Any]):
    """The answer to one item, in the order of the items sent."""

    id = serializers.UUIDField(allow_null=True)
    verdict = serializers.ChoiceField(
        choices=["created", "duplicate", "conflict", "pending", "refused"]
    )
    code = serializers.CharField(required=False)
    path = serializers.CharField(required=False)
    message = serializers.CharField(required=False)


class CaptureRequest(serializers.Serializer[Any]):
    """Items of kind open, add, seal, void, move: see docs/api.md."""

    items = serializers.ListField(child=serializers.DictField(), max_length=MAX_ITEMS)


class CaptureResponse(serializers.Serializer[Any]):
    results = VerdictSerializer(many=True)
    received_at = serializers.DateTimeField()


@method_decorator(csp_exempt(), "dispatch")  # no browser renders a verdict
class CaptureView(APIView):
    """Take a batch of device events. Whatever is answered `created` is stored durably."""

    @extend_schema(request=CaptureRequest, responses=CaptureResponse)
    def post(self, request: Request) -> HttpResponse:
        device = request.user
        scope = getattr(request._request, "scope", None)
        check_can_capture(scope)
        refuse_unknown_query(request._request, ())
        items = _items(request.data)
        at = clock.now()
        verdicts = accept_together(
            origin=Origin(device.device_id, device.unit_id, device.street_id, device.district_id),
            scope=scope,
            items=items,
            by=scope.actor,
            at=at,
        )
        answer = {"results": [_answer(v) for v in verdicts], "received_at": at.isoformat()}
        return HttpResponse(msgspec.json.encode(answer), content_type="application/json")


def _items(body: object) -> list[object]:
    if not isinstance(body, dict):
        raise Refused("envelope", _('Send an object with a list of "items".'))
    refuse_unknown_fields(body, ("items",), "")
    items = body.get("items")
    if not isinstance(items, list) or not items:
        raise Refused("envelope", _('Send an object with a list of "items".')).at("items")
    if len(items) > MAX_ITEMS:
        raise Refused(
            "too_many_items", _("At most %(most)s items in one request."), most=MAX_ITEMS
        ).at("items")
    return items


def _answer(verdict: Verdict) -> dict[str, str | None]:
    answer: dict[str, str | None] = {"id": verdict.id, "verdict": verdict.verdict}
    if verdict.code:
        answer["code"] = verdict.code
    if verdict.verdict == "refused":
        answer["path"] = verdict.path
        answer["message"] = str(verdict.message)
    return answer
