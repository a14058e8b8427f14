"""Views of the export API: a list and a single item for each resource, all made from its entry."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import clock
from core.query import refuse_unknown_query
from core.scope import Scope
from reporting.outlets.api.answers import answer, answer_json
from reporting.outlets.api.documents import describe_item, describe_list
from reporting.outlets.api.lists import one_of, page_of
from reporting.outlets.api.resources import Resource
from reporting.outlets.authentication import ClientAuthentication, note_refusal
from reporting.outlets.permissions import check_can_pull


class Ours(BaseContentNegotiation):
    """The format is ours to choose (`answers.form_of`), so `Accept` never refuses anybody."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


class ExportView(APIView):
    """Who may call, of every address of the export. Elsewhere a client's token means nothing."""

    # A device is known here, and may not: it is told so.
    authentication_classes = (ClientAuthentication, *APIView.authentication_classes)
    content_negotiation_class = Ours

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """What is refused is logged here; what is answered, where its rows are known."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if 400 <= final.status_code < 500:
            note_refusal(request, final.status_code)
        return final


def scope_of(request: Request) -> Scope:
    """The caller's scope: of a token, a session or a device."""
    scope: Scope = request._request.scope  # type: ignore[attr-defined]
    return scope


class ListView(ExportView):
    """What changed, page by page."""

    resource: Resource

    def get(self, request: Request) -> HttpResponse:
        scope = scope_of(request)
        check_can_pull(scope, right=self.resource.right, daily=self.resource.daily)
        return answer(request, page_of(self.resource, scope, request._request))


class ItemView(ExportView):
    """One thing by its id."""

    resource: Resource

    def get(self, request: Request, key: str) -> HttpResponse:
        scope = scope_of(request)
        check_can_pull(scope, right=self.resource.right, daily=self.resource.daily)
        refuse_unknown_query(request._request, ())
        item = one_of(self.resource, scope, key)
        if item is None:
            raise Http404
        return answer_json(request, item, as_of=clock.now())


def list_view(resource: Resource) -> Any:
    """The list's view. A class of its own, so that its description is its own too."""

    def get(self: ListView, request: Request) -> HttpResponse:
        return ListView.get(self, request)

    return _view(resource, "List", ListView, describe_list(resource)(get))


def item_view(resource: Resource) -> Any:
    """The single item's view."""

    def get(self: ItemView, request: Request, key: str) -> HttpResponse:
        return ItemView.get(self, request, key)

    return _view(resource, "Item", ItemView, describe_item(resource)(get))


def _view(resource: Resource, what: str, parent: type[APIView], get: Any) -> Any:
    name = resource.name.title().replace("-", "") + what
    return type(name, (parent,), {"resource": resource, "get": get}).as_view()  # type: ignore[attr-defined]


class SchemaView(ExportView):
    """The OpenAPI document. Equal for everybody, so made once in a process."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> HttpResponse:
        refuse_unknown_query(request._request, ())
        return answer_json(request, document(), as_of=clock.now())


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document, in English: who writes programs reads it. What its fields mean stands
    in both languages on the page about the API."""
    with override("en"):
        made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made
