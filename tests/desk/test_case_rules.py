"""Where a case goes, and by when it should be done."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from desk.case_rules import load, rules
from foundation.calendar import WorkCalendar
from foundation.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "topic", "department"),
    [
        ("楼下烧烤店没证，油烟呛得人睡不着", None, "生态环境"),
        ("在超市买到过期牛奶", None, "市场监管"),
        ("老板拖欠工资三个月了", "市场监管", "人力资源和社会保障"),
        ("物业乱收費", None, "住房和城乡建设"),
        ("小区停电了", "自然资源", "自然资源"),
        ("小区停电了", None, "综合受理"),
        ("办居住证的窗口工作人员态度很差", "公安", "综合受理"),
        ("派出所民警收红包", "公安", "综合受理"),
    ],
)
def test_by_words_then_by_topic_then_the_general_desk(text: str, topic: str | None, department: str) -> None:
    assert rules().department(text, topic) == department


def test_what_is_about_the_staff_never_goes_to_the_office_complained_of() -> None:
    ours = rules()
    for words in (words for department, words in ours.routes if department == ours.general):
        assert all(ours.department(f"公安局{word}", "公安") == ours.general for word in words)


def test_working_days_count_from_the_next_day() -> None:
    ours, calendar = rules(), WorkCalendar()
    assert ours.due_on("complaint", date(2026, 11, 23), calendar) == date(2026, 11, 30)
    assert ours.due_on("help", date(2026, 11, 27), calendar) == date(2026, 12, 2)
    assert ours.due_on("complaint", date(2027, 3, 1), calendar) is None


def test_an_offices_own_rules(tmp_path: Path) -> None:
    file = tmp_path / "rules.yml"
    file.write_text("general: 督查室\ndays: {report: 3}\nroutes:\n  - {department: 水务, words: [停水]}\n", "utf-8")
    ours = load(file)
    assert ours.departments == ("督查室", "水务")
    assert (ours.department("家里停水了"), ours.department("路灯不亮")) == ("水务", "督查室")
    assert ours.due_on("complaint", date(2026, 11, 23), WorkCalendar()) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "general: ''", "general: 督查室\ndays: {gossip: 3}", "general: 督查室\nroutes: [{department: 水务}]",
        "general: 督查室\nroutes: [{department: 水务, words: ['']}]", "general: [1, 2]", "{",
    ],
)  # fmt: skip
def test_a_malformed_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    file = tmp_path / "broken.yml"
    file.write_text(text, "utf-8")
    with pytest.raises(ConfigError, match=r"(?s)broken\.yml.*general"):
        load(file)
