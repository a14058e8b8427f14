"""Conflicts for a person to decide: raised once, decided once, never dropped.

raising   what is listed by the recount and by a sweep (capture lists the others itself)
facts     what is stored around the conflicts of a page, in a constant number of statements
choices   what can be decided about each, and what that does to the figures: pure functions
deciding  exactly what was announced, through the same capture as a device's events
"""

from sites.services.conflicts.choices import Account, Case, Choice, Effect, case_of, label_of
from sites.services.conflicts.deciding import Unknown, decide_conflict
from sites.services.conflicts.facts import Facts, gather
from sites.services.conflicts.raising import raise_duplicates, raise_tally_conflicts

__all__ = [
    "Account",
    "Case",
    "Choice",
    "Effect",
    "Facts",
    "Unknown",
    "case_of",
    "decide_conflict",
    "gather",
    "label_of",
    "raise_duplicates",
    "raise_tally_conflicts",
]
