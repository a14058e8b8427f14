"""POST /api/v1/devices/enrol/: a code typed on a phone becomes the phone's token."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.inputs import Refused
from core.strict_json import refuse_unknown_fields, refuse_unknown_query
from personnel.addresses import client_address
from personnel.services import attempts
from personnel.services.devices import enrol


class EnrolRequest(serializers.Serializer):
    code = serializers.CharField(help_text="The code as shown, `XXXX-XXXX`.")


class EnrolAnswer(serializers.Serializer):
    token = serializers.CharField(help_text="256 random bits, shown once.")
    device = serializers.IntegerField()
    unit = serializers.IntegerField()
    point = serializers.IntegerField()
    round = serializers.IntegerField()
    street = serializers.IntegerField()
    district = serializers.IntegerField()
    expires_at = serializers.DateTimeField()


class EnrolView(APIView):
    """Spend an enrolment code. Needs no sign-in; failed tries are counted per address."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(request=EnrolRequest, responses={201: EnrolAnswer}, tags=["devices"])
    def post(self, request: Request) -> Response:
        refuse_unknown_query(request, set())
        code = _code(request.data)
        at = timezone.now()
        try:
            key = attempts.take(attempts.ENROL, client_address(request._request), at=at)
        except attempts.TooManyTries as locked:
            raise Throttled(locked.retry_after) from locked
        enrolled = enrol(code=code, at=at)
        attempts.give_back(attempts.ENROL, key)
        device = enrolled.device
        unit = device.unit
        return Response(
            {
                "token": enrolled.token,
                "device": device.pk,
                "unit": unit.pk,
                "point": unit.point_id,
                "round": unit.point.round_id,
                "street": unit.street_id,
                "district": unit.district_id,
                "expires_at": device.expires_at,
            },
            status=201,
            headers={"Cache-Control": "no-store"},
        )


def _code(body: object) -> str:
    if isinstance(body, dict):
        refuse_unknown_fields(body, {"code"}, "")
    if not isinstance(body, dict) or not isinstance(body.get("code"), str):
        raise Refused("code_missing", _("Send the code as text in the field “code”.")).at("code")
    return body["code"]
