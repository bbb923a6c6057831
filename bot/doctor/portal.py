"""Does the portal answer, and does it take our signature and our time?"""

from __future__ import annotations

import asyncio

from actions.portal.client import Client
from actions.portal.errors import NotOffered, Unavailable
from actions.portal.reply import ClockSkew
from bot.doctor.finding import Sick
from bot.services import health, port_problem
from foundation.clock import SystemClock
from foundation.settings import Settings


def portal(settings: Settings) -> str:
    if not settings.has_portal:
        return "none, as the settings say: who asks for an application is sent to the hotline"
    address = settings.portal_url.rpartition("@")[2]
    if settings.portal_is_sandbox and settings.production:
        cure = "its address in ZHENGWU_PORTAL_URL, or none where there is no portal; docs/portal.md"
        raise Sick("no portal is named, and production has no sandbox", cure)
    if settings.portal_is_sandbox and port_problem("127.0.0.1", settings.portal_port) is None:
        if health(settings) is None:
            return "the sandbox; `zhengwu serve` starts it"
        raise Sick("the services run without the portal's sandbox", "restart them; docs/operations.md, Processes")
    client = Client.of_settings(settings, SystemClock())
    try:
        asyncio.run(client.health())
    except NotOffered:
        return f"{address}; not asked, as its mapping has no operation `health`"
    except ClockSkew as error:
        seen = str(error)
        if error.theirs is not None:
            seen += f", {abs((error.theirs - SystemClock().now()).total_seconds()):.0f} s apart"
        raise Sick(seen, "have both clocks set over the network (NTP; `timedatectl` tells)") from error
    except Unavailable as error:
        raise Sick(f"{address}: {error}", "is ZHENGWU_PORTAL_URL right, and does this machine reach it?") from error
    finally:
        client.close()
    return f"{address} answers, and takes our signature and our time"
