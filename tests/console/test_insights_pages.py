"""数据: every number on the pages is the one that pandas counts, and leads to as many questions."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import insights_office
import pandas as pd
import pytest
from console_people import Browser, Office
from insights_office import NOW
from insights_page import Seen, Shown
from sqlalchemy import insert, select

from desk.tables import handovers, ratings, tasks
from foundation.clock import CHINA
from foundation.database import Database
from insights import rolling
from insights.turns import turns
from knowledge_base.model import UnitKey
from knowledge_base.store import releases

DECISIONS = ("answered", "options", "refused")
COLUMNS = ("咨询", "答上", "反问", "没答上", "其他", "转人工")
CHANNELS = {"web": "网页", "wechat": "公众号", "miniprogram": "小程序", "wecom-kf": "微信客服"}
REGIONS = {"": "没有说明地区", "990102": "西山区", "990103": "南浦区", "990104": "990104"}
ASPECTS = {"": "没有问到具体方面", "materials": "申请材料", "fee": "收费", "place": "办理地点", "duration": "办理时限"}
TITLES = {
    "dog-registration": "养犬登记",
    "boat-licence": "渔船登记",
    "cart-permit": "马车通行证",
    "library-card": "图书馆借书证丢了怎么补",
    "dog-vaccine": "狗狗疫苗在哪里打",
    "gone-long-ago": "（已下架 gone-long-ago）",
}
TODAY = date(2026, 11, 23)
SCOPES: list[dict[str, str]] = [
    {},
    {"period": "today"},
    {"period": "month", "channel": "web"},
    {"period": "year"},
    {"since": "2026-10-20", "until": "2026-11-19", "region": "990102"},
    {"period": "days30", "department": "公安", "channel": "wechat"},
    {"period": "days30", "department": "-", "region": "-"},
]
PAGES = ("/insights", "/insights/topics", "/insights/people", "/insights/unanswered")
BEHIND = ("/insights/questions", "/insights/talks", "/insights/ratings")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Instead of an empty database, one after a busy month, to be copied."""
    file = tmp_path_factory.mktemp("month") / "zhengwu.db"
    insights_office.a_month(file)
    return file


def busy(database: Database) -> None:
    with database.write() as tx:
        insights_office.settle(tx, NOW)
        insights_office.ask(tx, NOW, 1500)
        insights_office.talk(tx, NOW, 120)


@pytest.fixture
def town(office: Office) -> Office:
    return office


@pytest.fixture
def chen(town: Office) -> Browser:
    return supervisor(town)


def supervisor(town: Office) -> Browser:
    browser = Browser(town)
    browser.seat("chen", "supervisor")
    return browser


def seen(browser: Browser, path: str, asked: dict[str, str] | None = None) -> Seen:
    answer = browser.get(path, params=asked or {})
    assert answer.status_code == 200, answer.text[:500]
    return Seen(answer.text)


def days_of(asked: dict[str, str]) -> tuple[date, date]:
    first = {"today": TODAY, "month": date(2026, 11, 1), "year": date(2026, 1, 1), "days30": date(2026, 10, 25)}
    if "since" in asked:
        return date.fromisoformat(asked["since"]), date.fromisoformat(asked["until"])
    return first.get(asked.get("period", ""), date(2026, 11, 17)), TODAY


def frame(town: Office, asked: dict[str, str]) -> pd.DataFrame:
    """The turns that are asked for, as pandas reads them."""
    with town.database.read() as tx:
        found = pd.DataFrame([dict(row) for row in tx.execute(select(turns)).mappings()])
    at = pd.to_datetime(found["at"], utc=True).dt.tz_convert("Asia/Shanghai")
    found["day"], found["hour"] = at.dt.date, at.dt.hour
    found[["region", "department", "aspect"]] = found[["region", "department", "aspect"]].fillna("")
    first, last = days_of(asked)
    found = found[(found["day"] >= first) & (found["day"] <= last)]
    for name in ("channel", "region", "department"):
        if name in asked:
            found = found[found[name] == asked[name].replace("-", "")] if asked[name] == "-" else found[
                found[name] == asked[name]
            ]  # fmt: skip
    return found


def percent(part: int, whole: int) -> str:
    return f" {part / whole:.1%}" if whole else ""


def expected(rows: pd.DataFrame) -> tuple[str, ...]:
    """The columns of a row about these turns."""
    by = {name: int((rows["decision"] == name).sum()) for name in (*DECISIONS, "other")}
    whole, handed = sum(by[name] for name in DECISIONS), int(rows["handover"].sum())
    parts = [f"{by[name]:,}{percent(by[name], whole)}" for name in DECISIONS]
    return (f"{len(rows):,}", *parts, f"{by['other']:,}", f"{handed:,}{percent(handed, len(rows))}")


def test_every_number_is_the_one_that_pandas_counts(desk: Office) -> None:
    """On each kind of database, most days rolled up and the last ones not yet."""
    busy(desk.database)
    with desk.database.write() as tx:
        days = rolling.due(tx, NOW)
        for day in days[:-3]:
            assert rolling.keep(tx, rolling.count(tx, day), NOW)
    assert len(days) > 30
    chen = supervisor(desk)
    for asked in SCOPES:
        compare(desk, chen, asked)
    for asked in ({"period": "days30"}, {"period": "month", "channel": "web", "department": "公安"}):
        compare_desk(desk, chen, asked)
    assert seen(chen, "/insights/people", {"period": "days30"}).tables["差评办得怎么样"].rows


def compare(town: Office, chen: Browser, asked: dict[str, str]) -> None:
    found, (first, last) = frame(town, asked), days_of(asked)
    page = seen(chen, "/insights", asked)
    assert page.tiles["咨询次数"] == [f"{len(found):,}"]
    rated = found["rating"].dropna()
    bad = int((rated <= 2).sum())
    said = f"{rated.mean():.2f}" if len(rated) else "—"
    assert page.tiles["机器人满意度"] == [said, f"{len(rated)} 人评价，{bad} 个差评"]
    whole = int(found["decision"].isin(DECISIONS).sum())
    refused = int((found["decision"] == "refused").sum())
    assert page.tiles["没答上"] == [percent(refused, whole).strip() or "—", f"{refused} 次"]
    took = found["milliseconds"].dropna()
    assert page.tiles["平均用时"] == [f"{took.mean() / 1000:.2f} 秒" if len(took) else "—"]

    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    if len(days) <= 92:
        wanted = {str(day): expected(found[found["day"] == day]) for day in days}
        assert page.tables["每天的咨询"].texts(*COLUMNS) == wanted
    else:
        months = found["day"].map(lambda day: f"{day:%Y-%m}")
        wanted = {month: expected(found[months == month]) for month in sorted({f"{day:%Y-%m}" for day in days})}
        assert page.tables["每月的咨询"].texts(*COLUMNS) == wanted
    wanted = {f"{hour:02}:00": expected(found[found["hour"] == hour]) for hour in range(24)}
    assert page.tables["一天里的时段"].texts(*COLUMNS) == wanted
    topics = seen(chen, "/insights/topics", asked)
    for shown, column, names in (
        (page.tables.get("各渠道"), "channel", CHANNELS),
        (page.tables.get("各地区"), "region", REGIONS),
        (topics.tables.get("各部门的事"), "department", {"": "没有写部门"}),
        (topics.tables.get("问的是哪方面"), "aspect", ASPECTS),
        (topics.tables.get("问得最多的内容"), "unit_id", TITLES),
    ):
        groups = found.groupby(column)  # without those of no unit
        wanted = {names.get(str(key), str(key)): expected(rows) for key, rows in groups}
        assert (shown.texts(*COLUMNS) if shown else {}) == wanted, column


def test_a_figure_leads_to_as_many_questions(town: Office, chen: Browser) -> None:
    asked = {"since": "2026-11-10", "until": "2026-11-16", "channel": "web"}
    followed = 0
    for page in ("/insights", "/insights/topics"):
        for title, shown in seen(chen, page, asked).tables.items():
            for heading in [name for name in (*COLUMNS, "差评") if name in shown.head and "咨询" in shown.head]:
                for cell in [cell for cell in shown.column(heading).values() if cell.link][:2]:
                    assert len(behind(chen, cell.link)) == cell.number, (title, heading, cell)
                    followed += 1
    assert followed > 60


def behind(browser: Browser, link: str) -> list[list[str]]:
    """All rows behind a figure, from page to page."""
    rows: list[list[str]] = []
    while link:
        answer = browser.get(link)
        assert answer.status_code == 200
        rows += [[cell.text for cell in row] for shown in Seen(answer.text).tables.values() for row in shown.rows]
        more = re.search(r'<a class="button" href="([^"]+)">更早的', answer.text)
        link = more[1].replace("&amp;", "&") if more else ""
    return rows


def test_long_lists_come_page_by_page(chen: Browser) -> None:
    rows = behind(chen, "/insights/questions?period=year&decision=answered")
    assert len(rows) > 300
    assert len({tuple(row) for row in rows}) > len(rows) * 0.99  # none twice
    assert [row[0] for row in rows] == sorted((row[0] for row in rows), reverse=True)


def compare_desk(town: Office, chen: Browser, asked: dict[str, str]) -> None:
    first, last = days_of(asked)
    talks, scores, cares = (held(town, table, at, asked) for table, at in (
        (handovers, "opened_at"), (ratings, "rated_at"), (tasks, "opened_at"),
    ))  # fmt: skip
    page = seen(chen, "/insights/people", asked)
    left = talks[talks["withdrawn"].notna()]
    assert page.tiles["人工会话"] == [str(len(talks))]
    assert page.tiles["没等到就走了"][1] == f"{len(left)} 次"
    assert page.tiles["人工满意度"][0] == f"{scores['score'].mean():.2f}"
    daily = talks.groupby("day").size()
    shown = page.tables["每天的等待和回复"].column("会话")
    assert {day: cell.number for day, cell in shown.items() if cell.number} == {
        str(day): number for day, number in daily.items()
    }
    assert len(shown) == (last - first).days + 1
    by_score = {score: int((scores["score"] == score).sum()) for score in range(5, 0, -1)}
    given = page.tables["人工服务的评价"].column("次数")
    assert [cell.number for cell in given.values()] == list(by_score.values())
    for cell in given.values():
        assert len(behind(chen, cell.link)) == cell.number if cell.link else cell.number == 0
    due = pd.to_datetime(cares["due_at"], utc=True)
    in_time = cares[(cares["state"] == "done") & (pd.to_datetime(cares["done_at"], utc=True) <= due)]
    overdue = cares[(cares["state"] != "done") & (due < town.clock.now())]
    table = page.tables.get("差评办得怎么样", Shown())
    counts = {name: sum(cell.number for cell in table.column(name).values()) for name in table.head[1:]}
    wanted = {
        "差评待办": len(cares),
        "按期办结": len(in_time),
        "超期办结": len(cares[cares["state"] == "done"]) - len(in_time),
        "没有办结": len(cares[cares["state"] != "done"]),
        "其中已超期": len(overdue),
    }
    assert counts == (wanted if len(cares) else {})
    assert len(talks) > len(scores) > 0
    for shown in (table, page.tables["各坐席"], page.tables["各部门的等待和回复"]):
        for cell in (cell for row in shown.rows for cell in row if cell.link and cell.text.isdigit()):
            assert len(behind(chen, cell.link)) == cell.number, cell


def held(town: Office, table: Any, at: str, asked: dict[str, str]) -> pd.DataFrame:
    """Rows of the desk, as pandas reads them; the ratings with the department of their conversation."""
    with town.database.read() as tx:
        found = pd.DataFrame([dict(row) for row in tx.execute(select(table)).mappings()])
    found["day"] = pd.to_datetime(found[at], utc=True).dt.tz_convert("Asia/Shanghai").dt.date
    first, last = days_of(asked)
    found = found[(found["day"] >= first) & (found["day"] <= last)]
    for name in ("channel", "department"):
        if name in asked:
            found = found[found[name] == asked[name]]
    return found


def test_the_weight_of_a_chart_is_its_table(chen: Browser) -> None:
    answer = chen.get("/insights?period=days30").text
    data = re.search(r'<script type="application/json" id="d-by_day">(.*?)</script>', answer, re.DOTALL)
    assert data is not None
    drawing = json.loads(data[1])
    shown = Seen(answer).tables["每天的咨询"]
    assert drawing["labels"] == [row[0].text for row in shown.rows]
    for series in drawing["series"]:
        cells = shown.column(series["name"]).values()
        assert series["values"] == [cell.number for cell in cells]
        assert series["links"] == [cell.link for cell in cells]


def test_units_to_be_looked_after(town: Office, chen: Browser) -> None:
    with town.database.write() as tx:
        stored = releases.find(tx, releases.current(tx), UnitKey("item", "dog-registration"))
        assert stored is not None
        late = stored.unit.copy(update={"review_by": TODAY - timedelta(days=5)})
        releases.save_drafts(tx, [late], "old", town.clock.now())
        releases.publish(tx, "old", "", town.clock.now(), only=[late.key])
    page = seen(chen, "/insights/topics", {"period": "year"})
    [row] = page.tables["该复核而没有复核的内容"].rows
    assert [cell.text for cell in row] == ["养犬登记", "事项", "公安", "2026-11-18", "5"]
    assert row[0].link == "/content/units/item/dog-registration"
    unused = [row[0].text for row in page.tables["没有人问到的内容"].rows]
    assert "邻居噪声扰民" in unused and not set(unused) & set(TITLES.values())


def test_nobody_is_shown(town: Office, chen: Browser) -> None:
    with town.database.write() as tx:
        row = {"at": town.clock.now(), "conversation": "web:secret-x", "channel": "web", "kind": "item"}
        row |= {"question": "我的电话是13800138000，<script>alert(1)</script>", "decision": "answered"}
        tx.execute(insert(turns).values(**row, candidates=[], handover=False))
    for path in (*PAGES, *BEHIND, "/insights/file?page=unanswered&table=unanswered&form=csv"):
        text = chen.get(path, params={"period": "days30"} if "?" not in path else {}).text
        assert not re.search("secret-|7f3a|13800138000|<script>alert|⟦", text), path
    told = chen.get("/insights/questions").text
    assert "我的电话是（手机号），&lt;script&gt;" in told and "我的手机（手机号）能收到通知吗" in told


def test_who_may_not_open_content_is_given_no_way_to_it(town: Office, chen: Browser) -> None:
    boss = Browser(town)
    boss.seat("boss", "admin")
    for path in ("/insights/questions?period=days30&decision=answered", "/insights/topics", "/insights/unanswered"):
        assert "/content/" in chen.get(path).text
        assert "/content/" not in boss.get(path).text
    number = re.search(r'href="(/content/records/[^"]+)"', chen.get(BEHIND[0], params={"decision": "answered"}).text)
    assert number is not None


def test_the_pages_are_in_the_navigation_of_whom_they_are_for(town: Office) -> None:
    for role in ("supervisor", "auditor", "admin", "agent", "editor"):
        browser = Browser(town)
        browser.seat(f"a-{role}", role)
        assert ('href="/insights"' in browser.get("/").text) == (role in ("supervisor", "auditor", "admin"))


def test_the_pages_need_no_exception_from_the_policy(chen: Browser) -> None:
    for path in (*PAGES, *BEHIND):
        answer = chen.get(path)
        assert "unsafe" not in answer.headers["content-security-policy"]
        scripts = re.findall(r"<script([^>]*)>", answer.text)
        assert all("src=" in one or 'type="application/json"' in one for one in scripts)
        assert not re.search(r"<style|\sstyle=|\son\w+=|(?:src|href)=\"(?:https?:)?//", answer.text)


@pytest.mark.parametrize(
    "asked",
    [{"since": "gestern", "until": "2026-11-20"}, {"since": "2026-11-20", "until": "2026-11-10"}, {"until": "2026-11"}],
)
def test_days_that_make_no_sense_are_told(chen: Browser, asked: dict[str, str]) -> None:
    text = chen.get("/insights", params=asked).text
    assert "没有看懂开始或结束的日期" in text and "2026-11-17至2026-11-23" in text


def test_days_to_come_are_left_out(chen: Browser) -> None:
    text = chen.get("/insights", params={"since": "2026-11-20", "until": "9999-12-31"}).text
    assert "2026-11-20至2026-11-23" in text and "没有看懂" not in text


def test_the_day_is_the_offices(town: Office, chen: Browser) -> None:
    """Eleven in the evening of the 22nd at UTC is the 23rd in China."""
    before = seen(chen, "/insights", {"period": "today"}).tiles["咨询次数"]
    late = town.clock.now().astimezone(CHINA).replace(hour=0, minute=5)
    with town.database.write() as tx:
        row = {"at": late, "channel": "web", "kind": "item", "decision": "answered", "candidates": []}
        tx.execute(insert(turns).values(**row, handover=False))
    after = seen(chen, "/insights", {"period": "today"})
    assert int(after.tiles["咨询次数"][0]) == int(before[0]) + 1
    assert after.tables["一天里的时段"].column("咨询")["00:00"].number == 1
