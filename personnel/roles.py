"""The whole policy on one screen: which role may do what, and where it can be posted.

A permission says *what*; the posting's division says *where*. Both travel in `core.scope.Scope`.
A role that is not here does not exist yet: it comes with the pages that need it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    SEE_BOARD = "see_board"  # the overview of a round
    SEE_STREET = "see_street"  # one street's panels
    SEE_WALL = "see_wall"  # the wallboard
    MANAGE_WALL_LINKS = "manage_wall_links"
    SEE_CONFLICTS = "see_conflicts"
    DECIDE_CONFLICT = "decide_conflict"
    MANAGE_UNITS = "manage_units"  # open, pause, close a sampling unit
    ENTER_TALLY = "enter_tally"
    CAPTURE = "capture"  # devices only: no person holds it
    ENROL_DEVICE = "enrol_device"
    REVOKE_DEVICE = "revoke_device"
    EXPORT_PROGRESS = "export_progress"
    SEE_AUDIT = "see_audit"
    MANAGE_USERS = "manage_users"


class Role(models.TextChoices):
    COMMANDER = "commander", _("commander")
    DISPATCHER = "dispatcher", _("dispatcher")
    PLANNER = "planner", _("planner")
    STREET_OFFICIAL = "street_official", _("street official")
    COMMUNITY_WORKER = "community_worker", _("community worker")
    POINT_LEAD = "point_lead", _("point lead")
    REGISTRAR = "registrar", _("registrar")
    AUDITOR = "auditor", _("auditor")
    REPORTING_OFFICER = "reporting_officer", _("reporting officer")
    ADMINISTRATOR = "administrator", _("administrator")


@dataclass(frozen=True)
class Policy:
    """What a role may do, and the levels of division at which a person can hold it."""

    levels: frozenset[str]
    permissions: frozenset[Permission]


P = Permission
DISTRICT, STREET, COMMUNITY = "district", "street", "community"
READ = {P.SEE_BOARD, P.SEE_STREET}


def _may(levels: set[str], *permissions: Permission) -> Policy:
    return Policy(frozenset(levels), frozenset(permissions))


# Ordered from the widest reach to the narrowest: a person of several roles starts as the first.
POLICY: dict[Role, Policy] = {
    Role.COMMANDER: _may(
        {DISTRICT}, *READ, P.SEE_WALL, P.MANAGE_WALL_LINKS, P.SEE_CONFLICTS, P.DECIDE_CONFLICT,
        P.EXPORT_PROGRESS,
    ),
    Role.DISPATCHER: _may({DISTRICT}, *READ, P.SEE_WALL, P.SEE_CONFLICTS, P.MANAGE_UNITS),
    Role.PLANNER: _may({DISTRICT}, *READ, P.MANAGE_UNITS, P.EXPORT_PROGRESS),
    Role.REPORTING_OFFICER: _may({DISTRICT, STREET}, *READ, P.SEE_CONFLICTS, P.EXPORT_PROGRESS),
    Role.AUDITOR: _may({DISTRICT}, *READ, P.SEE_CONFLICTS, P.SEE_AUDIT),
    Role.STREET_OFFICIAL: _may(
        {STREET}, *READ, P.SEE_CONFLICTS, P.DECIDE_CONFLICT, P.MANAGE_UNITS, P.ENTER_TALLY,
        P.ENROL_DEVICE, P.REVOKE_DEVICE, P.EXPORT_PROGRESS,
    ),
    Role.POINT_LEAD: _may(
        {STREET}, P.SEE_STREET, P.SEE_CONFLICTS, P.MANAGE_UNITS, P.ENTER_TALLY, P.ENROL_DEVICE,
        P.REVOKE_DEVICE,
    ),
    Role.COMMUNITY_WORKER: _may({COMMUNITY}, P.SEE_BOARD),
    # A registrar works through the device of a unit; the account only enters paper tallies.
    Role.REGISTRAR: _may({STREET, COMMUNITY}, P.ENTER_TALLY),
    # Runs accounts and devices, and sees no figures: separate duties.
    Role.ADMINISTRATOR: _may({DISTRICT}, P.ENROL_DEVICE, P.REVOKE_DEVICE, P.MANAGE_USERS),
}  # fmt: skip

# What a device token and a wall's link carry; neither is a person.
DEVICE_PERMISSIONS = frozenset({P.CAPTURE, P.ENTER_TALLY})
WALL_PERMISSIONS = frozenset({P.SEE_WALL})


def rank(role: str) -> int:
    """Position of a role from the widest reach (0) to the narrowest."""
    return list(POLICY).index(Role(role))
