"""The simulator as a whole: in a test's event loop, or as a process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from types import TracebackType
from typing import Any

from aiohttp import web

from channels.wechat.simulator import menus, page
from channels.wechat.simulator.accounts import accounts, require
from channels.wechat.simulator.clock import MovableClock
from channels.wechat.simulator.control import Control
from channels.wechat.simulator.driver import PATIENCE, Driver
from channels.wechat.simulator.interface import BIGGEST, Interface
from channels.wechat.simulator.people import Person
from channels.wechat.simulator.platform import Platform
from channels.wechat.simulator.users import Customer, User, user_of
from foundation.addresses import LOOPBACK
from foundation.clock import Clock, SystemClock
from foundation.settings import Settings

log = logging.getLogger(__name__)


class Simulator:
    """The platform's interface at `address`, and users who write to the gateway.

    Usage::

        async with Simulator(settings, gateway.address) as wechat:
            citizen = wechat.user("oCitizen")
            await citizen.say("身份证丢了怎么补办")
            print(await citizen.messages(1))
    """

    def __init__(
        self,
        settings: Settings,
        gateway: str,
        *,
        clock: Clock | None = None,
        stamps: Clock | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        patience: float = PATIENCE,
    ) -> None:
        """
        Args:
            gateway: its address; `driver.gateway` may be set later.
            clock: the platform's: windows, tokens, files; may be one that a test moves.
            stamps: what signatures are dated by; `clock` unless given.
            port: to listen on; 0 is any.
            patience: seconds that the gateway may take to answer a callback.
        """
        clock = clock or SystemClock()
        self.platform = Platform(accounts(settings), clock)
        self.driver = Driver(self.platform, gateway.rstrip("/"), stamps or clock, patience)
        self.platform.finished = self._finished
        self._host, self._port = host, port
        app = web.Application(client_max_size=BIGGEST)
        page.install(app, self.platform.accounts, settings.office_name, {*LOOPBACK, host})
        Interface(self.platform).install(app)
        Control(self.platform, self.driver, menus.prepared()).install(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    @property
    def address(self) -> str:
        """Where it listens: the value of ZHENGWU_WECHAT_API_BASE."""
        return f"http://{self._host}:{self._port}"

    def user(self, name: str, channel: str = "wechat") -> User:
        """A user of the account of that channel."""
        return user_of(self.platform, self.driver, channel, name)

    async def start(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, self._host, self._port).start()
        self._port = self._runner.addresses[0][1]
        await self.driver.start()

    async def stop(self) -> None:
        await self.driver.stop()
        await self._runner.cleanup()

    async def __aenter__(self) -> Simulator:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def _finished(self, channel: str, name: str, path: str, msgid: int) -> None:
        """Tell the account what became of a notification, or that there is something to read."""
        user = self.user(name, channel)
        if isinstance(user, Customer):
            self.driver.in_background(user.notify())
        elif path == "/cgi-bin/message/template/send":
            self.driver.in_background(self._tell(user.person, "TEMPLATESENDJOBFINISH", MsgID=msgid, Status="success"))

    async def _tell(self, person: Person, event: str, **fields: Any) -> None:
        account = self.platform.account(person.channel)
        common = {
            "ToUserName": account.address,
            "FromUserName": person.name,
            "CreateTime": int(self.platform.clock.now().timestamp()),
            "MsgType": "event",
            "Event": event,
        }
        await self.driver.post(account, person, {**common, **fields})


def serve(settings: Settings) -> None:
    """Serve on ZHENGWU_SIMULATOR_PORT until SIGTERM or Ctrl-C.

    Raises:
        ConfigError: settings are missing; the text holds the lines for .env.
    """
    require(settings)
    here = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    gateway = f"http://{f'[{here}]' if ':' in here else here}:{settings.bot_port}"
    simulator = Simulator(
        settings, gateway, clock=MovableClock(), stamps=SystemClock(), host="127.0.0.1", port=settings.simulator_port
    )
    log.info("the WeChat simulator is at http://127.0.0.1:%d and posts to %s", settings.simulator_port, gateway)
    asyncio.run(until_told_to_stop(simulator))


async def until_told_to_stop(simulator: Simulator) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(sign, stopped.set)
    async with simulator:
        await stopped.wait()
