"""What citizens' words say to the form: kinds, wishes, places skipped, contacts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.complaints import hearing


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我要投诉", "complaint"),
        ("我要舉報", "report"),
        ("匿名检举我们领导", "report"),
        ("我要提个建议", "suggestion"),
        ("能不能改进改进", "suggestion"),
        ("给三号窗口的大姐点个赞", "praise"),
        ("我要求助", "help"),
        ("我要反映一个问题", None),
        ("投诉举报", None),
        ("我要举报，之前投诉过没人理", "report"),
        ("窗口上班时间玩手机，我要投速", "complaint"),
        ("你好", None),
    ],
)
def test_the_kind_of_case(text: str, kind: str | None) -> None:
    assert hearing.kind_in(text) == kind


@pytest.mark.parametrize(
    ("text", "kind"), [("1", "complaint"), ("第三个", "report"), ("建议", "suggestion"), ("6", None), ("嗯", None)]
)
def test_the_kind_chosen_of_five(text: str, kind: str | None) -> None:
    assert hearing.kind_chosen(text) == kind


@pytest.mark.parametrize(
    ("text", "opens"),
    [
        ("我要投诉", True),
        ("楼下太吵了，我要举报", True),
        ("俺要反映", True),
        ("我想表扬一下窗口的小王", True),
        ("我要求助，孩子户口上不了", True),
        ("怎么举报违建", False),
        ("我要投诉噪音该找哪个部门", False),
        ("我想去投诉，要拿哪些凭证", False),
        ("我的投诉办到哪了", False),
        ("我要举报奖励怎么领", False),
        ("护照多少钱", False),
    ],
)
def test_who_says_outright_that_it_is_one(text: str, opens: bool) -> None:
    assert hearing.opens(text) is opens


@pytest.mark.parametrize(
    "text", ["算了", "不投诉了", "那算了吧", "取消", "退出", "先不提了", "算了不弄了", "我不想举报了"]
)
def test_leaving(text: str) -> None:
    assert hearing.leaves(text)


@pytest.mark.parametrize("text", ["算了一下账，少了三百", "取消预约不退钱", "不退押金", "退出群聊不给退钱"])
def test_a_story_is_no_leaving(text: str) -> None:
    assert not hearing.leaves(text)


@pytest.mark.parametrize(
    "text", ["跳过", "不知道", "我不清楚具体时间", "不方便", "不留电话", "电话不留", "匿名", "记不清了", "不用", "没有"]
)
def test_skipping(text: str) -> None:
    assert hearing.skips(text)


@pytest.mark.parametrize("text", ["昨天", "人民路", "没有路灯的那条街", "不知道叫什么的那家店", "一直这样"])
def test_an_answer_is_no_skipping(text: str) -> None:
    assert not hearing.skips(text)


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("确认提交", "file"), ("好的", "file"), ("没问题", "file"), ("1", "file"), ("提交吧谢谢", "file"),
        ("补充", "add"), ("2", "add"), ("我再补充一点", "add"),
        ("修改", "change"), ("不对", "change"), ("3", "change"),
        ("算了", "leave"), ("4", "leave"),
        ("他昨天又来了", None), ("5", None),
    ],
)  # fmt: skip
def test_at_the_summary(text: str, wish: str | None) -> None:
    assert hearing.at_the_end(text) == wish


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("地点不对", "where"),
        ("改一下时间", "when"),
        ("电话写错了", "contact"),
        ("地点在人民路", None),
        ("他改了时间又改地点再骗我们", None),
    ],
)
def test_the_part_that_is_wrong(text: str, part: str | None) -> None:
    assert hearing.part_named(text) == part


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("我的投诉办到哪了", True),
        ("我上次反映的问题处理了吗", True),
        ("我的举报有结果没有", True),
        ("查一下我的诉求", True),
        ("我要投诉，上次的事到现在没处理", False),
        ("我反映一下路灯不亮", False),
        ("护照办到哪了", False),
    ],
)
def test_who_asks_what_has_become_of_it(text: str, asks: bool) -> None:
    assert hearing.asks_for_state(text) is asks


def test_despair() -> None:
    assert hearing.distressed("物业逼得我走投无路，真的撑不下去了") and not hearing.distressed("油烟呛得人睡不着")


@given(st.text())
def test_any_text_can_be_heard(text: str) -> None:
    for hears in (
        hearing.leaves, hearing.skips, hearing.at_the_end, hearing.kind_in, hearing.kind_chosen, hearing.opens,
        hearing.rest, hearing.part_named, hearing.contact_in, hearing.asks_for_state, hearing.distressed,
    ):  # fmt: skip
        hears(text)
