"""Alerts in plain Chinese, with the numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from insights.naming import Names
from insights.warning import telling
from insights.warning.alerts import Alert
from insights.warning.series import ALL, CHANNEL, DEPARTMENT, REGION, UNIT, Series

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=timezone.utc)
NAMES = Names({"990101": "东城区"}, lambda keys: {("item", "pause"): "医保停机"})
TRY = "可能是入口、公众号菜单或者网页出了问题，请试一试还能不能问。"
GONE = "可能是内容刚刚过期、被撤下，或者出了新情况。"
PLAIN = Alert(
    1, "surge", "unit|item:pause|", "serious", NOW, NOW, None, NOW - timedelta(hours=1), NOW, 46, 0, 5.0, 3, 8, (),
    None, None, None, None, None, "",
)  # fmt: skip


def alert(series: Series = Series(UNIT, "item:pause"), **more: Any) -> Alert:
    return replace(PLAIN, subject=str(series), **more)


@pytest.mark.parametrize(
    ("one", "title", "why"),
    [
        (alert(), "“医保停机”：咨询激增", "今天 9:00–10:00 有 46 人问“医保停机”，平常这个时段 3–8 人。"),
        (alert(Series(UNIT, "item:pause", "990101"), low=0, high=0), "东城区的“医保停机”：咨询激增",
         "今天 9:00–10:00 有 46 人问东城区的“医保停机”，平常这个时段几乎没有人问。"),
        (alert(Series(DEPARTMENT, "医保局"), low=8), "“医保局”负责的事：咨询激增",
         "今天 9:00–10:00 “医保局”负责的事有 46 人咨询，平常这个时段 8 人左右。"),
        (alert(Series(REGION, "", "990101")), "东城区：咨询激增",
         "今天 9:00–10:00 东城区有 46 人咨询，平常这个时段 3–8 人。"),
        (alert(Series(CHANNEL, "wechat"), what="silence", people=0), "“公众号”渠道：突然没人问",
         "今天 9:00–10:00 “公众号”渠道只有 0 人咨询，平常这个时段 3–8 人。" + TRY),
        (alert(what="refused", people=12, asked=14, low=0, high=2), "“医保停机”：突然答不上来",
         "今天 9:00–10:00 问“医保停机”的 14 人里，有 12 人没有得到答案，照平常的比例应该是 0–2 人。" + GONE),
        (alert(Series(ALL), what="unhappy", people=12, asked=14, low=1, high=2), "全部渠道：不满增多",
         "今天 9:00–10:00 全部渠道咨询的 14 人里，有 12 人语气不满或者着急，照平常的比例应该是 1–2 人。"),
        (alert(Series("part", "portal"), what="failing", people=0), "办件查询接口：系统异常",
         "办件查询接口现在不能用。"),
        (alert(Series("part", "channel:wechat"), what="failing", people=6, asked=10), "公众号渠道的消息发送：系统异常",
         "今天 9:00–10:00 公众号渠道的消息发送失败 6 次，一共 10 次。"),
        (alert(Series("part", "inbox"), what="failing", people=6), "消息处理：系统异常",
         "有 6 条消息等了 3 分钟以上还没有处理。"),
    ],
)  # fmt: skip
def test_what_is_said(one: Alert, title: str, why: str) -> None:
    assert telling.title(one, NAMES) == title
    assert telling.why(one, NAMES, NOW) == why


def test_on_another_day_the_date_is_said() -> None:
    assert telling.why(alert(), NAMES, NOW + timedelta(days=1)).startswith("11月23日 9:00–10:00 有 46 人问")
