from __future__ import annotations

from pathlib import Path

import pytest

from foundation.errors import ConfigError
from knowledge_base.regions import NOWHERE, SAMPLE, Regions, read_regions


def test_the_chain_by_digits() -> None:
    assert NOWHERE.chain("440106001002") == ("440106001002", "440106001", "440106", "440100", "440000")
    assert NOWHERE.chain("440100") == ("440100", "440000")
    assert NOWHERE.chain("440000") == ("440000",)


def test_a_parent_in_the_table_wins() -> None:
    regions = Regions(parents={"419001": "410000"})
    assert regions.chain("419001") == ("419001", "410000")


def test_the_sample_city_knows_its_own_division() -> None:
    regions = read_regions(SAMPLE, "990100")
    assert regions.names["990100"] == "示例市"
    assert all(regions.chain(code)[-1] == "990000" for code in regions.names)


@pytest.mark.parametrize(
    ("region", "at", "holds"),
    [
        (None, "440106", True),
        ("440106", "440106", True),
        ("440100", "440106", True),
        ("440104", "440106", False),
        ("440106", "440100", False),
        ("440106", None, True),
        ("440100", None, True),
        ("440000", None, True),
        ("310101", None, False),
    ],
)
def test_what_holds(region: str | None, at: str | None, holds: bool) -> None:
    assert Regions(home="440100", strict=True).holds(region, at) is holds


def test_without_an_own_region_any_place_may_be_asked_for() -> None:
    assert Regions(home="990100").holds("310101", None)
    assert Regions(home="990100").partial("310101")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("我在越秀", "440104"),
        ("越秀区怎么办", "440104"),
        ("越秀和天河有什么不同", None),
        ("北京街道办事处", "440104001"),
        ("越秀区北京街道", "440104001"),
        ("广州怎么办", None),
        ("怎么办", None),
    ],
)
def test_a_division_in_a_text(text: str, code: str | None) -> None:
    names = {"440100": "广州市", "440104": "越秀区", "440106": "天河区", "440104001": "北京街道"}
    assert Regions(names, home="440100").named(text, names, {}) == code


def test_a_table_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ZHENGWU_REGIONS_FILE"):
        read_regions(tmp_path / "missing.csv")
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="code,name,parent"):
        read_regions(wrong)
