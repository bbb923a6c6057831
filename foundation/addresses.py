"""Addresses on the web: which mean this machine, and which an office's data may be sent to."""

from __future__ import annotations

from urllib.parse import urlsplit

from foundation.errors import ConfigError

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
"""Names that nobody reaches from another machine."""


def require_address(setting: str, url: str, example: str, production: bool) -> None:
    """Raise ConfigError unless the services may send to an address.

    Args:
        setting: whose value it is, for the message.
        example: what an address for it looks like.
        production: whether it must be encrypted on its way; to this machine it need not be.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.fragment:
        raise ConfigError(f"{setting} must be an address such as {example}")
    if parts.scheme == "http" and production and parts.hostname not in LOOPBACK:
        raise ConfigError(f"{setting} must begin with https:// in production: citizens' words go there")
