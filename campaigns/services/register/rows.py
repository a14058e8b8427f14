"""One record of a file becomes a person to be staged, or the reasons why it cannot."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from campaigns.register_import import DOCUMENT_WORDS
from campaigns.services.register.places import Home, Places
from core.crypto import attribute_print, blind_index, mask_name
from core.imports.headings import plain
from core.imports.judging import mark_lines
from core.imports.kinds import Reason
from core.inputs import (
    NO_DOCUMENT,
    RESIDENT,
    Refused,
    clean_name,
    fold_digits,
    id_document,
    phone,
)
from core.sheets.table import WHOLE_LINE, Line
from core.sheets.words import CELLS

_LANDLINE = re.compile(r"0[0-9]{9,11}", re.ASCII)
_LOST = re.compile(r"[1-9][0-9]{14}0{3}", re.ASCII)
_BIRTH = re.compile(
    r"([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|([0-9]{2})([0-9]{2}))",
    re.ASCII,
)
# What spreadsheets write for a cell that they cannot tell.
_ERRORS = frozenset(["#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"])
_GUARD = re.compile(r"^'(?=\s*[=+\-@＝＋－＠])")
_EARLIEST = date(1900, 1, 1)


class Person(NamedTuple):
    """A person as a row states them. None: the row says nothing about it."""

    person_key: UUID
    home: Home
    building: str | None
    id_type: str
    number: str
    name: str
    phone: str | None
    name_print: int
    phone_print: int | None
    birth_on: date | None
    groups: list[str] | None


Reader = Callable[[str], Any]
Take = Callable[[str, Reader, str], Any]


class _Incomplete(Exception):
    """Too much is missing to look further; the reasons have been collected."""


class Unfit(Exception):
    """The row is refused, for these reasons."""

    def __init__(self, reasons: list[Reason]) -> None:
        super().__init__()
        self.reasons = reasons


@dataclass
class RowReader:
    """Reads the records of one file. `mapping` names the column of each place in the header."""

    district_id: int
    headings: Sequence[str]
    mapping: Sequence[str]
    places: Places
    today: date

    def __post_init__(self) -> None:
        self._place = {name: index for index, name in enumerate(self.mapping) if name}
        self._width = len(self.headings)
        self._types: dict[str, str | None] = {}

    def read(self, number: int, cells: list[str]) -> Person:
        """The person of a record; raises Unfit with every reason that can be seen."""
        if len(cells) != self._width:
            self._refuse_shape(number, cells)
        values = {
            name: _text(cells[index]) if index < len(cells) else ""
            for name, index in self._place.items()
        }
        try:
            return self._person(values, _at_once)
        except Refused:
            self._refuse_shape(number, cells)
        reasons: list[Reason] = []

        def collect(column: str, read: Reader, text: str) -> Any:
            try:
                return read(text)
            except Refused as refused:
                reasons.append(Reason.of(refused, column))
                return None

        try:
            self._person(values, collect)
        except _Incomplete:
            pass
        raise Unfit(reasons)

    def _person(self, values: dict[str, str], take: Take) -> Person:
        """Read every cell; `take` decides what becomes of a refusal."""
        get = values.get
        name = take("name", _name, get("name", ""))
        said = get("type")
        kind = take("type", self._kind, said) if said else RESIDENT
        number = get("number", "")
        document = take("number", lambda text: self._document(kind, text), number) if kind else None
        street = get("street", "")
        home = take("community", lambda text: self._home(text, street), get("community", ""))
        text = get("phone")
        telephone = take("phone", _phone, text) if text else None
        text = get("building")
        building = take("building", _name, text) if text else None
        text = get("groups")
        groups = take("groups", self.places.groups, text) if text else None
        text = get("birth", "")
        given = take("birth", self._day, text) if text else None
        if document is None or name is None or home is None:
            raise _Incomplete
        birth = take("birth", lambda _text: _birth(kind, document, given), text)
        key = self._key(kind, document, name, birth, home)
        return Person(
            person_key=key,
            home=home,
            building=building,
            id_type=kind,
            number=document,
            name=name,
            phone=telephone,
            name_print=attribute_print(key, "name", name),
            phone_print=attribute_print(key, "phone", telephone) if telephone else None,
            birth_on=birth,
            groups=groups,
        )

    def _refuse_shape(self, number: int, cells: list[str]) -> None:
        """A line that has slipped, or that only sums up others, is refused for that alone."""
        line = Line(number, [cell.strip() for cell in cells])
        mark_lines([line], self.headings, even=True)
        if fault := line.faults.get(WHOLE_LINE):
            params: dict[str, Any] = {}
            if fault == "uneven":
                params = {"cells": len(cells), "headings": len(self.headings)}
            elif fault == "beyond":
                params = {"column": str(self._width + 1)}
            raise Unfit([Reason(fault, CELLS[fault], "", params)])

    def _kind(self, text: str) -> str:
        if text not in self._types:
            self._types[text] = DOCUMENT_WORDS.get(plain(text))
        kind = self._types[text]
        if kind is None:
            raise Refused("id_type", _("This kind of document is not known."))
        return kind

    def _document(self, kind: str, text: str) -> str:
        if kind == NO_DOCUMENT:
            if text:
                raise Refused(
                    "id_not_expected", _("There is a number, but the row says: no document.")
                )
            return ""
        if not text:
            raise Refused("id_empty", _("Enter the number of the document."))
        try:
            return id_document(kind, text, today=self.today)
        except Refused as refused:
            if refused.code == "id_check" and _LOST.fullmatch(text):
                raise Refused("digits_lost", CELLS["digits_lost"]) from None
            raise

    def _home(self, community: str, street: str) -> Home:
        if not community:
            raise Refused("value_missing", _("This cell is empty, but it is needed."))
        return self.places.home(community, street)

    def _day(self, text: str) -> date:
        match = _BIRTH.fullmatch(fold_digits(text))
        if not match:
            raise Refused("birth_format", _("Write the date of birth as 1980-01-31."))
        try:
            day = date(*(int(part) for part in match.groups() if part))
        except ValueError:
            raise Refused("birth_unknown", _("There is no such day in the calendar.")) from None
        if not _EARLIEST <= day <= self.today:
            raise Refused("birth_range", _("This cannot be somebody's date of birth."))
        return day

    def _key(self, kind: str, document: str, name: str, birth: date | None, home: Home) -> UUID:
        if kind != NO_DOCUMENT:
            return blind_index(self.district_id, kind, document)
        # Known by what the row says: the same row again is the same child.
        said = f"{name}\x00{birth}\x00{home.community_id}"
        return blind_index(self.district_id, NO_DOCUMENT, said)


def _at_once(column: str, read: Reader, text: str) -> Any:
    return read(text)


def _name(text: str) -> str:
    if text in _ERRORS:
        raise Refused("error", CELLS["error"])
    return clean_name(text)


def _text(cell: str) -> str:
    """A cell without outer spaces, and without the apostrophe of our own guarded files."""
    text = cell.strip()
    return _GUARD.sub("", text) if text.startswith("'") else text


def _phone(text: str) -> str:
    try:
        return phone(text)
    except Refused as refused:
        number = phone(text, confirmed=True) if refused.code == "phone_confirm" else ""
        if _LANDLINE.fullmatch(number):
            return number
        raise Refused(
            "phone_shape", _("A mobile number has 11 digits and starts with 13 to 19.")
        ) from None


def _birth(kind: str, document: str, given: date | None) -> date | None:
    if kind == RESIDENT:
        inside = date(int(document[6:10]), int(document[10:12]), int(document[12:14]))
        if given is not None and given != inside:
            raise Refused(
                "birth_differs", _("This is not the date of birth that the ID number tells.")
            )
        return inside
    if kind == NO_DOCUMENT and given is None:
        raise Refused(
            "birth_missing", _("Somebody without a document needs a name and a date of birth.")
        )
    return given


def masked(name: str) -> str:
    """张*: what lists show."""
    return mask_name(name)[:20]
