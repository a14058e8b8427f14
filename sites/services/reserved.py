"""Places kept for sampling in a residential compound (S081)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from campaigns.models.divisions import Level
from core import audit
from core.inputs import Refused
from core.scope import Scope
from sites.models import ReservedSite
from sites.services.finding import Unknown


@transaction.atomic
def reserve_site(
    *, compound_id: int, name: str, note: str, scope: Scope, by: str, at: datetime
) -> ReservedSite:
    """Keep a place in a compound; one of the same name there is returned as it is."""
    compound = Division.objects.within(scope).filter(pk=compound_id, level=Level.COMPOUND).first()
    if compound is None:
        raise Refused("compound_unknown", _("Choose a compound of your area.")).at("compound")
    site, made = ReservedSite.objects.get_or_create(
        compound=compound, name=name, defaults={"note": note, "at": at, "by": by}
    )
    if made:
        _note(site, act="reserved.add", by=by, at=at)
    return site


@transaction.atomic
def release_site(*, site_id: int, scope: Scope, by: str, at: datetime) -> None:
    """Give a kept place up. Raises Unknown outside the scope."""
    site = ReservedSite.objects.within(scope).filter(pk=site_id).first()
    if site is None:
        raise Unknown("reserved_unknown", _("There is no such place in your area."))
    _note(site, act="reserved.remove", by=by, at=at)
    site.delete()


def _note(site: ReservedSite, *, act: str, by: str, at: datetime) -> None:
    audit.record(
        by=by,
        at=at,
        act=act,
        object_type="reserved_site",
        object_id=site.pk,
        district_id=site.compound.district_id,
        street_id=site.compound.street_id,
        compound=site.compound_id,
    )
