"""Are this year's public holidays known?"""

from __future__ import annotations

from bot.doctor.finding import Sick
from foundation.calendar import WorkCalendar
from foundation.clock import SystemClock, local_today
from foundation.settings import Settings


def calendar(settings: Settings) -> str:
    today = local_today(SystemClock())
    if WorkCalendar(settings.calendar_file).is_workday(today) is None:
        raise Sick(
            f"the holidays of {today.year} are not known: opening hours are told with 以通知为准",
            "write the announced holidays into a YAML file and name it in ZHENGWU_CALENDAR_FILE",
        )
    return f"{today.year} is known"
