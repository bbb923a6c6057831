"""敬老版: the same words in small portions."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st
from rendering_helpers import RECORD, body, laid_out, only_text, read

from channels.rendering.words import word
from knowledge_base.answering.phrases import aspect_name, phrase

OVERVIEW = """【身份证补领】怎么办理
1. 身份证丢了，应当申请补领一张新证。
2. 本人到派出所户籍窗口就能办。
办理流程：
1. 本人到户籍窗口，说明身份证丢失。
2. 窗口核对身份，现场拍照、采集指纹。
3. 凭领取凭证到窗口领新证。
要带的材料：
1. 出生医学证明（原件1份）。副页由派出所收走，正页还给您。
2. 父母双方的居民身份证（原件1份，可以用电子证照）
3. 结婚证（原件1份，能查到数据的可以不交）。系统里查得到的，不用带。
4. 户口簿（原件1份）
收费：工本费：40元/证（发改价格〔2003〕2322号）。
地点：1. 示例市公安局；2. 各派出所"""


def texts(text: str, kind: str = "item", **changed: object) -> list[str]:
    return [only_text(page) for page in laid_out(body(text, kind, **changed), elderly=True)]


def test_one_step_at_a_time() -> None:
    first, *rest = texts(OVERVIEW)
    assert "办理流程" not in first and RECORD in first and "想找人问，请打电话：12345" in first
    steps = [text for text in rest if "第" in text and "步，共3步" in text]
    assert len(steps) == 3
    assert [re.findall(r"第(\d)步，共3步", text) for text in steps] == [["1"], ["2"], ["3"]]
    assert steps[1] == (
        "【智能助手】（接上）\n【身份证补领】办理流程\n第2步，共3步\n窗口核对身份，现场拍照、采集指纹。\n"
        "回复“更多”看下一步。"
    )
    assert steps[2].endswith("还没说完，回复“更多”继续看。") or steps[2].endswith("项，回复“更多”继续看。")
    assert "更多" not in rest[-1]


def test_a_few_documents_at_a_time_without_chains_of_remarks() -> None:
    documents = [text for text in texts(OVERVIEW) if re.search(r"^\d\. .*(?:证|簿)", text, re.MULTILINE)][1:]
    assert len(documents) == 2 and "3. 结婚证" in documents[0] and "4. 户口簿" in documents[1]
    assert "2. 父母双方的居民身份证\n原件1份，可以用电子证照。" in documents[0]
    assert "还有1项" in documents[0]


def test_lists_told_in_one_line_get_lines() -> None:
    assert "地点：\n1. 示例市公安局\n2. 各派出所" in texts(OVERVIEW)[-1]


def test_the_steps_of_a_package_are_steps() -> None:
    steps = "1. 死亡注销户口。先办这一件。\n2. 户口簿换领。\n想细看哪一步，回复数字就可以。"
    text = f"【身后事一件事】要办这些事，请按顺序办：\n先拿到证明。\n{steps}"
    _, first, second = texts(text, "package", aspect="overview")
    assert "第1步，共2步\n死亡注销户口。\n先办这一件。" in first and second.endswith("想细看哪一步，回复数字就可以。")


def test_a_short_answer_is_one_page_and_days_keep_their_brackets() -> None:
    (text,) = texts("【政务服务中心】\n今天（11月25日，周三）开门，时间是9:00–12:00。\n电话：0000-8800100", "office")
    assert "今天（11月25日，周三）开门" in text


def test_a_person_is_not_laid_out_anew() -> None:
    (page,) = laid_out({"text": OVERVIEW, "by": "person"}, elderly=True)
    assert "第1步" not in only_text(page)


def test_the_headings_are_those_of_the_answers() -> None:
    assert phrase("item.process_short").startswith(word("elderly.steps"))
    assert aspect_name("process") == word("elderly.steps")
    assert word("elderly.documents") in phrase("item.materials_short") and word("elderly.documents") in phrase(
        "package.materials"
    )


NAME = st.text("身份证原件户口簿复印材料表", min_size=1, max_size=12)
ENTRY = st.builds(
    "{}（{}{}）。{}".format, NAME, NAME, st.sampled_from(["", "，可以容缺后补", "，40元，0000-8800100"]), NAME
)


HEADS = st.sampled_from(["办理流程：", "要带的材料：", "【情形】", "收费："])


def numbered(entries: list[str]) -> list[str]:
    return [f"{number}. {entry}" for number, entry in enumerate(entries, 1)]


def words(text: str) -> str:
    return re.sub(r"[^\w.–-]", "", text)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["办理流程：", "要带的材料：", "【情形】", "收费："]), st.lists(ENTRY, max_size=7))
    )
)
def test_every_fact_is_told(sections: list[tuple[str, list[str]]]) -> None:
    text = "\n".join(line for head, entries in sections for line in (head, *numbered(entries)))
    everything = words(read(laid_out(body(text), elderly=True)))
    for _, entries in sections:
        for entry in entries:
            assert words(entry) in everything
