"""Would production refuse anything?"""

from __future__ import annotations

from bot import production
from bot.doctor.database import opened
from bot.doctor.finding import Sick
from foundation.errors import ConfigError
from foundation.schema import is_current
from foundation.settings import Settings


def fit_for_production(settings: Settings) -> str:
    try:
        with opened(settings) as database, database.read() as tx:
            found = production.problems(settings, tx if is_current(database) else None)
    except (Sick, ConfigError):  # said by another check
        found = production.problems(settings, None)
    if not settings.production:
        return f"ZHENGWU_ENV is development; production would refuse {len(found)} things" if found else "ready for it"
    if found:
        raise Sick(f"{len(found)} things that the services refuse", "\n              → ".join(found))
    return "nothing that the services would refuse"
