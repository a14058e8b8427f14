"""What the OpenAPI document says of each resource: parameters, answers, examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    PolymorphicProxySerializer,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers

from core.query import LARGEST_PAGE
from core.sheets.writing import XLSX
from reporting.outlets.api.answers import FORMATS
from reporting.outlets.api.asking import DEFAULT_LIMIT
from reporting.outlets.api.resources import Filter, Resource, Tombstone

CURSOR = "MS5hM2Y5NGU2ZDAxMmMuNzY1NDMyMTBhYmNkLjQ4MTIuMC40ODAw"


class ErrorPlace(serializers.Serializer[Any]):
    path = serializers.CharField(help_text="The parameter or the place in the body.")
    code = serializers.CharField(help_text="Stable code.")
    message = serializers.CharField(help_text="Words, in the language asked for.")


class Problem(serializers.Serializer[Any]):
    """RFC 9457 problem details. `code` is stable, the words are not."""

    type = serializers.CharField(help_text="`urn:jinjian:problem:<code>`.")
    title = serializers.CharField(help_text="The kind of problem, in words.")
    status = serializers.IntegerField(help_text="The HTTP status.")
    code = serializers.CharField(help_text="Stable code.")
    detail = serializers.CharField(help_text="What is wrong and how to mend it, or empty.")
    # It shadows an attribute of DRF that only incoming data has.
    errors = ErrorPlace(  # type: ignore[assignment]
        many=True, help_text="Each fault with its place."
    )
    request_id = serializers.CharField(help_text="Give it when asking for help.")


def _problem(words: str) -> OpenApiResponse:
    return OpenApiResponse(Problem, description=words)


PROBLEMS: dict[Any, Any] = {
    (400, "application/problem+json"): _problem(
        "A parameter is unknown, given twice or unreadable. `errors[0].path` names it."
    ),
    (401, "application/problem+json"): _problem(
        "No token, or one that has ended: fetch another one and call again."
    ),
    (403, "application/problem+json"): _problem("Your token or role does not include this."),
    (429, "application/problem+json"): _problem("Too many requests: wait `Retry-After` seconds."),
    (503, "application/problem+json"): _problem(
        "Busy, starting or being restored: wait `Retry-After` seconds (or a few), call again."
    ),
}
_TABLES: dict[Any, Any] = {
    (200, "text/csv"): OpenApiResponse(
        OpenApiTypes.STR, "UTF-8 with BOM. The headers say how to go on."
    ),
    (200, XLSX): OpenApiResponse(OpenApiTypes.BINARY, "The same as a workbook, with its notes."),
}
EXPIRED: dict[Any, Any] = {
    (410, "application/problem+json"): _problem(
        "`cursor_expired`: the database was restored, or the cursor is of other filters or another "
        "area. Drop your copy and start again without a cursor."
    )
}
UNCHANGED: dict[Any, Any] = {
    304: OpenApiResponse(description="What you have is what you would get: `If-None-Match` names "
                         "the present `ETag`.")
}  # fmt: skip
MISSING: dict[Any, Any] = {
    (404, "application/problem+json"): _problem("It does not exist, or lies outside of your area.")
}
SYNC = """

**Keeping a copy.** Call without `cursor`, keep `next_cursor`, call again with it, for ever. While
`more` is true call at once, else when you like; an empty page is normal. Store each item by its
`id`, over what you had. An item with `deleted: true` is gone, or has left your area: drop it. The
same item may come again unchanged. Nothing that is committed is ever skipped, however late.
Filters belong to the cursor: start again to change them.

`304` answers a request whose `If-None-Match` is the last `ETag`: the items are the same as then,
and nothing follows them. It is given where `more` is false alone. Go on from its `X-Next-Cursor`,
or from the cursor that you have. Every answer has `X-Next-Cursor` and `X-More`."""


def describe_list(resource: Resource) -> Callable[[Any], Any]:
    """Decorates the list's view with what the document says of it."""
    return extend_schema(
        operation_id=f"{_name(resource)}_list",
        summary=f"{resource.name}: what changed",
        description=str(resource.about) + SYNC,
        tags=[resource.name],
        parameters=[*_parameters(resource), *_headers()],
        responses={
            (200, "application/json"): _page(resource), **_TABLES, **UNCHANGED, **PROBLEMS,
            **EXPIRED,
        },
        examples=[_page_example(resource)],
    )  # fmt: skip


def describe_item(resource: Resource) -> Callable[[Any], Any]:
    """Decorates the item's view with what the document says of it."""
    return extend_schema(
        operation_id=f"{_name(resource)}_item",
        summary=f"{resource.name}: one",
        description=str(resource.about),
        tags=[resource.name],
        parameters=[
            OpenApiParameter("key", str, OpenApiParameter.PATH, description="The item's `id`.")
        ],
        responses={
            (200, "application/json"): resource.serializer, **UNCHANGED, **PROBLEMS, **MISSING,
        },
        examples=[
            OpenApiExample(
                resource.name, dict(resource.example), response_only=True, status_codes=["200"]
            )
        ],
    )  # fmt: skip


def _name(resource: Resource) -> str:
    return resource.name.replace("-", "_")


def _parameters(resource: Resource) -> list[OpenApiParameter]:
    common = [
        OpenApiParameter("cursor", str, description="`next_cursor` of the page before. Left out: "
                         "from the beginning. Opaque: send it as it was given."),
        OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE,
                                   "default": DEFAULT_LIMIT},
                         description="Changes per page."),
        OpenApiParameter("updated_since", OpenApiTypes.DATETIME, description="Only what was noted "
                         "as changed at or after this real time, with an offset. To begin a copy "
                         "late; to keep one, use the cursor."),
        OpenApiParameter("format", str, enum=list(FORMATS), description="Format of the page."),
    ]  # fmt: skip
    if resource.frozen:
        common.append(
            OpenApiParameter("as_of", OpenApiTypes.DATETIME, description="As known at this "
                             "scenario time, with an offset; in order of id, without tombstones.")
        )  # fmt: skip
    return common + [_filter(each) for each in resource.all_filters]


def _headers() -> list[OpenApiParameter]:
    """What stands beside every page, also beside the one that is not sent again."""
    said: dict[str, tuple[Any, str]] = {
        "ETag": (OpenApiTypes.STR, "Of the items; weak."),
        "X-Next-Cursor": (OpenApiTypes.STR, "Where to go on, as `next_cursor`."),
        "X-More": (OpenApiTypes.BOOL, "Whether to go on at once, as `more`."),
    }
    return [
        OpenApiParameter(name, kind, OpenApiParameter.HEADER, required=True, response=[200, 304],
                         description=words)
        for name, (kind, words) in said.items()
    ]  # fmt: skip


def _filter(each: Filter) -> OpenApiParameter:
    if each.choices:
        return OpenApiParameter(each.name, str, enum=list(each.choices), description=str(each.help))
    kind = {"type": "integer", "minimum": 0, "maximum": 2**31 - 1}
    return OpenApiParameter(each.name, kind, description=str(each.help))


def _page(resource: Resource) -> type[serializers.Serializer[Any]]:
    """The envelope of a resource's list."""
    name = "".join(part.title() for part in resource.name.split("-"))
    either = PolymorphicProxySerializer(
        component_name=f"{name}Entry",
        serializers=[resource.serializer, Tombstone],
        resource_type_field_name=None,
    )

    @extend_schema_field(either)
    class Entry(serializers.Field[Any, Any, Any, Any]):
        pass

    fields: dict[str, Any] = {
        "as_of": serializers.DateTimeField(help_text="Scenario time of the answer, or the `as_of` "
                                           "that was asked for."),
        "source": serializers.CharField(help_text="Which part of the house knows this."),
        "next_cursor": serializers.CharField(help_text="Where to go on; always given."),
        "more": serializers.BooleanField(help_text="Whether to go on at once."),
        "items": serializers.ListField(child=Entry(), help_text="In order of their last change."),
    }  # fmt: skip
    return type(f"{name}Page", (serializers.Serializer,), fields)


def _page_example(resource: Resource) -> OpenApiExample:
    gone = {"id": resource.example["id"], "deleted": True,
            "changed_at": resource.example["changed_at"]}  # fmt: skip
    body = {
        "as_of": "2021-11-04T21:06:00+08:00", "source": resource.source, "next_cursor": CURSOR,
        "more": False, "items": [dict(resource.example), gone],
    }  # fmt: skip
    return OpenApiExample(resource.name, body, response_only=True, status_codes=["200"])
