"""What is published is answered by the running assistant at once, and what is rolled back is not."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from city import City

pytestmark = pytest.mark.slow

ID = "test-drone-lending"
QUESTION = "市民中心可以借无人机给小孩玩吗"
FAQ = f"""
kind: faq
id: {ID}
question: {QUESTION}
similar_questions: [能不能借无人机, 在哪里借无人机]
answer: 可以，每人每次借一架，当天归还。
sources: [{{title: 示例市市民中心无人机借用办法, date: 2026-01-01}}]
verified_on: 2026-11-01
"""


def answered_after(city: City, wanted: bool, within: float = 10.0) -> float:
    """Ask until the FAQ is answered (or is not any more); the seconds that it took."""
    began = time.monotonic()
    while (city.conversation().say(QUESTION).answer["id"] == ID) is not wanted:
        assert time.monotonic() - began < within
        time.sleep(0.02)
    return time.monotonic() - began


def test_a_new_faq_is_answered_within_a_second(city: City, tmp_path: Path) -> None:
    file = tmp_path / "faq.yaml"
    file.write_text(FAQ, encoding="utf-8")
    worker = city.worker_pid()
    before = city.conversation().say(QUESTION)
    assert before.answer["id"] != ID

    city.zhengwu("kb", "import", str(file))
    assert city.conversation().say(QUESTION).answer["id"] != ID, "a draft is not published"
    release = int(city.zhengwu("kb", "publish", "--note", "无人机").stdout.splitlines()[-1])
    appeared = answered_after(city, True)
    answer = city.conversation().say(QUESTION).answer
    assert answer["release"] == release == before.answer["release"] + 1

    city.zhengwu("kb", "rollback", str(before.answer["release"]))
    disappeared = answered_after(city, False)
    print(f"\npublished → answered {appeared:.2f} s; rolled back → gone {disappeared:.2f} s")
    assert appeared < 3 and disappeared < 3
    assert city.worker_pid() == worker, "no restart was needed"


def test_publishing_in_the_middle_of_questions(city: City, tmp_path: Path) -> None:
    """Every question gets its answer from one release, whichever it is."""
    file = tmp_path / "faq.yaml"
    file.write_text(FAQ.replace("一架", "两架"), encoding="utf-8")
    city.zhengwu("kb", "import", str(file))
    began = int(city.zhengwu("kb", "publish").stdout.splitlines()[-1])
    answered_after(city, True)
    city.zhengwu("kb", "rollback", f"faq:{ID}", check=False)
    city.zhengwu("kb", "rollback", str(began - 1))
    answered_after(city, False)
    releases = [city.conversation().say("身份证丢了怎么补办").answer["release"] for _ in range(20)]
    assert releases == sorted(releases)
