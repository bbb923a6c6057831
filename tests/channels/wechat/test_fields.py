from __future__ import annotations

from datetime import date, datetime, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from channels.wechat.fields import RULES, cut, fit, shown

LIMITS = {
    "thing": 20, "name": 20, "phrase": 5, "character_string": 32, "number": 32, "amount": 15, "phone_number": 17,
    "car_number": 8, "letter": 32, "symbol": 5, "time": 70, "date": 70, "keyword": 20,
}  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "fitted"),
    [
        ("thing1", "居民身份证丢失补领", "居民身份证丢失补领"),
        ("thing1", "一二三四五六七八九十一二三四五六七八九十", "一二三四五六七八九十一二三四五六七八九十"),
        ("thing1", "城乡居民基本医疗保险参保登记，跨省异地就医备案", "城乡居民基本医疗保险参保登记…"),
        ("thing1", "内资有限责任公司设立登记一网通办申请材料补正", "内资有限责任公司设立登记一网通办申请材…"),
        ("thing1", "请于本月底以前到窗口办理业务 ABC12345678", "请于本月底以前到窗口办理业务…"),
        ("thing1", "第一行\n第二行", "第一行 第二行"),
        ("thing1", "", "无"),
        ("keyword2", "自由文字", "自由文字"),
        ("character_string2", "办件号：ＢＪ２０２６-001", ":BJ2026-001"),
        ("character_string2", "4401**********0011", "4401**********0011"),
        ("character_string2", "A" * 40, "A" * 29 + "..."),
        ("character_string2", "无", None),
        ("phrase3", "审核通过", "审核通过"),
        ("phrase3", "审核未通过，请补正材料", "审核未通过"),
        ("phrase3", "需要补正申请材料", "需要补正申"),
        ("phrase3", "OK", None),
        ("number1", "共 1,234.5 元", "1234.5"),
        ("number1", "没有", None),
        ("amount1", "￥20.00元", "¥20.00元"),
        ("amount1", "收费 20 元", "20"),
        ("amount1", "免费", None),
        ("phone_number1", "电话：0571-12345678、12345", "0571-12345678"),
        ("phone_number1", "12345", "12345"),
        ("car_number1", "粤a·8Z888挂", "粤A8Z888挂"),
        ("name1", "欧阳**", "欧阳**"),
        ("name1", "买买提·阿不都热合曼·阿布都拉", "买买提·阿不都热合…"),
        ("time1", "2026年11月23日 10:00", "2026年11月23日 10:00"),
        ("time1", "9:00～17:00", "9:00~17:00"),
        ("date1", "2026-11-23", "2026-11-23"),
        ("date1", "下周三", None),
        ("letter1", "abc-12 X", "abcX"),
        ("symbol1", "a+=b", "+="),
    ],
)
def test_a_value_is_made_to_fit_its_field(field: str, value: str, fitted: str | None) -> None:
    assert fit(field, value) == fitted


@given(st.sampled_from([*RULES, "keyword"]), st.text(max_size=80))
@example("car_number", "00000𝀀🀀")
def test_nothing_is_too_long_or_broken_over_lines(kind: str, value: str) -> None:
    fitted = fit(f"{kind}1", value)
    if fitted is not None:
        assert fitted.strip() and "\n" not in fitted
        assert len(fitted.encode("utf-16-le", "surrogatepass")) // 2 <= LIMITS[kind]


@given(st.text(max_size=60), st.integers(2, 30))
def test_what_is_cut_is_a_beginning(text: str, most: int) -> None:
    found = cut(text, most)
    assert found == text or (found.endswith("…") and text.startswith(found[:-1]))


def test_an_emoji_family_is_not_torn() -> None:
    family = "👨‍👩‍👧‍👦"
    assert cut(family * 3, 20) == f"{family}…"


def test_times_are_those_of_the_office() -> None:
    assert shown(datetime(2026, 11, 23, 2, 5, tzinfo=timezone.utc)) == "2026年11月23日 10:05"
    assert (shown(date(2026, 1, 2)), shown(None), shown(3)) == ("2026年1月2日", "", "3")
    assert fit("time1", shown(datetime(2026, 11, 23, 2, 5, tzinfo=timezone.utc)))
