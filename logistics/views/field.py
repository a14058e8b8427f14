"""One's own page on duty: what is asked of me, my trip, my visits; steps by button or by phone."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from core import clock
from core.inputs import Conflict, Refused, parse_instant, whole_number
from core.offline import PERSON_HEADER, worker_response
from core.pages import page_or_partial
from core.problems import problem_response
from core.query import refuse_unknown_query
from core.strict_json import BadBody, read_json, refuse_unknown_fields
from logistics.permissions import check_can_see_own_duty
from logistics.queries.own import own_of
from logistics.services.phone import Outcome, Sent, take_phone_steps
from personnel.queries.own import own_member
from personnel.services.duty_locks import BUSY

PAGE, PARTIAL = "logistics/field/page.html", "logistics/field/own.html"
FIELDS = ("key", "subject", "id", "act", "reason", "counted", "device_at")
MOST = 100
LONGEST = 200
LARGEST_ID = 2**63 - 1

DECLINES = (
    _("ill"),
    _("needed at another place"),
    _("hours are over, rest is due"),
    _("no way to get there in time"),
    _("vehicle is not fit"),
)
BREAKDOWNS = (
    _("flat tyre"),
    _("engine or electrics"),
    _("accident, nobody hurt"),
    _("accident, somebody is hurt: help was called"),
    _("road is closed"),
)
OUTCOMES = (
    ("absent", _("nobody there")),
    ("refused", _("refuses")),
    ("again", _("to be tried again")),
)


@never_cache
@require_safe
def own_page(request: HttpRequest) -> HttpResponse:
    """All that is booked for the person behind this account, and nothing of others."""
    check_can_see_own_duty(request.scope)
    refuse_unknown_query(request, ())
    return _page(request)


@never_cache
@require_POST
def step(request: HttpRequest) -> HttpResponse:
    """One button, without scripts: back to the page, or the page with why it was not taken."""
    check_can_see_own_duty(request.scope)
    try:
        sent = _sent(_typed(request), "")
        (outcome,) = _take(request, [sent])
    except Refused as refused:
        return _page(request, refused=refused.text, status=422)
    if outcome.verdict in ("conflict", "refused"):
        return _page(request, refused=outcome.words, status=422)
    messages.success(request, gettext("Noted."))
    return HttpResponseRedirect(reverse("field:own"))


@never_cache
@require_POST
def steps(request: HttpRequest) -> HttpResponse:
    """Steps from a phone's store, in their order; each is answered by its own verdict."""
    try:
        # First whose they are: what the next person may not do is no answer to these steps.
        _refuse_other_person(request)
        check_can_see_own_duty(request.scope)
        refuse_unknown_query(request, ())
        batch = _batch(read_json(request))
        outcomes = _take(request, batch)
    except Refused as refused:
        return problem_response(
            request, status=503 if refused.code == BUSY else refused.status,
            code=refused.code, detail=refused.text,
            errors=[{"path": refused.path, "code": refused.code, "message": refused.text}],
        )  # fmt: skip
    return JsonResponse(
        {
            "now": clock.now().isoformat(),
            "outcomes": [
                {"key": str(one.key), "verdict": one.verdict, "code": one.code, "words": one.words}
                for one in outcomes
            ],
        }
    )


@login_not_required
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The helper for a lost network, for one's own page."""
    return worker_response()


def _page(request: HttpRequest, *, refused: str = "", status: int = 200) -> HttpResponse:
    at = clock.now()
    with own_member(request.user.pk, actor=request.scope.actor) as member:
        own = own_of(member, at=at) if member is not None else None
        context = {
            "member": member, "own": own, "at": at, "rate": clock.rate(), "refused": refused,
            "declines": DECLINES, "breakdowns": BREAKDOWNS, "outcomes": OUTCOMES,
        }  # fmt: skip
        response = page_or_partial(request, PAGE, PARTIAL, context, status=status)
    response[PERSON_HEADER] = str(request.user.pk)
    return response


def _take(request: HttpRequest, batch: list[Sent]) -> list[Outcome]:
    at, by = clock.now(), request.scope.actor
    with own_member(request.user.pk, actor=by) as member:
        if member is None:
            raise Conflict("not_on_list", _("Your account is nobody on the list of people."))
        return take_phone_steps(batch, member=member, by=by, at=at)


def _typed(request: HttpRequest) -> dict[str, str]:
    """What a form holds: one of the listed reasons, own words, or both."""
    values = {name: request.POST.get(name, "") for name in FIELDS}
    choice = request.POST.get("choice", "")
    values["reason"] = ": ".join(part for part in (choice, values["reason"].strip()) if part)
    return values


def _refuse_other_person(request: HttpRequest) -> None:
    """What one person tapped is never sent under another's name who signed in meanwhile."""
    named = request.headers.get(PERSON_HEADER)
    if named is not None and named != str(request.user.pk):
        raise Conflict("other_person", _("Somebody else is signed in here now."))


def _batch(body: Any) -> list[Sent]:
    if not isinstance(body, dict) or not isinstance(body.get("steps"), list):
        raise BadBody("body_shape", "", _("Send an object with a list of steps."))
    refuse_unknown_fields(body, ("steps",), "")
    found = body["steps"]
    if not 1 <= len(found) <= MOST:
        raise BadBody("too_many", "steps", _("Send 1 to %(most)s steps at a time."), most=MOST)
    return [_item(one, f"steps[{number}]") for number, one in enumerate(found)]


def _item(one: Any, path: str) -> Sent:
    if not isinstance(one, dict):
        raise BadBody("step_shape", path, _("A step is an object."))
    refuse_unknown_fields(one, FIELDS, path)
    values = {name: one.get(name, "") for name in FIELDS}
    for name, value in values.items():
        if not isinstance(value, str) and not (name == "id" and type(value) is int):
            raise BadBody("step_text", f"{path}.{name}", _("This is a text."))
    return _sent(values, path)


def _sent(values: Mapping[str, Any], path: str) -> Sent:
    """A step from a form or a phone. Raises BadBody with the path of what cannot be read."""
    place = f"{path}." if path else ""
    try:
        key = uuid.UUID(str(values["key"]))
    except ValueError as wrong:
        raise BadBody("key", f"{place}key", _("A step has a key of its own.")) from wrong
    for name in ("subject", "act", "reason", "counted"):
        if len(values[name]) > LONGEST:
            raise BadBody("too_long", f"{place}{name}", _("This is too long."))
    try:
        return Sent(
            key=key,
            subject=values["subject"],
            object_id=whole_number(values["id"], maximum=LARGEST_ID),
            act=values["act"],
            reason=values["reason"],
            counted=values["counted"].strip(),
            device_at=_instant(values["device_at"]),
        )
    except Refused as refused:
        raise BadBody(refused.code, f"{place}id", refused.message, **refused.params) from refused


def _instant(text: str) -> datetime | None:
    return parse_instant(text) if text else None
