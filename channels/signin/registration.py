"""How this installation is registered with the office's identity service, from the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from pydantic import SecretStr

from foundation.addresses import LOOPBACK
from foundation.errors import ConfigError
from foundation.settings import Settings


@dataclass(frozen=True)
class Registration:
    issuer: str
    client_id: str
    public_url: str
    """Our own origin, https://chat.example.gov.cn, without a slash at its end."""
    client_secret: str | None = field(default=None, repr=False)
    """None for a public client: PKCE alone then shows that the code was ours."""

    back_path: str = "/signin/back"
    scope: str = "openid"
    prompt: str | None = "login"
    """On a computer in a hall the citizen before may still be signed in there, and nobody is to be signed in by
    following a link. None leaves it to the service."""
    setting: str = "ZHENGWU_SIGNIN"
    """What the names of its settings begin with, for an operator."""

    @property
    def back(self) -> str:
        """Where the service sends the browser afterwards; must be registered there, character for character."""
        return f"{self.public_url}{self.back_path}"

    @property
    def encrypted(self) -> bool:
        return self.public_url.startswith("https:")


def of_settings(settings: Settings) -> Registration | None:
    """None when nobody can sign in: ZHENGWU_SIGNIN_ISSUER is not set.

    Raises:
        ConfigError: a setting that belongs to it is missing or cannot be right.
    """
    if settings.signin_issuer is None:
        return None
    us = Registration(
        settings.signin_issuer,
        settings.signin_client_id or "",
        settings.public_url.rstrip("/"),
        secret_of(settings.signin_client_secret),
    )
    return checked(us, "ZHENGWU_PUBLIC_URL", "https://chat.example.gov.cn")


def checked(us: Registration, public_url: str, example: str) -> Registration:
    """The registration, if it can be right; `public_url` is the setting that names our own address.

    Raises:
        ConfigError: something is missing or cannot be right.
    """
    if not us.public_url:
        raise ConfigError(
            f"{public_url} is missing: with {us.setting}_ISSUER set, people come back to it from signing in; "
            f"write the address at which their browsers reach this service, as {example}"
        )
    if not is_safe(us.public_url) or urlsplit(us.public_url).path or urlsplit(us.public_url).query:
        raise ConfigError(f"{public_url} must be https:// and a host, perhaps with a port, without a path")
    if not is_safe(us.issuer):
        raise ConfigError(f"{us.setting}_ISSUER must be the https:// address of the identity service")
    if not us.client_id:
        raise ConfigError(f"{us.setting}_CLIENT_ID is missing: the identity service gives it when we are registered")
    return us


def secret_of(setting: SecretStr | None) -> str | None:
    return None if setting is None else setting.get_secret_value()


def is_safe(address: object) -> bool:
    """Whether it is an address to which a person's tokens may go: encrypted, or on this machine."""
    try:
        parts = urlsplit(address) if isinstance(address, str) else None
        # `port` is looked at because it raises for one that is none.
        if parts is None or not parts.hostname or parts.port == 0 or parts.username or parts.fragment:
            return False
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
