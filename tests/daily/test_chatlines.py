"""Numbered chat lines as people send them: understood whole, or refused whole."""

from __future__ import annotations

import pytest

from reporting.daily.builtin import COLUMNS
from reporting.daily.chatlines import Reader
from reporting.daily.importing.words import columns_of, vocabulary
from reporting.daily.models import ReportColumn


@pytest.fixture(scope="module")
def reader() -> Reader:
    columns = [ReportColumn(**column) for column in COLUMNS["daily"]]
    return Reader(vocabulary(columns_of(columns)), {"needs"})


@pytest.mark.parametrize(
    ("line", "name", "values"),
    [
        ("1. 灵峰社区 已采19640 豁免302 管1982", "灵峰社区",
         {"sampled": "19640", "exempt": "302", "tubes": "1982"}),
        ("2、两江名居 已采：25,310人", "两江名居", {"sampled": "25,310"}),
        ("３．龙凤村　已采１２００　豁免３", "龙凤村", {"sampled": "1200", "exempt": "3"}),
        ("④ 龙凤 已采1.2万", "龙凤", {"sampled": "1.2万"}),
        ("（5）灵峰：已采100，豁免20，采样管10支", "灵峰",
         {"sampled": "100", "exempt": "20", "tubes": "10"}),
        ("6 管家村 100人次 10管", "管家村", {"swabs": "100", "tubes": "10"}),
        ("7. 灵峰社区（已采100）", "灵峰社区", {"sampled": "100"}),
        ("8. 灵峰 已采100人次200", "灵峰", {"sampled": "100", "swabs": "200"}),
        ("9. 新村8号社区 已采样5人 未采-3", "新村8号社区", {"sampled": "5", "remaining": "-3"}),
        ("10、灵峰社区今日已检测19640，问题：缺N95口罩 20 个", "灵峰社区",
         {"sampled": "19640", "needs": "缺N95口罩 20 个"}),
        ("11.灵峰社区截至15:00已采100", "灵峰社区", {"sampled": "100"}),
        ("12. Lingfeng sampled 19,640 exempt 302 Home visits asked 3", "Lingfeng",
         {"sampled": "19,640", "exempt": "302", "home_requests": "3"}),
        ("合计：已采 45000", "合计", {"sampled": "45000"}),
    ],
)  # fmt: skip
def test_shapes_that_are_understood(reader: Reader, line: str, name: str, values: dict) -> None:
    [read] = reader.lines(line)

    assert read.refusal is None, str(read.refusal)
    assert (read.name, read.values) == (name, values)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("1. 收到", "chat_no_number"),
        ("1. 已采5", "chat_no_name"),
        ("1. 灵峰 12", "chat_number_bare"),
        ("1. 灵峰 已采约500", "chat_word_unknown"),
        ("1. 灵峰 已采500 阳性3", "chat_word_unknown"),
        ("1. 灵峰 已采1.2w", "chat_word_unknown"),
        ("1. 灵峰 已采5 已采6", "chat_word_twice"),
        ("1. 灵峰 已采5 " + "，" * 400, "chat_line_long"),
    ],
)
def test_lines_that_are_refused(reader: Reader, line: str, code: str) -> None:
    [read] = reader.lines(line)

    assert read.refusal is not None
    assert read.refusal.code == code
    assert reader.why(line).code == code


def test_every_line_below_the_title_is_answered_at_its_number(reader: Reader) -> None:
    text = "#接龙\n各社区15:00已采人数\n\n1. 灵峰 19640\n2. 两江 200人\n3. 收到\n谢谢大家"

    read = list(reader.lines(text))

    assert [(line.number, line.name, dict(line.values)) for line in read] == [
        (4, "灵峰", {"sampled": "19640"}), (5, "两江", {"sampled": "200"}),
        (6, "", {}), (7, "", {}),
    ]  # fmt: skip
    assert [line.refusal is None for line in read] == [True, True, False, False]


def test_figures_may_stand_on_lines_of_their_own(reader: Reader) -> None:
    read = list(reader.lines("1. 灵峰\n已采100\n豁免3\n2. 两江 已采5"))

    assert [(line.number, line.name, dict(line.values)) for line in read] == [
        (1, "灵峰", {"sampled": "100", "exempt": "3"}), (4, "两江", {"sampled": "5"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "chain"),
    [
        ("#接龙\n大家好\n请上报\n1. 灵峰 已采5", True),
        ("灵峰社区 已采100\n两江社区 已采5", True),
        ("社区\t已采\n灵峰\t5", False),
        ("社区,已采\n灵峰,5", False),
        ("序号,社区,已采\n1,灵峰,5\n2,两江,6", False),
    ],
)
def test_a_table_is_no_chain(reader: Reader, text: str, chain: bool) -> None:
    assert reader.looks_like(text) is chain
