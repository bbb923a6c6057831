"""The files of a sentence model, laid out as sentence-transformers exports them: what they say of how to use it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

MODELS = ("model.onnx", "onnx/model.onnx")
TOKENIZER = "tokenizer.json"
POOLING, PROMPTS, LENGTH = "1_Pooling/config.json", "config_sentence_transformers.json", "sentence_bert_config.json"
LONGEST = 512
"""Tokens that are read at most, whatever the model could: no text of ours is longer, and long ones cost most."""

Pooling = Literal["mean", "cls"]


class UnusableModel(Exception):
    """The folder holds no sentence model that can be used; the text says why."""


@dataclass(frozen=True)
class OnnxFolder:
    """Where the graph and the tokenizer are, and how sentences go in and come out."""

    model: Path
    tokenizer: Path
    name: str
    """Of the folder and of what is in it: another model, tokenizer or prompt makes other vectors."""
    pooling: Pooling
    longest: int
    """Tokens of a text that are read."""
    query: str
    """What is put before a question, and before a passage."""
    passage: str
    dense: bool
    """Whether a layer comes after pooling, which is not part of the graph of words."""

    @classmethod
    def read(cls, folder: Path) -> OnnxFolder:
        """Read what lies there.

        Raises:
            UnusableModel: a file is missing or says what is not supported.
        """
        model = next((folder / name for name in MODELS if (folder / name).is_file()), None)
        if model is None:
            raise UnusableModel(f"{folder} has neither {' nor '.join(MODELS)}")
        if not (folder / TOKENIZER).is_file():
            raise UnusableModel(f"{folder} has no {TOKENIZER}")
        prompts = settings_in(folder / PROMPTS).get("prompts") or {}
        return cls(
            model,
            folder / TOKENIZER,
            name_of(folder, model),
            pooling_in(settings_in(folder / POOLING)),
            longest_in(folder),
            str(prompts.get("query") or ""),
            str(prompts.get("passage") or prompts.get("document") or ""),
            any(str(one.get("type")).endswith(".Dense") for one in settings_in(folder / "modules.json").values()),
        )


def settings_in(file: Path) -> dict[str, Any]:
    """The settings in a JSON file (those of a list by their place); none where there is no such file.

    Raises:
        UnusableModel: it is not JSON.
    """
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise UnusableModel(f"{file} is not JSON ({error})") from error
    return {str(place): one for place, one in enumerate(found)} if isinstance(found, list) else dict(found)


def pooling_in(settings: dict[str, Any]) -> Pooling:
    """How the vectors of words become that of the sentence; the mean where nothing is said.

    Raises:
        UnusableModel: in another way than the two that are known.
    """
    prefix = "pooling_mode_"
    modes = {name.removeprefix(prefix) for name, on in settings.items() if on is True and name.startswith(prefix)}
    if named := settings.get("pooling_mode"):
        modes.add(str(named))
    if modes <= {"mean", "mean_tokens", "mean_sqrt_len_tokens"}:  # they differ in length only
        return "mean"
    if modes <= {"cls", "cls_token"}:
        return "cls"
    raise UnusableModel(f"{POOLING} asks for {', '.join(sorted(modes))}; mean and cls are supported")


def longest_in(folder: Path) -> int:
    said = settings_in(folder / LENGTH).get("max_seq_length")
    said = said or settings_in(folder / "tokenizer_config.json").get("model_max_length")
    return min(int(said), LONGEST) if isinstance(said, (int, float)) and said > 0 else LONGEST


def name_of(folder: Path, model: Path) -> str:
    """The folder's name, fit for a file's, and a hash of all that decides the vectors."""
    digest = hashlib.blake2b(digest_size=6)
    for file in (*files_of(model), folder / TOKENIZER, *(folder / name for name in (POOLING, PROMPTS, LENGTH))):
        if file.is_file():
            with file.open("rb") as content:
                while block := content.read(1 << 20):
                    digest.update(block)
        digest.update(b"\0")
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '-', folder.resolve().name)[:60]}-{digest.hexdigest()}"


def files_of(model: Path) -> Iterator[Path]:
    """The graph, and the weights that large models keep beside it (model.onnx_data, model.onnx.data)."""
    yield from sorted(model.parent.glob(f"{model.name}*"))
