"""Task forces of the command (S079, S088): any number, each with a lead body, a head, members."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Conflict, Refused
from core.locks import named_lock
from core.scope import Scope
from personnel.models import Organisation, StaffMember, TaskForce
from personnel.services.codes import next_code
from personnel.services.staff import StaffUnknown, kept_member


class TaskForceUnknown(Refused):
    """No such task force in the caller's district (HTTP 404)."""

    status = 404

    def __init__(self) -> None:
        super().__init__("task_force_unknown", _("There is no such task force."))


@dataclass(frozen=True)
class ForceDetails:
    name: str
    name_en: str = ""
    lead_id: int | None = None
    head_id: UUID | None = None


@transaction.atomic
def add_task_force(
    *, district_id: int, details: ForceDetails, scope: Scope, by: str, at: datetime
) -> TaskForce:
    """Add a task force at the end of the list. Raises TaskForceUnknown for another's district."""
    if not (scope.everything or district_id in scope.districts):
        raise TaskForceUnknown
    named_lock(f"task-forces/{district_id}")
    forces = TaskForce.objects.filter(district_id=district_id)
    if forces.filter(name=details.name).exists():
        raise Conflict("task_force_twice", _("A task force of this name is there already.")).at(
            "name"
        )
    last = forces.aggregate(last=Max("position"))["last"]
    force = TaskForce(
        district_id=district_id,
        code=next_code(TaskForce, district_id, "F"),
        position=(last or 0) + 1,
    )
    _fill(force, details)
    force.save(force_insert=True)
    _trail(force, "task_force.add", by, at)
    return force


@transaction.atomic
def change_task_force(
    *, force_id: int, details: ForceDetails, scope: Scope, by: str, at: datetime
) -> TaskForce:
    """Rename a task force, or give it another lead body or head (one of its members)."""
    force = _locked(force_id, scope)
    before = {"title": force.name, "lead": force.lead_id, "head": force.head_id}
    _fill(force, details)
    force.save()
    after = {"title": force.name, "lead": force.lead_id, "head": force.head_id}
    if changed := audit.changes(before, after):
        _trail(force, "task_force.change", by, at, changed=changed)
    return force


@transaction.atomic
def add_to_task_force(
    *, force_id: int, member_id: UUID, scope: Scope, by: str, at: datetime
) -> None:
    """Take a person of the district's list into a task force; twice is once."""
    force = _locked(force_id, scope)
    member = kept_member(member_id, scope)
    if member.district_id != force.district_id or member.left_at is not None:
        raise StaffUnknown
    if not force.members.filter(pk=member.pk).exists():
        force.members.add(member)
        _trail(force, "task_force.member", by, at, member=str(member.pk))


@transaction.atomic
def take_from_task_force(
    *, force_id: int, member_id: UUID, scope: Scope, by: str, at: datetime
) -> None:
    """Let a person go from a task force; its head is then open, if it was that person."""
    force = _locked(force_id, scope)
    member = force.members.filter(pk=member_id).first()
    if member is None:
        return
    force.members.remove(member)
    if force.head_id == member_id:
        force.head = None
        force.save(update_fields=["head"])
    _trail(force, "task_force.member_out", by, at, member=str(member_id))


def _locked(force_id: int, scope: Scope) -> TaskForce:
    found = TaskForce.objects.within(scope).select_for_update(of=("self",), no_key=True)
    force = found.filter(pk=force_id).first()
    if force is None:
        raise TaskForceUnknown
    return force


def _fill(force: TaskForce, details: ForceDetails) -> None:
    force.name, force.name_en = details.name, details.name_en
    force.lead, force.head = None, None
    if details.lead_id is not None:
        bodies = Organisation.objects.filter(district_id=force.district_id)
        force.lead = bodies.filter(pk=details.lead_id).first()
        if force.lead is None:
            raise Refused("lead", _("Choose a body of your district.")).at("lead")
    if details.head_id is not None:
        head: StaffMember | None = None
        if force.pk:
            head = force.members.filter(pk=details.head_id, left_at__isnull=True).first()
        if head is None:
            raise Refused("head", _("The head is one of the members: add the person first.")).at(
                "head"
            )
        force.head = head


def _trail(force: TaskForce, act: str, by: str, at: datetime, **summary: Any) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="task_force", object_id=force.pk,
        district_id=force.district_id, **summary,
    )  # fmt: skip
