"""Are the models there, whole, and of this program: the sentence encoder and what was trained?"""

from __future__ import annotations

import gzip
from pathlib import Path

from bot import training
from bot.doctor.finding import SETUP, Sick
from foundation import checksums
from foundation.errors import ConfigError
from foundation.settings import Settings
from knowledge_base.answering import mood
from knowledge_base.answering.models import LanguageModels
from knowledge_base.search.encoders import open_encoder
from knowledge_base.search.ranker import Ranker

ENCODERS = "docs/operations.md, The sentence encoder; `none` in ZHENGWU_ENCODER says that it is meant so"
AGAIN = "run `zhengwu train --force`, then restart; or copy the folder anew from where it is whole"
CHUNK = 1 << 20


def encoder(settings: Settings) -> str:
    opened = open_encoder(settings.encoder, settings.model_dir)
    if opened.lacks is not None:
        raise Sick(opened.lacks, ENCODERS)
    if (model := opened.encoder) is None:
        return "switched off: search goes by words alone, and more questions are refused"
    file = settings.var_dir / "vectors" / f"{model.name}.vectors"
    if not file.exists():
        raise Sick(f"{model.name} loads; no vectors in {file.parent}: the first start is slow", "run `zhengwu prepare`")
    return f"{model.name}, {file.stat().st_size >> 10} KB of vectors"


def trained(settings: Settings) -> str:
    if not training.present(settings):
        raise Sick(f"there are no trained models in {settings.model_dir}", f"{SETUP}, or `zhengwu train`")
    if damaged := list(checksums.damaged(settings.model_dir)):
        raise Sick(f"{damaged[0]} is damaged: it is not as it was written", AGAIN)
    if not training.is_current(settings):
        raise Sick("the training data has changed since the models were trained", "run `zhengwu train`, then restart")
    try:
        LanguageModels.load(settings.model_dir / training.LANGUAGE)
        mood.MoodModel.load(settings.model_dir / training.LANGUAGE / mood.FILE)
        for name in training.RANKERS:
            Ranker.load(settings.model_dir / name)
        _unpack(settings.model_dir / training.RASA)
    except ConfigError:
        raise
    except Exception as error:  # what numpy, zlib and json raise for a file that was cut short is of no one kind
        raise Sick(f"a model in {settings.model_dir} is damaged ({error})", AGAIN) from error
    return str(settings.model_dir)


def _unpack(archive: Path) -> None:
    """Read it to its end, where its checksum stands."""
    with gzip.open(archive) as content:
        while content.read(CHUNK):
            pass
