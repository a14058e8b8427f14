"""Who did it, in words: names of accounts behind the labels that rows carry."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.db.models import CharField, Func
from django.utils.translation import gettext


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Each actor label (`user:7:planner`, `device:3`) with what people call it; one query."""
    labels = set(actors)
    ids = {label: int(part) for label in labels if (part := _number(label, "user"))}
    users = get_user_model()._default_manager.in_bulk(set(ids.values()))
    names = {}
    for label in labels:
        if label in ids:
            names[label] = str(users.get(ids[label], label))
        elif number := _number(label, "device"):
            names[label] = gettext("device %(number)s") % {"number": number}
        elif number := _number(label, "client"):
            names[label] = gettext("API client %(number)s") % {"number": number}
        elif account(label) == "system:worker":
            names[label] = gettext("system")
        else:
            names[label] = label
    return names


def account(actor: str) -> str:
    """The account behind an actor label, whatever role it acts in (`user:7:planner`)."""
    return ":".join(actor.split(":")[:2])


class Account(Func):
    """The same of a column, for constraints: `Account("decided_by")`."""

    template = "split_part(%(expressions)s, ':', 1) || ':' || split_part(%(expressions)s, ':', 2)"
    output_field = CharField()


def same_person(one: str, other: str) -> bool:
    """Whether two actor labels are one person, in whatever role."""
    return account(one) == account(other)


def _number(label: str, kind: str) -> str:
    found, _sep, rest = label.partition(":")
    number = rest.partition(":")[0]
    return number if found == kind and number.isascii() and number.isdigit() else ""
