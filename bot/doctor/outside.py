"""The servers that the settings make this installation depend on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from foundation.settings import Settings

SECONDS = 4.0
"""For one attempt to reach one of them."""


class Server(NamedTuple):
    setting: str
    address: str
    """With scheme; may hold a path, and is shown without what stands before an @."""

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""

    @property
    def port(self) -> int:
        parts = urlsplit(self.address)
        return parts.port or (80 if parts.scheme == "http" else 443)


def servers(settings: Settings) -> Iterator[Server]:
    """Those on other machines that are asked over HTTP."""
    asked = {
        "ZHENGWU_PORTAL_URL": settings.portal_url if settings.has_portal and not settings.portal_is_sandbox else None,
        "ZHENGWU_WECHAT_API_BASE": settings.wechat_app_id and settings.wechat_api_base,
        "ZHENGWU_MINIPROGRAM_API_BASE": settings.miniprogram_app_id and settings.miniprogram_api_base,
        "ZHENGWU_WECOM_API_BASE": settings.wecom_corp_id and settings.wecom_api_base,
        "ZHENGWU_SIGNIN_ISSUER": settings.signin_issuer,
        "ZHENGWU_STAFF_OIDC_ISSUER": settings.staff_oidc_issuer,
        "ZHENGWU_CASES_WEBHOOK_URL": settings.cases_webhook_url,
        "ZHENGWU_ALERT_WEBHOOK_URL": settings.alert_webhook_url,
        "ZHENGWU_ALERT_WECOM_URL": settings.alert_wecom_url and settings.alert_wecom_url.get_secret_value(),
    }
    for setting, address in asked.items():
        if address and (server := Server(setting, address)).host:
            yield server
