"""What content tests are answered is what citizens are answered: the same questions through Rasa and without it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from city import City
from test_evaluating import evaluated

from foundation.clock import SystemClock
from foundation.database import Database
from foundation.settings import ROOT, load_settings
from knowledge_base.trials.answerer import Moment, open_answerer

pytestmark = pytest.mark.slow
QUESTIONS = ROOT / "tests" / "quality" / "conversations.jsonl"
EACH = 8
"""Of so many questions one is asked: fifty-five."""
FORMS = ("status", "complaint")
"""Kinds of talk that begin a form where Rasa runs; content tests know them as kinds of talk."""


def test_the_same_questions_get_the_same_answers(
    city: City, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()[::EACH]]
    _, predicted = evaluated(city.environment, tmp_path_factory.mktemp("asked"), lines)
    for name, value in city.environment.items():
        monkeypatch.setenv(name, value)
    settings = load_settings(_env_file=None)
    database = Database(settings.database_url)
    answerer, moment = open_answerer(settings, database), Moment.of(SystemClock().now())
    for line, prediction in zip(lines, predicted):
        told = answerer.converse(line["turns"], answerer.library.snapshot, moment)[-1].answer
        assert (told.kind, told.id, told.aspect) == as_talk(prediction["answer"]), line["turns"]
    database.close()


def as_talk(answer: dict[str, Any]) -> tuple[str | None, ...]:
    """Kind, id and aspect; of the question that begins a form, the kind of talk."""
    if answer["kind"] == "form" and answer["id"] in FORMS:
        return answer["id"], None, None
    return answer["kind"], answer["id"], answer["aspect"]
