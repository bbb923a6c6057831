"""Does the address that WeChat or WeCom calls lead to our gateway? Asked from here, as the platform asks when it is
registered there; a firewall may still treat the platform otherwise, and lead nobody from inside to our public name."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from secrets import randbelow, token_hex
from urllib.parse import urlsplit

import requests

from bot.doctor.finding import Doubtful, Sick
from bot.doctor.outside import SECONDS
from channels.wechat import account as wechat_account
from channels.wechat.account import Account
from channels.wechat.crypto import Envelope
from channels.wechat.signature import sign
from channels.wecom import account as wecom_account
from foundation.settings import Settings

PORTS = {"http": 80, "https": 443}
"""The only ones that WeChat calls."""
ACCOUNTS: dict[str, Callable[[Settings], Account | None]] = {
    "wechat": lambda settings: wechat_account.of_settings(settings, wechat_account.WECHAT),
    "miniprogram": lambda settings: wechat_account.of_settings(settings, wechat_account.MINIPROGRAM),
    "wecom": wecom_account.of_settings,
}
CERTIFICATE = "give the web server the certificate for this name with its intermediate ones (fullchain), and renew it"
UPSTREAM = "start the gateways, and compare the `upstream` of deploy/nginx/zhengwu.conf with their ports"
INSIDE = (
    "look from outside, on a phone's mobile network: if {} answers HTTP 403 there, all is well, as many networks do "
    "not lead their own public address back to themselves; if nothing answers, start the web server, and open the port "
    "in the firewall"
)
ELSEWHERE = "have the name and the web server's /webhooks/ lead to the gateways: deploy/nginx/zhengwu.conf"


def callback(settings: Settings) -> str:
    found = {channel: account for channel, of in ACCOUNTS.items() if (account := of(settings)) is not None}
    if not found:
        return "no platform is to call"
    if not settings.public_url:
        raise Doubtful(
            f"whether {', '.join(found)} reach this installation is not known",
            "the address before /webhooks/ that was registered at the platform, in ZHENGWU_PUBLIC_URL",
        )
    for channel, account in found.items():
        _ask(f"{settings.public_url.rstrip('/')}/webhooks/{channel}/webhook", channel, account)
    return f"{urlsplit(settings.public_url).netloc.rpartition('@')[2]} leads {', '.join(found)} to our gateway"


def handshake(account: Account, corporate: bool) -> tuple[dict[str, str], str]:
    """The arguments by which a platform verifies an address, and what it then wants to read."""
    timestamp, nonce, echo = str(int(time.time())), token_hex(5), str(10**18 + randbelow(9 * 10**18))
    common = {"timestamp": timestamp, "nonce": nonce}
    if not corporate:
        return {**common, "signature": sign(account.token, timestamp, nonce), "echostr": echo}, echo
    sealed = Envelope(account.aes_key or "", account.app_id).encrypt(echo)
    return {**common, "msg_signature": sign(account.token, timestamp, nonce, sealed), "echostr": sealed}, echo


def _ask(address: str, channel: str, account: Account) -> None:
    arguments, echo = handshake(account, channel == wecom_account.APP)
    parts = urlsplit(address)
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
    with requests.Session() as session:
        session.trust_env = False
        verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        try:
            said = session.get(address, params=arguments, timeout=SECONDS, allow_redirects=False, verify=verify)
        except requests.RequestException as error:
            raise _unreached(shown, error) from None
    if said.status_code == 200 and said.text == echo:
        if channel != wecom_account.APP and (parts.port or PORTS[parts.scheme]) != PORTS[parts.scheme]:
            raise Doubtful(
                f"{shown} leads to our gateway, but WeChat calls no other ports than 80 and 443",
                "listen there, and take the port out of ZHENGWU_PUBLIC_URL",
            )
        return
    raise _misled(shown, said, account)


def _unreached(shown: str, error: requests.RequestException) -> Sick:
    """Its own text quotes the signed address and is not repeated."""
    if isinstance(
        error, requests.exceptions.InvalidURL | requests.exceptions.MissingSchema | requests.exceptions.InvalidSchema
    ):
        return Sick("ZHENGWU_PUBLIC_URL is no address", "write one such as https://wen.example.gov.cn")
    if isinstance(error, requests.exceptions.SSLError):
        text = str(error)
        if "CERTIFICATE_VERIFY_FAILED" not in text:
            return Sick(f"{shown}: what answers there speaks no TLS", "listen with `ssl` in nginx, or write http://")
        why = next((why for sign, why in REASONS.items() if sign in text), "is not trusted")
        return Sick(f"{shown}: the certificate {why}", CERTIFICATE)
    if isinstance(error, requests.Timeout):
        return Sick(f"{shown}: no answer within {SECONDS:g} s to this machine", INSIDE.format(shown))
    if "Name or service not known" in str(error) or "name resolution" in str(error):
        return Sick(
            f"{shown}: nobody knows this name", "correct ZHENGWU_PUBLIC_URL, or have the name entered in the DNS"
        )
    return Sick(f"{shown}: nobody listens there, as this machine sees it", INSIDE.format(shown))


REASONS = {
    "certificate has expired": "has expired",
    "Hostname mismatch": "is for another name",
    "IP address mismatch": "is for another name",
    "self-signed": "is not one of a known authority",
    "self signed": "is not one of a known authority",
    "unable to get local issuer": "is not one of a known authority, or its intermediate certificates are missing",
}


def _misled(shown: str, said: requests.Response, account: Account) -> Sick:
    """Somebody answered, and not as our gateway with these settings does."""
    status, server = said.status_code, said.headers.get("Server", "")
    if status in (301, 302, 303, 307, 308):
        to = urlsplit(said.headers.get("Location", ""))
        return Sick(
            f"{shown} redirects to {to.scheme}://{to.netloc}{to.path}, and platforms do not follow (HTTP {status})",
            "write the final address into ZHENGWU_PUBLIC_URL, and register it at the platform",
        )
    if status in (502, 503, 504):
        return Sick(f"{shown}: the web server there reaches no gateway (HTTP {status})", UPSTREAM)
    if status == 404 and _is_json(said):
        cure = f"restart the gateways: they were started before the account of {account.channel} was in .env"
        return Sick(f"{shown}: the gateway has no such channel (HTTP 404)", cure)
    if status == 404:
        return Sick(f"{shown}: {server or 'a web server'} there knows no such page (HTTP 404)", ELSEWHERE)
    if status == 403 and not said.content:  # a web server's own has a page
        return Sick(
            f"{shown}: the gateway refuses the signature (HTTP 403): it runs with another token, key or clock",
            "restart the gateways after a change of .env, which is the same on all machines; see the line clock",
        )
    if status == 403:
        return Sick(
            f"{shown} is closed by {server or 'a web server'} (HTTP 403)", "open /webhooks/ of this channel there"
        )
    if status == 200:
        return Sick(f"{shown}: something else answers there, not our gateway", ELSEWHERE)
    return Sick(f"{shown} answers HTTP {status}", ELSEWHERE)


def _is_json(said: requests.Response) -> bool:
    return said.headers.get("Content-Type", "").startswith("application/json")
