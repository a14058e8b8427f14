"""Numbered chat lines (接龙) such as "1. 灵峰社区 已采19640 豁免302 管1982", read or refused.

Pure: words in, names and figures out. Nothing is guessed: what a line says beyond names, words and
numbers that are known refuses the whole line, since half a line would be a wrong number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

from core.inputs import Refused, fold

LONGEST_LINE = 400

_MARKER = re.compile(
    r"\s*(?:\(\d{1,5}\)|【\d{1,5}】|\d{1,5}\s*[.、):](?!\d)|\d{1,5}(?=\s+[^\d\s])|[①-⑳])\s*"
)
_CHAIN = re.compile(r"\s*#?\s*接龙")
_TIME = re.compile(r"(?:截至|截止)?\s*\d{1,2}(?::\d{2}|时)\s*")
_FILLER = re.compile(r"(?:今日|今天|累计|目前|现已|已报|上报)+")
_GAP = r"[\s:=—–为是共有计]{0,6}"
_NUMBER = r"-?\d{1,3}(?:,\d{3})+(?![\d,])(?:\s?[万萬千])?|-?\d+(?:\.\d+)?(?:\s?[万萬千])?"
_NEXT = r"(?!\s*[:=]?\s*\d)"
_UNIT = (
    rf"(?:\s?(?:人次{_NEXT}|人份{_NEXT}|人(?!次|份){_NEXT}|"
    rf"(?:管|支|个|名|份|户|台|点|辆|例|天|公斤|kg|(?:persons?|people|swabs?|tubes?)(?![a-z])){_NEXT}))?"
)
_REST = re.compile(r"[\s,;、。.·|/()【】\[\]:=—–和]+")
_EDGE = " \t,;、。.·|/()【】[]:=—–-"
_BARE = re.compile(rf"(?P<name>.*[^\d,.\s-])[\s:=—–,]*(?P<number>{_NUMBER}){_UNIT}\s*")


@dataclass(frozen=True)
class ChatLine:
    """One entry: the number of its line in the text, the text itself, and what it says.

    `values` are texts of figures by column; `refusal` is why it could not be read.
    """

    number: int
    text: str
    name: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    refusal: Refused | None = None


class Reader:
    """Reads lines by a table of words (in small letters, folded) and the columns they mean."""

    def __init__(self, words: Mapping[str, str], notes: set[str] | frozenset[str] = frozenset()):
        self.words = words
        figures = [word for word, column in words.items() if column not in notes]
        texts = [word for word, column in words.items() if column in notes]
        word = _either(figures)
        self.anywhere = re.compile(word, re.IGNORECASE)
        # A word right behind a number belongs to that one, unless its own follows as closely.
        self.after = re.compile(
            rf"(?:(?<!\d)(?P<word>{word}){_GAP}|(?<=\d)(?P<tight>{word})[:=]?)"
            rf"(?P<number>{_NUMBER}){_UNIT}",
            re.IGNORECASE,
        )
        self.before = re.compile(rf"(?P<number>{_NUMBER})\s?(?P<word>{word})", re.IGNORECASE)
        self.note = re.compile(
            rf"(?P<word>{_either(texts)})(?:\s*:\s*|\s+)(?P<text>\S.*)", re.IGNORECASE
        )

    def looks_like(self, text: str) -> bool:
        """Whether a text is a chain of lines, not a table."""
        if "\t" in text:
            return False
        lines = [line for line in text.splitlines() if line.strip()][:50]
        begins = [i for i, line in enumerate(lines) if _MARKER.match(fold(line))]
        if begins and (len(begins) * 2 >= len(lines) - begins[0] or _CHAIN.match(lines[0])):
            return True
        read = sum(self._read(line, "").refusal is None for line in lines)
        return bool(read) and read * 2 >= len(lines)

    def lines(self, text: str) -> Iterator[ChatLine]:
        """Every entry of a text, in its order. Titles above the first entry are passed over; one
        that names a single column says what bare numbers below it count."""
        default, begun = "", False
        for number, entry in self._entries(text):
            read = self._read(entry, default)
            if not begun and read.refusal is not None and not _MARKER.match(fold(entry)):
                named = {self.words[w.casefold()] for w in self.anywhere.findall(fold(entry))}
                default = named.pop() if len(named) == 1 else default
                continue
            begun = True
            yield ChatLine(number, entry, read.name, read.values, read.refusal)

    def why(self, text: str) -> Refused | None:
        """Why a single entry cannot be read."""
        return self._read(text, "").refusal

    def _entries(self, text: str) -> Iterator[tuple[int, str]]:
        """Lines with those that only go on with the figures of the line above."""
        held: tuple[int, str] | None = None
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            if held and not _MARKER.match(fold(line)) and self.after.match(fold(line).strip()):
                held = held[0], f"{held[1]} {line.strip()}"
                continue
            if held:
                yield held
            held = number, line.strip()
        if held:
            yield held

    def _read(self, text: str, default: str) -> ChatLine:
        try:
            name, values = self._parse(text, default)
        except Refused as refused:
            return ChatLine(0, text, refusal=refused)
        return ChatLine(0, text, name, values)

    def _parse(self, text: str, default: str) -> tuple[str, dict[str, str]]:
        if len(text) > LONGEST_LINE:
            raise Refused("chat_line_long", _("This line is too long to be one community's."))
        line = fold(text)
        if marker := _MARKER.match(line):
            line = line[marker.end() :]
        rest = _TIME.sub(" ", line)
        values: dict[str, str] = {}
        if note := self.note.search(rest):
            self._take(values, note["word"], note["text"].strip())
            rest = rest[: note.start()]
        found = list(self.after.finditer(rest)) or list(self.before.finditer(rest))
        if not found and not values:
            return self._bare(rest, default)
        name = rest[: found[0].start()] if found else rest
        for one in found:
            said = one.groupdict()
            self._take(values, said["word"] or said["tight"], one["number"])
        left = self._left(rest, found, values)
        name = _FILLER.sub("", name).strip(_EDGE)
        if left:
            raise _unknown(left)
        if not name:
            raise Refused("chat_no_name", _("No community is named in this line."))
        return name, values

    def _left(self, rest: str, found: list[re.Match[str]], values: dict[str, str]) -> str:
        """What stands between and behind the figures; numbers before their word are taken."""
        left = []
        ends = [*(one.start() for one in found[1:]), len(rest)]
        for one, end in zip(found, ends, strict=True):
            piece = rest[one.end() : end]
            for late in self.before.finditer(piece):
                self._take(values, late["word"], late["number"])
            piece = self.before.sub(" ", piece)
            left.append(_REST.sub(" ", _FILLER.sub(" ", piece)).strip(_EDGE))
        return " ".join(piece for piece in left if piece)

    def _bare(self, rest: str, default: str) -> tuple[str, dict[str, str]]:
        """A line of a name and one number, where a title has said what it counts."""
        if not re.search(r"\d", rest):
            raise Refused("chat_no_number", _("No number stands in this line."))
        found, known = _BARE.fullmatch(rest), self.anywhere.search(rest)
        if found is None or known is not None:
            raise _unknown(rest[known.start() if known else 0 :].strip(_EDGE))
        if not default:
            raise Refused(
                "chat_number_bare",
                _("What does %(number)s count? Write a word before it, such as 已采."),
                number=found["number"],
            )
        return _FILLER.sub("", found["name"]).strip(_EDGE), {default: found["number"]}

    def _take(self, values: dict[str, str], word: str, text: str) -> None:
        column = self.words[re.sub(r"\s+", " ", word).casefold()]
        if values.get(column, text) != text:
            raise Refused(
                "chat_word_twice",
                _("“%(word)s” stands twice with two numbers: keep one."),
                word=word,
            )
        values[column] = text


def _unknown(text: str) -> Refused:
    return Refused(
        "chat_word_unknown",
        _("“%(text)s” is not understood: write words of this form, each with its number."),
        text=text[:40],
    )


def _either(words: list[str]) -> str:
    """A pattern of any of these words, the longest first; Latin ones stand alone."""
    if not words:
        return r"(?!)"
    parts = []
    for word in sorted(words, key=len, reverse=True):
        literal = r"\s+".join(re.escape(part) for part in word.split())
        parts.append(rf"(?<![a-z]){literal}(?![a-z])" if word.isascii() else literal)
    return "|".join(parts)
