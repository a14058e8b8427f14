"""The shape of device events. Each item is read by itself: a bad one refuses only itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from django.utils.translation import gettext_lazy as _

from core.inputs import Refused, barcode, clean_name, clean_note, id_document, phone

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Seq = Annotated[int, msgspec.Meta(ge=0, lt=2**31)]
RoundId = Annotated[int, msgspec.Meta(ge=1, lt=2**31)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Person(msgspec.Struct, forbid_unknown_fields=True):
    """Who was swabbed: a document, an entry of the roster, or nobody on paper (a child)."""

    id_type: str = "resident"
    id_number: Annotated[str, msgspec.Meta(max_length=64)] = ""
    name: Annotated[str, msgspec.Meta(max_length=120)] = ""
    phone: Annotated[str, msgspec.Meta(max_length=40)] = ""
    roster_id: UUID | None = None
    no_document: UUID | None = None


class Event(msgspec.Struct, forbid_unknown_fields=True, tag_field="kind"):
    """What every event carries: its client UUID, its place in the device's order, its time."""

    id: UUID
    seq: Seq
    at: Instant
    round: RoundId


class Open(Event, tag="open"):
    tube: Code
    pool_size: Annotated[int, msgspec.Meta(ge=1, le=30)]
    channel: Literal["general", "yellow", "priority"] = "general"


class Add(Event, tag="add"):
    tube: Code
    person: Person
    repeat_reason: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Seal(Event, tag="seal"):
    tube: Code
    early_reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Void(Event, tag="void"):
    reason: Reason
    tube: Code | None = None
    swab: UUID | None = None


class Move(Event, tag="move"):
    swab: UUID
    tube: Code
    reason: Reason


AnyEvent = Open | Add | Seal | Void | Move


class Refusal(Exception):
    """One item cannot be read: a stable code, where, and words that say how to mend it."""

    def __init__(self, code: str, path: str, message: object) -> None:
        super().__init__(code)
        self.code, self.path, self.message = code, path, message


def _field(path: str, clean: Callable[..., str], *values: str) -> str:
    try:
        return clean(*values)
    except Refused as refused:
        raise Refusal(refused.code, path, refused) from refused


def _reason(text: str) -> str:
    """A reason of 1 to 200 characters that says something: blanks alone do not."""
    if not (note := clean_note(text, max_length=200)):
        raise Refused("reason_missing", _("A void or a move needs a reason."))
    return note


def _phone(text: str) -> str:
    """A landline or a foreign number is taken as it is: nobody can be asked after the swab."""
    return phone(text, confirmed=True)


def _check_person(person: Person) -> None:
    ways = (person.roster_id is not None, person.no_document is not None, bool(person.id_number))
    if sum(ways) != 1:
        raise Refusal(
            "person_one_identity",
            "person",
            _("Give exactly one of id_number, roster_id or no_document."),
        )
    if person.id_number:
        person.id_number = _field("person.id_number", id_document, person.id_type, person.id_number)
    if person.name:
        person.name = _field("person.name", clean_name, person.name)
    if person.phone:
        person.phone = _field("person.phone", _phone, person.phone)


def read_item(raw: object) -> AnyEvent:
    """One event from its decoded JSON. Raises Refusal with the path inside the item."""
    try:
        event: AnyEvent = msgspec.convert(raw, AnyEvent)
    except msgspec.ValidationError as error:
        words, _sep, where = str(error).partition(" - at `$")
        raise Refusal("item_malformed", where.rstrip("`").lstrip("."), words) from error
    if isinstance(event, Add):
        _check_person(event.person)
        if event.repeat_reason:
            note = partial(clean_note, max_length=40)
            event.repeat_reason = _field("repeat_reason", note, event.repeat_reason)
    elif isinstance(event, Void):
        if (event.tube is None) == (event.swab is None):
            raise Refusal("void_one_object", "tube", _("Void either a tube or a swab."))
        event.reason = _field("reason", _reason, event.reason)
    elif isinstance(event, Move):
        event.reason = _field("reason", _reason, event.reason)
    elif isinstance(event, Seal) and event.early_reason:
        note = partial(clean_note, max_length=200)
        event.early_reason = _field("early_reason", note, event.early_reason)
    if event_code := getattr(event, "tube", None):
        event.tube = _field("tube", barcode, event_code)
    return event
