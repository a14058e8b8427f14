"""The demo's bulletins: the district at 18:00 and at midnight, and one street at midnight.

Two accounts act: one writes and states what the laboratories said, another approves. What the
bulletins say is held against the plan: the figures of the published story, from the demo's data.
"""

from __future__ import annotations

import io
import logging
import re
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING, Any

from demo import crew, expected, places, roundplan, wheels

if TYPE_CHECKING:
    from demo.officials import Cast
    from demo.scenario import Scenario

Act = Callable[["Cast", datetime], bool]
Values = dict[tuple[str, str], int]

log = logging.getLogger("demo.situation")

DISTRICT, STREET = places.DISTRICT.code, crew.CAIJIAGANG
END_AT = roundplan.OVER + timedelta(hours=1)
"""Midnight after the round: everything was sampled and has come in."""
WRITING = timedelta(minutes=3)
"""From a cut-off until its bulletin is written and approved."""
TESTED = 29_300
"""Published beside the 163,900 of 18:00; no laboratory is connected, so it is stated."""
PUBLISHED = ("137人", "161人", "120人", "800人", "400余人", "16余万人", "50辆")
"""What was printed of the street, which the whole demo says again."""
HURRIED = "演示时钟走得快，留存较晚"
SAID_BY = ("区卫生健康委", "the District Health Commission")


def playbook() -> list[tuple[datetime, Act]]:
    """The bulletin of 18:00; those of midnight come when everything has been sent."""
    return [(roundplan.KNOWN_AT + WRITING, issue_known)]


def issue_known(cast: Cast, now: datetime) -> bool:
    """The district's bulletin of 18:00, with what the laboratories said."""
    return issue(cast, DISTRICT, roundplan.KNOWN_AT, now, tested=_tested(cast))


def issue_end(cast: Cast, now: datetime) -> bool:
    """The last bulletins: the district's, and that of the street of the published story."""
    district = issue(cast, DISTRICT, END_AT, now)
    return issue(cast, STREET, END_AT, now) and district


def _tested(cast: Cast) -> int:
    """The published figure, in the share of the people that this demo has."""
    return int(TESTED * cast.fraction)


def issue(
    cast: Cast, code: str, cut_off: datetime, now: datetime, *, tested: int | None = None
) -> bool:
    """Write, submit and approve the bulletin of an area at a cut-off; done already: nothing."""
    from core.inputs import Refused
    from demo.officials import done

    if not cast.approver.actor:
        return True  # an older demo's data: it goes on without bulletins

    def act() -> None:
        try:
            _issue(cast, code, cut_off, now, tested)
        except Refused as refused:
            log.warning("bulletin of %s at %s: %s", code, cut_off, refused)
            raise

    return done(act)


def _issue(cast: Cast, code: str, cut_off: datetime, now: datetime, tested: int | None) -> None:
    from core.inputs import Refused
    from reporting.outlets.queries.situation_figures import is_kept
    from reporting.outlets.services.situation_flow import approve, submit

    if _reports(cast.round_id, code, cut_off).filter(state="issued").exists():
        return
    if not is_kept(cast.round_id, cut_off):
        raise Refused("not_kept_yet", "the quarter hour has not been kept yet")
    told: dict[str, Any] = {"scope": cast.reviewer, "by": cast.reviewer.actor, "at": now}
    report = _drafted(cast, code, cut_off, told)
    if tested is not None:
        report = _stated(report, tested, cut_off, told)
    report = _excused(report, told)
    if report.state != "submitted":
        report = submit(report_id=report.pk, edition=report.edition, **told)
    approve(
        report_id=report.pk, edition=report.edition, scope=cast.approver, by=cast.approver.actor,
        at=now,
    )  # fmt: skip


def _drafted(cast: Cast, code: str, cut_off: datetime, told: dict[str, Any]) -> Any:
    """The draft that the clock opened, with its figures, or one by hand."""
    from campaigns.models import Division, Round
    from reporting.outlets.services.situation import freeze, open_report

    waiting = _reports(cast.round_id, code, cut_off).exclude(state="withdrawn").first()
    if waiting is not None:
        return freeze(report_id=waiting.pk, **told)
    round_ = Round.objects.select_related("campaign__district").get(pk=cast.round_id)
    division = Division.objects.get(code=code)
    return open_report(round_=round_, division=division, cut_off=cut_off, **told)


def _stated(report: Any, tested: int, cut_off: datetime, told: dict[str, Any]) -> Any:
    from reporting.outlets.services.situation import Statement, state_figure

    if report.statements.exists() or report.state != "draft":
        return report
    source, source_en = SAID_BY
    statement = Statement("tested", tested, "swabs", source, source_en, cut_off)
    return state_figure(report_id=report.pk, edition=report.edition, statement=statement, **told)


def _excused(report: Any, told: dict[str, Any]) -> Any:
    """Where the hurried clock of the demo kept the quarter hour late, the bulletin says so."""
    from reporting.outlets.services.situation import override_check
    from reporting.outlets.situation.checks import kept_late
    from reporting.outlets.situation.snapshot import read

    if report.state != "draft" or kept_late(read(report.snapshot)) is None:
        return report
    return override_check(
        report_id=report.pk, edition=report.edition, code="cut_off_in_order", reason=HURRIED,
        **told,
    )  # fmt: skip


def _reports(round_id: int, code: str, cut_off: datetime) -> Any:
    from reporting.outlets.models import SituationReport

    return SituationReport.objects.filter(
        round=round_id, division__code=code, cut_off=cut_off, corrects__isnull=True
    )


# --- the self-check -----------------------------------------------------------------------------


def wanted(plan: Scenario, state: dict[str, Any]) -> Values:
    """What the bulletins must say, from the plan and from nothing else."""
    figures = expected.figures(plan)
    known = sum(expected.known_swabs(plan, expected.KNOWN_AT).values())
    people = Counter(
        worker.category
        for worker in crew.workers(seed=state["seed"], fraction=state["fraction"])
        if worker.street == STREET
    )
    vehicles = sum(ceil(count * state["fraction"]) for _kind, count in wheels.OF_STREET)
    mine = figures[STREET]
    sampled = mine.persons + mine.exempt_sampled + mine.off_register
    out: Values = {
        (DISTRICT, "swabs at 18:00"): known,
        (DISTRICT, "tested at 18:00"): int(TESTED * state["fraction"]),
        (DISTRICT, "swabs at the end"): figures[DISTRICT].swabs,
        (DISTRICT, "persons at the end"): figures[DISTRICT].persons,
        (STREET, "sampled"): sampled,
        (STREET, "vehicles"): vehicles,
    }
    out |= {(STREET, category): count for category, count in people.items()}
    said = [f"{_in_print(count)}人" for count in (*people.values(), sampled)]
    said.append(f"{_in_print(vehicles)}辆")
    if state["fraction"] == 1:
        said = list(PUBLISHED)
    for form in ("chat", "pdf", "xlsx", "png"):
        out |= {(STREET, f"{words} in {form}"): 1 for words in said}
        out[DISTRICT, f"{known:,} in {form}"] = 1
    return out


def _in_print(count: int) -> str:
    """A count as a newspaper prints it: cut down digit by digit, not by the product's own rule."""
    digits = str(count)
    if count < 300:
        return digits
    if len(digits) < 5:
        return digits[:-2] + "00" + "余" * (digits[-2:] != "00")
    if len(digits) == 5:
        wan = digits[0] + f".{digits[1]}" * (digits[1] != "0")
        return f"{wan}万" + "余" * (int(digits[2:]) > 0)
    return digits[:-4] + "余" * (int(digits[-4:]) > 0) + "万"


def found(state: dict[str, Any]) -> Values:
    """What the issued bulletins say, in their figures and in every form that leaves the house."""
    known = _issued(state, DISTRICT, roundplan.KNOWN_AT)
    end, street = _issued(state, DISTRICT, END_AT), _issued(state, STREET, END_AT)
    if known is None or end is None or street is None:
        return {}
    out: Values = {
        (DISTRICT, "swabs at 18:00"): known.snapshot["area"]["values"]["swabs"],
        (DISTRICT, "tested at 18:00"): known.statements.get(key="tested").value,
        (DISTRICT, "swabs at the end"): end.snapshot["area"]["values"]["swabs"],
        (DISTRICT, "persons at the end"): end.snapshot["area"]["values"]["persons"],
        (STREET, "sampled"): street.snapshot["area"]["values"]["everybody"],
        (STREET, "vehicles"): street.snapshot["area"]["values"]["vehicles_listed"],
    }
    out |= {(STREET, head["code"]): head["people"] for head in street.snapshot["heads"]}
    for form in ("chat", "pdf", "xlsx", "png"):
        out |= _said(STREET, form, _read(street, form))
        out |= _said(DISTRICT, form, _read(known, form))
    return out


def _issued(state: dict[str, Any], code: str, cut_off: datetime) -> Any:
    reports = _reports(state["round"], code, cut_off).select_related("division", "round__campaign")
    return reports.filter(state="issued").first()


def _said(code: str, form: str, text: str) -> Values:
    """Every count with its measure word that a form says, and every whole number."""
    plain = re.sub(r"\s", "", text)
    phrases = set(re.findall(r"[\d.]+余?万?余?[人辆]", plain)) | set(
        re.findall(r"[\d,]{3,}", plain)
    )
    return {(code, f"{phrase} in {form}"): 1 for phrase in phrases}


def _read(report: Any, form: str) -> str:
    """The text of one form, read back as whoever gets it would."""
    from reporting.outlets.services.situation_files import file_of

    data, _type, _name = file_of(report, form, "zh")
    if form == "png":
        return _picture_text(report, data)
    if form == "pdf":
        return _pdf_text(data)
    return _sheet_text(data) if form == "xlsx" else data.decode()


def _picture_text(report: Any, kept: bytes) -> str:
    """What the kept picture says: the text of the pages that show these very pixels, or nothing."""
    from reporting.outlets.services.situation_files import document_of
    from reporting.outlets.situation import paper

    pages = paper.phone_pages(document_of(report, "zh", brief=True))
    return _pdf_text(pages) if _pixels(kept) == _pixels(paper.stitched(pages)) else ""


def _pixels(picture: bytes) -> bytes:
    from PIL import Image

    return Image.open(io.BytesIO(picture)).convert("RGB").tobytes()


def _pdf_text(data: bytes) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


def _sheet_text(data: bytes) -> str:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    rows = (row for sheet in book for row in sheet.iter_rows(values_only=True))
    return "\n".join(str(cell) for row in rows for cell in row if cell is not None)
