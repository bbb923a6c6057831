"""The sites that may embed the chat: ZHENGWU_WIDGET_ORIGINS, as a browser's policy and as a pattern for scripts.

An entry is what `location.origin` is on that site, `https://www.example.gov.cn` or with `:port`, or a wildcard for all
subdomains, `https://*.example.gov.cn`. See https://www.w3.org/TR/CSP3/#match-hosts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from foundation.errors import ConfigError

ORIGIN = re.compile(
    r"(?P<scheme>https?)://(?P<any>\*\.)?(?P<host>[^\s/:?#@\[\]*]+)(?::(?P<port>\d{1,5}))?", re.IGNORECASE
)
LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
USUAL_PORT = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Origins:
    """`sources` are origins as Content-Security-Policy writes them; none means that nobody may embed."""

    sources: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sources)

    @property
    def ancestors(self) -> str:
        """The value of the directive frame-ancestors."""
        return " ".join(self.sources) or "'none'"

    @property
    def pattern(self) -> str:
        """A regular expression, for Python and JavaScript alike, that an allowed page's `location.origin` matches."""
        return f"^(?:{'|'.join(map(_escaped, self.sources))})$" if self.sources else "^(?!)"


def read_origins(setting: str) -> Origins:
    """The origins in the setting, separated by blanks or commas, each once.

    Raises:
        ConfigError: one of them is malformed.
    """
    return Origins(tuple(dict.fromkeys(_origin(word) for word in re.split(r"[\s,，]+", setting) if word)))


def _origin(word: str) -> str:
    found = ORIGIN.fullmatch(word)
    host = _ascii(found["host"]) if found else None
    # A wildcard below one label alone, as https://*.cn, would let half the world in.
    if found is None or host is None or (found["any"] and "." not in host):
        raise _malformed(word)
    scheme, port = found["scheme"].lower(), int(found["port"] or 0)
    if found["port"] and not 1 <= port <= 65535:
        raise _malformed(word)
    return f"{scheme}://{found['any'] or ''}{host}{f':{port}' if port and port != USUAL_PORT[scheme] else ''}"


def _ascii(host: str) -> str | None:
    """The host as browsers write it; Chinese domain names have a form in ASCII."""
    try:
        name = host.encode("idna").decode().lower()
    except UnicodeError:
        return None
    return name if all(LABEL.fullmatch(label) for label in name.split(".")) else None


def _malformed(word: str) -> ConfigError:
    return ConfigError(
        f"ZHENGWU_WIDGET_ORIGINS: {word!r} is not the origin of a site. Write scheme, host and perhaps port, without a "
        "path or a final slash: https://www.example.gov.cn, http://10.1.2.3:8080, https://*.example.gov.cn"
    )


def _escaped(source: str) -> str:
    # Not re.escape: it escapes characters that JavaScript's regular expressions do not let be escaped.
    return source.replace(".", r"\.").replace(r"*\.", r"(?:[a-z0-9-]+\.)+")
