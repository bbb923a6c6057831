"""A portal of quite another kind, to be served by a mapping file alone (other_portal.yml).

Forms instead of JSON; HTTP 200 whatever happens, and a `retCode` in the body; Chinese names; states in two numbers;
times such as 20261126093000; HMAC-SM3 in a parameter. Nothing here is shared with what it tests.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

KEY, SECRET = "zhengwu-bot", "一个测试用的密钥"
PERSON, TAIL = "citizen-token-0001", "456X"
CHINA = timezone(timedelta(hours=8))
COMMON = {
    "事项": "往来港澳通行证及签注",
    "事项编码": "11990100MB1X000000144011200",
    "受理单位": "示例省公安厅",
    "咨询电话": "0000-8800102",
    "申请时间": "20261120091200",
    "受理时间": "20261120153000",
    "法定时限": "60个自然日",
    "承诺时限": "7 工作日",
    "说明": "-",
}
RECORDS: dict[str, dict[str, Any]] = {
    "GA-01": {"环节": "10", "结果": "", "环节名称": "待预审", "受理时间": "", "承诺时限": ""},
    "GA-02": {
        "环节": "20",
        "结果": "",
        "环节名称": "补齐补正",
        "受理时间": None,
        "补正截止": "20261203",
        "补正清单": [{"材料": "近期照片", "要求": "白底"}, {"材料": "户口簿", "要求": "-"}],
    },
    "GA-03": {"环节": "30", "结果": "0", "环节名称": "收件受理", "预计办结": "20261201"},
    "GA-04": {
        "环节": "30",
        "结果": "9",
        "环节名称": "不予受理",
        "受理时间": "",
        "办结时间": "20261121100000",
        "理由": "不属于本机关职权范围",
    },
    "GA-05": {"环节": "40", "结果": "", "环节名称": "审核"},
    "GA-06": {"环节": "41", "结果": "", "环节名称": "中止计时", "特别程序": "专家评审", "特别程序开始": "20261123"},
    "GA-07": {"环节": "50", "结果": "1", "环节名称": "办结", "办结时间": "20261125160000", "结果说明": "准予签注"},
    "GA-08": {
        "环节": "50",
        "结果": "2",
        "环节名称": "办结",
        "办结时间": "20261125160000",
        "理由": "不符合签注条件",
        "救济途径": "六十日内申请行政复议",
    },
    "GA-09": {"环节": "60", "结果": "1", "环节名称": "制证", "办结时间": "20261125160000"},
    "GA-10": {"环节": "61", "结果": "1", "环节名称": "待领证", "取件": {"方式": "0", "地点": "出入境接待大厅"}},
    "GA-11": {
        "环节": "62",
        "结果": "1",
        "环节名称": "邮寄",
        "取件": {"方式": "1", "快递公司": "示例速递", "运单号": "SL9"},
    },
    "GA-12": {"环节": "70", "结果": "1", "环节名称": "归档"},
    "GA-13": {"环节": "80", "结果": "", "环节名称": "申请人撤件"},
    "GA-14": {"环节": "81", "结果": "", "环节名称": "退件", "理由": "逾期未补正"},
    "GA-15": {"环节": "99", "结果": "7", "环节名称": "跨省协查"},
}
BUSINESS = "QY-01"
RECORDS[BUSINESS] = {"环节": "40", "结果": "", "环节名称": "审核", "事项": "公司变更登记"}
COURSE = [
    {"办理时间": "20261120153000", "办理情况": "已受理"},
    {"办理时间": "20261120091200", "办理情况": "已提交"},
]
"""The latest first."""


@dataclass
class OtherPortal:
    """What it is asked and how it answers; `refuse` makes the next answer that code."""

    address: str = ""
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path, parameters."""
    sent: dict[str, str] = field(default_factory=dict)
    """Number → the code that was sent last."""
    refuse: tuple[str, dict[str, Any]] | None = None
    clock_ahead: timedelta = timedelta(0)
    _nonces: set[str] = field(default_factory=set)
    _requests: dict[str, tuple[str, str]] = field(default_factory=dict)

    def answer(self, method: str, path: str, params: dict[str, str]) -> dict[str, Any]:
        self.asked.append((method, path, dict(params)))
        refused, self.refuse = self.refuse, None
        code, data = refused or self._checked(method, path, params) or self._found(path, params)
        return {"retCode": code, "retMsg": "成功" if code == "S000" else "失败", "data": data}

    def _checked(self, method: str, path: str, params: dict[str, str]) -> tuple[str, Any] | None:
        signature = params.pop("签名", "")
        text = f"{method}|{path}|" + "&".join(f"{name}={params[name]}" for name in sorted(params))
        right = base64.b64encode(hmac.new(SECRET.encode(), text.encode(), "sm3").digest()).decode()
        if params.get("应用") != KEY or not hmac.compare_digest(signature, right):
            return "A001", None
        then = datetime.strptime(params["时间"], "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
        if abs(datetime.now(CHINA) + self.clock_ahead - then) > timedelta(minutes=5):
            return "A002", None
        if params["随机串"] in self._nonces:
            return "A001", None
        self._nonces.add(params["随机串"])
        return None

    def _found(self, path: str, params: dict[str, str]) -> tuple[str, Any]:
        number = params.get("办件号", "")
        if path == "/api/gate/bjxx.action":
            return self._opened(number, params)
        if path == "/api/gate/dxyzm.action":
            request = secrets.token_hex(8)
            self._requests[request] = (number, f"{secrets.randbelow(10**6):06}")
            if number in RECORDS:
                self.sent[number] = self._requests[request][1]
            return "S000", {"流水": request, "有效分钟": "5"}
        if path == "/api/gate/gzbj.action":
            number = params.get("关注码", "").removeprefix("gz-" + "0" * 16 + "-")
            return ("S000", {"办件": told(number)}) if number in RECORDS else ("E403", None)
        if path == "/api/gate/wdbj.action":
            if params.get("令牌") != PERSON:
                return "E403", None
            names = ("办件号", "事项", "环节", "结果", "环节名称", "申请时间")
            mine = [{name: told(number)[name] for name in names} for number in ("GA-05", "GA-08", "GA-15")]
            return "S000", {"列表": mine, "总数": len(mine)}
        return ("S000", None) if path == "/api/gate/xt.action" else ("E400", None)

    def _opened(self, number: str, params: dict[str, str]) -> tuple[str, Any]:
        record = RECORDS.get(number)
        if params["方式"] == "验证码":
            asked, code = self._requests.get(params["流水"], ("", ""))
            if not asked:
                return "E410", None
            if asked != number or params["凭证"] != code:
                return "E405", None
            del self._requests[params["流水"]]
        elif params["方式"] == "登录":
            if params["令牌"] != PERSON:
                return "E403", None
        elif record is not None and (number == BUSINESS or params["凭证"] != TAIL):
            return "E405", None
        return ("E404", None) if record is None else ("S000", {"办件": told(number)})


def told(number: str) -> dict[str, Any]:
    return {**COMMON, "办件号": number, "过程": COURSE, "关注码": f"gz-{'0' * 16}-{number}", **RECORDS[number]}


@contextmanager
def other_portal() -> Iterator[OtherPortal]:
    """Serve it on any free port of this machine."""
    portal = OtherPortal()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            self._reply(portal.answer("GET", url.path, dict(parse_qsl(url.query, keep_blank_values=True))))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            assert self.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
            self._reply(portal.answer("POST", self.path, dict(parse_qsl(body, keep_blank_values=True))))

        def _reply(self, answer: dict[str, Any]) -> None:
            body = json.dumps(answer, ensure_ascii=False).encode("gb18030")
            self.send_response(200)
            self.send_header("Content-Type", "application/json;charset=GB18030")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string((datetime.now(CHINA) + portal.clock_ahead).timestamp())

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    portal.address = f"http://127.0.0.1:{server.server_address[1]}/api"
    try:
        yield portal
    finally:
        server.shutdown()
        server.server_close()
