"""What the words of a file may mean in one district: communities, groups."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from campaigns.models import Division, PopulationGroup
from core.inputs import Refused, fold

_NOISE = re.compile(r"\s+")
_SEPARATORS = re.compile(r"[,，、;；/|]+")


@dataclass
class Home:
    """A community and its street."""

    community_id: int
    street_id: int


@dataclass
class Words:
    """Names of one kind, by code, name and alias; a name that two things have means neither."""

    _found: dict[str, Home] = field(default_factory=dict)
    _twice: set[str] = field(default_factory=set)

    def add(self, word: str, home: Home) -> None:
        plain = plain_word(word)
        if plain and self._found.setdefault(plain, home).community_id != home.community_id:
            self._twice.add(plain)

    def find(self, plain: str) -> Home | None:
        return self._found.get(plain)

    def is_twice(self, plain: str) -> bool:
        return plain in self._twice


class Places:
    """The current communities of a district and its population groups, read once for a file."""

    def __init__(self, district_id: int) -> None:
        self._anywhere = Words()
        self._by_street: dict[int, Words] = {}
        self._streets: dict[str, set[int]] = {}
        self._homes: dict[tuple[str, str], Home] = {}
        self._groups: dict[str, str] = {}
        self._lists: dict[str, list[str]] = {}
        divisions = Division.objects.current().filter(district_id=district_id)
        for street in divisions.streets():
            for word in _words(street):
                self._streets.setdefault(plain_word(word), set()).add(street.pk)
        for community in divisions.communities().filter(street_id__isnull=False):
            home = Home(community.pk, community.street_id or 0)
            inside = self._by_street.setdefault(home.street_id, Words())
            for word in _words(community):
                self._anywhere.add(word, home)
                inside.add(word, home)
        for group in PopulationGroup.objects.filter(district_id=district_id):
            for word in (group.code, group.name, group.name_en):
                if word:
                    self._groups.setdefault(plain_word(word), group.code)

    def home(self, community: str, street: str = "") -> Home:
        """The community that a row names; raises Refused. What was found once is remembered."""
        known = self._homes.get((community, street))
        if known is None:
            known = self._homes[community, street] = self._look_up(community, street)
        return known

    def _look_up(self, community: str, street: str) -> Home:
        word = plain_word(community)
        if street:
            streets = self._streets.get(plain_word(street), set())
            if not streets:
                raise Refused("street_unknown", _("This street is not a current one here."))
            inside = [self._by_street[pk] for pk in streets if pk in self._by_street]
            found = [(words, home) for words in inside if (home := words.find(word))]
            if len(found) == 1 and not found[0][0].is_twice(word):
                return found[0][1]
            raise Refused(
                "community_elsewhere", _("This street has no community of this name or code.")
            )
        home = self._anywhere.find(word)
        if home is None:
            raise Refused(
                "community_unknown",
                _("No current community here has this name or code. Add it first, or mend it."),
            )
        if self._anywhere.is_twice(word):
            raise Refused(
                "community_twice",
                _("Two communities have this name. Use the code, or add a column for the street."),
            )
        return home

    def groups(self, text: str) -> list[str]:
        """Codes of the groups named in a cell, sorted; raises Refused for a group not known."""
        known = self._lists.get(text)
        if known is None:
            words = [plain_word(part) for part in _SEPARATORS.split(fold(text))]
            codes = {self._groups.get(word, "") for word in words if word}
            if "" in codes:
                raise Refused(
                    "group_unknown",
                    _("A group in this cell is not known here. Use the codes of the list."),
                )
            known = self._lists[text] = sorted(codes)
        return known


def plain_word(text: str) -> str:
    """A word as it is compared: folded, without spaces, case does not matter."""
    return _NOISE.sub("", fold(text)).casefold()


def _words(division: Division) -> list[str]:
    return [division.code, division.name, division.name_en, *division.aliases]
