"""A stand-in for the WeChat platform on this machine: official account, mini-program, WeCom and 微信客服.

It plays both sides of the platform: the interface that the assistant calls (api.weixin.qq.com, qyapi.weixin.qq.com) and
the users whose messages are posted to the assistant. Settings alone make the difference to production.
"""

from channels.wechat.simulator.server import Simulator, serve

__all__ = ["Simulator", "serve"]
