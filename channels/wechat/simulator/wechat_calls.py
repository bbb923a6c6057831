"""The interface of official accounts and mini-programs, as at https://api.weixin.qq.com."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from channels.wechat.simulator import bodies, menus
from channels.wechat.simulator.accounts import Account
from channels.wechat.simulator.bodies import Json, Shown
from channels.wechat.simulator.media import File
from channels.wechat.simulator.people import Person
from channels.wechat.simulator.platform import Platform
from channels.wechat.simulator.refusals import Refusal

CLEARED_A_MONTH = 10
_numbers = count(2_400_000_001)


@dataclass
class Asked:
    """One call: who asks, and what for."""

    platform: Platform
    account: Account
    path: str
    query: dict[str, str]
    raw: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)

    def body(self) -> Json:
        return bodies.decode(self.raw)

    def take(self, person: Person, body: Json, shown: Shown) -> None:
        """Show a message to a person, and note that it was taken."""
        person.show(shown.kind, shown.text, "api", choices=shown.choices, tail=shown.tail, media_id=shown.media_id)
        self.platform.records.sent.append(
            {"channel": person.channel, "to": person.name, "path": self.path, "body": body}
        )
        self.platform.records.mark()


Handler = Callable[[Asked], Awaitable[Json | File]]


async def custom_send(asked: Asked) -> Json:
    body, account = asked.body(), asked.account
    if not account.verified:
        raise Refusal(48001)
    person = asked.platform.person(account.channel, body.get("touser"))
    shown = bodies.check(account.channel, body, asked.platform.media)
    if shown.kind == "menu" and not account.menus:
        raise Refusal(40200)
    person.windows.take()
    asked.take(person, body, shown)
    return {}


async def typing(asked: Asked) -> Json:
    body = asked.body()
    if not asked.account.verified:
        raise Refusal(48001)
    asked.platform.person(asked.account.channel, body.get("touser")).windows.typing(body.get("command"))
    asked.platform.records.mark()
    return {}


async def template_send(asked: Asked) -> Json:
    return await _notice(asked, 43004, limits=False)


async def subscribe_send(asked: Asked) -> Json:
    return await _notice(asked, 43101, limits=True)


async def _notice(asked: Asked, refused: int, limits: bool) -> Json:
    body = asked.body()
    person = asked.platform.person(asked.account.channel, body.get("touser"))
    shown = bodies.notice(body, limits)
    if not person.following and asked.account.channel == "wechat":
        raise Refusal(43004)
    if body["template_id"] in person.refuses:
        raise Refusal(refused)
    asked.take(person, body, shown)
    msgid = next(_numbers)
    asked.platform.finished(asked.account.channel, person.name, asked.path, msgid)
    return {"msgid": msgid}


async def upload(asked: Asked) -> Json:
    kind = asked.query.get("type", "")
    media_id = asked.platform.media.put(kind, asked.files.get("media", b""))
    return {"type": kind, "media_id": media_id, "created_at": int(asked.platform.clock.now().timestamp())}


async def download(asked: Asked) -> File:
    return asked.platform.media.get(asked.query.get("media_id"))


async def menu_create(asked: Asked) -> Json:
    asked.platform.menus[asked.account.channel] = menus.check(asked.body())
    asked.platform.records.mark()
    return {}


async def menu_get(asked: Asked) -> Json:
    if asked.account.channel not in asked.platform.menus:
        raise Refusal(46003)
    return {"menu": {"button": asked.platform.menus[asked.account.channel]}}


async def menu_delete(asked: Asked) -> Json:
    asked.platform.menus.pop(asked.account.channel, None)
    asked.platform.records.mark()
    return {}


async def addresses(asked: Asked) -> Json:
    return {"ip_list": ["127.0.0.1"]}


async def clear_quota(asked: Asked) -> Json:
    if asked.body().get("appid") != asked.account.app_id:
        raise Refusal(40013)
    now = asked.platform.clock.now()
    recent = [at for at in asked.platform.cleared if now - at < timedelta(days=30)]
    if len(recent) >= CLEARED_A_MONTH:
        raise Refusal(48006)
    asked.platform.cleared = [*recent, now]
    return {}


async def callback_check(asked: Asked) -> Json:
    return {"dns": [], "ping": []}


def token(platform: Platform, query: dict[str, str]) -> Json:
    """GET /cgi-bin/token."""
    if query.get("grant_type") != "client_credential":
        raise Refusal(40002)
    return _granted(platform.tokens.plain(known(platform, query.get("appid"), query.get("secret"))))


def stable_token(platform: Platform, body: Json) -> Json:
    """POST /cgi-bin/stable_token."""
    if body.get("grant_type") != "client_credential":
        raise Refusal(40002)
    account = known(platform, body.get("appid"), body.get("secret"))
    return _granted(platform.tokens.stable(account, body.get("force_refresh") is True))


def known(platform: Platform, app_id: object, secret: object) -> Account:
    """The account of an AppID and its secret.

    Raises:
        Refusal: 40013 or 40125.
    """
    found = [one for one in platform.accounts.values() if one.app_id == app_id and not one.corporate]
    if not found:
        raise Refusal(40013)
    if found[0].secret != secret:
        raise Refusal(40125)
    return found[0]


def _granted(token: tuple[str, int]) -> Json:
    return {"access_token": token[0], "expires_in": token[1]}


CALLS: dict[tuple[str, str], Handler] = {
    ("POST", "/cgi-bin/message/custom/send"): custom_send,
    ("POST", "/cgi-bin/message/custom/typing"): typing,
    ("POST", "/cgi-bin/message/custom/business/typing"): typing,
    ("POST", "/cgi-bin/message/template/send"): template_send,
    ("POST", "/cgi-bin/message/template/subscribe"): subscribe_send,
    ("POST", "/cgi-bin/message/subscribe/bizsend"): subscribe_send,
    ("POST", "/cgi-bin/message/subscribe/send"): subscribe_send,
    ("POST", "/cgi-bin/media/upload"): upload,
    ("GET", "/cgi-bin/media/get"): download,
    ("POST", "/cgi-bin/menu/create"): menu_create,
    ("GET", "/cgi-bin/menu/get"): menu_get,
    ("GET", "/cgi-bin/menu/delete"): menu_delete,
    ("GET", "/cgi-bin/getcallbackip"): addresses,
    ("GET", "/cgi-bin/get_api_domain_ip"): addresses,
    ("POST", "/cgi-bin/clear_quota"): clear_quota,
    ("POST", "/cgi-bin/callback/check"): callback_check,
}
