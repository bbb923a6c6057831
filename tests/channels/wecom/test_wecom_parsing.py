"""WeCom's messages and events, read as wechatpy reads them where it is right; and those of 微信客服."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.work import parse_message

from channels.wechat import incoming, xml
from channels.wechat.parsing import parse
from channels.wecom import kf_incoming
from foundation.errors import DecodeError

HEAD = {"ToUserName": "ww1436e0e65a779aee", "FromUserName": "zhangsan", "CreateTime": 1348831860}
MESSAGES: dict[str, dict[str, Any]] = {
    "text": {"Content": "办身份证要带什么？"},
    "image": {"PicUrl": "https://example.cn/p.jpg", "MediaId": "media1"},
    "voice": {"MediaId": "media2", "Format": "amr"},
    "video": {"MediaId": "media3", "ThumbMediaId": "thumb3"},
    "location": {
        "Location_X": "23.134",
        "Location_Y": "113.358",
        "Scale": 20,
        "Label": "北京市海淀区",
        "AppType": "wxwork",
    },
    "link": {"Title": "标题", "Description": "描述", "Url": "https://example.cn", "PicUrl": "https://example.cn/p"},
}
EVENTS: dict[str, dict[str, Any]] = {
    "subscribe": {},
    "unsubscribe": {},
    "enter_agent": {"EventKey": ""},
    "LOCATION": {"Latitude": "23.104", "Longitude": "113.320", "Precision": "65.000"},
    "click": {"EventKey": "SERVICES"},
    "VIEW": {"EventKey": "https://example.cn"},
    "scancode_push": {"EventKey": "6", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "1"}},
    "scancode_waitmsg": {"EventKey": "6", "ScanCodeInfo": {"ScanType": "qrcode", "ScanResult": "2"}},
    "pic_weixin": {"EventKey": "6", "SendPicsInfo": {"Count": 1, "PicList": {"item": {"PicMd5Sum": "5a75"}}}},
    "pic_sysphoto": {
        "EventKey": "6", "SendPicsInfo": {"Count": 2, "PicList": {"item": [{"PicMd5Sum": "5a"}, {"PicMd5Sum": "b1"}]}},
    },
    "location_select": {
        "EventKey": "6",
        "SendLocationInfo": {"Location_X": "23", "Location_Y": "113", "Scale": "15", "Label": "广州", "Poiname": "x"},
    },
    "taskcard_click": {"EventKey": "key1", "TaskId": "task1"},
}  # fmt: skip
OURS = {
    "content": "content", "image": "url", "media_id": "media_id", "thumb_media_id": "thumb_media_id",
    "format": "format", "title": "title", "description": "description", "url": "url", "key": "event_key",
    "latitude": "latitude", "longitude": "longitude", "precision": "precision", "scan_type": "scan_type",
    "scan_result": "scan_result", "label": "label", "count": "count", "poiname": "poi",
}  # fmt: skip
"""wechatpy's name of a field → ours."""


def both(fields: dict[str, Any]) -> tuple[incoming.Incoming, Any]:
    written = xml.build({**HEAD, **fields, "AgentID": 1000002})
    return parse(xml.parse(written)), parse_message(written)


def compare(ours: incoming.Incoming, theirs: Any) -> int:
    """How many fields both know; they must be the same."""
    assert (ours.sender, ours.to, ours.created) == (theirs.source, theirs.target, str(theirs._data["CreateTime"]))
    assert ours.fields["AgentID"] == str(theirs.agent)
    known = 0
    for name, mine in OURS.items():
        if not hasattr(ours, mine) or not hasattr(theirs, name):
            continue
        assert str(getattr(ours, mine) or "") == str(getattr(theirs, name) or ""), name
        known += 1
    return known


@pytest.mark.parametrize("kind", MESSAGES)
def test_messages_as_wechatpy_reads_them(kind: str) -> None:
    ours, theirs = both({"MsgType": kind, **MESSAGES[kind], "MsgId": 1234567890123456})
    assert ours.key == "1234567890123456" == str(theirs.id)
    assert compare(ours, theirs) >= 1


@pytest.mark.parametrize("name", EVENTS)
def test_events_as_wechatpy_reads_them(name: str) -> None:
    ours, theirs = both({"MsgType": "event", "Event": name, **EVENTS[name]})
    assert isinstance(ours, incoming.Event) and ours.name == theirs.event == name.lower()
    compare(ours, theirs)


CUSTOMER = {"open_kfid": "wkA", "external_userid": "wmB", "msgid": "m1", "send_time": 1615478585, "origin": 3}


@pytest.mark.parametrize(
    ("kind", "content", "expected"),
    [
        ("text", {"content": "你好", "menu_id": "7-1"}, {"content": "你好", "menu_id": "7-1"}),
        ("image", {"media_id": "m"}, {"media_id": "m"}),
        ("voice", {"media_id": "m"}, {"media_id": "m", "format": "amr", "recognition": ""}),
        ("video", {"media_id": "m"}, {"media_id": "m"}),
        (
            "link",
            {"title": "t", "desc": "d", "url": "u", "pic_url": "p"},
            {"title": "t", "description": "d", "url": "u"},
        ),
        (
            "location",
            {"latitude": 23.1, "longitude": 113.3, "name": "广州塔", "address": "海珠区"},
            {"latitude": 23.1, "longitude": 113.3, "label": "广州塔 海珠区"},
        ),
        ("location", {"latitude": "north", "longitude": 500}, {"latitude": None, "longitude": None}),
        (
            "miniprogram",
            {"title": "t", "appid": "wx", "pagepath": "p"},
            {"title": "t", "app_id": "wx", "page_path": "p"},
        ),
        ("business_card", {"userid": "u"}, {"type": "business_card"}),
        ("text", None, {"content": ""}),
    ],
)
def test_customers_messages(kind: str, content: Any, expected: dict[str, Any]) -> None:
    found = kf_incoming.parse({**CUSTOMER, "msgtype": kind, kind: content})
    assert (found.sender, found.key, found.created) == ("wkA/wmB", "m1", "1615478585")
    assert {name: getattr(found, name) for name in expected} == expected


JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*CUSTOMER, "msgtype", "text", "location", "event"]), JSON))
def test_whatever_a_customers_message_holds(message: dict[str, Any]) -> None:
    try:
        found = kf_incoming.parse(message)
    except DecodeError:
        return
    assert found.sender.count("/") >= 1 and found.key
