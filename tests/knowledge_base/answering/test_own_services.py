"""Services that are themselves about complaints or the state of applications, and those that are not."""

from __future__ import annotations

import pytest
from dialogues import Dialogue, item, published

from knowledge_base.answering.models import LanguageModels

REWARD = item("reward", "食品违法行为举报奖励", "举报食品违法有奖励吗")
PROGRESS = item("progress", "建筑业企业资质办事进度查询", "建筑资质的申请审到哪一步怎么查")
DOG = item("dog", "养犬登记", "办狗证")


@pytest.mark.parametrize(
    ("text", "id"),
    [("举报食品违法有没有奖励", "reward"), ("查一下建筑业企业资质的办事进度", "progress")],
)
def test_a_service_of_that_name_is_asked_for(models: LanguageModels, text: str, id: str) -> None:
    answer = Dialogue(published([REWARD, PROGRESS, DOG]), models).say(text)
    assert (answer.kind, answer.id) == ("item", id)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("楼下饭馆噪音太大，我要举报", "complaint"), ("我要投诉", "complaint"), ("查一下我的养犬登记办到哪了", "status")],
)
def test_what_such_a_service_is_not_about_stays_what_it_is(models: LanguageModels, text: str, kind: str) -> None:
    assert Dialogue(published([REWARD, PROGRESS, DOG]), models).say(text).kind == kind


def test_where_there_is_no_such_service_the_words_decide(models: LanguageModels) -> None:
    assert Dialogue(published([DOG]), models).say("查一下建筑业企业资质的办事进度").kind == "status"
