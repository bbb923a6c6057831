from __future__ import annotations

import timeit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.masking import find, mask, redact

ID = "110101199003071234"

FOUND = [
    (f"我的身份证是{ID}。", "id", ID),
    ("11010119900307123Ｘ", "id", "11010119900307123X"),
    ("11010119900307123x", "id", "11010119900307123X"),
    ("１１０１０１１９９００３０７１２３４", "id", ID),
    ("110101 19900307 1234", "id", ID),
    ("110101-1990-0307-1234", "id", ID),
    ("1101 0119 9003 0712 34", "id", ID),
    ("110101900307123", "id", "110101900307123"),
    ("11010119900307123", "id", "11010119900307123"),
    ("1101011990030712345", "id", "1101011990030712345"),
    ("110101199013321234", "id", "110101199013321234"),
    (f"编号{ID}", "id", ID),
    ("身份证编号110101199013321234", "id", "110101199013321234"),
    ("13800138000", "phone", "13800138000"),
    ("+86 138-0013-8000", "phone", "13800138000"),
    ("８６１３８００１３８０００", "phone", "13800138000"),
    ("138 0013 8000", "phone", "13800138000"),
    ("138\u200b0013\u200b8000", "phone", "13800138000"),
    ("\u202d138\xa00013\xa08000\u202c", "phone", "13800138000"),
    ("微信wx13800138000", "phone", "13800138000"),
    ("tel-13800138000", "phone", "13800138000"),
    ("a1-13800138000", "phone", "13800138000"),
    (f"SFZ-{ID}", "id", ID),
    (f"ZW-2026-{ID}", "id", ID),
    ("办件编号13800138000", "phone", "13800138000"),
    ("010-12345678", "landline", "010-12345678"),
    ("(0571)8765432", "landline", "05718765432"),
    ("0571 87654321转801", "landline", "057187654321转801"),
    ("电话是87654321", "landline", "87654321"),
    ("6222021234567890123", "card", "6222021234567890123"),
    ("6222 0212 3456 7890 123", "card", "6222021234567890123"),
    ("zhang.san@example.com.cn", "email", "zhang.san@example.com.cn"),
    ("护照E12345678", "passport", "E12345678"),
    ("EA1234567", "passport", "EA1234567"),
    ("C12345678", "passport", "C12345678"),
    ("H1234567890", "passport", "H1234567890"),
    ("京A12345", "plate", "京A12345"),
    ("粤B·D12345", "plate", "粤BD12345"),
    ("京a·12345", "plate", "京A12345"),
    ("91330100MA2ABCDE1X", "uscc", "91330100MA2ABCDE1X"),
    ("1234", "tail", "1234"),
    ("123X", "tail", "123X"),
    ("123x", "tail", "123X"),
    ("123叉", "tail", "123X"),
    ("123×", "tail", "123X"),
    ("１２３Ｘ", "tail", "123X"),
    ("1 2 3 4", "tail", "1234"),
    ("一二三四", "tail", "1234"),
    ("幺二三叉", "tail", "123X"),
    ("我的是1234。", "tail", "1234"),
    ("1234，谢谢！", "tail", "1234"),
    ("后四位是1234", "tail", "1234"),
    ("後四位係1234，後四位是1234", "tail", "1234"),
    ("身份证后四位：123x", "tail", "123X"),
    ("身份證後4位 123 X", "tail", "123X"),
    ("身份证1234", "tail", "1234"),
    ("SLS2026-110412-0087 1234", "tail", "1234"),
    ("SLS2026-110412-0087，123x", "tail", "123X"),
    ("查一下SLS2026-110412-0087，身份证后四位123X", "tail", "123X"),
    ("483920", "code", "483920"),
    ("４８３９２０", "code", "483920"),
    ("483 920", "code", "483920"),
    ("483-920", "code", "483920"),
    ("验证码是 483 920", "code", "483920"),
    ("驗證碼：483920", "code", "483920"),
    ("校验码483920", "code", "483920"),
    ("短信码4839", "code", "4839"),
]


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_identifiers_are_found_by_shape(text: str, kind: str, value: str) -> None:
    assert [(found.kind, found.value) for found in find(text)] == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    [
        "国务院令第804号", "人社部发〔2024〕94号 2025-01-01", "公安部令第162号", "12345",
        "财税〔2018〕37号", "400-800-1234", "2026-11-23", "2026年11月23日",
        "12333", "95598", "1998-10-12 123", "20261123", "12345678元", "10000000000元",
        "3000000.00元", "0.12345678901234567", "办件编号ZW-2026-00012345", "ZW20261123-0001", "BJ2026112312345678",
        "编号6222021234567890", "受理号：E12345678", "办件202611230001234567", "SL-13812345678-01", "G20261123",
        "1", "110", "1000元", "2026-11", "2026年", "123", "身份证2026年到期怎么换", "最后4个工作日", "三四天",
        "一二三四五", "验证码收不到", "验证码60秒", "验证码2026年", "SLS2026-110412-0087", "SLS2026 110412 0087",
        "2.5万", "①②③④", "3-12-4",
        "⟦id:7f3a⟧", "1763921234567890123", "身份证", "C1驾照", "A4纸", "周一至周五9:00-12:00,13:30-17:00", "",
    ],
)  # fmt: skip
def test_other_numbers_stay(text: str) -> None:
    assert find(text) == []


def test_several_in_one_text() -> None:
    text = f"电话13800138000 {ID},车牌京A12345"
    assert redact(text) == "电话⟦phone⟧ ⟦id⟧,车牌⟦plate⟧"
    assert mask(text, lambda found: found.kind[0]) == "电话p i,车牌p"


def test_in_a_log_a_lone_number_is_a_count() -> None:
    assert redact("1234") == "1234" and redact("483920") == "483920"
    assert redact("验证码483920") == "验证码⟦code⟧"


SEPARATORS = st.lists(st.sampled_from(["", "", "", " ", "-", "　", "－"]), min_size=17, max_size=17)


@given(st.text(), SEPARATORS, st.text())
def test_an_id_card_never_remains_however_it_is_spaced(before: str, separators: list[str], after: str) -> None:
    spaced = "".join(c + s for c, s in zip(ID, [*separators, ""], strict=True))
    shown = redact(f"{before}。{spaced}。{after}")
    assert spaced not in shown


@given(st.text(st.characters(exclude_categories=()) | st.sampled_from("0123456789Xx-+ @.京AE⟦⟧:编号\u200b１")))
def test_places_are_true_for_any_text(text: str) -> None:
    end = 0
    for found in find(text):
        assert end <= found.start < found.end <= len(text)
        end = found.end
    assert mask(text, lambda found: text[found.start : found.end]) == text
    masked = redact(text)
    assert redact(masked) == masked or "⟦" in text


PIECES = "1|1 |1-|a-|a.|110101199003|E|a-1|86 |0571-|京A|a@|1X|，|是|一|后四位是|码"


@pytest.mark.parametrize("piece", PIECES.split("|"))
def test_time_grows_with_length_only(piece: str) -> None:
    text = piece * (2000 // len(piece))
    assert timeit.timeit(lambda: find(text), number=1) < 0.5
