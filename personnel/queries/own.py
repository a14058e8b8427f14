"""Who of the district's people an account is: for pages of one's own things and no others'."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.scope import Scope, scoped
from core.statements import run
from personnel.models import StaffMember


@contextmanager
def own_member(user_id: int, *, actor: str) -> Iterator[StaffMember | None]:
    """The person behind an account, with the floor open for what is booked for them anywhere in
    their district; None for an account that is nobody on the list.

    The floor is that of the whole district: whoever reads under it names the person in every
    query, and nothing else.
    """
    found = run("SELECT member_id, district_id FROM personnel_own_staff(%s)", [user_id])
    if not found:
        yield None
        return
    ((member_id, district_id),) = found
    with scoped(Scope(districts=frozenset({district_id}), actor=actor)):
        yield StaffMember.objects.select_related("home_unit").get(pk=member_id)
