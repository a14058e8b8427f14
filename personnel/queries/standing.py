"""From postings, devices and links to `Scope`: the one place where rights become a value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from campaigns.models import Division
from core.scope import Scope
from personnel.models import Device, Posting, User, WallLink
from personnel.roles import DEVICE_PERMISSIONS, POLICY, WALL_PERMISSIONS, Role, rank


@dataclass(frozen=True)
class Standing:
    """What a person is right now: the role they act in, the others they could, and its scope."""

    role: Role
    roles: tuple[Role, ...]
    scope: Scope


def standing_of(user_id: int, *, at: datetime, role: str = "") -> Standing | None:
    """The standing of a user at `at` (real time), or None without a valid posting.

    One acts in one role at a time, in every division where one holds it: a flat union over roles
    would give a commander of one district who is an official in another the commander's rights
    in both. `role` is the role asked for; if it is not held, the widest one is taken.
    """
    postings = list(Posting.objects.valid_at(at).filter(user_id=user_id).select_related("division"))
    roles = tuple(sorted({Role(posting.role) for posting in postings}, key=rank))
    if not roles:
        return None
    acting = Role(role) if role in roles else roles[0]
    divisions = [posting.division for posting in postings if posting.role == acting]
    return Standing(acting, roles, _scope(divisions, acting, f"user:{user_id}:{acting}"))


def _scope(divisions: Iterable[Division], role: Role, actor: str) -> Scope:
    policy = POLICY[role]
    ids: dict[str, set[int]] = {"district": set(), "street": set(), "community": set()}
    floor: set[int] = set()
    for division in divisions:
        # A posting at a level that its role cannot have gives nothing rather than too much.
        if division.level in policy.levels:
            ids[division.level].add(division.pk)
            if division.level == "community" and division.street_id is not None:
                floor.add(division.street_id)
    return Scope(
        districts=frozenset(ids["district"]),
        streets=frozenset(ids["street"]),
        communities=frozenset(ids["community"]),
        permissions=frozenset(permission.value for permission in policy.permissions),
        actor=actor,
        floor_streets=frozenset(floor),
    )


def device_scope(device_id: int, *, unit_id: int, street_id: int) -> Scope:
    """What a device sees: its own unit. Row-level security opens its street for what it writes."""
    return Scope(
        units=frozenset({unit_id}),
        permissions=frozenset(permission.value for permission in DEVICE_PERMISSIONS),
        actor=f"device:{device_id}",
        floor_streets=frozenset({street_id}),
    )


def wall_scope(link: WallLink) -> Scope:
    """What a wall's link sees: the link's division, and only the wall."""
    division = link.division
    return Scope(
        districts=frozenset({division.pk} if division.level == "district" else ()),
        streets=frozenset({division.pk} if division.level == "street" else ()),
        permissions=frozenset(permission.value for permission in WALL_PERMISSIONS),
        actor=f"wall:{link.pk}",
    )


def scope_of_actor(actor: str, *, at: datetime) -> Scope | None:
    """The scope that `actor` (a `Scope.actor` written earlier) has at `at` (real time), or None.

    A pulse ticket carries the actor; whoever renews it asks here first, so that a posting that
    ended, an account switched off, a role given up, a link or a device revoked ends it too.
    """
    kind, _sep, rest = actor.partition(":")
    number, _sep, role = rest.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    if kind == "user":
        standing = standing_of(int(number), at=at, role=role)
        return standing.scope if standing and standing.role == role else None
    if kind == "wall":
        link = WallLink.objects.working_at(at).select_related("division").filter(pk=number).first()
        return wall_scope(link) if link else None
    if kind == "device":
        device = Device.objects.working_at(at).select_related("unit").filter(pk=number).first()
        if device:
            unit = device.unit
            return device_scope(device.pk, unit_id=unit.pk, street_id=unit.street_id)
    return None


def accounts_within(scope: Scope) -> QuerySet[User]:
    """Accounts that hold or held a posting in one of the scope's districts."""
    if not scope.districts:
        return User.objects.none()
    theirs = Posting.objects.filter(
        user=OuterRef("pk"), division__district_id__in=sorted(scope.districts)
    )
    return User.objects.filter(Exists(theirs))


def with_postings(users: QuerySet[User], scope: Scope) -> QuerySet[User]:
    """The accounts with their postings in the scope's districts as `shown`, newest first."""
    shown = (
        Posting.objects.filter(division__district_id__in=sorted(scope.districts))
        .select_related("division")
        .order_by("-starts_at", "-pk")
    )
    return users.prefetch_related(Prefetch("postings", queryset=shown, to_attr="shown"))


def is_posted_elsewhere(user_id: int, scope: Scope, *, at: datetime) -> bool:
    """Whether a posting that counts now or later lies outside of the scope's districts.

    Whoever runs accounts in one district must not gain the rights that a person has in another.
    """
    open_ones = Posting.objects.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), user=user_id)
    return open_ones.exclude(division__district_id__in=sorted(scope.districts)).exists()
