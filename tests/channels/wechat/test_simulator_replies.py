"""What is shown of an answer to a callback, and where WeChat shows its fault instead."""

from __future__ import annotations

import pytest
from simulator_helpers import AES_KEY, APP_ID, TOKEN, passive, settings

from channels.wechat import xml
from channels.wechat.crypto import Envelope
from channels.wechat.signature import sign
from channels.wechat.simulator.accounts import Account, Mode, accounts
from channels.wechat.simulator.media import Media, picture
from channels.wechat.simulator.replies import TRANSFER, Verdict, read
from foundation.clock import FixedClock

FIELDS = {"ToUserName": "gh_5a1b2c3d4e5f", "FromUserName": "oA"}


def account(channel: str = "wechat", mode: Mode = "plain") -> Account:
    found = accounts(settings())[channel]
    found.mode = mode
    return found


def verdict(body: str | bytes, channel: str = "wechat", mode: Mode = "plain") -> Verdict:
    raw = body.encode() if isinstance(body, str) else body
    from tests.conftest import NOW

    return read(account(channel, mode), "oA", raw, Media(FixedClock(NOW)))


def sealed(message: str, app_id: str = APP_ID, token: str = TOKEN) -> str:
    encrypted = Envelope(AES_KEY, app_id).encrypt(message)
    signature = sign(token, "1700000000", "123", encrypted)
    return xml.build({"Encrypt": encrypted, "MsgSignature": signature, "TimeStamp": 1700000000, "Nonce": "123"})


@pytest.mark.parametrize("body", ["", "success"])
@pytest.mark.parametrize("channel", ["wechat", "miniprogram", "wecom", "wecom-kf"])
def test_acknowledged(body: str, channel: str) -> None:
    assert verdict(body, channel, "safe") == Verdict("acknowledged")


def test_a_text_is_shown() -> None:
    found = verdict(passive(FIELDS, "请带\n身份证"))
    assert found.outcome == "message" and found.shown is not None
    assert (found.shown.kind, found.shown.text) == ("text", "请带\n身份证")


@pytest.mark.parametrize(
    "body",
    [
        '{"errcode":0}',
        "Success",
        "success\n",
        " " + passive(FIELDS, "好"),
        passive(FIELDS, "好") + "\n",
        '<?xml version="1.0"?>' + passive(FIELDS, "好"),
        passive(FIELDS, "好").replace("</xml>", ""),
        passive(FIELDS, ""),
        passive(FIELDS, " \n"),
        passive(FIELDS, "字" * 683),
        passive(FIELDS, "好", ToUserName="oB"),
        passive(FIELDS, "好", FromUserName=APP_ID),
        passive(FIELDS, "好", CreateTime="now"),
        passive(FIELDS, "好", MsgType="nonsense"),
        passive(FIELDS, "好]]></Content><MsgType><![CDATA[image]]></MsgType><Content><![CDATA["),
        passive(FIELDS, "a\x08b"),
        '<xml><!DOCTYPE x [<!ENTITY a "b">]><MsgType>text</MsgType></xml>',
        b"<xml>\xff</xml>",
        "<html>502</html>",
    ],
)
def test_faults(body: str | bytes) -> None:
    found = verdict(body)
    assert found.outcome == "fault" and found.why and found.shown is None


def test_encryption_must_be_what_the_mode_wants() -> None:
    plain = passive(FIELDS, "好")
    for mode, answers in {"plain": (True, False), "compatible": (True, True), "safe": (False, True)}.items():
        said = [verdict(body, mode=mode).outcome == "message" for body in (plain, sealed(plain))]  # type: ignore[arg-type]
        assert tuple(said) == answers, mode
    assert verdict(sealed(plain, app_id="wxother"), mode="safe").outcome == "fault"
    assert verdict(sealed(plain, token="other"), mode="safe").outcome == "fault"
    assert verdict(sealed("{}"), mode="safe").outcome == "fault"


def test_pictures_and_articles() -> None:
    from tests.conftest import NOW

    media = Media(FixedClock(NOW))
    media_id = media.put("image", picture())
    common = {"ToUserName": "oA", "FromUserName": FIELDS["ToUserName"], "CreateTime": 1}
    image = xml.build({**common, "MsgType": "image", "Image": {"MediaId": media_id}})
    shown = read(account(), "oA", image.encode(), media).shown
    assert shown is not None and shown.media_id == media_id
    assert verdict(image).outcome == "fault", "the file is unknown there"
    articles = {"ArticleCount": 1, "Articles": {"item": {"Title": "题", "Url": "http://example.org"}}}
    assert verdict(xml.build({**common, "MsgType": "news", **articles})).outcome == "message"
    assert verdict(xml.build({**common, "MsgType": "news", **articles, "ArticleCount": 2})).outcome == "fault"


def test_a_mini_program_may_only_hand_over() -> None:
    transfer = passive(FIELDS, "", MsgType=TRANSFER)
    assert verdict(transfer, "miniprogram").shown is not None
    assert verdict('{"MsgType": "transfer_customer_service"}', "miniprogram").shown is not None
    assert verdict(passive(FIELDS, "好"), "miniprogram").outcome == "fault"
    assert verdict("{}", "miniprogram").outcome == "fault"
    assert verdict("[1]", "miniprogram").outcome == "fault"
    assert verdict(passive(FIELDS, "好"), "wecom-kf").outcome == "fault"


def test_wecom_knows_its_members_in_small_letters_too() -> None:
    fields = {"ToUserName": "ww5fad812f8e6fb9ba", "FromUserName": "oa"}
    assert verdict(sealed(passive(fields, "好"), app_id="ww5fad812f8e6fb9ba"), "wecom", "safe").outcome == "message"
    assert verdict(passive({**FIELDS, "FromUserName": "oa"}, "好")).outcome == "fault"
