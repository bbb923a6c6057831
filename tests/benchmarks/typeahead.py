"""How fast suggestions come, and what they take, with many FAQs.

    python -m tests.benchmarks.typeahead [--faqs 100000] [--similar 3]

FAQs are put together from parts; what is typed are beginnings and pieces of them, in characters, in pinyin, in
initials, and with slips. Other work on the machine disturbs the milliseconds, those of the processor less.
"""

from __future__ import annotations

import argparse
import random
import time
from datetime import date
from pathlib import Path

from pypinyin import lazy_pinyin

from knowledge_base.model import Faq
from knowledge_base.search import sounds
from knowledge_base.search.typeahead import Source, Typeahead, advance, build, source

DISTRICTS = "东城 西湖 南山 北塔 新华 江宁 河西 山阳 临川 海陵 宝安 长乐 平谷 安定 和顺 龙门 高新 永丰"
THINGS = (
    "身份证 居住证 护照 港澳通行证 户口簿 出生证明 结婚证 社保卡 医保备案 公积金提取 不动产权证 驾驶证 营业执照 "
    "食品经营许可证 残疾人证 优待证 失业金 生育津贴 公租房 低保 契税 教师资格证 养犬证 取水许可 施工许可 道路运输证"
)
ACTS = "丢了 到期了 补办 换领 首次申请 变更 注销 转移 代办 加急 延期 更正 挂失 年审 网上办 异地办 撤销 复审"
ASKS = "带什么材料 多少钱 要多久 在哪里办 怎么办理 能代办吗 周末能办吗 有没有年龄限制 要本人去吗 有效期多长"


def question(rng: random.Random) -> str:
    district, thing, act, ask = (rng.choice(words.split()) for words in (DISTRICTS, THINGS, ACTS, ASKS))
    return (
        district + rng.choice("区县镇") + thing + act + ask + rng.choice(("", "？", f"，第{rng.randrange(1000)}种情形"))
    )


def faqs(count: int, similar: int, rng: random.Random) -> list[Source]:
    def one(number: int) -> Source:
        asked = [question(rng) for _ in range(1 + similar)]
        return source(
            number, Faq(id=f"f{number}", question=asked[0], similar_questions=tuple(asked[1:]), answer="见指南")
        )

    return [one(number) for number in range(count)]


def inputs(known: list[Source], rng: random.Random) -> list[str]:
    pieces = []
    for unit in rng.sample(known, 400):
        text = rng.choice(unit.questions)
        start = rng.choice((0, rng.randrange(len(text) - 3)))
        pieces += [text[start : start + length] for length in range(1, 14)]
    spelled = [lazy_pinyin(piece) for piece in rng.sample(pieces, 800)]
    slipped = [f"{text[:2]}错{text[3:]}" for text in rng.sample(pieces, 800) if len(text) > 3]
    initials = ["".join(syllable[0] for syllable in syllables) for syllables in spelled[400:]]
    return [*pieces, *("".join(syllables) for syllables in spelled[:400]), *initials, *slipped]


def measure(typeahead: Typeahead, texts: list[str]) -> str:
    took, worked = [], []
    for text in texts:
        began, at_work = time.perf_counter(), time.thread_time()
        typeahead.suggest(text, date(2026, 11, 24))
        took.append((time.perf_counter() - began) * 1000)
        worked.append((time.thread_time() - at_work) * 1000)
    return f"{shares(took)} · of the processor {shares(worked)}"


def shares(times: list[float]) -> str:
    times.sort()
    named = (("p50", 0.5), ("p95", 0.95), ("p99", 0.99))
    return (
        " ".join(f"{name} {times[int(len(times) * share)]:.2f}" for name, share in named) + f" max {times[-1]:.1f} ms"
    )


def resident() -> float:
    """Megabytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--faqs", type=int, default=100_000)
    parser.add_argument("--similar", type=int, default=0)
    chosen = parser.parse_args()
    rng = random.Random(1)
    known = faqs(chosen.faqs, chosen.similar, rng)
    texts = inputs(known, rng)
    sounds.encode("")
    before, began = resident(), time.perf_counter()
    typeahead = build(1, known)
    print(f"{chosen.faqs} FAQs of {1 + chosen.similar} questions: built in {time.perf_counter() - began:.1f} s, "
          f"{resident() - before:.0f} MB; {len(texts)} inputs")  # fmt: skip
    print("as built        ", measure(typeahead, texts))
    edited = [unit._replace(revision=unit.revision + chosen.faqs) for unit in known[:1000]]
    later = advance(typeahead, 2, edited, {unit.revision for unit in known[:1000]})
    print("after 1000 edits", measure(later, texts))


if __name__ == "__main__":
    main()
