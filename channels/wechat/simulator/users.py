"""What people do with their telephones: each doing is a callback to the account."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

from channels.wechat.simulator.accounts import Account
from channels.wechat.simulator.customer_service import CUSTOMER, ENDED, NEW, SYSTEM
from channels.wechat.simulator.driver import Driver
from channels.wechat.simulator.media import picture, silence
from channels.wechat.simulator.people import Person
from channels.wechat.simulator.platform import Platform
from channels.wechat.simulator.records import Posted, Seen

_msgids = count(24_000_000_000_000_001)


class User:
    """A user of an official account, a mini-program or a WeCom application.

    Each method returns when the platform has done with its callback, re-posts included.
    """

    def __init__(self, platform: Platform, driver: Driver, account: Account, name: str) -> None:
        self.account = account
        self.person: Person = platform.join(account.channel, name)
        self._platform, self._driver = platform, driver

    async def say(self, text: str) -> Posted:
        self.person.say("text", text)
        return await self._message("text", {"Content": text})

    async def choose(self, which: int | str) -> Posted:
        """Click a line of the newest menu: by its place (from 0), its id or its title.

        Raises:
            LookupError: no menu has it.
        """
        for line in reversed(self.person.chat):
            for place, (key, title) in enumerate(line.choices):
                if which in (key, title) or (which == place and not isinstance(which, str)):
                    return await self.click_line(key, title)
            if line.choices and not isinstance(which, str):
                break
        raise LookupError(f"no menu was shown with {which!r}")

    async def click_line(self, key: str, title: str) -> Posted:
        """Click a line with this id and title, shown or forged."""
        self.person.say("text", title)
        return await self._message("text", {"Content": title, "bizmsgmenuid": key}, clicked=True)

    async def voice(self, recognition: str = "", seconds: int = 3) -> Posted:
        """A voice message; the platform recognises its words only where `recognition` says so."""
        media_id = self._platform.media.put("voice", silence(seconds))
        self.person.say("voice", recognition, media_id=media_id)
        heard = {"Recognition": recognition} if recognition else {}
        return await self._message("voice", {"MediaId": media_id, "Format": "amr", **heard})

    async def image(self, content: bytes | None = None) -> Posted:
        media_id = self._platform.media.put("image", content or picture())
        self.person.say("image", "", media_id=media_id)
        address = f"http://127.0.0.1/simulator/media/{media_id}"
        return await self._message("image", {"PicUrl": address, "MediaId": media_id})

    async def video(self) -> Posted:
        media_id = self._platform.media.put("video", b"\0\0\0\x18ftypmp42" + bytes(64))
        self.person.say("video", "", media_id=media_id)
        return await self._message("video", {"MediaId": media_id, "ThumbMediaId": media_id})

    async def location(self, latitude: float, longitude: float, label: str = "") -> Posted:
        self.person.say("location", label or f"{latitude}, {longitude}")
        place = {"Location_X": latitude, "Location_Y": longitude, "Scale": 16, "Label": label}
        return await self._message("location", place)

    async def link(self, title: str, url: str, description: str = "") -> Posted:
        self.person.say("link", title)
        return await self._message("link", {"Title": title, "Description": description, "Url": url})

    async def other(self, kind: str, **fields: Any) -> Posted:
        """A message of a kind that may not exist yet."""
        self.person.say(kind, "")
        return await self._message(kind, fields)

    async def follow(self, scene: str = "") -> Posted:
        """Follow the account, with `scene` by scanning its code."""
        self.person.following = True
        self.person.windows.acted()
        scanned = {"EventKey": f"qrscene_{scene}", "Ticket": "simulated-ticket"} if scene else {"EventKey": ""}
        return await self._event("subscribe", scanned)

    async def unfollow(self) -> Posted:
        self.person.following = False
        self.person.windows.close()
        return await self._event("unsubscribe", {"EventKey": ""})

    async def scan(self, scene: str) -> Posted:
        """Scan a code of the account; who does not follow it yet does so by this."""
        if not self.person.following:
            return await self.follow(scene)
        self.person.windows.acted()
        return await self._event("SCAN", {"EventKey": scene, "Ticket": "simulated-ticket"})

    async def click(self, key: str) -> Posted:
        """Press a button of the account's menu that has a key."""
        self.person.windows.acted()
        return await self._event("CLICK", {"EventKey": key})

    async def view(self, url: str) -> Posted:
        """Press a button of the account's menu that opens a page."""
        return await self._event("VIEW", {"EventKey": url})

    async def report_location(self, latitude: float, longitude: float) -> Posted:
        """What a telephone reports by itself when its owner allowed that."""
        return await self._event("LOCATION", {"Latitude": latitude, "Longitude": longitude, "Precision": 30.0})

    async def enter(self) -> Posted:
        """Open the chat: a mini-program's session, a WeCom application."""
        self.person.windows.acted(2)
        if self.account.channel == "miniprogram":
            return await self._event("user_enter_tempsession", {"SessionFrom": "index"})
        return await self._event("enter_agent", {"EventKey": ""})

    @property
    def shown(self) -> list[Seen]:
        """All that was shown to the user so far, notices too."""
        return self.person.received

    async def messages(self, number: int, timeout: float = 15.0) -> list[Seen]:
        """All that was shown to the user, as soon as there are `number` of them.

        Raises:
            asyncio.TimeoutError: there are fewer after `timeout` seconds.
        """

        def enough() -> list[Seen]:
            received = self.person.received
            return received if len(received) >= number else []

        return await self._platform.records.until(enough, timeout)

    async def _message(self, kind: str, content: dict[str, Any], clicked: bool = False) -> Posted:
        if clicked:
            self.person.windows.acted()
        else:
            self.person.windows.wrote()
        return await self._post({"MsgType": kind, **content, "MsgId": next(_msgids)})

    async def _event(self, event: str, content: dict[str, Any]) -> Posted:
        return await self._post({"MsgType": "event", "Event": event, **content})

    async def _post(self, content: dict[str, Any]) -> Posted:
        fields = {
            "ToUserName": self.account.address,
            "FromUserName": self.person.name,
            "CreateTime": int(self._platform.clock.now().timestamp()),
            **content,
            **({"AgentID": int(self.account.agent_id)} if self.account.channel == "wecom" else {}),
        }
        return await self._driver.post(self.account, self.person, fields)


class Customer(User):
    """A customer of 微信客服: what they write is put on the account's list, and the callback only says so."""

    async def click_line(self, key: str, title: str) -> Posted:
        self.person.say("text", title)
        self.person.windows.wrote()
        return await self._put("text", {"content": title, "menu_id": key})

    async def enter(self) -> Posted:
        """Open the chat; with a welcome code for whoever was not there in the last 48 hours."""
        service = self._platform.customer_service
        event = {"event_type": "enter_session", "scene": "simulator"}
        if not self.person.windows.left:
            event["welcome_code"] = service.welcome(self.person.name)
        service.add(self.person.name, SYSTEM, "event", event)
        return await self.notify()

    async def notify(self) -> Posted:
        """Post the callback that says that there is something to read."""
        service = self._platform.customer_service
        event = {"Event": "kf_msg_or_event", "Token": service.token(), "OpenKfId": service.open_kfid}
        return await self._driver.post(
            self.account,
            self.person,
            {
                "ToUserName": self.account.address,
                "CreateTime": int(self._platform.clock.now().timestamp()),
                "MsgType": "event",
                **event,
            },
        )

    async def _message(self, kind: str, content: dict[str, Any], clicked: bool = False) -> Posted:
        self.person.windows.wrote()
        return await self._put(kind, TRANSLATED[kind](content) if kind in TRANSLATED else content)

    async def _put(self, kind: str, content: dict[str, Any]) -> Posted:
        service = self._platform.customer_service
        if service.state.get(self.person.name) == ENDED:
            service.state[self.person.name] = NEW
        service.add(self.person.name, CUSTOMER, kind, content)
        return await self.notify()


TRANSLATED = {
    "text": lambda fields: {"content": fields["Content"]},
    "image": lambda fields: {"media_id": fields["MediaId"]},
    "voice": lambda fields: {"media_id": fields["MediaId"]},
    "video": lambda fields: {"media_id": fields["MediaId"]},
    "location": lambda fields: {
        "latitude": fields["Location_X"],
        "longitude": fields["Location_Y"],
        "name": fields["Label"],
        "address": fields["Label"],
    },
    "link": lambda fields: {"title": fields["Title"], "desc": fields["Description"], "url": fields["Url"]},
}
"""The fields of a callback as 微信客服 names them."""


def user_of(platform: Platform, driver: Driver, channel: str, name: str) -> User:
    """The user of that name of the account of that channel."""
    kind = Customer if channel == "wecom-kf" else User
    return kind(platform, driver, platform.account(channel), name)


def buttons(menu: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The buttons of a menu that do something, by name."""
    found = {}
    for button in menu:
        for inner in button.get("sub_button") or [button]:
            found[str(inner["name"])] = inner
    return found
