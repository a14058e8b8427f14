"""Writing the activity log, amending it, and picking the major events from it."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.inputs import Conflict, Refused
from core.scope import Scope
from reporting.alerts.models import EventMark, LogEntry
from reporting.alerts.models.log import Phrase
from reporting.alerts.plainwords import without_persons
from reporting.alerts.services.keys import once, same
from reporting.alerts.services.places import Place, Unknown, place_of


def add_entry(
    *,
    client_key: uuid.UUID,
    phrase: str = "",
    text: str = "",
    place_id: int | None = None,
    happened_at: datetime | None = None,
    scope: Scope,
    by: str,
    at: datetime,
) -> LogEntry:
    """Log what happened at a place of one's area; without a time it happened now.

    The same `client_key` again gives the entry that it made before. Raises Refused for no words
    at all, words that name a resident, a time to come, or a place outside the caller's area.
    """
    words = without_persons(text, max_length=500)
    if phrase and phrase not in Phrase.values:
        raise Refused("phrase_unknown", _("Choose one of the phrases.")).at("phrase")
    if not phrase and not words:
        raise Refused("log_empty", _("Choose a phrase or write what happened.")).at("text")
    if happened_at is not None and happened_at > at:
        raise Refused("log_future", _("What has not happened yet is not logged.")).at("happened_at")
    place = place_of(place_id, scope)
    return once(
        lambda: same(_under(client_key, by), phrase=phrase, text=words, amends_id=None),
        lambda: _write(
            client_key=client_key, phrase=phrase, text=words, happened_at=happened_at or at,
            by=by, at=at, **_position(place, scope, by),
        ),
    )  # fmt: skip


def amend_entry(
    *, entry_id: int, client_key: uuid.UUID, text: str, scope: Scope, by: str, at: datetime
) -> LogEntry:
    """Correct or complete an entry by another line beneath it; the entry itself stays.

    Amending an amendment adds to the entry that it belongs to. Raises Unknown outside the area.
    """
    words = without_persons(text, max_length=500)
    if not words:
        raise Refused("amendment_empty", _("Say what is corrected or added.")).at("text")
    entry = _entry(entry_id, scope)
    position = _position(Place(entry.district_id, entry.street_id), scope, by)
    return once(
        lambda: same(_under(client_key, by), text=words, amends_id=entry.pk),
        lambda: _write(
            client_key=client_key, phrase="", text=words, happened_at=entry.happened_at,
            amends=entry, by=by, at=at, **position,
        ),
    )  # fmt: skip


@transaction.atomic
def promote(*, entry_id: int, title: str, scope: Scope, by: str, at: datetime) -> EventMark:
    """Put an entry among the major events under a title, or give it another title."""
    words = without_persons(title, max_length=120)
    if not words:
        raise Refused("event_title", _("Give the event a title.")).at("title")
    return _mark(entry_id, words, "", scope, by, at)


@transaction.atomic
def withdraw(*, entry_id: int, reason: str, scope: Scope, by: str, at: datetime) -> EventMark:
    """Take an entry off the major events, with the reason; that it stood there stays on record."""
    words = without_persons(reason, max_length=200)
    if not words:
        raise Refused(
            "event_reason", _("Say why it is taken off the major events.")
        ).at("reason")  # fmt: skip
    return _mark(entry_id, "", words, scope, by, at)


def _mark(entry_id: int, title: str, reason: str, scope: Scope, by: str, at: datetime) -> EventMark:
    entry = _entry(entry_id, scope)
    # One after the other: the newest mark is in force.
    LogEntry.objects.select_for_update(no_key=True).get(pk=entry.pk)
    last = entry.event_marks.order_by("-pk").first()
    stands = last.title if last is not None else ""
    if last is not None and stands == title and title:
        return last
    if not title and not stands:
        raise Conflict("event_not_there", _("This entry is not among the major events."))
    mark = EventMark.objects.create(entry=entry, title=title, reason=reason, at=at, by=by)
    act = "event.promote" if title else "event.withdraw"
    _record(act, entry, by, at)
    return mark


def _write(**row: object) -> LogEntry:
    entry = LogEntry.objects.create(**row)
    act = "log.amend" if entry.amends_id else "log.add"
    _record(act, entry, entry.by, entry.at)
    return entry


def _entry(entry_id: int, scope: Scope) -> LogEntry:
    """The entry, or the one it amends. Raises Unknown outside the scope."""
    entry = LogEntry.objects.within(scope).filter(pk=entry_id).select_related("amends").first()
    if entry is None:
        raise Unknown("log_unknown", _("There is no such entry in your area."))
    return entry.amends or entry


def _under(client_key: uuid.UUID, by: str) -> LogEntry | None:
    return LogEntry.objects.filter(client_key=client_key, by=by).first()


def _position(place: Place, scope: Scope, by: str) -> dict[str, object]:
    """The row's area, and the position that writes: its role, at the place where it is held."""
    held = scope.districts | scope.streets | scope.communities
    own = [i for i in (place.community_id, place.street_id, place.district_id) if i in held]
    return {
        "district_id": place.district_id,
        "street_id": place.street_id,
        "role": by.split(":")[2] if by.count(":") == 2 else "",
        "place_id": own[0] if own else place.division_id,
    }


def _record(act: str, entry: LogEntry, by: str, at: datetime) -> None:
    audit.record(
        by=by, at=at, act=act, object_type="log", object_id=entry.pk,
        district_id=entry.district_id, street_id=entry.street_id, phrase=entry.phrase,
        amends=entry.amends_id,
    )  # fmt: skip
