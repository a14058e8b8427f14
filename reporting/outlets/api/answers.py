"""How a page of the API becomes bytes: format, entity tag, compression, the log of pulls.

Every list passes through `answer`. A format is a function in `FORMATS`, chosen by `?format=`, or by
an `Accept` header that names its media type.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import get_language
from rest_framework.request import Request

from core.query import query_choice
from core.sheets.writing import CSV, XLSX
from reporting.outlets.api.resources import Page
from reporting.outlets.formats.pages import page_as_csv, page_as_xlsx
from reporting.outlets.services.pulls import note_pull

# Words that are translated late are text by now; everything else it knows.
_ENCODER = msgspec.json.Encoder(enc_hook=str)
SMALL = 1_000
"""Bytes under which compression costs more than it saves."""


@dataclass(frozen=True)
class Form:
    """One format of a page. `extension` makes it a file to download; "" is shown as it is."""

    media_type: str
    write: Callable[[Page], bytes]
    extension: str = ""


def _json(page: Page) -> bytes:
    return as_json(page.body)


def as_json(body: Any) -> bytes:
    """The JSON form of serialized data, UTF-8."""
    return _ENCODER.encode(body)


FORMATS: dict[str, Form] = {
    "json": Form("application/json", _json),
    "csv": Form(CSV, page_as_csv, "csv"),
    "xlsx": Form(XLSX, page_as_xlsx, "xlsx"),
}
"""Formats of pages by their name in `?format=`."""


def answer(request: Request, page: Page) -> HttpResponse:
    """The page in the format that was asked for; 304 where the caller has these items already.

    The entity tag is of the items and not of the place: two answers with equal items may differ in
    `as_of` and in `next_cursor`. Hence a weak tag, and hence how to go on stands beside every
    answer, the 304 too, as beside a table, which has no envelope. A page with more behind it is
    never 304: whoever asked for the next of two equal pages would be held at the first.
    """
    name = form_of(request)
    form = FORMATS[name]
    tag = _tag(page.question, name, page.more, as_json(page.items))
    same = not page.more and _known(request, tag)
    response = HttpResponse(status=304) if same else _written(form, page)
    response["X-Next-Cursor"] = page.next_cursor
    response["X-More"] = str(page.more).lower()
    return finish(request, response, tag, page.as_of, rows=0 if same else len(page.items))


def _written(form: Form, page: Page) -> HttpResponse:
    response = HttpResponse(form.write(page), content_type=form.media_type)
    if form.extension:
        response["Content-Disposition"] = (
            f'attachment; filename="{page.resource.name}.{form.extension}"'
        )
    return response


def answer_json(request: Request, body: Any, *, as_of: datetime, same: Any = None) -> HttpResponse:
    """One thing, or a document of its own shape, as JSON. `same` is what makes two answers equal,
    where that is less than the whole body."""
    content = as_json(body)
    return answer_document(
        request,
        content,
        "application/json",
        as_of=as_of,
        same=content if same is None else as_json(same),
    )


def answer_document(
    request: Request, content: bytes, media_type: str, *, as_of: datetime, same: bytes
) -> HttpResponse:
    """A document of any media type; `same` is what makes two of its answers equal."""
    tag = _tag(request.path, same)
    if _known(request, tag):
        return finish(request, HttpResponse(status=304), tag, as_of, rows=0)
    return finish(request, HttpResponse(content, content_type=media_type), tag, as_of, rows=1)


def form_of(request: Request) -> str:
    """The format's name: `?format=`, else a media type that `Accept` names exactly, else JSON."""
    if "format" in request._request.GET:
        return query_choice(request._request, "format", tuple(FORMATS), default="json")
    accepted = [part.split(";")[0].strip() for part in request.headers.get("Accept", "").split(",")]
    named = {form.media_type.split(";")[0]: name for name, form in FORMATS.items()}
    return next((named[each] for each in accepted if each in named), "json")


def finish(
    request: Request, response: HttpResponse, tag: str, as_of: datetime, *, rows: int
) -> HttpResponse:
    """Headers for caches, compression where it was asked for, and one row in the log of pulls."""
    response["ETag"] = tag
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(
        response, ("Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie")
    )
    if len(response.content) > SMALL and _wants_gzip(request):
        response.content = gzip.compress(response.content, compresslevel=5, mtime=0)
        response["Content-Encoding"] = "gzip"
    response["Content-Length"] = str(len(response.content))
    match = request._request.resolver_match
    note_pull(
        request.user,
        match.view_name if match else request.path,
        rows,
        response.status_code,
        as_of,
        parameters=list(request._request.GET),
        size=len(response.content),
    )
    return response


def _tag(*parts: Any) -> str:
    digest = hashlib.blake2b(digest_size=12)
    for part in (get_language(), *parts):
        digest.update(part if isinstance(part, bytes) else repr(part).encode())
        digest.update(b"|")
    return f'W/"{digest.hexdigest()}"'


def _known(request: Request, tag: str) -> bool:
    held = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in held or tag in held or tag.removeprefix("W/") in held


def _wants_gzip(request: Request) -> bool:
    for part in request.headers.get("Accept-Encoding", "").lower().split(","):
        coding, _sep, weight = part.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0")
    return False
