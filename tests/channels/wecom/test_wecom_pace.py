from __future__ import annotations

from channels.wecom import pace
from channels.wecom.pace import Pace


class Time:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def paced(time: Time) -> Pace:
    return Pace(3, 60, lambda: time.now, time.sleep)


async def test_a_member_gets_so_many_messages_a_minute_and_no_more() -> None:
    time = Time()
    limit = paced(time)
    at = []
    for _ in range(8):
        await limit.take("zhangsan")
        at.append(time.now)
        time.now += 1
    assert all(later - earlier >= 60 for earlier, later in zip(at, at[3:]))
    assert len(time.slept) == 2  # once a minute: the third of each minute's messages came two seconds after the first


async def test_members_are_counted_apart() -> None:
    time = Time()
    limit = paced(time)
    for member in ("a", "b", "c"):
        for _ in range(3):
            await limit.take(member)
    assert not time.slept


async def test_members_long_silent_are_forgotten() -> None:
    time = Time()
    limit = paced(time)
    for number in range(pace.FORGET + 2):
        await limit.take(f"member{number}")
    time.now += 61
    await limit.take("one more")
    assert len(limit._sent) == 1
