"""Questions that were not answered well, put together by what they mean."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from itertools import count
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from knowledge_base.learning.clusters import Cluster, clusters
from knowledge_base.learning.questions import MOST_A_DAY, Question, genuine
from knowledge_base.model import UnitKey

DAY = datetime(2026, 11, 1, 2, 0, tzinfo=timezone.utc)
DOG, CARD = UnitKey("item", "dog-registration"), UnitKey("faq", "library-card")
_numbers = count()


def question(text: str, **fields: Any) -> Question:
    """An asking, each by somebody else where nothing else is said."""
    values = {"at": DAY, "who": f"citizen-{next(_numbers)}", "channel": "web", "region": None, "why": "refused"}
    return Question(text, **{**values, **fields})


def asked(*texts: str, **fields: Any) -> list[Question]:
    return [question(text, **fields) for text in texts]


def titles(found: list[Cluster]) -> list[set[str]]:
    return [{wording.text for wording in one.wordings} for one in found]


CHARGERS = asked("小区里怎么装充电桩", "小区能不能装充电桩", "请问小区里装充电桩怎么申请", "我想在小区装个充电桩")
FISHING = asked("水库可以钓鱼吗", "水库钓鱼要办证吗", "水库能不能钓鱼呢")


def test_ways_to_ask_the_same_thing_are_one_cluster() -> None:
    found = clusters([*CHARGERS, *FISHING, question("无人机在哪里登记")]).found
    assert titles(list(found)) == [
        {one.text for one in CHARGERS},
        {one.text for one in FISHING},
        {"无人机在哪里登记"},
    ]
    assert [one.count for one in found] == [4, 3, 1], "most often asked first, what was asked once last"


def test_a_cluster_says_who_asked_where_and_when() -> None:
    later = {"at": DAY + timedelta(days=9), "channel": "wechat", "region": "990102", "why": "not_chosen"}
    [one] = clusters([*CHARGERS, question("小区里怎么装充电桩", **later)]).found
    assert (one.count, one.people, one.first, one.last) == (5, 5, date(2026, 11, 1), date(2026, 11, 10))
    assert one.channels == {"web": 4, "wechat": 1} and one.regions == {"990102": 1}
    assert one.why == {"refused": 4, "not_chosen": 1}
    assert (one.title, one.wordings[0].count) == ("小区里怎么装充电桩", 2)


def test_who_asks_again_and_again_counts_once() -> None:
    [one] = clusters(asked(*["小区里怎么装充电桩"] * 9, who="a")).found
    assert (one.count, one.people) == (1, 1)


def test_what_the_search_took_for_the_same_needs_fewer_words_in_common() -> None:
    texts = ("给狗上牌照去哪里", "狗牌照怎么弄")
    alone = clusters(asked(*texts)).found
    taken = clusters(asked(*texts, candidates=[(DOG, 0.3), (CARD, 0.2)])).found
    assert len(alone) == 2 and len(taken) == 1
    assert taken[0].closest == [DOG, CARD]


def test_another_matter_is_not_drawn_in_by_a_guess_of_the_search() -> None:
    found = clusters(asked("水库可以钓鱼吗", "无人机在哪里登记", candidates=[(DOG, 0.3)])).found
    assert len(found) == 2


def test_what_a_unit_is_asked_by_now_is_answered_unless_it_was_called_wrong() -> None:
    wrong = question("小区里怎么装充电桩", why="disputed")
    found = clusters([CHARGERS[0], wrong], known={"小区里怎么装充电桩"})
    assert found.answered == 1
    assert [one.why for one in found.found] == [{"disputed": 1}]


def test_noise_is_left_out_and_counted() -> None:
    noise = asked(
        "啊啊啊啊啊啊啊啊啊啊", "？？？", "代开发票加微信 vx888", "看这里 https://example.com/a", "⟦phone:7f3a⟧"
    )
    flood = [question(f"第{number}种东西归谁管", who="robot") for number in range(MOST_A_DAY + 1)]
    found = clusters([*noise, *flood, *FISHING])
    assert found.left_out == len(noise) + len(flood)
    assert len(found.found) == 1


def test_what_was_masked_does_not_tell_questions_apart() -> None:
    [one] = clusters(asked("⟦id:7f3a⟧这个证怎么作废", "⟦id:99aa⟧这个证怎么作废")).found
    assert one.count == 2


def test_a_cluster_is_found_again_while_more_is_asked() -> None:
    before = clusters(CHARGERS).found[0]
    after = clusters([*CHARGERS, *FISHING, *asked("小区里怎么装充电桩", "小区里想装充电桩")])
    again = after.get(before.key)
    assert again is not None and again.count == 6
    assert after.get("0" * 12) is None


def test_what_the_search_took_for_different_things_needs_more_words_in_common() -> None:
    texts = ("临时身份证过期能续吗", "银行不认临时身份证")
    alone = clusters(asked(*texts)).found
    apart = clusters([question(texts[0], candidates=[(DOG, 0.3)]), question(texts[1], candidates=[(CARD, 0.3)])]).found
    assert (len(alone), len(apart)) == (1, 2)


def test_twenty_thousand_questions_grow_no_worse_than_ten_times_two_thousand() -> None:
    import time

    things = [chr(0x4E00 + 7 * n) + chr(0x6C00 + 11 * n) + chr(0x7A00 + 13 * n) for n in range(400)]
    asks = ("{}怎么办理", "办{}要什么材料", "{}多少钱一次", "哪里可以办{}呢", "我们家{}过期了")

    def spent(many: int) -> float:
        said = [question(asks[n % 5].format(things[n // 5 % 400]) + str(n % 97)) for n in range(many)]
        began = time.process_time()
        assert clusters(said).found
        return time.process_time() - began

    assert spent(20_000) < 40 * max(spent(2_000), 0.05)


@given(st.lists(st.text(max_size=30), max_size=20))
def test_any_text_is_in_one_cluster_or_left_out(texts: list[str]) -> None:
    said = asked(*texts)
    found = clusters(said)
    inside = sum(len({w.text for w in one.wordings}) for one in found.found)
    assert inside <= len({" ".join(text.split()) for text in texts})
    assert sum(one.count for one in found.found) == len(genuine(said)) == len(said) - found.left_out
