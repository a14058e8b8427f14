"""Words of one group find each other, in Python and in PostgreSQL alike (S059)."""

import pytest
from django.db import connection

from reporting.alerts.synonyms import GROUPS, fits, patterns, plain


def test_no_word_stands_in_two_groups():
    words = [word for group in GROUPS for word in group]

    assert len(words) == len(set(words))
    assert all(word == plain(word) for word in words)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group[0])
def test_each_word_of_a_group_finds_the_others(group):
    for asked in group:
        for told in group:
            assert fits(asked, f"3号 {told} 1"), (asked, told)


@pytest.mark.parametrize(
    "query, text",
    [
        ("检测点 断网", "奔月路采样点网络中断"),
        ("３号通道", "3号采样单元无人"),
        ("TUBES", "two tubes missing"),
        ("tube", "试管破损"),
        ("试管", "a tube broke"),
        ("启动第2轮", "开展第2轮次采样"),
        ("期间", "上班时间"),
        ("  ", "anything"),
        ("c++ (x)", "a C++ (X) fault"),
    ],
)
def test_found(query, text):
    assert fits(query, text)


@pytest.mark.parametrize(
    "query, text",
    [
        ("检测点 断电", "采样点断网"),
        ("第3轮", "第2轮次"),
        ("site", "a website"),
        (".*", "anything"),
        ("rain", "training"),
    ],
)
def test_not_found(query, text):
    assert not fits(query, text)


@pytest.mark.django_db
def test_postgresql_reads_the_patterns_as_python_does():
    texts = ["奔月路采样点网络中断", "a website", "two tubes", "a C++ (X) fault", "training",
             "3号通道", "上班时间", "carry-out [1] {2} a|b ^$ \\m"]  # fmt: skip
    queries = ["检测点", "site", "tube", "c++ (x)", "rain", "采样单元", "期间", "[1] {2}", "a|b",
               "^$", "\\m", "'; --", "carry out"]  # fmt: skip
    with connection.cursor() as cursor:
        for query in queries:
            for text in texts:
                found = True
                for pattern in patterns(query):
                    cursor.execute("SELECT normalize(%s, NFKC) ~* %s", [text, pattern])
                    found = found and cursor.fetchone()[0]
                assert found == fits(query, text), (query, text)
