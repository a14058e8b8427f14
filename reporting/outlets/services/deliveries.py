"""Addresses of superiors' machines, and messages for them: made, sent again, switched off."""

from __future__ import annotations

import base64
import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Conflict
from core.locks import submission_lock
from core.scope import Scope
from reporting.outlets.models import (
    Delivery,
    DeliveryState,
    Endpoint,
    OutletRun,
    RunFile,
    RunStep,
    Superior,
)
from reporting.outlets.services.upward_addresses import judged_url
from reporting.outlets.services.upward_steps import run_held, step, unknown

SECRET_BYTES = 32
OLD_SECRET_LIVES = timedelta(hours=24)


@transaction.atomic
def add_endpoint(
    *, superior_id: int, url: str, scope: Scope, by: str, at: datetime
) -> tuple[Endpoint, str]:
    """Enter an address and return it with its secret, which is shown this once."""
    superior = Superior.objects.within(scope).filter(pk=superior_id).first()
    if superior is None:
        raise unknown()
    target = judged_url(url)
    secret = new_secret()
    made = Endpoint.objects.create(
        superior=superior, url=url, secret=secret, made_at=at, made_by=by
    )
    _note(made, "endpoint.add", by, at, host=target.host)
    return made, secret


@transaction.atomic
def rotate_secret(*, endpoint_id: int, scope: Scope, by: str, at: datetime) -> tuple[Endpoint, str]:
    """A new secret, shown this once; the old one signs beside it for a day.

    Asked again within that day, the one that no receiver may have seen yet is replaced: what the
    receiver knows goes on signing.
    """
    endpoint = _held(endpoint_id, scope)
    secret, now = new_secret(), timezone.now()
    if endpoint.old_until is None or endpoint.old_until <= now:
        endpoint.old_secret, endpoint.old_until = endpoint.secret, now + OLD_SECRET_LIVES
    endpoint.secret = secret
    endpoint.save(update_fields=["secret", "old_secret", "old_until"])
    _note(endpoint, "endpoint.rotate", by, at)
    return endpoint, secret


@transaction.atomic
def switch_endpoint(
    *, endpoint_id: int, on: bool, why: str = "by_hand", scope: Scope, by: str, at: datetime
) -> Endpoint:
    """Stop sending to an address, or begin again; what waits for it goes on then."""
    endpoint = _held(endpoint_id, scope)
    if on == (endpoint.disabled_at is None):
        return endpoint
    endpoint.disabled_at, endpoint.disabled_why = (None, "") if on else (at, why)
    endpoint.save(update_fields=["disabled_at", "disabled_why"])
    _note(endpoint, "endpoint.on" if on else "endpoint.off", by, at, why=why)
    return endpoint


@transaction.atomic
def send_test(
    *, endpoint_id: int, key: UUID | None = None, scope: Scope, by: str, at: datetime
) -> Delivery:
    """A message without figures, to see whether an address takes ours. The same key again is the
    same message."""
    submission_lock(key)
    endpoint = _held(endpoint_id, scope)
    if known := _known(key, endpoint):
        return known
    _refuse_disabled(endpoint)
    made = _queue(endpoint, None, Delivery.Event.TEST, {}, key=key, by=by, at=at)
    _note(endpoint, "endpoint.test", by, at, delivery=str(made.pk))
    return made


@transaction.atomic
def send_run(
    *, run_id: int, endpoint_id: int | None = None, key: UUID | None = None, scope: Scope, by: str,
    at: datetime,
) -> Delivery:  # fmt: skip
    """A new message with the very bytes of an issue, to its own address or another of the
    superior's. Figures are never made anew for it; the same key again is the same message."""
    submission_lock(key)
    run = run_held(run_id, scope)
    file = RunFile.objects.filter(run=run).first()
    if file is None:
        raise Conflict("run_not_made", _("There is no file yet that could have been sent."))
    wanted = endpoint_id or run.outlet.endpoint_id
    own = Endpoint.objects.filter(superior_id=run.outlet.superior_id)
    found = own.filter(pk=wanted).first() if wanted else None
    if found is None:
        raise Conflict("run_by_hand", _("This superior has no address that it could be sent to."))
    if known := _known(key, found):
        return known
    _refuse_disabled(found)
    return queue_run(run, file, found, key=key, by=by, at=at)


def queue_run(
    run: OutletRun, file: RunFile, endpoint: Endpoint, *, key: UUID | None = None, by: str,
    at: datetime,
) -> Delivery:  # fmt: skip
    """Put an issue on its way, in the caller's transaction."""
    made = _queue(endpoint, run, Delivery.Event.RUN, _said(run, file), key=key, by=by, at=at)
    step(run, RunStep.Act.QUEUED, by=by, at=at, delivery=str(made.pk))
    return made


@transaction.atomic
def replay(*, delivery_id: UUID, scope: Scope, by: str, at: datetime) -> Delivery:
    """Send a message again under its own id: a receiver that has it already leaves it."""
    found = (
        Delivery.objects.within(scope)
        .select_related("endpoint__superior")
        .select_for_update(no_key=True, of=("self",))
        .filter(pk=delivery_id)
        .first()
    )
    if found is None:
        raise unknown()
    _refuse_disabled(found.endpoint)
    if found.lease is not None and found.state == DeliveryState.WAITING:
        raise Conflict("delivery_at_work", _("It is being sent just now."))
    found.state, found.ended_at, found.outcome = DeliveryState.WAITING, None, ""
    found.tries, found.next_at = 0, timezone.now()
    found.save(update_fields=["state", "ended_at", "outcome", "tries", "next_at"])
    _note(found.endpoint, "delivery.replay", by, at, delivery=str(found.pk))
    return found


def new_secret() -> str:
    """A signing secret as the receiver enters it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def _queue(
    endpoint: Endpoint,
    run: OutletRun | None,
    event: str,
    said: dict[str, Any],
    *,
    key: UUID | None,
    by: str,
    at: datetime,
) -> Delivery:
    body = {"type": event, "timestamp": at.isoformat(), "data": said}
    return Delivery.objects.create(
        id=key or uuid4(), endpoint=endpoint, run=run, event=event, made_at=at, made_by=by,
        next_at=timezone.now(),
        body=json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode(),
    )  # fmt: skip


def _said(run: OutletRun, file: RunFile) -> dict[str, Any]:
    """What a receiver learns of an issue: whose, of when, and the file itself."""
    round_ = run.round
    return {
        "outlet": run.outlet_id,
        "title": run.outlet.title,
        "superior": run.outlet.superior.name,
        "district": run.outlet.superior.district.code,
        "issue": run.number,
        "round": {"id": round_.pk, "campaign": round_.campaign.name, "number": round_.number},
        "as_of": run.as_of.isoformat(),
        "figures_as_of": file.figures_as_of.isoformat(),
        "due_at": run.due_at.isoformat(),
        "file": {
            "name": file.name,
            "content_type": file.content_type,
            "sha256": file.sha256,
            "base64": base64.b64encode(bytes(file.data)).decode(),
        },
    }


def _known(key: UUID | None, endpoint: Endpoint) -> Delivery | None:
    """The message that an earlier press of the same button made."""
    found = Delivery.objects.filter(pk=key).first() if key is not None else None
    if found is not None and found.endpoint_id != endpoint.pk:
        raise unknown()
    return found


def _held(endpoint_id: int, scope: Scope) -> Endpoint:
    endpoints = Endpoint.objects.within(scope).select_related("superior")
    found = endpoints.select_for_update(no_key=True, of=("self",)).filter(pk=endpoint_id).first()
    if found is None:
        raise unknown()
    return found


def _refuse_disabled(endpoint: Endpoint) -> None:
    if endpoint.disabled_at is not None:
        raise Conflict("endpoint_off", _("This address is switched off. Switch it on first."))


def _note(endpoint: Endpoint, act: str, by: str, at: datetime, **said: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="endpoint", object_id=endpoint.pk,
        district_id=endpoint.superior.district_id, **said,
    )  # fmt: skip
