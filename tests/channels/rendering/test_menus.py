"""Choices: clickable, or numbered lines."""

from __future__ import annotations

from rendering_helpers import body, laid_out, only_text, read, shown

from channels.rendering import Choice, Image, Menu, Text

TITLES = ("居民身份证丢失补领", "居民身份证到期换领")
OFFER = "您想问的是哪一项？回复数字就可以：\n1. 居民身份证丢失补领\n2. 居民身份证到期换领"


def test_options_are_a_menu_that_says_how_else_to_answer() -> None:
    ((menu,),) = laid_out(body(OFFER, "options", TITLES))
    assert menu == Menu(
        "【智能助手】\n您想问的是哪一项？",
        (Choice("7-0", "1. 居民身份证丢失补领", TITLES[0]), Choice("7-1", "2. 居民身份证到期换领", TITLES[1])),
        "直接回复数字也可以；回复0转人工。",
    )


def test_without_menus_they_are_numbered_lines() -> None:
    ((text,),) = laid_out(body(OFFER, "options", TITLES), menu=False)
    assert text == Text(f"【智能助手】\n{OFFER}\n回复0转人工。")


def test_what_stands_behind_the_options_follows_the_menu() -> None:
    text = "【过户】的申请材料，不同情况不一样。\n1. 买卖\n2. 赠与\n回复数字就可以。都想了解，请回复“全部”。"
    ((menu,),) = laid_out(body(text, "options", ("买卖", "赠与")))
    assert isinstance(menu, Menu)
    assert menu.tail == "都想了解，请回复“全部”。\n直接回复数字也可以；回复0转人工。"


def test_a_person_is_offered_once() -> None:
    text = "您想问的是下面这些吗？回复数字就可以。都不是的话，请换个说法，或者回复“0”找工作人员。\n1. 甲\n2. 乙"
    ((menu,),) = laid_out(body(text, "fallback", ("甲", "乙")))
    assert isinstance(menu, Menu)
    assert "回复0" not in menu.tail and menu.tail == "直接回复数字也可以。"


def test_long_titles_are_cut_for_the_menu_and_whole_in_the_payload() -> None:
    long = ["长" * 60 + "一", "另" * 60 + "二"]
    text = "请选一项：\n" + "\n".join(f"{n}. {title}" for n, title in enumerate(long, 1))
    ((menu,),) = laid_out(body(text, "options", long))
    assert isinstance(menu, Menu)
    assert all(len(choice.title.encode()) <= 128 and choice.title.endswith("…") for choice in menu.choices)
    assert [choice.payload for choice in menu.choices] == long


def test_titles_that_would_look_alike_and_too_many_ones_stay_text() -> None:
    alike = ["同" * 60 + "一", "同" * 60 + "二"]
    for titles in (alike, [f"事项{n}" for n in range(11)]):
        text = "请选一项：\n" + "\n".join(f"{n}. {title}" for n, title in enumerate(titles, 1))
        book = laid_out(body(text, "options", titles))
        assert all(isinstance(part, Text) for page in book for part in page)
        assert all(title in read(book) for title in titles)


def test_a_package_stays_text_with_its_footer() -> None:
    text = "【开饭店一件事】要办这些事，请按顺序办：\n1. 营业执照。\n2. 健康证。\n想细看哪一步，回复数字就可以。"
    (page,) = laid_out(body(text, "package", ("营业执照", "健康证")))
    assert only_text(page).startswith(f"【智能助手】\n{text}\n\n依据：")


def test_buttons_that_the_dialogue_does_not_number() -> None:
    rating = {
        "text": "这次服务您满意吗？",
        "buttons": [{"title": "满意", "payload": "/rate 5"}, {"title": "不满意", "payload": "/rate 1"}],
    }
    ((menu,),) = laid_out(rating)
    assert isinstance(menu, Menu)
    assert "回复数字" not in shown(menu) and menu.choices[0].payload == "/rate 5"
    ((text,),) = laid_out(rating, menu=False)
    assert "· 满意\n· 不满意\n请回复其中一项的文字。" in shown(text)


def test_buttons_that_the_text_itself_numbers() -> None:
    titles = ("非常满意", "满意")
    rating = {
        "text": "这次服务您满意吗？回复数字就可以。\n1. 非常满意\n2. 满意",
        "buttons": [{"title": title, "payload": title} for title in titles],
    }
    ((menu,),) = laid_out(rating)
    assert isinstance(menu, Menu)
    assert menu.head.endswith("这次服务您满意吗？") and menu.tail.startswith("直接回复数字也可以")
    ((text,),) = laid_out(rating, menu=False)
    assert "回复数字就可以。\n1. 非常满意\n2. 满意" in shown(text) and "文字" not in shown(text)


def test_a_menu_with_a_picture_and_no_text() -> None:
    (page,) = laid_out({"buttons": [{"title": "甲"}], "image": "https://a.b/c.png"})
    assert isinstance(page[0], Menu) and page[0].head == "【智能助手】\n请选一项："
    assert page[1] == Image("https://a.b/c.png")
