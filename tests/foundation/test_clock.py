from datetime import date, datetime, timedelta, timezone

from foundation.clock import FixedClock, SystemClock, local_today


def test_the_offices_day_begins_at_its_own_midnight() -> None:
    clock = FixedClock(datetime(2026, 11, 22, 15, 59, tzinfo=timezone.utc))
    assert local_today(clock) == date(2026, 11, 22)
    clock.advance(minutes=1)
    assert local_today(clock) == date(2026, 11, 23)


def test_the_system_clock_is_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
