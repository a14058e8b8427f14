"""Beibei district (Chongqing) as a small data set of our own.

Codes and names are those of the national statistical division lists; a community keeps the code
it had in the last list that names it, so a street that was a town then has communities under the
old town code. Populations of streets are the 2020 census where `estimate` is False; every other
figure is an estimate made here so that the parts add up, and is marked as such. The people are
invented (`demo.register`).
"""

from __future__ import annotations

from typing import NamedTuple


class District(NamedTuple):
    """The district itself."""

    code: str
    name: str
    name_en: str
    pinyin: str
    population: int


class Street(NamedTuple):
    """A street (subdistrict) or a town of the district; `population` in persons (2020)."""

    code: str
    name: str
    name_en: str
    pinyin: str
    population: int
    estimate: bool
    kind: str = "street"


class Community(NamedTuple):
    """A residents' community or a village; `population` None where no share was estimated."""

    code: str
    street: str
    name: str
    name_en: str
    pinyin: str
    kind: str
    population: int | None


DISTRICT = District("500109", "北碚区", "Beibei District", "beibei", 834_887)

STREETS: tuple[Street, ...] = (
    Street("500109001", "天生街道", "Tiansheng Street", "tiansheng", 111_489, True),
    Street("500109002", "朝阳街道", "Chaoyang Street", "chaoyang", 36_129, False),
    Street("500109003", "北温泉街道", "Beiwenquan Street", "beiwenquan", 139_256, False),
    Street("500109004", "东阳街道", "Dongyang Street", "dongyang", 28_344, True),
    Street("500109005", "龙凤桥街道", "Longfengqiao Street", "longfengqiao", 49_130, True),
    Street("500109006", "蔡家岗街道", "Caijiagang Street", "caijiagang", 164_544, False),
    Street("500109007", "歇马街道", "Xiema Street", "xiema", 75_585, True),
    Street("500109008", "水土街道", "Shuitu Street", "shuitu", 66_137, True),
    Street("500109009", "复兴街道", "Fuxing Street", "fuxing", 33_068, True),
    Street("500109102", "澄江镇", "Chengjiang Town", "chengjiang", 22_675, True, "town"),
    Street("500109104", "童家溪镇", "Tongjiaxi Town", "tongjiaxi", 26_500, True, "town"),
    Street("500109105", "天府镇", "Tianfu Town", "tianfu", 13_227, True, "town"),
    Street("500109108", "施家梁镇", "Shijialiang Town", "shijialiang", 13_060, True, "town"),
    Street("500109110", "静观镇", "Jingguan Town", "jingguan", 28_344, True, "town"),
    Street("500109111", "柳荫镇", "Liuyin Town", "liuyin", 8_976, True, "town"),
    Street("500109113", "三圣镇", "Sansheng Town", "sansheng", 10_865, True, "town"),
    Street("500109116", "金刀峡镇", "Jindaoxia Town", "jindaoxia", 7_558, True, "town"),
)

#: The three units that were tested on 4-5 November 2021, in the order of their size.
ROUND_STREETS: tuple[str, ...] = ("500109006", "500109104", "500109108")

_C, _V = "community", "village"


def _community(code: str, street: str, name: str, pinyin: str, kind: str, people: int | None):
    suffix = "Community" if kind == _C else "Village"
    return Community(code, street, name, f"{pinyin.title()} {suffix}", pinyin, kind, people)


COMMUNITIES: tuple[Community, ...] = tuple(
    _community(*row)
    for row in (
        # Caijiagang: 14 communities and villages, shares estimated, sum 164,544
        ("500109103001", "500109006", "灯塔街社区", "dengtajie", _C, 19_800),
        ("500109103002", "500109006", "蔡家街社区", "caijiajie", _C, 16_400),
        ("500109103003", "500109006", "三溪口社区", "sanxikou", _C, 12_300),
        ("500109103004", "500109006", "汪家堡社区", "wangjiabao", _C, 14_900),
        ("500109103005", "500109006", "两江名居北社区", "liangjiangmingju bei", _C, 28_600),
        ("500109103006", "500109006", "两江名居南社区", "liangjiangmingju nan", _C, 26_200),
        ("500109103217", "500109006", "石井村", "shijing", _V, 6_400),
        ("500109103218", "500109006", "陵江村", "lingjiang", _V, 8_200),
        ("500109103219", "500109006", "群力村", "qunli", _V, 5_700),
        ("500109103220", "500109006", "三溪村", "sanxi", _V, 4_300),
        ("500109103221", "500109006", "灯塔村", "dengta", _V, 7_600),
        ("500109103222", "500109006", "天印村", "tianyin", _V, 4_100),
        ("500109103223", "500109006", "双碑村", "shuangbei", _V, 5_200),
        ("500109103224", "500109006", "太平村", "taiping", _V, 4_844),
        # Tongjiaxi: 5, sum 26,500
        ("500109104001", "500109104", "苏家湾社区", "sujiawan", _C, 8_900),
        ("500109104002", "500109104", "马山垭社区", "mashanya", _C, 6_300),
        ("500109104003", "500109104", "天成社区", "tiancheng", _C, 5_100),
        ("500109104208", "500109104", "建设村", "jianshe", _V, 3_300),
        ("500109104209", "500109104", "同兴村", "tongxing", _V, 2_900),
        # Shijialiang: 5, sum 13,060
        ("500109108001", "500109108", "施家社区", "shijia shequ", _C, 4_900),
        ("500109108201", "500109108", "施家村", "shijia", _V, 2_700),
        ("500109108202", "500109108", "狮子村", "shizi", _V, 2_300),
        ("500109108208", "500109108", "三胜村", "sansheng", _V, 1_700),
        ("500109108209", "500109108", "桂花村", "guihua", _V, 1_460),
        # The other streets: a few each, so that their residents who pass by have a home
        ("500109001034", "500109001", "天生桥社区", "tianshengqiao", _C, None),
        ("500109001039", "500109001", "荷花池社区", "hehuachi", _C, None),
        ("500109002016", "500109002", "天津路社区", "tianjinlu", _C, None),
        ("500109002020", "500109002", "解放路社区", "jiefanglu", _C, None),
        ("500109003002", "500109003", "城北社区", "chengbei", _C, None),
        ("500109003009", "500109003", "云清路社区", "yunqinglu", _C, None),
        ("500109004001", "500109004", "黄桷社区", "huangjue", _C, None),
        ("500109005004", "500109005", "燎原社区", "liaoyuan", _C, None),
        ("500109101009", "500109007", "解放台社区", "jiefangtai", _C, None),
        ("500109109006", "500109008", "和欣家园社区", "hexinjiayuan", _C, None),
        ("500109112002", "500109009", "和源社区", "heyuan", _C, None),
        ("500109102007", "500109102", "运河社区", "yunhe", _C, None),
        ("500109105014", "500109105", "天府社区", "tianfu", _C, None),
        ("500109110005", "500109110", "兴城社区", "xingcheng", _C, None),
        ("500109111001", "500109111", "柳荫社区", "liuyin", _C, None),
        ("500109113001", "500109113", "兴圣社区", "xingsheng", _C, None),
        ("500109116001", "500109116", "偏岩社区", "pianyan", _C, None),
    )
)


def street(code: str) -> Street:
    """The street or town with this nine-digit code; KeyError where there is none."""
    return _BY_CODE[code]


def communities_of(code: str) -> tuple[Community, ...]:
    """The communities of one street, by code."""
    return tuple(row for row in COMMUNITIES if row.street == code)


_BY_CODE = {row.code: row for row in STREETS}
