from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import wechatpy
import wechatpy.events
import wechatpy.messages
from hypothesis import given, settings
from hypothesis import strategies as st
from wechat_vectors import vector

from channels.wechat import incoming
from channels.wechat.forms import Form, read, write
from channels.wechat.incoming import Event, Incoming, Location, Text, Unknown
from channels.wechat.parsing import parse
from foundation.errors import DecodeError

LINES = Path(__file__).with_name("samples.txt").read_text(encoding="utf-8").splitlines()
SAMPLES = [line.replace("␤", "\n") for line in LINES]
"""One body a line, its line breaks as ␤: every kind that wechatpy knows, and some that it does not."""

SAME = {
    "TextMessage": ("Text", {"content": "content"}),
    "ImageMessage": ("Image", {"image": "url", "media_id": "media_id"}),
    "VoiceMessage": ("Voice", {"media_id": "media_id", "format": "format", "recognition": "recognition"}),
    "VideoMessage": ("Video", {"media_id": "media_id", "thumb_media_id": "thumb_media_id"}),
    "ShortVideoMessage": ("Video", {"media_id": "media_id", "thumb_media_id": "thumb_media_id"}),
    "LocationMessage": (
        "Location", {"location_x": "latitude", "location_y": "longitude", "scale": "scale", "label": "label"},
    ),
    "LinkMessage": ("Link", {"title": "title", "description": "description", "url": "url"}),
    "MiniProgramPageMessage": (
        "MiniProgramPage",
        {"title": "title", "app_id": "app_id", "page_path": "page_path", "thumb_url": "thumb_url",
         "thumb_media_id": "thumb_media_id"},
    ),
    "SubscribeEvent": ("Subscribe", {"key": "event_key"}),
    "SubscribeScanEvent": ("Subscribe", {"scene_id": "scene", "ticket": "ticket"}),
    "SubscribeScanProductEvent": ("Subscribe", {"event_key": "event_key"}),
    "UnsubscribeEvent": ("Unsubscribe", {}),
    "ScanEvent": ("Scan", {"scene_id": "scene", "ticket": "ticket"}),
    "LocationEvent": ("Position", {"latitude": "latitude", "longitude": "longitude", "precision": "precision"}),
    "ClickEvent": ("Click", {"key": "event_key"}),
    "ViewEvent": ("View", {"url": "event_key"}),
    "ViewMiniProgramEvent": ("View", {"page_path": "event_key", "menu_id": "menu_id"}),
    "ScanCodePushEvent": (
        "ScanCode", {"key": "event_key", "scan_type": "scan_type", "scan_result": "scan_result"},
    ),
    "ScanCodeWaitMsgEvent": (
        "ScanCode", {"key": "event_key", "scan_type": "scan_type", "scan_result": "scan_result"},
    ),
    "PicSysPhotoEvent": ("Pictures", {"key": "event_key", "count": "count"}),
    "PicPhotoOrAlbumEvent": ("Pictures", {"key": "event_key", "count": "count"}),
    "PicWeChatEvent": ("Pictures", {"key": "event_key", "count": "count"}),
    "LocationSelectEvent": (
        "PlaceChosen",
        {"location_x": "latitude", "location_y": "longitude", "scale": "scale", "label": "label", "poiname": "poi"},
    ),
    "TemplateSendJobFinishEvent": ("Finished", {"id": "job_id", "status": "status"}),
    "MassSendJobFinishEvent": ("Finished", {"id": "job_id", "status": "status"}),
    "KfCreateSessionEvent": ("Service", {"account": "account"}),
    "KfCloseSessionEvent": ("Service", {"account": "account"}),
    "KfSwitchSessionEvent": ("Service", {"from_account": "account", "to_account": "to_account"}),
    "SubscribeMsgPopupEvent": ("Notices", {}),
    "SubscribeMsgChangeEvent": ("Notices", {}),
    "SubscribeMsgSentEvent": ("Notices", {}),
    "UserEnterTempSessionEvent": ("EnterSession", {"session_from": "session_from"}),
}  # fmt: skip
"""wechatpy's class → our class, and its attributes → ours."""


def parsed(body: str | bytes) -> Incoming:
    return parse(read(body)[0])


def equal(theirs: Any, ours: Any) -> bool:
    if isinstance(ours, float):
        return float(theirs) == ours
    return str("" if theirs is None else theirs).strip() == str(ours).strip()


def test_b1_there_are_enough_samples_and_each_class_of_wechatpy_is_among_them() -> None:
    kinds = {type(wechatpy.parse_message(sample)) for sample in SAMPLES}
    known = set(wechatpy.messages.MESSAGE_TYPES.values()) | set(wechatpy.events.EVENT_TYPES.values())
    assert len(SAMPLES) >= 69 and len(set(SAMPLES)) == len(SAMPLES)
    assert not known - kinds


@pytest.mark.parametrize("sample", SAMPLES, ids=range(len(LINES)))
def test_b1_the_same_as_wechatpy(sample: str) -> None:
    theirs, ours = wechatpy.parse_message(sample), parsed(sample)
    assert (ours.sender, ours.to) == (theirs.source, theirs.target)
    assert int(ours.created) == theirs.time
    if not isinstance(ours, Event) and not sample.count("device_"):
        assert ours.key == str(theirs.id)

    name, attributes = SAME.get(type(theirs).__name__, (None, {}))
    if name is not None:
        assert type(ours).__name__ == name
        for their, our in attributes.items():
            assert equal(getattr(theirs, their), getattr(ours, our)), (their, our)
    else:
        assert type(ours) in (Event, Unknown)

    scanned = type(theirs).__name__.startswith("SubscribeScan")
    for attribute, field in type(theirs)._fields.items():
        if attribute in ("id", "create_time") or (scanned and field.name == "EventKey"):
            continue
        raw = theirs._data.get(field.name)
        if raw is not None and not isinstance(raw, (dict, list)):
            assert equal(raw, ours.fields[field.name]), field.name
        elif raw is not None:
            assert json.loads(json.dumps(raw)) == plain(ours.fields[field.name]), field.name


def plain(value: Any) -> Any:
    """As xmltodict has it: None for an empty element, no margins."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.strip() or None


def test_b1_lists_in_events() -> None:
    notices = [value for value in map(parsed, SAMPLES) if isinstance(value, incoming.Notices)]
    assert [len(notice.entries) for notice in notices] == [2, 1, 1]
    assert notices[0].entries[1]["SubscribeStatusString"] == "reject"
    pictures = [value for value in map(parsed, SAMPLES) if isinstance(value, incoming.Pictures)]
    assert [len(value.md5s) for value in pictures] == [1, 1, 1, 2]


def test_b2_a_control_character_in_a_text() -> None:
    value = parsed(vector("S3")["plaintext"])
    assert isinstance(value, Text) and value.content == " c"


def test_b3_what_is_unknown_is_a_value() -> None:
    value = parsed("<xml><FromUserName>a</FromUserName><MsgType>Hologram</MsgType></xml>")
    assert isinstance(value, Unknown) and value.type == "hologram"
    value = parsed("<xml><FromUserName>a</FromUserName><MsgType>event</MsgType></xml>")
    assert isinstance(value, Event) and value.name == ""


@pytest.mark.parametrize("body", ["<xml></xml>", "<xml><MsgType>text</MsgType></xml>", '{"FromUserName":"a"}', "{}"])
def test_nobody_said_it(body: str) -> None:
    with pytest.raises(DecodeError):
        parsed(body)


@pytest.mark.parametrize("sample", SAMPLES, ids=range(len(LINES)))
def test_b6_the_same_in_json(sample: str) -> None:
    """A mini-program's console may choose JSON: the names are the same, numbers are numbers."""

    def typed(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: typed(inner) for name, inner in value.items()}
        if isinstance(value, list):
            return [typed(inner) for inner in value]
        return int(value) if value.isdigit() and str(int(value)) == value else value

    fields, form = read(sample)
    assert form is Form.XML
    body = json.dumps(typed(fields), ensure_ascii=False)
    assert read(body.encode()) == (fields, Form.JSON)
    assert parsed(body) == parsed(sample)


def test_b6_json_as_the_official_page_has_it() -> None:
    value = parsed(vector("O3")["plaintext"])
    assert isinstance(value, Event) and value.name == "debug_demo" and value.sender == "o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
    head = '{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1,"MsgType":"text",'
    body = head + '"Content":"a\\u001db","MsgId":9007199254740993}'
    value = parsed(body)
    assert isinstance(value, Text) and (value.content, value.key) == ("ab", "9007199254740993")


@pytest.mark.parametrize(
    "body", ["{", "{]", "[]", "{" * 5000, '{"a":' * 3000 + "1" + "}" * 3000, '{"a":1}x', "\ufeff{}"]
)
def test_b6_what_is_no_json(body: str) -> None:
    with pytest.raises(DecodeError):
        read(body)


def test_writing_in_the_form_of_the_question() -> None:
    assert write({"Encrypt": "政", "TimeStamp": 1}, Form.JSON) == '{"Encrypt": "政", "TimeStamp": 1}'
    assert write({"A": "政"}, Form.XML) == "<xml><A><![CDATA[政]]></A></xml>"


@pytest.mark.parametrize(
    ("x", "y", "latitude", "longitude"),
    [("31.5", "120.5", 31.5, 120.5), ("", "x", None, None), ("nan", "inf", None, None), ("91", "-181", None, None),
     ("1e999", "-180", None, -180.0)],
)  # fmt: skip
def test_degrees(x: str, y: str, latitude: float | None, longitude: float | None) -> None:
    place = {"FromUserName": "a", "MsgType": "location", "Location_X": x, "Location_Y": y}
    value = parse(place)
    assert isinstance(value, Location) and (value.latitude, value.longitude) == (latitude, longitude)


def event(**fields: Any) -> str:
    return parse({"FromUserName": "a", "MsgType": "event", "CreateTime": "1", "Event": "CLICK", **fields}).key


def test_events_have_keys_of_their_own() -> None:
    assert event() == event(Event="click") and len(event()) <= 64
    others = [event(EventKey="K"), event(CreateTime="2"), event(Event="SCAN"), event(MsgID="7")]
    assert len({event(), *others}) == 5


def test_odd_message_ids() -> None:
    def key(message_id: str) -> str:
        return parse({"FromUserName": "a", "MsgType": "text", "MsgId": message_id}).key

    assert key("2316") == "2316" and key("a-b_c") == "a-b_c"
    assert len(key("x" * 5000)) <= 64 and key("x" * 5000) != key("x" * 5001)
    assert key("号").isascii() and key("") != key("1")


names = st.sampled_from(
    ["FromUserName", "MsgType", "Event", "EventKey", "Content", "MsgId", "Location_X", "SendPicsInfo", "PicList",
     "List", "SubscribeMsgSentEvent", "ScanCodeInfo", "Count", "item", "CreateTime"]
)  # fmt: skip
values = st.recursive(
    st.text(max_size=8) | st.sampled_from(["text", "event", "pic_weixin", "subscribe_msg_sent_event", "location"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(names, values))
@settings(max_examples=200, deadline=None)
def test_any_fields_make_a_value_or_are_refused(fields: dict[str, Any]) -> None:
    try:
        value = parse(fields)
    except DecodeError:
        return
    assert value.sender and len(value.key) <= 64 and value.key.isprintable()
