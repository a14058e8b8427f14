"""From figures and words to a laid-out report, in the language asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reporting.outlets.situation import prose_en, prose_zh, tables
from reporting.outlets.situation.chat import row_text
from reporting.outlets.situation.checks import KEPT_LATE, Check, kept_late
from reporting.outlets.situation.document import LANGUAGES, Document, Section
from reporting.outlets.situation.snapshot import Snapshot
from reporting.outlets.situation.stated import Stated
from reporting.outlets.situation.tables import MOMENTS

DATED = {"zh": prose_zh.dated, "en": prose_en.dated}
PROSE = {"zh": prose_zh, "en": prose_en}
HASH_SHOWN = 16
BETWEEN_NAMES = {"zh": "、", "en": ", "}


@dataclass(frozen=True, slots=True)
class Passage:
    """Words of one key in one language, and whether people changed them."""

    text: str
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Imprint:
    """Who and when: what a report says of itself. `number` is None until it is issued."""

    number: int | None = None
    author: str = ""
    approver: str = ""
    issued_at: datetime | None = None
    digest: str = ""
    corrects: int | None = None
    correction_reason: str = ""


@dataclass(frozen=True, slots=True)
class Material:
    """All that a report is made of, and nothing is read besides it."""

    snapshot: Snapshot
    passages: Mapping[tuple[str, str], Passage]
    stated: Mapping[str, Stated] = field(default_factory=dict)
    checks: list[Check] = field(default_factory=list)
    overrides: Mapping[str, str] = field(default_factory=dict)
    imprint: Imprint = field(default_factory=Imprint)


def suggested(snapshot: Snapshot, stated: Mapping[str, Stated]) -> dict[tuple[str, str], str]:
    """The passages that the figures suggest, by key and language."""
    out: dict[tuple[str, str], str] = {}
    for language, prose in PROSE.items():
        out["headline", language] = prose.headline(snapshot, stated)
        out["exceptions", language] = prose.exceptions(snapshot)
        out["actions", language] = prose.actions(snapshot)
    return out


def compose(material: Material, language: str, *, brief: bool = False) -> Document:
    """The report in one language (`zh`, `en`), whatever language is active. `brief`: what fits
    into one picture for phones; it names the form in which all tables are."""
    with translation.override(LANGUAGES[language]):
        snapshot, imprint = material.snapshot, material.imprint
        headline = material.passages.get(("headline", language), Passage(""))
        sections = _brief(material, language) if brief else _sections(material, language)
        return Document(
            language=language,
            title=_("Situation report: %(place)s") % {"place": tables.name_of(snapshot.area)},
            issue=_issue(imprint),
            lines=_lines(material, language),
            headline=headline.text,
            sections=[section for section in sections if section is not None],
            foot=[*_foot(imprint, language), *([_("All tables: the PDF of this issue")] * brief)],
        )


def _issue(imprint: Imprint) -> str:
    if imprint.number is None:
        return _("Draft, not issued")
    return _("Issue %(number)s") % {"number": imprint.number}


def _lines(material: Material, language: str) -> list[str]:
    """Beneath the title: cut-off, round, and what a correction corrects."""
    snapshot, imprint = material.snapshot, material.imprint
    moment = MOMENTS[language]
    lines = [
        _("Cut-off: %(time)s") % {"time": DATED[language](snapshot.cut_off)},
        _("Round %(number)s of %(campaign)s")
        % {"number": snapshot.round.number, "campaign": snapshot.round.campaign},
    ]
    if snapshot.as_of != snapshot.cut_off:
        lines.append(
            _("Figures as they were known at %(time)s.") % {"time": moment(snapshot.as_of)}
        )
    kept_at = kept_late(snapshot)
    if kept_at is not None:
        lines.append(str(KEPT_LATE) % {"time": moment(kept_at)})
    if imprint.corrects is not None:
        lines += [
            _("This issue corrects issue %(number)s: %(reason)s")
            % {"number": imprint.corrects, "reason": imprint.correction_reason},
            _("Counts of the cut-off as they are known at %(time)s.")
            % {"time": moment(snapshot.taken_at)},
        ]
    return lines


def _sections(material: Material, language: str) -> list[Section | None]:
    snapshot = material.snapshot
    return [
        tables.funnels(snapshot, material.stated, language),
        tables.streets(snapshot, language),
        tables.people(snapshot),
        tables.vehicles(snapshot),
        tables.fieldwork(snapshot),
        _words(material, "exceptions", _("Exceptions"), language),
        _words(material, "actions", _("Actions"), language),
        _missing(snapshot, language),
        tables.changes(snapshot, language),
        tables.corrections(snapshot, language),
        _checked(material),
    ]


def _brief(material: Material, language: str) -> list[Section | None]:
    """What a phone shows at a glance: the stages as lines, each street in a row, what is missing
    and which checks fail."""
    snapshot = material.snapshot
    stages = tables.funnels(snapshot, material.stated, language)
    rows = [row_text(table, row, language) for table in stages.tables for row in table.rows]
    missing = _missing(snapshot, language)
    if snapshot.missing_streets:
        names = BETWEEN_NAMES[language].join(map(tables.name_of, snapshot.missing_streets))
        missing = replace(missing, passages=[missing.passages[0], names])
    broken = any(not check.holds for check in material.checks)
    return [
        Section(stages.key, stages.title, rows),
        tables.streets_brief(snapshot),
        missing,
        _checked(material) if broken else None,
    ]


def _words(material: Material, key: str, title: str, language: str) -> Section:
    passage = material.passages.get((key, language), Passage(""))
    lines = [line.strip() for line in passage.text.splitlines() if line.strip()]
    return Section(key, title, lines)


def _missing(snapshot: Snapshot, language: str) -> Section:
    """Missing streets are named in the text (and so is that none is missing)."""
    streets = snapshot.missing_streets
    lines = [_("Every street had handed in the reports that were due.")]
    if streets:
        words = ngettext(
            "Reports of %(n)s street are missing:",
            "Reports of %(n)s streets are missing:",
            len(streets),
        ) % {"n": len(streets)}
        lines = [words, *(PROSE[language].owing(street) for street in streets)]
    return Section("missing", _("Reports of the streets"), lines)


def _checked(material: Material) -> Section:
    """How many checks held, and each that did not, with the reason for which it was let pass."""
    checks = material.checks
    holding = sum(check.holds for check in checks)
    lines = [
        _("%(holding)s of %(all)s checks of the sums hold.")
        % {"holding": holding, "all": len(checks)}
    ]
    for check in checks:
        if check.holds:
            continue
        reason = material.overrides.get(check.code)
        lines += check.sentences
        if reason:
            lines.append(_("Issued all the same: %(reason)s") % {"reason": reason})
    return Section("checks", _("Checks"), lines)


def _foot(imprint: Imprint, language: str) -> list[str]:
    lines = []
    if imprint.issued_at is not None:
        lines.append(
            _("Written by %(author)s, approved by %(approver)s, issued %(time)s")
            % {"author": imprint.author, "approver": imprint.approver,
               "time": MOMENTS[language](imprint.issued_at)}
        )  # fmt: skip
    if imprint.digest:
        lines.append(_("Hash of the figures: %(hash)s") % {"hash": imprint.digest[:HASH_SHOWN]})
    return lines
