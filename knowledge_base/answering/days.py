"""Which day a question is about: 今天, 明天, 周六, 12月31号, 国庆, 现在."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from foundation.text import squash

MOST_DAYS = 3
_ONES = "一二三四五六七八九"
_NUMBER = rf"(?:\d{{1,2}}|[二三]?十[{_ONES}]?|[{_ONES}])"

RELATIVE = re.compile("(大后)[天日]|(?<![以之今日最然过])([今明后听])(?:[天日晚早]|儿(?![子童女媳]))")
AHEAD = {"今": 0, "明": 1, "听": 1, "后": 2, "大后": 3}
"""听日 is Cantonese for tomorrow."""
WEEKDAY = re.compile(
    rf"(?<![\d{_ONES}两几半])(下{{1,2}}|这|本)?个?(?:周|星期|礼拜)([{_ONES[:6]}天日末1-7])(?![期年岁])"
)
WEEKDAYS = {**{sign: place for place, sign in enumerate(_ONES[:6])}, "日": 6, "天": 6}
WEEKEND = re.compile("周末|礼拜末|双休|休息日|六日")
MONTH_DAY = re.compile(rf"(?:(\d{{4}})年)?({_NUMBER})月份?({_NUMBER})[号日]?")
DAY = re.compile(rf"(?<![\d{_ONES}第月路街道巷弄栋楼])({_NUMBER})号(?![线窗楼厅门院店台柜馆库机岗令文])")
NOW = re.compile("现在|这会|这个点|这时候|此刻|还开着|开着[吗没不]|下班(?:了没|没|了吗)|[开关]门了[吗没]")
NOON = re.compile("中午|午休|午间|晌午")
HOLIDAY = re.compile(
    "(?P<new_year>元旦)|(?P<spring>春节|过年|除夕|大年(?!纪|龄|级)|年三十)|(?P<qingming>清明)|(?P<labour>五一|劳动节)"
    "|(?P<dragon>端午)|(?P<moon>中秋)|(?P<national>国庆|十一(?=[开上放期长假休那有能可去办]))"
    "|(?P<any>节假日|法定假|放假|假期|过节)"
)


OPENING = re.compile("开|上班|办公|营业|休息|放假|关门|下班|有人|值班")
BESIDE_A_DAY = re.compile(
    "(?:开不开|开放?|开?门|上不上|上?班|办公|营业|休息|放不放|放?假|关|下|值班|有没有?|有|没|人|在不在|吗|不|呢|那|还|也|都|能|可以"
    "|办理?|办事|[去来了是的会到得行吧啊么要个这]|[你咱我他]们?|大厅|窗口|中心|想|过去|期间|当天|[上下]午|早上|晚上|几点|时候|多久)*"
)


class AskedDays(NamedTuple):
    """What a question says of the time it asks about."""

    days: tuple[date, ...] = ()
    holidays: tuple[str, ...] = ()
    """Names of `HOLIDAY`'s groups, in the order in which they are said."""
    now: bool = False
    noon: bool = False

    @property
    def any(self) -> bool:
        return bool(self.days or self.holidays or self.now or self.noon)


def asked_days(text: str, today: date) -> AskedDays:
    """Read a normalised question as one asked on `today`."""
    days = [*relative(text, today), *weekdays(text, today), *dates(text, today)]
    holidays = dict.fromkeys(str(match.lastgroup) for match in HOLIDAY.finditer(text))
    if len(holidays) > 1 or days:
        holidays.pop("any", None)  # 国庆放假吗
    return AskedDays(
        tuple(dict.fromkeys(days))[:MOST_DAYS], tuple(holidays), bool(NOW.search(text)), bool(NOON.search(text))
    )


def only_a_day(text: str) -> bool:
    """Whether a normalised text asks about a day and nothing else: 国庆呢, 那周末上班吗."""
    rest, found = text, 0
    for pattern in (MONTH_DAY, DAY, NOW, NOON, HOLIDAY, WEEKEND, WEEKDAY, RELATIVE):
        rest, times = pattern.subn("", rest)
        found += times
    return found > 0 and BESIDE_A_DAY.fullmatch(squash(rest)) is not None


def asks_for_opening(text: str) -> bool:
    """Whether the words 开门, 上班, 有人 … are there."""
    return OPENING.search(text) is not None


def relative(text: str, today: date) -> Iterator[date]:
    for far, near in RELATIVE.findall(text):
        yield today + timedelta(days=AHEAD[far or near])


def weekdays(text: str, today: date) -> Iterator[date]:
    """The next such day, today included; 下周六 is that of the week after this one, 这周六 that of this one."""
    monday = today - timedelta(days=today.weekday())
    if WEEKEND.search(text) and "下周末" not in text:
        yield from (upcoming(day, today) for day in (5, 6))
    for which, said in WEEKDAY.findall(text):
        for weekday in weekday_numbers(said):
            if which:
                yield monday + timedelta(days=7 * which.count("下") + weekday)
            elif said != "末":
                yield upcoming(weekday, today)


def weekday_numbers(said: str) -> tuple[int, ...]:
    """Monday is 0; a weekend is two days."""
    if said == "末":
        return (5, 6)
    return (int(said) - 1 if said.isdigit() else WEEKDAYS[said],)


def upcoming(weekday: int, today: date) -> date:
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def dates(text: str, today: date) -> Iterator[date]:
    """12月31号, 31号: the next such day; 2027年1月1日: that very day."""
    for year, month, day in MONTH_DAY.findall(text):
        years = (int(year),) if year else (today.year, today.year + 1)
        yield from first((valid(one, number(month), number(day)) for one in years), date.min if year else today)
    for day in DAY.findall(MONTH_DAY.sub(" ", text)):
        months = ((today.year, today.month), (today.year + today.month // 12, today.month % 12 + 1))
        yield from first((valid(*month, number(day)) for month in months), today)


def first(days: Iterator[date | None], earliest: date) -> list[date]:
    return [day for day in days if day is not None and day >= earliest][:1]


def valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def number(said: str) -> int:
    """12, 十二 or 三十一."""
    if said.isdigit():
        return int(said)
    tens, ten, ones = said.rpartition("十")
    units = _ONES.index(ones) + 1 if ones else 0
    return units + (10 * (_ONES.index(tens) + 1 if tens else 1) if ten else 0)
