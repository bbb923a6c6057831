"""An office without a portal: who asks for an application is told where to ask, by the trained assistant."""

from __future__ import annotations

from collections.abc import Iterator
from json import loads

import pytest
from city import City, prepared

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Nothing runs: `zhengwu ask` is enough."""
    with prepared(tmp_path_factory.mktemp("office")) as city:
        city.environment.update(ZHENGWU_PORTAL_URL="none", ZHENGWU_HOTLINE="029-12345")
        yield city


def test_nobody_is_led_into_a_form_that_ends_nowhere(office: City) -> None:
    turns = ["我的办件办到哪了", "查办件进度 SLS2026-110412-0087", "办好了告诉我", "身份证丢了怎么补办"]
    said = [loads(line) for line in office.zhengwu("ask", "--json", *turns).stdout.splitlines()]
    assert [one["turn"] for one in said] == turns
    for one in said[:3]:
        assert "查不了办件进度" in one["text"] and "029-12345" in one["text"] and "窗口" in one["text"]
        assert one["answer"]["kind"] in ("fallback", "smalltalk") and one["answer"]["record"]
        assert "SLS2026" not in one["text"]
    assert said[3]["answer"]["id"] == "resident-id-replacement"
