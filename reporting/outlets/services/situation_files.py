"""The forms in which an issued report leaves the house: made once, kept with their hash.

`file_of` is what others call: for an issued report it answers the kept bytes, and makes and keeps
them where the worker has not come to it yet, so that sent twice is sent the same.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from datetime import datetime
from itertools import product

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.inputs import Conflict
from core.locks import sole_worker
from core.sheets.writing import XLSX
from reporting.outlets.models import SituationFile, SituationReport, SituationState
from reporting.outlets.queries.situation import material_of
from reporting.outlets.situation import paper
from reporting.outlets.situation.chat import chat_text
from reporting.outlets.situation.composing import compose
from reporting.outlets.situation.document import LANGUAGES, Document
from reporting.outlets.situation.sheets import workbook

log = logging.getLogger(__name__)
KINDS = tuple(SituationFile.Kind.values)
PLAIN = ("xlsx", "chat")
"""What needs no renderer of paper."""
TYPES = {
    "pdf": "application/pdf",
    "xlsx": XLSX,
    "png": "image/png",
    "chat": "text/plain; charset=utf-8",
}
ENDINGS = {"pdf": "pdf", "xlsx": "xlsx", "png": "png", "chat": "txt"}


class NotIssued(Conflict):
    """Only an issued report leaves the house."""

    def __init__(self) -> None:
        super().__init__(
            "situation_not_issued_yet", gettext_lazy("This report is not issued: it has no files.")
        )


def file_of(report: SituationReport, kind: str, language: str) -> tuple[bytes, str, str]:
    """(bytes, content type, file name) of an issued report in one form and language.

    Kinds: pdf, xlsx, png, chat; languages: zh, en. Raises NotIssued, NoPaper (no Pango), KeyError.
    """
    kept = keep_file(report, kind, language, at=clock.now())
    return bytes(kept.content), kept.content_type, kept.name


def keep_file(report: SituationReport, kind: str, language: str, *, at: datetime) -> SituationFile:
    """The kept file, made now where there is none; two who make it at once keep one."""
    kept = SituationFile.objects.filter(report=report, kind=kind, language=language).first()
    if kept is not None:
        return kept
    if report.state != SituationState.ISSUED:
        raise NotIssued
    content = content_of(report, kind, language)
    with transaction.atomic():
        kept, _new = SituationFile.objects.get_or_create(
            report=report, kind=kind, language=language,
            defaults={
                "content": content, "content_type": TYPES[kind], "made_at": at,
                "name": name_of(report, kind, language),
                "sha256": hashlib.sha256(content).hexdigest(),
            },
        )  # fmt: skip
    return kept


def content_of(report: SituationReport, kind: str, language: str) -> bytes:
    """One form of a report from its snapshot and words alone. Raises NoPaper, KeyError."""
    document = document_of(report, language, brief=kind == "png")
    if kind == "pdf":
        return paper.pdf(document)
    if kind == "png":
        return paper.picture(document)
    if kind == "xlsx":
        return workbook(document, digest=report.digest)
    if kind == "chat":
        return chat_text(document).encode()
    raise KeyError(kind)


def document_of(report: SituationReport, language: str, *, brief: bool = False) -> Document:
    """The laid-out report, whole or as the picture shows it. Raises NotIssued where its figures
    are not fixed yet."""
    material = material_of(report)
    if material is None:
        raise NotIssued
    return compose(material, language, brief=brief)


def name_of(report: SituationReport, kind: str, language: str) -> str:
    """The name under which a file is saved: place, issue and cut-off."""
    with translation.override(LANGUAGES[language]):
        place = (language == "en" and report.division.name_en) or report.division.name
        stem = _("%(place)s situation report %(number)s, %(time)s") % {
            "place": place,
            "number": report.number or 0,
            "time": clock.local(report.cut_off).strftime("%m%d-%H%M"),
        }
    return f"{stem}.{ENDINGS[kind]}"


def missing_files(report: SituationReport) -> Iterator[tuple[str, str]]:
    """(kind, language) of what is not made yet; first what needs no renderer of paper."""
    there = set(report.files.values_list("kind", "language"))
    kinds = (*PLAIN, *(kind for kind in KINDS if kind not in PLAIN))
    yield from (pair for pair in product(kinds, LANGUAGES) if pair not in there)


def make_files(report_id: int, *, at: datetime) -> int:
    """Make what an issued report still lacks; returns how many. Without Pango the rest is made, and
    a form that fails is logged and holds up no other."""
    issued = SituationReport.objects.filter(state=SituationState.ISSUED)
    report = issued.select_related("round__campaign", "division").filter(pk=report_id).first()
    if report is None:
        return 0
    made = 0
    with sole_worker(f"situation-files-{report_id}") as mine:
        # Rung again while it is at work: somebody else draws them already.
        for kind, language in missing_files(report) if mine else ():
            if kind in PLAIN or paper.available():
                made += _kept(report, kind, language, at)
    return made


def _kept(report: SituationReport, kind: str, language: str, at: datetime) -> bool:
    try:
        keep_file(report, kind, language, at=at)
    except Exception:
        log.exception("situation report %s: no %s in %s", report.pk, kind, language)
        return False
    return True
