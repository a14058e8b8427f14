"""Reads of this room: who is what, who is fit for what, who is where and what is missing."""

from personnel.queries.standing import (
    Standing,
    accounts_within,
    device_scope,
    is_posted_elsewhere,
    scope_of_actor,
    standing_of,
    wall_scope,
    with_postings,
)

__all__ = [
    "Standing",
    "accounts_within",
    "device_scope",
    "is_posted_elsewhere",
    "scope_of_actor",
    "standing_of",
    "wall_scope",
    "with_postings",
]
