"""Whether a district notes who is on site: status of its resources, never a score of a person."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import NormSetting
from core import audit
from core.inputs import Refused
from core.scope import Scope
from personnel.services.duty_rules import in_words
from sites.services.finding import Unknown

CODE = "attendance"
NOTED, NOT_NOTED = Decimal(1), Decimal(2)


def is_noted(district_id: int) -> bool:
    """Whether arriving and leaving are noted and shown in this district; they are unless said."""
    rows = NormSetting.objects.filter(district_id=district_id, code=CODE)
    value = rows.values_list("value", flat=True).first()
    return value is None or value == NOTED


@transaction.atomic
def note_attendance(
    *, district_id: int, wanted: bool, reason: str, scope: Scope, by: str, at: datetime
) -> None:
    """Switch the noting of presence on or off for a district. Raises Refused without a reason."""
    if district_id not in scope.districts:
        raise Unknown("district_unknown", _("There is no such district in your area."))
    if is_noted(district_id) == wanted:
        return
    words = in_words(reason)
    if not words:
        raise Refused("reason_missing", _("Say why.")).at("reason")
    NormSetting.objects.update_or_create(
        district_id=district_id,
        code=CODE,
        defaults={
            "value": NOTED if wanted else NOT_NOTED, "reason": words, "at": at, "by": by,
        },
    )  # fmt: skip
    audit.record(
        by=by, at=at, act="duty.attendance", object_type="district", object_id=district_id,
        district_id=district_id, noted=wanted, reason=words,
    )  # fmt: skip
