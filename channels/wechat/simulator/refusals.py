"""How the platform says no: HTTP 200 with an error code.

Codes: 全局返回码 of developers.weixin.qq.com; for WeCom document/path/90313 of developer.work.weixin.qq.com.
"""

from __future__ import annotations

from uuid import uuid4

SAID = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40006: "invalid media size",
    40007: "invalid media_id",
    40008: "invalid message type",
    40013: "invalid appid",
    40014: "invalid access_token",
    40016: "invalid button size",
    40017: "invalid button type",
    40018: "invalid button name size",
    40019: "invalid button key size",
    40020: "invalid button url size",
    40023: "invalid sub button size",
    40025: "invalid sub button name size",
    40033: "invalid charset, please check your request, if include \\uxxxx will create fail",
    40035: "invalid parameter",
    40037: "invalid template_id",
    40056: "invalid agentid",
    40058: "invalid Request Parameter",
    40125: "invalid appsecret",
    40200: "invalid account type for this message",
    41001: "access_token missing",
    41005: "media data missing",
    42001: "access_token expired",
    40066: "invalid url",
    43001: "require GET method",
    43002: "require POST method",
    43004: "require subscribe",
    43101: "user refuse to accept the msg",
    44004: "empty content",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45011: "api minute-quota reach limit, must slower retry next minute",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45072: "command must be Typing or CancelTyping",
    45080: "there was no interaction within the last 30 seconds",
    45081: "already in typing status",
    46003: "menu no exist",
    47001: "data format error",
    47003: "argument invalid",
    48006: "forbid to clear quota because of reaching the limit",
    48001: "api unauthorized",
    81013: "user & party & tag all invalid",
    95000: "invalid open_kfid",
    95007: "invalid msgtoken",
    95018: "send msg session status invalid",
    301002: "not allow operate another agent with this accesstoken",
}


class Refusal(Exception):
    """The platform refuses a call with `code`."""

    def __init__(self, code: int, hint: str = "") -> None:
        super().__init__(code, hint)
        self.code, self.hint = code, hint

    def body(self) -> dict[str, object]:
        """The JSON answer; ends with a request id as the real one does."""
        said = SAID.get(self.code, "error")
        return {"errcode": self.code, "errmsg": f"{said}{f', {self.hint}' if self.hint else ''} rid: {uuid4()}"}
