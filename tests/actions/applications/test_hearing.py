from __future__ import annotations

import pytest

from actions.applications.hearing import Heard, hear

NUMBER = "SLS2026-110412-0087"
CARD, ID, TAIL, CODE, PHONE = "⟦card:ab12⟧", "⟦id:ab12⟧", "⟦tail:ab12⟧", "⟦code:ab12⟧", "⟦phone:ab12⟧"


@pytest.mark.parametrize(
    ("text", "known", "heard"),
    [
        (NUMBER, None, Heard(number=NUMBER)),
        (f"{NUMBER} {TAIL}", None, Heard(number=NUMBER, proof=TAIL)),
        (f"{NUMBER}，身份证{ID}", None, Heard(number=NUMBER, proof=ID)),
        (CARD, None, Heard(number=CARD)),
        (ID, None, Heard(number=ID)),
        (CODE, None, Heard(number=CODE)),
        (ID, NUMBER, Heard(proof=ID)),
        ("⟦id:ffff⟧", ID, Heard(number="⟦id:ffff⟧")),
        (TAIL, NUMBER, Heard(proof=TAIL)),
        (TAIL, None, Heard(proof=TAIL)),
        (f"验证码{CODE}", NUMBER, Heard(proof=CODE)),
        ("SLS2026-110418-0102", NUMBER, Heard(number="SLS2026-110418-0102")),
        (PHONE, None, Heard(tries=True)),
        (PHONE, NUMBER, Heard(tries=True)),
        ("12345", None, Heard(tries=True)),
        ("2", None, Heard(tries=True)),
    ],
)
def test_numbers_and_proofs(text: str, known: str | None, heard: Heard) -> None:
    assert hear(text, known) == heard


@pytest.mark.parametrize(
    "text",
    [
        "算了", "算了，不查了", "还是算了吧", "不查了", "取消", "退出", "退出查询", "不用了谢谢", "不想查了",
        "那就算了", "取消查詢", "先不查了",
    ],
)  # fmt: skip
def test_leaving(text: str) -> None:
    assert hear(text, NUMBER) == Heard(leaves=True)


@pytest.mark.parametrize("text", ["算了，居住证要什么材料", "怎么取消预约", "不用居住证可以吗", "取消办件要什么材料"])
def test_questions_do_not_leave(text: str) -> None:
    assert hear(text, NUMBER) == Heard()


@pytest.mark.parametrize("text", ["验证码", "发验证码", "用验证码查", "請發驗證碼", "我要验证码"])
def test_a_code_is_asked_for(text: str) -> None:
    assert hear(text, NUMBER) == Heard(wants="code")


@pytest.mark.parametrize("text", ["再发一次", "没收到", "重新发一下", "收不到短信", "没收到验证码", "再發一次吧"])
def test_once_more(text: str) -> None:
    assert hear(text, NUMBER) == Heard(wants="again")


@pytest.mark.parametrize("text", ["验证码是什么", "为什么要验证码", "那要多少钱", "居住证需要什么材料", "你好", "谢谢"])
def test_everything_else_is_not_for_the_form(text: str) -> None:
    assert hear(text, NUMBER) == Heard()


@pytest.mark.parametrize(
    ("text", "place"), [("2", 1), ("第二个", 1), ("社保卡那个", 1), ("最后一个", 2), ("居住证申领", 0)]
)
def test_choices(text: str, place: int) -> None:
    assert hear(text, None, ("居住证申领", "社会保障卡（社保卡）补领", "护照换发")) == Heard(choice=place)


def test_a_choice_that_there_is_not() -> None:
    assert hear("9", None, ("居住证申领", "社保卡补领")) == Heard(tries=True)
