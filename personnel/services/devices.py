"""Devices: a code that lives ten minutes becomes a token that lives fourteen days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core.inputs import Refused
from personnel import tokens
from personnel.models import Device
from personnel.services import roll
from personnel.services.trail import note
from sites.models import SamplingUnit

CODE_LIVES = timedelta(minutes=10)
TOKEN_LIVES = timedelta(days=14)


@dataclass(frozen=True)
class Enrolled:
    """The answer to a spent code. The token is shown here once and never again."""

    device: Device
    token: str


@transaction.atomic
def issue_code(*, unit: SamplingUnit, label: str, by: str, at: datetime) -> tuple[Device, str]:
    """Prepare a device for `unit` and return it with its code `XXXX-XXXX`, good for 10 minutes."""
    code = tokens.new_code()
    device = Device.objects.create(
        unit=unit,
        label=label,
        created_at=at,
        created_by=by,
        code_hash=tokens.code_hash(tokens.fold_code(code) or ""),
        code_expires_at=at + CODE_LIVES,
    )
    _note(device, by=by, act="device_code_issued")
    return device, code


@transaction.atomic
def enrol(*, code: str, at: datetime) -> Enrolled:
    """Spend a code at `at` (real time): of two callers with one code, exactly one gets a token.

    Raises:
        Refused: the code is unknown, spent, expired or withdrawn (never said which).
    """
    folded = tokens.fold_code(code)
    device = (
        Device.objects.select_for_update(of=("self",), no_key=True)
        .select_related("unit__point")
        .filter(
            code_hash=tokens.code_hash(folded),
            code_expires_at__gt=at,
            revoked_at__isnull=True,
        )
        .first()
        if folded
        else None
    )
    if device is None:
        raise Refused(
            "code_not_valid",
            _("This code is not valid. Ask for a new one; a code works once, for ten minutes."),
        )
    token = tokens.new_token()
    device.code_hash = device.code_expires_at = None
    device.token_hash = tokens.token_hash(token)
    device.enrolled_at = at
    device.expires_at = at + TOKEN_LIVES
    device.save(
        update_fields=["code_hash", "code_expires_at", "token_hash", "enrolled_at", "expires_at"]
    )
    _note(device, by=f"device:{device.pk}", act="device_enrolled")
    return Enrolled(device, token)


def revoke(*, device: Device, by: str, at: datetime) -> bool:
    """End a device's code and token at `at`; False if it was revoked already.

    This process refuses the token at once, every other within `roll.CALL_SECONDS`.
    """
    with transaction.atomic():
        revoked = Device.objects.filter(pk=device.pk, revoked_at__isnull=True).update(
            revoked_at=at, revoked_by=by, code_hash=None, code_expires_at=None
        )
        if revoked:
            _note(device, by=by, act="device_revoked")
    roll.forget(device.pk)
    return bool(revoked)


def _note(device: Device, *, by: str, act: str) -> None:
    note(
        by=by,
        act=act,
        object_type="device",
        object_id=device.pk,
        district_id=device.unit.district_id,
        street_id=device.unit.street_id,
        unit=device.unit_id,
    )
