"""What only those may see who have to: a citizen's contact, and what the tokens in a case stand for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.engine import Connection

from foundation.cipher import Cipher
from foundation.errors import VaultError
from foundation.masking import PROOFS
from foundation.vault import Vault

TOKEN = re.compile("⟦([a-z]+):[0-9a-f]{4,16}⟧")


@dataclass(frozen=True)
class Private:
    contact: str | None = field(default=None, repr=False)
    """A telephone number or an e-mail address."""
    values: dict[str, str] = field(default_factory=dict, repr=False)
    """Token → what it stands for."""

    def fill(self, text: str) -> str:
        """A masked text, with everything in it that is known."""
        return TOKEN.sub(lambda token: self.values.get(token[0], token[0]), text)

    def seal(self, cipher: Cipher, number: str) -> bytes:
        """Encrypted, for the case of that number."""
        return cipher.encrypt(json.dumps({"contact": self.contact, "values": self.values}), _context(number))

    @classmethod
    def unseal(cls, cipher: Cipher, number: str, blob: bytes | None) -> Private:
        """What `seal` made; nothing where it was deleted. Raises VaultError: another key."""
        if blob is None:
            return cls()
        raw = json.loads(cipher.decrypt(blob, _context(number)))
        return cls(raw["contact"], raw["values"])


def collect(
    tx: Connection, cipher: Cipher, conversation: str, contact: str | None, texts: Iterator[str], now: datetime
) -> Private:
    """Take out of the vault what a case needs for as long as it lives. What has expired by now is left out.

    Args:
        contact: its token.
    """
    vault = Vault(cipher)

    def value(token: str) -> str | None:
        try:
            return vault.resolve(tx, token, conversation, now)
        except VaultError:
            return None

    tokens = {match[0] for text in texts for match in TOKEN.finditer(text) if match[1] not in PROOFS}
    known = {token: found for token in sorted(tokens) if (found := value(token)) is not None}
    return Private(value(contact) if contact else None, known)


def blank(text: str, words: dict[str, str]) -> str:
    """A masked text with words such as （手机号） where tokens stand; `words` by kind, `other` for the rest."""
    return TOKEN.sub(lambda token: words.get(token[1], words["other"]), text)


def _context(number: str) -> str:
    return f"case:{number}"
