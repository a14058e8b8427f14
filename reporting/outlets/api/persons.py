"""GET /api/v1/persons/: people of one street, masked, for a client that two persons have let."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from django.db import transaction
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from campaigns.models import Division, Round
from core import audit, clock
from core.inputs import Refused
from core.query import LARGEST_PAGE, query_number, refuse_unknown_query
from core.scope import Scope
from reporting.outlets.api.answers import as_json
from reporting.outlets.api.asking import DEFAULT_LIMIT, cursor_text, limit_of
from reporting.outlets.api.documents import MISSING, PROBLEMS
from reporting.outlets.api.views import ExportView, scope_of
from reporting.outlets.permissions import check_can_pull_persons
from reporting.outlets.queries.persons import people_page
from reporting.outlets.services.pulls import note_pull
from reporting.progress.queries import visible_rounds
from sites.models.coverage import Standing

_ID = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
_CURSOR = "XwyMDjpZTR6dVw1fb1o_EA"
_EXAMPLE = {
    "as_of": "2021-11-04T21:06:00+08:00",
    "source": "register",
    "next_cursor": _CURSOR,
    "more": True,
    "items": [
        {
            "name": "张*",
            "number": "500***********0014",
            "phone": "138****0000",
            "community": "Beijie community",
            "building": "3",
            "standing": "target",
            "first_at": "2021-11-04T20:31:07+08:00",
        }
    ],
}


class PersonRow(serializers.Serializer[Any]):
    """One person on the register. Nobody is named: names, numbers and telephones are masked."""

    name = serializers.CharField(help_text=_("Masked: the first character and a star."))
    number = serializers.CharField(help_text=_("Document number, masked."))
    phone = serializers.CharField(help_text=_("Masked; empty: none is known."))
    community = serializers.CharField(help_text=_("Name of the community of residence."))
    building = serializers.CharField(help_text=_("Empty: none is known."))
    standing = serializers.ChoiceField(Standing.choices, help_text=_("Standing in this round."))
    first_at = serializers.DateTimeField(
        allow_null=True, help_text=_("First valid swab in this round; null: none yet.")
    )


class PersonsPage(serializers.Serializer[Any]):
    as_of = serializers.DateTimeField(help_text=_("Scenario time of the answer."))
    source = serializers.CharField(  # type: ignore[assignment]  # shadows DRF's own attribute
        help_text=_("Always `register`.")
    )
    next_cursor = serializers.CharField(
        allow_null=True, help_text=_("Where to go on; null: the end.")
    )
    more = serializers.BooleanField(help_text=_("Whether to go on."))
    items = PersonRow(many=True, help_text=_("In an order that means nothing."))


class PersonsView(ExportView):
    """Who is on a street's register, and when each was first sampled in a round; all masked."""

    @extend_schema(
        operation_id="persons",
        summary="persons: people of a street, masked",
        description="Who is on the register of one street and when each was first sampled in the "
        "round: the rows and masks of the file of people. Only for a machine client with the scope "
        "`export:person`. Each page is read anew and nothing is kept: to see changes, begin again. "
        "Each page is written down in the district's audit trail.",
        tags=["persons"],
        parameters=[
            OpenApiParameter("round", _ID, required=True, description="Id of a round."),
            OpenApiParameter("street", _ID, required=True, description="Id of a street."),
            OpenApiParameter("cursor", str, description="`next_cursor` of the page before. Left "
                             "out: from the beginning."),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE,
                                       "default": DEFAULT_LIMIT}, description="People per page."),
        ],
        responses={(200, "application/json"): PersonsPage, **PROBLEMS, **MISSING},
        examples=[OpenApiExample("persons", _EXAMPLE, response_only=True, status_codes=["200"])],
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponse:
        scope = scope_of(request)
        check_can_pull_persons(scope)
        asked = request._request
        refuse_unknown_query(asked, ("round", "street", "cursor", "limit"))
        round_, street = _round(scope, asked), _street(scope, asked)
        if street.district_id != round_.campaign.district_id:
            raise Http404
        after, limit = _place(cursor_text(asked)), limit_of(asked)
        with transaction.atomic():
            items, place = people_page(
                scope, round_id=round_.pk, street_id=street.pk, after=after, limit=limit
            )
            return _answer(request, scope, round_, street, items, place)


def _answer(
    request: Request,
    scope: Scope,
    round_: Round,
    street: Division,
    items: list[dict[str, Any]],
    place: str,
) -> HttpResponse:
    """The page, kept by nobody on its way, with its line in the trail and in the log of pulls."""
    at = clock.now()
    content = as_json(
        {
            "as_of": clock.local(at),
            "source": "register",
            "next_cursor": _cursor(place),
            "more": bool(place),
            "items": items,
        }
    )
    audit.record(
        by=scope.actor, at=at, act="persons.pull", object_type="round", object_id=round_.pk,
        district_id=street.district_id, street_id=street.pk, rows=len(items),
    )  # fmt: skip
    note_pull(
        request.user, "api:persons", len(items), 200, at,
        parameters=list(request._request.GET), size=len(content),
    )  # fmt: skip
    return HttpResponse(
        content, content_type="application/json", headers={"Cache-Control": "no-store"}
    )


def _round(scope: Scope, request: Any) -> Round:
    found = visible_rounds(scope).filter(pk=_number(request, "round")).first()
    if found is None:
        raise Http404
    return found


def _street(scope: Scope, request: Any) -> Division:
    found = Division.objects.streets().within(scope).filter(pk=_number(request, "street")).first()
    if found is None:
        raise Http404
    return found


def _number(request: Any, name: str) -> int:
    number = query_number(request, name, maximum=2**31 - 1)
    if number is None:
        raise Refused(
            "persons_where", _("Rows of people are for one round and one street: name both.")
        ).at(name)
    return number


def _cursor(place: str) -> str | None:
    return base64.urlsafe_b64encode(uuid.UUID(place).bytes).decode().rstrip("=") if place else None


def _place(text: str) -> str:
    """The place that a cursor names, "" for the beginning."""
    if not text:
        return ""
    try:
        return str(uuid.UUID(bytes=base64.b64decode(text + "==", altchars=b"-_", validate=True)))
    except ValueError:
        raise Refused("cursor_unreadable", _("Send a cursor exactly as it was given, or none.")).at(
            "cursor"
        ) from None
