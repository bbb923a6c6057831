"""The interface of WeCom applications and of 微信客服, as at https://qyapi.weixin.qq.com."""

from __future__ import annotations

from datetime import datetime, timedelta

from channels.wechat.simulator import bodies
from channels.wechat.simulator.bodies import Json
from channels.wechat.simulator.customer_service import BOT, NEW, SYSTEM, CustomerService
from channels.wechat.simulator.platform import Platform
from channels.wechat.simulator.refusals import Refusal
from channels.wechat.simulator.wechat_calls import Asked, Handler, addresses, download, upload

KF = "wecom-kf"
LATE, TOO_MANY = 4, 6
"""`fail_type` of msg_send_fail: after 48 hours, more than five messages."""


def gettoken(platform: Platform, query: dict[str, str]) -> Json:
    """GET /cgi-bin/gettoken."""
    ours = [one for one in platform.accounts.values() if one.corporate and one.app_id == query.get("corpid")]
    if not ours:
        raise Refusal(40013)
    account = next((one for one in ours if one.secret == query.get("corpsecret")), None)
    if account is None:
        raise Refusal(40001, "invalid credential")
    value, seconds = platform.tokens.corporate(account)
    return {"errcode": 0, "errmsg": "ok", "access_token": value, "expires_in": seconds}


async def message_send(asked: Asked) -> Json:
    body, platform = asked.body(), asked.platform
    account = platform.accounts["wecom"]
    if str(body.get("agentid", "")) != account.agent_id:
        raise Refusal(40056)
    if asked.account.secret != account.secret:
        raise Refusal(301002)
    shown = bodies.check("wecom", body, platform.media)
    names = [name for name in str(body.get("touser") or "").split("|") if name]
    people = [person for name in names if (person := platform.find("wecom", name)) and person.following]
    if not people:
        raise Refusal(81013)
    for person in people:
        if not _repeated(platform, person.name, body):
            asked.take(person, body, shown)
    known = {person.name.lower() for person in people}
    gone = "|".join(name for name in names if name.lower() not in known)
    return {"invaliduser": gone, "msgid": f"msg{platform.records.number():08d}"}


def _repeated(platform: Platform, name: str, body: Json) -> bool:
    """Whether the person got just this within the interval in which it must not be repeated."""
    if not body.get("enable_duplicate_check"):
        return False
    now, key = platform.clock.now(), f"{name} {body!r}"
    before: datetime | None = platform.unrepeated.get(key)
    platform.unrepeated[key] = now
    return before is not None and now - before < timedelta(seconds=body.get("duplicate_check_interval", 1800))


async def sync_msg(asked: Asked) -> Json:
    body, service = asked.body(), _service(asked)
    limit = body.get("limit", 1000)
    if not isinstance(limit, int) or not 1 <= limit <= 1000:
        raise Refusal(40058, "limit")
    return service.sync(str(body.get("cursor") or ""), str(body.get("token") or ""), limit)


async def kf_send(asked: Asked) -> Json:
    body, service = asked.body(), _service(asked)
    person = asked.platform.person(KF, body.get("touser"))
    shown = bodies.check(KF, body, asked.platform.media)
    if service.state.get(person.name, NEW) not in (NEW, BOT):
        raise Refusal(95018)
    msgid = service.keep(body.get("msgid"))
    fail_type = service.fail_type
    if fail_type is None:
        try:
            person.windows.take()
        except Refusal as refusal:
            fail_type = LATE if refusal.code == 45015 else TOO_MANY
    if fail_type is None:
        asked.take(person, body, shown)
    else:
        service.add(
            person.name, SYSTEM, "event", {"event_type": "msg_send_fail", "fail_msgid": msgid, "fail_type": fail_type}
        )
        asked.platform.finished(KF, person.name, asked.path, 0)
    return {"msgid": msgid}


async def send_on_event(asked: Asked) -> Json:
    body, service = asked.body(), asked.platform.customer_service
    if body.get("msgtype") not in ("text", "msgmenu"):
        raise Refusal(40008)
    shown = bodies.check(KF, body, asked.platform.media)
    person = asked.platform.person(KF, service.welcomed(body.get("code")))
    msgid = service.keep(body.get("msgid"))
    asked.take(person, body, shown)
    return {"msgid": msgid}


async def state_get(asked: Asked) -> Json:
    body, service = asked.body(), _service(asked)
    person = asked.platform.person(KF, body.get("external_userid"))
    return {"service_state": service.state.get(person.name, NEW)}


async def state_trans(asked: Asked) -> Json:
    body, service = asked.body(), _service(asked)
    person = asked.platform.person(KF, body.get("external_userid"))
    state = body.get("service_state")
    if not isinstance(state, int):
        raise Refusal(40058, "service_state")
    service.transfer(person.name, state, str(body.get("servicer_userid") or ""))
    asked.platform.records.mark()
    return {}


async def account_list(asked: Asked) -> Json:
    body = asked.body()
    ours = {"open_kfid": asked.platform.customer_service.open_kfid, "name": "在线咨询", "avatar": ""}
    return {"account_list": [ours][int(body.get("offset", 0)) :]}


def _service(asked: Asked) -> CustomerService:
    service = asked.platform.customer_service
    if asked.body().get("open_kfid") != service.open_kfid:
        raise Refusal(95000)
    return service


CALLS: dict[tuple[str, str], Handler] = {
    ("POST", "/cgi-bin/message/send"): message_send,
    ("POST", "/cgi-bin/kf/sync_msg"): sync_msg,
    ("POST", "/cgi-bin/kf/send_msg"): kf_send,
    ("POST", "/cgi-bin/kf/send_msg_on_event"): send_on_event,
    ("POST", "/cgi-bin/kf/service_state/get"): state_get,
    ("POST", "/cgi-bin/kf/service_state/trans"): state_trans,
    ("POST", "/cgi-bin/kf/account/list"): account_list,
    ("POST", "/cgi-bin/media/upload"): upload,
    ("GET", "/cgi-bin/media/get"): download,
    ("GET", "/cgi-bin/getcallbackip"): addresses,
    ("GET", "/cgi-bin/get_api_domain_ip"): addresses,
}
