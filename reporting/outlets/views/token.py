"""POST /api/v1/oauth/token/: a client's id and secret become a token for 15 minutes (RFC 6749)."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from oauth2_provider.oauth2_backends import OAuthLibCore
from rest_framework import serializers
from rest_framework.parsers import FormParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from core.inputs import storable
from personnel.addresses import client_address
from personnel.services import attempts
from reporting.outlets.services.tokens import ADDRESS_KEY, MEANINGS, TRIES

FORM = "application/x-www-form-urlencoded"
LARGEST_BODY = 4_000
LONGEST_HEADER = 1_000
ANSWERS = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_WRONG_AUTHORIZATION = "The Authorization header cannot be read."


class TokenCore(OAuthLibCore):
    """What the library gets to see of a request: four parameters, and the caller's address.

    It would also read parameters of extensions that are off here.
    """

    KNOWN = ("grant_type", "scope", "client_id", "client_secret")

    def extract_body(self, request: HttpRequest) -> list[tuple[str, str]]:
        return [(name, request.POST[name]) for name in self.KNOWN if name in request.POST]

    def extract_headers(self, request: HttpRequest) -> dict[str, Any]:
        headers: dict[str, Any] = super().extract_headers(request)
        return {**headers, ADDRESS_KEY: client_address(request)}


class TokenRequest(serializers.Serializer[Any]):
    grant_type = serializers.ChoiceField(["client_credentials"])
    scope = serializers.CharField(
        required=False,
        help_text="Names divided by spaces; without it all scopes of the client but that of "
        f"people. Known: {', '.join(MEANINGS)}.",
    )
    client_id = serializers.CharField(
        required=False, help_text="Only where HTTP Basic cannot be used."
    )
    client_secret = serializers.CharField(
        required=False, help_text="Only where HTTP Basic cannot be used."
    )


class TokenAnswer(serializers.Serializer[Any]):
    access_token = serializers.CharField(help_text="256 random bits; not kept by the server.")
    token_type = serializers.ChoiceField(["Bearer"])
    expires_in = serializers.IntegerField(help_text="Seconds, 900.")
    scope = serializers.CharField()


class TokenRefusal(serializers.Serializer[Any]):
    error = serializers.CharField(help_text="A code of RFC 6749, section 5.2.")
    error_description = serializers.CharField(required=False)


class TokenView(APIView):
    """A token for a machine client, by the client credentials grant and no other.

    Send the id and secret by HTTP Basic. A token lives 15 minutes; ask for the next one with the
    same secret. Wrong tries are counted for each address.
    """

    authentication_classes = ()
    permission_classes = (AllowAny,)
    parser_classes = (FormParser,)

    @extend_schema(
        request={FORM: TokenRequest},
        responses={200: TokenAnswer, 400: TokenRefusal, 401: TokenRefusal, 429: TokenRefusal},
        examples=[
            OpenApiExample(
                "token",
                value={
                    "access_token": "q8gA9m2nUcf0vJm5Vb6mMhQe8jYf3cV0Tz1b5s1Zk2E",
                    "token_type": "Bearer",
                    "expires_in": 900,
                    "scope": "export:aggregate",
                },
                response_only=True,
                status_codes=["200"],
            )
        ],
        auth=[{"clientBasic": []}],  # type: ignore[list-item]  # a requirement by name
        tags=["oauth"],
    )
    def post(self, request: Request) -> HttpResponse:
        asked = request._request
        if wrong := _unreadable(asked):
            return _refusal(400, "invalid_request", wrong)
        at = timezone.now()
        try:
            key = attempts.take(TRIES, client_address(asked), at=at)
        except attempts.TooManyTries as locked:
            return _slow_down("Too many tries from here. Wait, then go on.", locked)
        try:
            _url, headers, body, status = TokenCore().create_token_response(asked)
        except attempts.TooManyTries as eager:
            # Its secret was right: who else calls from this address has nothing to do with it.
            attempts.give_back(TRIES, key)
            return _slow_down("This client has had too many tokens. Wait, then go on.", eager)
        if status != 401:
            attempts.give_back(TRIES, key)
        answer = HttpResponse(body, status=status, headers={**headers, **ANSWERS})
        answer["Content-Type"] = "application/json"
        return answer


def _unreadable(request: HttpRequest) -> str:
    """What is wrong with the request before anybody looks at who sends it; "" for nothing."""
    if request.META.get("QUERY_STRING"):
        return "Send the parameters in the body."
    header = request.META.get("HTTP_AUTHORIZATION", "")
    if len(header) > LONGEST_HEADER or not header.isascii():
        return _WRONG_AUTHORIZATION
    if request.content_type != FORM:
        return f"Send the parameters as {FORM}."
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = LARGEST_BODY + 1
    if not 0 <= length <= LARGEST_BODY:
        return "The body is too large."
    try:
        request.body.decode("ascii")
    except UnicodeDecodeError:
        return "Percent-encode what is not ASCII."
    return _wrong_parameters(request)


def _wrong_parameters(request: HttpRequest) -> str:
    for name, values in request.POST.lists():
        if len(values) > 1:
            return "A parameter is given twice."
        if not storable(name) or not storable(values[0]) or "\ufffd" in values[0]:
            return "A parameter holds what cannot be stored."
    return ""


def _slow_down(description: str, limit: attempts.TooManyTries) -> HttpResponse:
    response = _refusal(429, "slow_down", description)
    response["Retry-After"] = str(limit.retry_after)
    return response


def _refusal(status: int, code: str, description: str) -> HttpResponse:
    body = json.dumps({"error": code, "error_description": description})
    return HttpResponse(body, status=status, content_type="application/json", headers=ANSWERS)
