"""How a service finds what an address names: locked, within the caller's area, or HTTP 404."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from campaigns.models import Round
from core.inputs import Conflict as Contradiction
from core.inputs import Refused
from core.scope import Scope
from sites.models import SamplingPoint, SamplingUnit


class Unknown(Refused):
    """The thing named by the address does not exist in the caller's area (HTTP 404)."""

    status = 404


def locked_point(point_id: int, scope: Scope) -> SamplingPoint:
    """The point, locked until the transaction ends. Raises Unknown outside the scope."""
    seen = SamplingPoint.objects.within(scope).filter(pk=point_id).order_by().values("pk")
    point = SamplingPoint.objects.select_for_update(no_key=True).filter(pk__in=seen).first()
    if point is None:
        raise Unknown("point_unknown", _("There is no such point in your area."))
    return point


def locked_unit(unit_id: int, scope: Scope) -> SamplingUnit:
    """The unit, locked until the transaction ends. Raises Unknown outside the scope."""
    seen = SamplingUnit.objects.within(scope).filter(pk=unit_id).values("pk")
    unit = SamplingUnit.objects.select_for_update(no_key=True).filter(pk__in=seen).first()
    if unit is None:
        raise Unknown("unit_unknown", _("There is no such unit in your area."))
    return unit


def refuse_closed_round(round_id: int) -> None:
    """Nothing is set up or opened any more in a round that is closed."""
    if Round.objects.filter(pk=round_id, state=Round.State.CLOSED).exists():
        raise Contradiction("round_closed", _("This round is closed; its points stay as they are."))
