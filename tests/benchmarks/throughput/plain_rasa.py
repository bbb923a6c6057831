"""Plain Rasa on the same sentences: its default configuration, a retrieval intent for the units, trackers in SQLite.

Its answers are a unit's title, or the kind of talk in brackets. With one worker it locks conversations in memory, as it
does by itself; with several it needs Redis for that, which is started beside it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import yaml

from bot import child
from bot.environment import QUIET
from bot.supervisor import die_with_parent
from foundation.settings import ROOT
from knowledge_base.model import Unit
from tests.benchmarks.quality.plain_rasa import INTENT, digest, dumped, nlu
from tests.benchmarks.throughput.process import Served, descendants, free_port

FALLBACK = "nlu_fallback"
CONFIG = Path(__file__).with_name("plain_config.yml")
TALK = ROOT / "data" / "nlu"


class PlainRasa:
    """The project, trained once for some units: kept in `cache` by a hash of its files."""

    def __init__(self, units: Sequence[Unit], cache: Path, workers: int = 1, epochs: int | None = None) -> None:
        """`epochs`: fewer, to try the benchmark itself."""
        self._workers = workers
        config = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))
        for part in (*config["pipeline"], *config["policies"]):
            if epochs is not None and "epochs" in part:
                part["epochs"] = epochs
        talk = {path.name: path.read_text(encoding="utf-8") for path in sorted(TALK.glob("*.yml"))}
        intents = sorted({block["intent"] for text in talk.values() for block in yaml.safe_load(text)["nlu"]})
        self._files = {
            "config.yml": dumped(config),
            "data/answers.yml": retrieval(units),
            **{f"data/{name}": text for name, text in talk.items()},
            "data/rules.yml": rules(intents),
            "domain.yml": domain(units, intents),
            "credentials.yml": "rest:\n",
        }
        self.folder = cache / f"plain-{digest(*self._files, *self._files.values())}"
        self.trained_in: float | None = None
        """Seconds, where it was trained now."""

    def train(self) -> None:
        took = self.folder / "seconds"
        if not (self.folder / "models" / "model.tar.gz").exists():
            for name, text in self._files.items():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                (self.folder / name).write_text(text, encoding="utf-8")
            began = time.monotonic()
            command = [sys.executable, "-m", "rasa", "train", "--fixed-model-name", "model"]
            child.run(command, self.folder / "train.log", self.folder, environment())
            took.write_text(str(time.monotonic() - began), encoding="utf-8")
        self.trained_in = float(took.read_text(encoding="utf-8"))

    @contextmanager
    def served(self) -> Iterator[Served]:
        """`rasa run` over a fresh tracker store, until the end of the block."""
        (self.folder / "trackers.db").unlink(missing_ok=True)
        port, locks = free_port(), free_port() if self._workers > 1 else None
        (self.folder / "endpoints.yml").write_text(endpoints(locks), encoding="utf-8")
        command = [sys.executable, "-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(port)]
        env = {**environment(), "SANIC_WORKERS": str(self._workers)}
        with redis(locks) if locks else nullcontext(), (self.folder / "run.log").open("w", encoding="utf-8") as log:
            began = time.monotonic()
            process = subprocess.Popen(
                command, cwd=self.folder, env=env, stdout=log, stderr=log, preexec_fn=die_with_parent
            )
            try:
                yield Served(f"http://127.0.0.1:{port}", process, began)
            finally:
                ended = [process.pid, *descendants(process.pid)]
                for pid in ended:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                process.wait()


@contextmanager
def redis(port: int) -> Iterator[None]:
    """A Redis of this benchmark, which keeps nothing."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


def endpoints(locks: int | None) -> str:
    """`locks`: the port of the Redis that several workers share."""
    stores: dict[str, Any] = {"tracker_store": {"type": "SQL", "dialect": "sqlite", "db": "trackers.db"}}
    if locks is not None:
        stores["lock_store"] = {"type": "redis", "url": "127.0.0.1", "port": locks, "db": 0}
    return dumped(stores)


def retrieval(units: Sequence[Unit]) -> str:
    """The units' own questions; the talk beside them comes from data/nlu."""
    blocks = [block for block in yaml.safe_load(nlu(units))["nlu"] if block["intent"].startswith(f"{INTENT}/")]
    return dumped({"version": "3.1", "nlu": blocks})


def rules(intents: Sequence[str]) -> str:
    steps = [(INTENT, f"utter_{INTENT}"), *((intent, f"utter_{intent}") for intent in (*intents, FALLBACK))]
    listed = [{"rule": name, "steps": [{"intent": name}, {"action": action}]} for name, action in steps]
    return dumped({"version": "3.1", "rules": listed})


def domain(units: Sequence[Unit], intents: Sequence[str]) -> str:
    responses = {f"utter_{INTENT}/{row}": [{"text": unit.title}] for row, unit in enumerate(units)}
    responses |= {f"utter_{intent}": [{"text": f"（{intent}）"}] for intent in (*intents, FALLBACK)}
    session = {"session_expiration_time": 60, "carry_over_slots_to_new_session": True}
    content = {"version": "3.1", "session_config": session, "intents": [INTENT, *intents]}
    return dumped({**content, "entities": ["service_item"], "responses": responses})


def environment() -> dict[str, str]:
    return {**os.environ, **QUIET}
