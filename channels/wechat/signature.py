"""The signatures of WeChat's and WeCom's callbacks.

Protocol: https://developers.weixin.qq.com/doc/offiaccount/Basic_Information/Access_Overview.html
"""

from __future__ import annotations

import hashlib
import hmac


def sign(*parts: str) -> str:
    """The hexadecimal SHA-1 of the parts, sorted byte by byte and joined.

    `signature` is made of token, timestamp and nonce; `msg_signature` also of the encrypted text.
    """
    return hashlib.sha1(b"".join(sorted(part.encode("utf-8", "replace") for part in parts))).hexdigest()


def matches(given: str, *parts: str) -> bool:
    """Whether `given` is the signature of the parts; takes as long for any wrong one."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), sign(*parts).encode())
