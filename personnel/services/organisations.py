"""Bodies that people and vehicles belong to: added, renamed, closed; never deleted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from campaigns.models import Division
from core import audit
from core.inputs import Conflict, Refused
from core.locks import named_lock
from core.scope import Scope
from personnel.models import Organisation
from personnel.services.codes import next_code


class OrganisationUnknown(Refused):
    """No such body is kept in the caller's area (HTTP 404)."""

    status = 404

    def __init__(self) -> None:
        super().__init__("organisation_unknown", _("There is no such body on your list."))


@dataclass(frozen=True)
class Body:
    """What is kept of a body. `street_id` null: of the whole district; `phone` its duty desk."""

    name: str
    kind: str
    name_en: str = ""
    code: str = ""
    street_id: int | None = None
    phone: str = ""


@transaction.atomic
def add_organisation(
    *, district_id: int, body: Body, scope: Scope, by: str, at: datetime
) -> Organisation:
    """Add a body; without a code it gets the next. Raises Refused outside of one's area, and
    Conflict `organisation_twice` for a name that is there already."""
    _check_area(district_id, body.street_id, scope)
    named_lock(f"organisations/{district_id}")
    there = Organisation.objects.filter(district_id=district_id)
    if there.filter(name=body.name, closed_at__isnull=True).exists():
        raise Conflict("organisation_twice", _("A body of this name is there already.")).at("name")
    last = there.aggregate(last=Max("position"))["last"]
    organisation = Organisation(
        district_id=district_id,
        code=body.code or next_code(Organisation, district_id, "U"),
        position=(last or 0) + 1,
    )
    _fill(organisation, body)
    organisation.save(force_insert=True)
    _trail(organisation, "organisation.add", by, at)
    return organisation


@transaction.atomic
def change_organisation(
    *, organisation_id: int, body: Body, closed: bool = False, scope: Scope, by: str, at: datetime
) -> Organisation:
    """Rename a body, give it another telephone, close it (it stays for its people) or open it."""
    found = Organisation.objects.within(scope).select_for_update(of=("self",), no_key=True)
    organisation = found.filter(pk=organisation_id).first()
    if organisation is None:
        raise OrganisationUnknown
    _check_area(organisation.district_id, body.street_id, scope)
    before = _told(organisation)
    _fill(organisation, body)
    if closed != (organisation.closed_at is not None):
        organisation.closed_at = at if closed else None
    organisation.save()
    if changed := audit.changes(before, _told(organisation)):
        _trail(organisation, "organisation.change", by, at, changed=changed)
    return organisation


def _check_area(district_id: int, street_id: int | None, scope: Scope) -> None:
    whole = scope.everything or district_id in scope.districts
    if street_id is None and whole:
        return
    streets = Division.objects.streets().current().filter(district_id=district_id)
    own = street_id is not None and (whole or street_id in scope.streets)
    if not own or not streets.filter(pk__in=[street_id]).exists():
        raise Refused("street", _("Choose a street of your area.")).at("street")


def _fill(organisation: Organisation, body: Body) -> None:
    organisation.name, organisation.name_en = body.name, body.name_en
    organisation.kind, organisation.street_id = body.kind, body.street_id
    organisation.phone = body.phone
    organisation.code = body.code or organisation.code


def _told(organisation: Organisation) -> dict[str, Any]:
    return {
        "code": organisation.code,
        "title": organisation.name,
        "title_en": organisation.name_en,
        "kind": organisation.kind,
        "street": organisation.street_id,
        "closed": organisation.closed_at is not None,
    }


def _trail(organisation: Organisation, act: str, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="organisation", object_id=organisation.pk,
        district_id=organisation.district_id, street_id=organisation.street_id, **summary,
    )  # fmt: skip
