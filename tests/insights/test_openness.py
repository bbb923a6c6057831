"""Statistics for the public: right, without small counts, whole or not at all, and once."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from month_of_turns import ask
from sqlalchemy import delete
from withheld_counts import possible

from foundation import audit
from foundation.clock import FixedClock
from foundation.database import Database
from insights.months import Month
from insights.naming import Names
from insights.openness import exporting, writing
from insights.openness.exporting import NotOver, export
from insights.openness.statistics import Table, Waits, tables
from insights.openness.suppression import LEAST, SMALL, WITHHELD
from insights.turns import turns

OCTOBER = Month.parse("2026-10")
NAMES = Names({"990102": "东湖区"}, lambda keys: {key: "护照办理" for key in keys if key[1] == "passport"})
OF_QUESTIONS = ("questions_by_day", "questions_by_topic", "questions_by_channel", "questions_by_region", "decisions")


def found(database: Database, waits: Waits = Waits()) -> dict[str, dict[str, object]]:
    with database.read() as tx:
        return {one.name: {str(row[1]): row[2] for row in one.rows} for one in tables(tx, OCTOBER, waits, NAMES)}


def read(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_figures_of_a_month(database: Database) -> None:
    with database.write() as tx:
        for day in range(1, 32):
            ask(tx, 12, day)
        ask(tx, 100, 1, unit_id="id-card", region="990102", channel="wechat")
        ask(tx, 5, 2, unit_id="rare", kind="options", decision="options")
        ask(tx, 90, 3, kind="form", decision="other", unit_id=None)  # asks nothing
        ask(tx, 1000, 30, month=9)
    told = found(database, Waits(40, 20, 15, 90.0, 125.0))
    assert told["totals"] == {"咨询量合计": 31 * 12 + 100 + 5}
    assert told["questions_by_day"]["2026-10-01"] == 112
    # Of the five nothing is told, nor, for their sake, of the hundred.
    rest = "其他（单项不足10次的合计）"
    assert told["questions_by_topic"] == {"id-card": WITHHELD, "护照办理": 31 * 12, rest: SMALL}
    assert told["questions_by_channel"] == {"公众号": 100, "网页": 377}
    assert told["questions_by_region"] == {"东湖区": 100, "没有说明地区": 377}
    assert told["waits"]["等候时间中位数（分钟）"] == 1.5 and told["waits"]["转人工总数"] == 40
    assert told["waits"]["其他（统计时未结束或由留言处理）"] == SMALL


def test_districts_that_are_called_the_same_are_each_told(database: Database) -> None:
    """Every table adds up: none of them stands in the place of the other."""
    names = Names({"320106": "鼓楼区", "350102": "鼓楼区", "990102": "东湖区"})
    with database.write() as tx:
        for times, region in ((50, "320106"), (20, "350102"), (30, "990102")):
            ask(tx, times, region=region)
    with database.read() as tx:
        told = {one.name: one.rows for one in tables(tx, OCTOBER, Waits(), names)}
    rows = [row[1:] for row in told["questions_by_region"]]
    assert rows == [("东湖区", 30), ("鼓楼区（320106）", 50), ("鼓楼区（350102）", 20)]
    assert told["totals"][0][2] == 100


def test_a_month_in_which_hardly_anybody_asked(database: Database) -> None:
    with database.write() as tx:
        ask(tx, 9)
    told = found(database)
    assert told["totals"] == {"咨询量合计": SMALL}
    assert all(set(told[name].values()) == {WITHHELD} for name in OF_QUESTIONS)


def test_no_mean_without_its_counts(database: Database) -> None:
    with database.write() as tx:
        ask(tx, 30, rating=5)
        ask(tx, 3, rating=1)
    told = found(database)["satisfaction"]
    assert (told["平均分（1—5分）"], told["不满意（1—2分）"], told["评价总数"]) == (WITHHELD, SMALL, 33)
    with database.write() as tx:
        ask(tx, 20, rating=2)
    told = found(database)["satisfaction"]
    assert (told["不满意（1—2分）"], told["评价总数"], told["平均分（1—5分）"]) == (
        23,
        53,
        round((150 + 3 + 40) / 53, 1),
    )


@pytest.fixture
def store(upgraded_file: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(upgraded_file, tmp_path / "zhengwu.db")
    database = Database(f"sqlite:///{tmp_path / 'zhengwu.db'}")
    yield database
    database.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(1, 30), st.integers(1, 3), st.sampled_from(["web", "wechat", "rest"]),
            st.sampled_from(["990102", None]), st.sampled_from(["passport", "id-card", "rare"]),
            st.sampled_from(["answered", "options", "refused"]),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_no_margins_together_give_a_small_count_away(store: Database, groups: list[tuple[object, ...]]) -> None:
    """Of each table, with the total that any other may tell: each small count may be anything from 0 to 9."""
    with store.write() as tx:
        tx.execute(delete(turns))
        for times, day, channel, region, unit, decision in groups:
            ask(tx, times, day, channel=channel, region=region, unit_id=unit, decision=decision)  # type: ignore[arg-type]
    told, total = found(store), sum(int(str(group[0])) for group in groups)
    if total < LEAST:
        assert all(set(told[name].values()) <= {WITHHELD} for name in OF_QUESTIONS)
        return
    for name in OF_QUESTIONS:
        for key, cell in told[name].items():
            if cell == SMALL:
                assert possible(told[name], total, key) == set(range(LEAST))  # type: ignore[arg-type]
            elif cell == WITHHELD:
                assert len(possible(told[name], total, key)) > 1  # type: ignore[arg-type]


def test_the_files_explain_themselves(database: Database) -> None:
    with database.write() as tx:
        ask(tx, 30, unit_id="=1+1")
    with database.read() as tx:
        written = writing.files(tables(tx, OCTOBER, Waits(), NAMES), OCTOBER, "示例市", date(2026, 11, 2))
    assert all(data.startswith(b"\xef\xbb\xbf") for data in written.values())
    assert "'=1+1" in [row[1] for row in read(written["questions_by_topic.csv"])]  # no formula
    dictionary = read(written["dictionary.csv"])
    described = {(row[0], row[2]) for row in dictionary[1:]}
    for name, data in written.items():
        if name.endswith(".csv") and name != "dictionary.csv":
            assert {(name, column) for column in read(data)[0]} <= described
            assert name in written["README.txt"].decode()


def test_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = writing.put(tmp_path / "open", OCTOBER, {"a.csv": b"1", "b.csv": b"2"})
    writing.put(tmp_path / "open", OCTOBER, {"a.csv": b"3"})
    assert writing.read(tmp_path / "open", OCTOBER) == {"a.csv": b"3"}

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        writing.put(tmp_path / "open", OCTOBER, {"a.csv": b"4"})
    assert writing.read(tmp_path / "open", OCTOBER) == {"a.csv": b"3"}
    assert [one.name for one in (tmp_path / "open").iterdir()] == [place.name]
    assert writing.months(tmp_path / "open") == [OCTOBER] and writing.months(tmp_path / "none") == []


def test_exported_once_and_again_when_wanted(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    made = [Table("totals", ("月份", "指标", "数量"), [("2026-10", "咨询量合计", 30)])]
    with database.write() as tx:
        assert exporting.due(tx, clock.now()) == OCTOBER
        assert export(tx, made, OCTOBER, tmp_path, "示例市", "system", clock.now()) == tmp_path / "2026-10"
    with database.write() as tx:
        assert exporting.due(tx, clock.now()) is None
        assert export(tx, made, OCTOBER, tmp_path, "示例市", "system", clock.now()) is None
        assert export(tx, made, OCTOBER, tmp_path, "示例市", "chief", clock.now(), again=True) is not None
        with pytest.raises(NotOver):
            export(tx, made, Month.parse("2026-11"), tmp_path, "示例市", "chief", clock.now())
        assert [(one.month, one.made_by) for one in exporting.exports(tx)] == [(OCTOBER, "chief")]
        assert [(one.account, one.action, one.subject) for one in reversed(audit.entries(tx))] == [
            ("system", "openness.export", "month:2026-10"), ("chief", "openness.export", "month:2026-10"),
        ]  # fmt: skip


def test_what_cannot_be_written_is_not_noted(database: Database, clock: FixedClock, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError), database.write() as tx:
        export(tx, [], OCTOBER, tmp_path / "file", "示例市", "system", clock.now())
    with database.read() as tx:
        assert exporting.due(tx, clock.now()) == OCTOBER
        assert audit.entries(tx) == []
