"""Rasa's output channels for WeCom, as channels.wechat.output."""

from __future__ import annotations

from channels.wechat.output import WechatOutput
from channels.wecom.account import APP, KF


class WeComOutput(WechatOutput):
    @classmethod
    def name(cls) -> str:
        return APP


class KfOutput(WechatOutput):
    @classmethod
    def name(cls) -> str:
        return KF
