"""The rules that come before the classifier's best label."""

from __future__ import annotations

import re

import pytest

from foundation.text import normalise, numerals, strip_fillers
from knowledge_base.answering.answer import Option
from knowledge_base.answering.classifier import Label
from knowledge_base.answering.kind_of_talk import emergencies, is_danger, kind_of_talk
from knowledge_base.answering.models import LanguageModels

ASKED = [Label("ask", 0.99), Label("emergency", 0.01)]


def labels(name: str, probability: float) -> list[Label]:
    return [Label(name, probability), Label("ask", 1 - probability), Label("emergency", 0.0)]


def kind(ranked: list[Label], text: str = "……", best: float = 0.0, topic: bool = True) -> str:
    return kind_of_talk(ranked, text, None, topic, best)[0]


def heard(models: LanguageModels, text: str) -> str:
    """What a message without a known name is taken for."""
    said = numerals(normalise(text))
    return kind(models.kind.rank(strip_fillers(said)), said)


@pytest.mark.parametrize(
    "text",
    ["我想自杀", "隔壁房子烧起来了", "手被机器轧断了血一直流", "我不想活了，补办也没用", "煤 气 泄 漏！！", "jiuming"],
)
def test_words_of_danger_decide_by_themselves(text: str) -> None:
    assert kind(ASKED, text, best=0.9) == "emergency"


@pytest.mark.parametrize(
    "text",
    [
        "自杀去世怎么销户",
        "去年家里着火了，房产证怎么补",
        "溺水了多年才算死亡",
        "救命钱被拖欠归谁管",
        "晕倒了算不算工伤",
    ],
)
def test_a_danger_that_is_over_is_asked_about(text: str) -> None:
    assert kind(ASKED, text) == "ask"


@pytest.mark.parametrize(
    ("thing", "person"),
    [
        ("老人不想做人脸识别，养老金怎么认证", "老人说不想做人了"),
        ("身份证掉河里了怎么办", "身份证和孩子掉河里了怎么办"),
        ("手机不小心掉水里了收不到验证码", "他拿着手机掉水里了"),
        ("小程序点了没反应了", "我爸没反应了"),
        ("扫码之后一直没反应了", "娃玩手机没反应了"),
        ("天然气没气了去哪充值", "开着天然气，人没气了"),
        ("我家没气了怎么交费", "我妈在家没气了"),
        ("小区的树都被砍了找哪个部门", "门口有人被砍了"),
        ("证件压在下面拿不出来", "房子塌了，人压在下面"),
        ("快来人工客服", "快来人啊"),
        ("不想活期存款，想买国债", "不想活了"),
    ],
)
def test_what_befalls_a_thing_is_no_emergency(thing: str, person: str) -> None:
    assert kind([Label("emergency", 0.9), Label("ask", 0.1)], thing) == "ask"
    assert kind(ASKED, person) == "emergency"
    assert kind(ASKED, f"{thing}，{person}") == "emergency"


def test_a_danger_that_is_now_whatever_was_before() -> None:
    assert is_danger("本来想申请低保，刚才我妈晕倒了")
    assert not is_danger("申请低保的时候我妈晕倒了")


def test_the_lists_of_words_say_what_they_are_compared_with() -> None:
    from foundation.text import squash

    words = emergencies()
    assert all(squash(word) == word for part in (words.always, words.danger, words.past, words.now) for word in part)
    assert all(re.compile(pattern) for pattern in (*words.sounds, *words.things, words.somebody))


def test_an_emergency_needs_not_be_the_most_probable() -> None:
    assert kind([Label("ask", 0.6), Label("emergency", 0.4)], best=0.5) == "emergency"
    assert kind([Label("ask", 0.6), Label("emergency", 0.4)], best=0.99) == "ask"
    assert kind([Label("emergency", 0.6), Label("ask", 0.4)], best=0.99) == "emergency"
    assert kind([Label("ask", 0.9), Label("emergency", 0.1)]) == "ask"


def test_a_danger_that_seems_over_needs_a_surer_classifier() -> None:
    half = [Label("emergency", 0.5), Label("ask", 0.4)]
    assert kind(half, "家里被水淹了") == "emergency"
    assert kind(half, "家里被水淹了有没有补助") == "ask"
    assert kind([Label("emergency", 0.7), Label("ask", 0.3)], "上周的伤口又在冒血") == "emergency"


def test_an_emergency_before_a_choice() -> None:
    option = Option("火灾后补证", "fire", "item")
    assert kind_of_talk(ASKED, "着火了", option, True, 1.0)[0] == "emergency"
    assert kind_of_talk(ASKED, "火灾后", option, True, 1.0)[0] == "choose"


def test_what_is_plainly_known_is_asked_for_when_the_kind_is_doubtful() -> None:
    assert kind(labels("chitchat", 0.4), best=0.8) == "ask"
    assert kind(labels("chitchat", 0.4), best=0.5) == "chitchat"
    assert kind(labels("chitchat", 0.6), best=0.8) == "chitchat"
    assert kind(labels("chitchat", 0.4), best=0.8, topic=False) == "chitchat"


@pytest.mark.parametrize("name", ["complaint", "handover", "ask_office"])
def test_these_are_meant_whatever_the_knowledge_base_has(name: str) -> None:
    assert kind(labels(name, 0.4), best=0.99) == name


def test_the_state_of_an_application_gives_way_to_a_certain_unit_unless_it_is_plainly_asked_for() -> None:
    assert kind(labels("status", 0.9), best=0.99) == "status"
    assert kind(labels("status", 0.7), best=0.99) == "ask"
    assert kind(labels("status", 0.7), best=0.8) == "status"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("证件做出来了麻烦你吱一声", "remind"),
        ("等审批结束通知我一下", "remind"),
        ("有下文了请告知我", "remind"),
        ("那些进度提醒别再推给我了", "stop_reminding"),
        ("提醒功能帮我关掉", "stop_reminding"),
        ("把我名下在走流程的都列出来", "mine"),
        ("我总共报了哪几项业务", "mine"),
        ("好了以后是怎么通知的", "ask"),
        ("办好了会不会发短信通知我", "ask"),
        ("我能申请哪些补贴", "ask"),
        ("递上去的那份有着落了没", "status"),
    ],
)
def test_talk_of_applications(models: LanguageModels, text: str, expected: str) -> None:
    assert heard(models, text) == expected


@pytest.mark.parametrize("name", ["remind", "stop_reminding"])
def test_what_asks_how_is_no_request(name: str) -> None:
    assert kind(labels(name, 0.9), "办好了通知我") == name
    assert kind(labels(name, 0.9), "办好了怎么通知我") == "ask"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我上月交的那份材料批下来没有", "status"),
        ("这个证一般多久批下来", "ask"),
        ("楼下饭馆噪音太大，我要举报", "complaint"),
        ("饭馆噪音太大归哪个部门管", "ask"),
        ("页面老是闪退，反映一下", "complaint"),
        ("我要迁移户籍", "ask"),
        ("帮我喊个真人过来", "handover"),
        ("那边的咨询电话是几号", "ask"),
        ("好的，我清楚了，多谢", "thanks"),
        ("后天下不下雨", "out_of_scope"),
        ("孩子掉进河里了", "emergency"),
        ("生孩子的住院费怎么报", "ask"),
        ("气死我了这机器", "insult"),
    ],
)
def test_subtle_borders(models: LanguageModels, text: str, expected: str) -> None:
    assert heard(models, text) == expected


def test_a_courtesy_that_names_something_must_be_likely() -> None:
    doubtful = [Label("praise", 0.5), Label("ask", 0.2)]
    assert kind(doubtful) == "ask"
    assert kind(doubtful, topic=False) == "praise"
    assert kind([*doubtful, Label("chitchat", 0.3)]) == "chitchat"
    assert kind([Label("praise", 0.8), Label("ask", 0.2)]) == "praise"


@pytest.mark.parametrize(
    ("text", "best", "expected"),
    [
        ("我要投诉噪音该找哪个部门", 0.9, "ask"),
        ("拖欠工资去哪里投诉", 0.9, "ask"),
        ("噪音归谁管，我要投诉", 0.2, "complaint"),
        ("我要投诉噪音扰民", 0.95, "complaint"),
        ("系统老是报错，没人管吗", 0.9, "complaint"),
    ],
)
def test_who_asks_where_to_complain_is_told(text: str, best: float, expected: str) -> None:
    assert kind(labels("complaint", 0.8), text, best) == expected
