"""What WeChat's and WeCom's error codes mean, and what becomes of a message that met one.

Both platforms answer HTTP 200 with `{"errcode", "errmsg"}`. Codes: "全局返回码" of developers.weixin.qq.com (official
accounts, mini-programs) and document/path/90313 of developer.work.weixin.qq.com (WeCom, 微信客服).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from channels.delivery.platform import Action, SendError

RETRY, CLOSED, DROP, FEATURE_OFF, BROKEN = (
    Action.RETRY, Action.CLOSED, Action.DROP, Action.FEATURE_OFF, Action.BROKEN,
)  # fmt: skip


class Refusal(NamedTuple):
    meaning: str
    """For an operator. `{prefix}` is the account's family of settings, `{ip}` the address that the platform saw."""
    action: Action


WECHAT: dict[int, Refusal] = {
    -1: Refusal("the platform is busy", RETRY),
    -1000: Refusal("the platform is busy", RETRY),
    40001: Refusal(
        "the access token was refused twice: perhaps another program renews it by force; "
        "check {prefix}_APP_ID and {prefix}_SECRET",
        BROKEN,
    ),
    40003: Refusal("the recipient is not known to this account", DROP),
    40004: Refusal("the platform does not take this kind of file", DROP),
    40005: Refusal("the platform does not take this kind of file", DROP),
    40006: Refusal("the file is too large or empty", DROP),
    40007: Refusal("the uploaded file is gone", DROP),
    40009: Refusal("the image is too large", DROP),
    40013: Refusal("{prefix}_APP_ID is not an AppID: copy it from 公众平台 → 设置与开发 → 基本配置", BROKEN),
    40014: Refusal("the access token was refused twice; check {prefix}_APP_ID and {prefix}_SECRET", BROKEN),
    40033: Refusal("the body held an escaped character", DROP),
    40037: Refusal("the template id is wrong: correct it in ZHENGWU_WECHAT_TEMPLATES_FILE", DROP),
    40125: Refusal(
        "{prefix}_SECRET is not the AppSecret of {prefix}_APP_ID: copy it from 公众平台 → 设置与开发 → 基本配置, "
        "or reset it there",
        BROKEN,
    ),
    40164: Refusal(
        "this server's address {ip} is not in the allow-list: add it at 公众平台 → 设置与开发 → 基本配置 → IP白名单",
        BROKEN,
    ),
    40200: Refusal("an account of this type may not send this kind of message", FEATURE_OFF),
    41001: Refusal("the access token was missing", BROKEN),
    41002: Refusal("{prefix}_APP_ID is missing", BROKEN),
    41004: Refusal("{prefix}_SECRET is missing", BROKEN),
    41030: Refusal("the mini-program has no such page: correct it in ZHENGWU_WECHAT_TEMPLATES_FILE", DROP),
    42001: Refusal("the access token has expired twice; check this machine's clock", BROKEN),
    43004: Refusal("the recipient does not follow this account", DROP),
    43019: Refusal("the recipient has blocked this account", DROP),
    43101: Refusal("the recipient has not subscribed to this message, or no longer", DROP),
    44004: Refusal("the text was empty", DROP),
    45002: Refusal("the text was too long", DROP),
    45009: Refusal("the day's quota of calls is used up; it starts again at midnight", BROKEN),
    45011: Refusal("too many calls within a minute", BROKEN),
    45015: Refusal("the citizen has not written within 48 hours, or follows no longer", CLOSED),
    45047: Refusal("no more messages until the citizen writes again", CLOSED),
    45072: Refusal("the typing sign was malformed", DROP),
    45080: Refusal("no typing sign without a message within 30 seconds", DROP),
    45081: Refusal("the typing sign is shown already", DROP),
    46004: Refusal("there is no such user", DROP),
    47003: Refusal("a field of the template was refused: compare ZHENGWU_WECHAT_TEMPLATES_FILE with it", DROP),
    48001: Refusal("the account has not been granted this interface (公众平台 → 接口权限)", FEATURE_OFF),
    48002: Refusal("the recipient refuses messages of this account", DROP),
    50005: Refusal("the recipient does not follow this account", DROP),
    65400: Refusal("customer service (客服功能) is not enabled for this account", FEATURE_OFF),
}

WECOM: dict[int, Refusal] = {
    -1: Refusal("the platform is busy", RETRY),
    40001: Refusal("{prefix}_SECRET is not the secret of this application: copy it from 应用管理 → 应用", BROKEN),
    40003: Refusal("there is no such member", DROP),
    40007: Refusal("the uploaded file is gone", DROP),
    40013: Refusal("{prefix}_CORP_ID is not a CorpID: copy it from 我的企业 → 企业信息", BROKEN),
    40014: Refusal("the access token was refused twice; check {prefix}_CORP_ID and {prefix}_SECRET", BROKEN),
    40056: Refusal("{prefix}_AGENT_ID is not the AgentId of this application", BROKEN),
    40096: Refusal("there is no such customer", DROP),
    40201: Refusal("this customer service account is banned", RETRY),
    41001: Refusal("the access token was missing", BROKEN),
    42001: Refusal("the access token has expired twice; check this machine's clock", BROKEN),
    44004: Refusal("the text was empty", DROP),
    45002: Refusal("the text was too long", DROP),
    45009: Refusal("the quota of calls or messages is used up", BROKEN),
    48002: Refusal("the application has not been granted this interface", BROKEN),
    60020: Refusal(
        "this server's address {ip} is not trusted: add it at 应用管理 → 应用 → 企业可信IP",
        BROKEN,
    ),
    81013: Refusal("the recipient is outside the application's visible range, or gone", DROP),
    # Of one account of 微信客服 among several, and perhaps given back: its customers wait, those of the others do not.
    95000: Refusal("there is no such customer service account (open_kfid)", RETRY),
    95001: Refusal("no more messages until the customer writes again", CLOSED),
    95002: Refusal("the customer has not written within 48 hours", CLOSED),
    95004: Refusal("there is no such customer service account (open_kfid)", RETRY),
    95007: Refusal("the token of the callback has expired", RETRY),
    95011: Refusal("customer service is run in another mode: 微信客服 → API", BROKEN),
    95012: Refusal("customer service is run in another mode: 微信客服 → API", BROKEN),
    95013: Refusal("the conversation has ended", CLOSED),
    95016: Refusal("the conversation's state allows no such change", DROP),
    95017: Refusal("the API of customer service is not enabled: 微信客服 → API", BROKEN),
    95018: Refusal("the conversation's state allows no message now", CLOSED),
    301002: Refusal("the access token belongs to another application: check {prefix}_SECRET and _AGENT_ID", BROKEN),
}

_UNKNOWN = Refusal("a code that is not known here", DROP)
_RID = re.compile(r"rid: ?([0-9a-fA-F-]{8,64})")
_IP = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b")


@dataclass(frozen=True)
class Errors:
    """How one account's error codes are read."""

    prefix: str
    """The account's family of settings, such as ZHENGWU_WECHAT."""
    table: Mapping[int, Refusal]
    token: frozenset[int]
    """The codes that mean: get another access token."""

    def error(self, call: str, code: int, errmsg: str = "") -> SendError:
        """The error for a code.

        Of `errmsg` only the request id (for the platform's support) and the caller's address are kept: it may quote
        recipients.

        Args:
            call: the interface, such as /cgi-bin/message/custom/send.
        """
        meaning, action = self.table.get(code, _UNKNOWN)
        address, rid = _IP.search(errmsg), _RID.search(errmsg)
        meaning = meaning.format(prefix=self.prefix, ip=address.group() if address else "(see the log)")
        trace = f", rid {rid.group(1)}" if rid else ""
        return SendError(code, action, f"{call}: {meaning} (errcode {code}{trace})")


def wechat_errors(channel: str) -> Errors:
    """Of an official account (`wechat`) or a mini-program (`miniprogram`)."""
    return Errors(f"ZHENGWU_{channel.upper()}", WECHAT, frozenset({40001, 40014, 42001}))


def wecom_errors() -> Errors:
    """Of a WeCom application or 微信客服; there 40001 means the secret."""
    return Errors("ZHENGWU_WECOM", WECOM, frozenset({40014, 42001}))
