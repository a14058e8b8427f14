"""Each form in which a report leaves the house is read back and held against the snapshot."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html.parser import HTMLParser

import msgspec
import openpyxl
import pypdfium2
import pytest
from django.template.loader import render_to_string
from PIL import Image

from reporting.outlets.situation import paper
from reporting.outlets.situation.chat import chat_text
from reporting.outlets.situation.composing import compose
from reporting.outlets.situation.document import Document
from reporting.outlets.situation.sheets import workbook
from reporting.outlets.situation.snapshot import Snapshot, as_document, digest, read
from tests.situation.sample import (
    SIX,
    TESTED,
    correction,
    material,
    of_many_streets,
    snapshot,
    street_snapshot,
)

LANGUAGES = ("zh", "en")


def expected(figures: Snapshot) -> dict[str, object]:
    """Every figure that a report must show, by the name of its cell; from the snapshot alone."""
    found: dict[str, object] = {
        f"{code}.{key}": area.values[key]
        for code, area in [("area", figures.area), *((s.code, s) for s in figures.streets)]
        for key in ("target", "persons", "coverage_percent", "remaining", "swabs", "tubes")
        if code != "area" or not figures.of_one_street or key in ("swabs", "tubes", "persons",
                                                                   "remaining")
    }  # fmt: skip
    found |= {f"head.{head.code}": head.people for head in figures.heads}
    found["head"] = sum(head.people for head in figures.heads)
    found |= {f"vehicle.{row.code}.listed": row.listed for row in figures.vehicles}
    found |= {f"vehicle.{row.code}.engaged": row.engaged for row in figures.vehicles}
    keys = ("everybody", "vehicles_listed", "vehicles_engaged", "points_total", "points_open",
            "units_total", "units_open", "visits_asked", "visits_done", "alerts_open", "tallied",
            "off_register_persons", "outside_persons")  # fmt: skip
    found |= {f"area.{key}": figures.area.values[key] for key in keys}
    return found | {"stated.tested": TESTED.value, "stated.delivered": None,
                    "stated.reported": None}  # fmt: skip


def printed(value: object) -> str:
    """How a figure is printed, written here a second time."""
    if value is None:
        return "—"
    return f"{value}%" if isinstance(value, str) else f"{value:,}".replace("-", "−")


@pytest.fixture(scope="module", params=LANGUAGES)
def document(request: pytest.FixtureRequest) -> Document:
    return compose(material(snapshot(), {"tested": TESTED}), request.param)


class Cells(HTMLParser):
    """Figures of a page by their names, from attributes and from the printed text."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: dict[str, tuple[str, str]] = {}
        self._open: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "td" and "data-figure" in given:
            self._open = (given["data-figure"] or "", given["data-value"] or "")

    def handle_data(self, data: str) -> None:
        if self._open:
            name, value = self._open
            self.figures[name] = (value, data)
            self._open = None


def test_the_page_shows_every_figure_of_the_snapshot(document: Document) -> None:
    cells = Cells()
    cells.feed(render_to_string("situation/document.html", {"document": document}))

    for name, value in expected(snapshot()).items():
        assert cells.figures[name] == ("" if value is None else str(value), printed(value)), name


def words_of(data: bytes) -> str:
    pdf = pypdfium2.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_range() for page in pdf)
    finally:
        pdf.close()


def lines_with(text: str, start: str) -> str:
    """What follows a word up to enough text for its row."""
    at = text.index(start)
    return text[at : at + 400]


def check_rows(text: str, document: Document) -> None:
    """Each row's figures stand behind its name, in their order, in a text of any layout."""
    plain = re.sub(r"\s+", "", text)
    at = 0
    for section in document.sections:
        for table in section.tables:
            for row in table.rows:
                at = plain.index(re.sub(r"\s+", "", row[0].text), at)
                for cell in row[1:]:
                    if cell.figure:
                        at = plain.index(cell.text.replace(" ", ""), at)


def check_figures(document: Document) -> None:
    """The laid-out cells themselves hold the snapshot's figures."""
    shown = {cell.figure: (cell.value, cell.text) for cell in document.cells()}
    for name, value in expected(snapshot()).items():
        assert shown[name] == (value, printed(value)), name


def test_paper_says_what_the_snapshot_says(document: Document) -> None:
    text = words_of(paper.pdf(document))

    check_figures(document)
    check_rows(text, document)
    assert document.headline.replace(" ", "") in re.sub(r"\s+", "", text)
    assert document.issue in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_is_short_and_drawn_from_pages_that_say_the_same(language: str) -> None:
    words = {("headline", "zh"): "累计采样170,833人次。"}
    reasons = {"headline_is_table": "town X by paper"}
    said = material(of_many_streets(), {"tested": TESTED}, texts=words, overrides=reasons)
    document = compose(said, language, brief=True)

    pages = paper.phone_pages(document)
    picture = Image.open(io.BytesIO(paper.stitched(pages)))

    text = words_of(pages)
    check_rows(text, document)
    plain = re.sub(r"\s+", "", text)
    for shown in ("29,300", "2,700,000", "townXbypaper", document.headline, document.foot[-1]):
        assert re.sub(r"\s+", "", shown) in plain
    assert picture.width == 780
    assert 1_500 < picture.height <= 4 * picture.width
    greys = picture.convert("L")
    ink = sum(greys.histogram()[:120]) / (picture.width * picture.height)
    assert 0.005 < ink < 0.3
    # Ink to the very end: no stretch of the picture is an empty page.
    for top in range(0, picture.height - 400, 400):
        assert greys.crop((0, top, picture.width, top + 400)).getextrema()[0] < 120


def test_the_workbook_holds_every_figure_as_text(document: Document) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook(document, digest="cd" * 32)))
    sheets = list(book)

    tables = [table for section in document.sections for table in section.tables]
    assert len(sheets) == len(tables) + 1
    for sheet, table in zip(sheets[1:], tables, strict=True):
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        assert rows == [table.headings, *([cell.text for cell in row] for row in table.rows)]
    notes = [cell.value for row in sheets[0].iter_rows() for cell in row]
    assert {document.headline, "cd" * 32, document.issue} <= set(notes)
    assert all(
        cell.data_type == "s" for sheet in sheets for row in sheet.iter_rows() for cell in row
    )


def test_the_chat_text_numbers_its_lines_and_holds_every_figure(document: Document) -> None:
    text = chat_text(document)

    check_rows(text, document)
    numbers = [int(n) for n in re.findall(r"^(\d+)\. ", text, re.MULTILINE)]
    assert numbers == list(range(1, len(document.sections) + 1))
    assert document.headline in text


def test_both_languages_show_the_same_figures() -> None:
    said = material(snapshot(), {"tested": TESTED})
    zh, en = (compose(said, language) for language in LANGUAGES)

    assert [(c.figure, c.value, c.text) for c in zh.cells()] == [
        (c.figure, c.value, c.text) for c in en.cells()
    ]


def test_a_snapshot_survives_being_kept() -> None:
    document = as_document(snapshot())

    assert read(document) == snapshot()
    assert digest(document) == digest(dict(reversed(list(document.items()))))
    assert digest(document) != digest(document | {"version": 13})


def test_the_street_of_the_story_reads_as_it_was_printed() -> None:
    said = material(street_snapshot())

    assert compose(said, "zh").headline == (
        "截至11月5日18时，蔡家岗街道累计采样16余万人，投入街道干部137人、村社区工作者161人、"
        "辅助人员120人、党员和志愿者800人、区级部门和其他镇街支援人员400余人、车辆50辆。"
    )
    assert compose(said, "en").headline == (
        "By 18:00 on 5 November, Caijiagang Street had sampled more than 160,000 people, deploying"
        " 137 local officials, 161 village and community workers, 120 auxiliaries, 800 party"
        " members and volunteers, more than 400 people sent by district departments and other"
        " towns, and 50 vehicles."
    )


def test_the_district_reads_as_of_when_how_far_and_what_is_pending() -> None:
    said = material(snapshot(), {"tested": TESTED})

    assert compose(said, "zh").headline == (
        "截至11月5日18时，北碚区2个镇街第1轮核酸检测累计采样163,900人次；应检170,000人，"
        "已采样160,600人，占94.5%，另有1,100人经核实暂不采样，其余8,300人待采样。"
        "据区卫生健康委，截至11月5日18时已检测29,300人次，其余正在检测中。"
    )
    assert compose(said, "en").headline == (
        "As of 18:00 on 5 November, 163,900 swabs had been taken in round 1 of testing in two"
        " streets and towns of Beibei District; 160,600 of 170,000 people to be tested (94.5%) had"
        " been sampled and 1,100 had an accepted reason not to be, with 8,300 still to come. The"
        " District Health Commission put the number tested by 18:00 on 5 November at 29,300 swabs,"
        " with the rest pending."
    )


def passages(figures: Snapshot, key: str, language: str) -> list[str]:
    said = material(figures)
    return next(s.passages for s in compose(said, language).sections if s.key == key)


def test_a_correction_says_first_what_was_wrong() -> None:
    zh, en = (compose(material(correction()), language) for language in LANGUAGES)

    assert zh.headline.startswith(
        "本期更正第2期：累计采样原报153,000人次，应为154,100人次。截至11月5日16时，"
    )
    assert en.headline.startswith(
        "This issue corrects issue 2: swabs were 154,100 and not 153,000 as printed. As of 16:00"
    )
    assert material(correction()).checks[4].holds
    words_only = material(correction(corrections=[]))
    assert compose(words_only, "zh").headline.startswith("本期更正第2期，合计数未变。")


def test_a_quarter_hour_kept_late_stands_beneath_the_title() -> None:
    late = material(snapshot(known_at=SIX + timedelta(minutes=20)))

    assert "Kept only at 18:20 on 5 November: later data are in it." in compose(late, "en").lines


def test_a_street_past_its_time_without_a_forecast_is_an_exception() -> None:
    whole = snapshot()
    north = msgspec.structs.replace(whole.streets[0], eta_at=None)
    figures = msgspec.structs.replace(whole, streets=[north, whole.streets[1]])

    assert "蔡家岗街道已过11月5日16时的时限，尚有9,000人待采样，何时完成无法预计。" in passages(
        figures, "exceptions", "zh"
    )
    assert passages(figures, "exceptions", "en")[1] == (
        "Caijiagang Street is past its deadline of 16:00 on 5 November: 9,000 people are still to"
        " come, and when it will finish cannot be told."
    )
    ahead = msgspec.structs.replace(north, late=-timedelta(minutes=5))
    calm = msgspec.structs.replace(whole, streets=[ahead, whole.streets[1]])
    assert not any("时限" in line for line in passages(calm, "exceptions", "zh"))


def test_exceptions_that_are_not_shown_are_counted_and_missing_reports_come_first() -> None:
    figures = of_many_streets()

    zh, en = (passages(figures, "exceptions", language) for language in LANGUAGES)

    # Ten streets late, and one alert, beside the line of missing reports.
    assert zh[0].startswith("未按时报送：第3号试点街道")
    assert (len(zh), zh[-1]) == (7, "另有6项。")
    assert en[0].startswith("Reports were not handed in on time: Beiwenquan Str. 3")
    assert en[-1] == "And 6 more."


def test_only_home_visits_that_are_open_wait() -> None:
    whole = snapshot()

    assert "继续上门采样，尚有6人待上门。" in passages(whole, "actions", "zh")
    assert "Home visits go on: 6 people wait for one." in passages(whole, "actions", "en")
    values = whole.area.values | {"visits_open": 0}
    area = msgspec.structs.replace(whole.area, values=values)
    done = msgspec.structs.replace(whole, area=area)
    assert not any("上门" in line for line in passages(done, "actions", "zh"))


def test_figures_of_another_form_are_refused_and_older_ones_read() -> None:
    kept = as_document(snapshot())
    with pytest.raises(msgspec.ValidationError):
        read(kept | {"form": 2})
    for street in kept["streets"]:
        del street["late"]
    del kept["area"]["values"]["visits_open"]

    older = read(kept)

    assert older.streets[0].late is None
    shown = [cell.figure for cell in compose(material(older), "zh").cells()]
    assert "area.visits_open" not in shown


def test_missing_streets_are_named_in_both_languages() -> None:
    said = material(snapshot())
    for language, name in (("zh", "蔡家岗街道（每日数据1份）"),
                           ("en", "Caijiagang Street (Daily numbers, 1)")):  # fmt: skip
        section = next(s for s in compose(said, language).sections if s.key == "missing")
        assert section.passages[1:] == [name]


def test_odd_figures_are_explained_and_never_trimmed() -> None:
    document = compose(material(snapshot()), "zh")
    south = document.table("streets").rows[1]

    assert [cell.text for cell in south[:5]] == ["童家溪镇", "70,000", "70,600", "100.9%", "−700"]
    assert "超出应检人数700人" in "".join(
        passage for section in document.sections for passage in section.passages
    )


def test_a_reason_for_letting_a_check_pass_is_printed() -> None:
    words = {("headline", "en"): "170,833 swabs were taken."}
    said = material(snapshot(), texts=words, overrides={"headline_is_table": "town X by paper"})

    section = next(s for s in compose(said, "en").sections if s.key == "checks")
    assert "Issued all the same: town X by paper" in section.passages
    assert "town X by paper" in chat_text(compose(said, "en"))
