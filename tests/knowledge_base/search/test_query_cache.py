from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from search_fakes import HashingEncoder

from foundation.aside import letting_others_on
from foundation.executor import Executor
from knowledge_base.search.encoder import Vectors
from knowledge_base.search.query_cache import FEW, QueryCache


def test_a_question_is_encoded_once() -> None:
    encoder = HashingEncoder()
    cache = QueryCache(encoder)
    first = cache.queries(["甲", "乙"])
    encoder.encoded.clear()
    np.testing.assert_array_equal(cache.queries(["乙", "丙", "甲", "丙"])[[0, 2]], first[::-1])
    assert encoder.encoded == ["丙"]
    np.testing.assert_array_equal(first, HashingEncoder().queries(["甲", "乙"]))


def test_passages_and_content_pass_through() -> None:
    encoder = HashingEncoder()
    cache = QueryCache(encoder)
    assert (cache.name, cache.size) == (encoder.name, encoder.size)
    for _ in range(2):
        assert cache.passages(["甲"]).shape == (1, encoder.size)
        assert cache.queries(list("甲乙丙丁戊")[: FEW + 1]).shape == (FEW + 1, encoder.size)
        assert cache.queries([]).shape == (0, encoder.size)
    assert len(encoder.encoded) == 2 * (FEW + 2)


def test_the_longest_unasked_is_forgotten() -> None:
    encoder = HashingEncoder()
    cache = QueryCache(encoder, kept=2)
    for text in ("甲", "乙", "甲", "丙"):
        cache.queries([text])
    encoder.encoded.clear()
    cache.queries(["甲"])
    cache.queries(["乙"])
    assert encoder.encoded == ["乙"]


def test_what_a_caller_does_with_a_vector_is_its_own_affair() -> None:
    cache = QueryCache(HashingEncoder())
    cache.queries(["甲"])[:] = 0
    assert cache.queries(["甲"]).any()
    cache.queries(["甲"])[:] = 0
    assert cache.queries(["甲"]).any()


def test_many_at_once() -> None:
    cache, right = QueryCache(HashingEncoder(), kept=5), HashingEncoder()
    texts = [f"问题{n % 9}" for n in range(300)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: cache.queries([text])[0], texts))
    np.testing.assert_array_equal(found, right.queries(texts))


async def test_others_go_on_while_a_question_is_encoded() -> None:
    free = threading.Event()

    class Slow(HashingEncoder):
        def queries(self, texts: Sequence[str]) -> Vectors:
            assert free.wait(10), "nobody else was let on"
            return super().queries(texts)

    cache, threads = QueryCache(Slow()), Executor("encoding", 1)
    asking = asyncio.create_task(letting_others_on(threads, lambda: cache.queries(["甲"])))
    await asyncio.sleep(0)
    assert not asking.done()
    free.set()
    np.testing.assert_array_equal(await asking, HashingEncoder().queries(["甲"]))
    threads.close()
