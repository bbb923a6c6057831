"""The trained model as it is read for answering."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.storage.local_model_storage import MODEL_ARCHIVE_METADATA_FILE, LocalModelStorage
from rasa.engine.storage.storage import ModelMetadata
from rasa.shared.utils import io


class AnsweringStorage(LocalModelStorage):
    """Leaves out by what the model was trained: Rasa would import all of that, TensorFlow too."""

    @staticmethod
    def _load_metadata(directory: Path) -> ModelMetadata:
        metadata: dict[str, Any] = io.read_json_file(directory / MODEL_ARCHIVE_METADATA_FILE)
        return ModelMetadata.from_dict({**metadata, "train_schema": {"nodes": {}}})
