"""Everything in the database that ZHENGWU_SECRET_KEY encrypts. A test compares it with the tables of all packages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from actions.applications.attempts import number_fingerprint
from actions.tables import reminders
from channels.tables import platform_tokens
from desk.case_tables import cases
from foundation.audit_seals import KEPT_KEY, audit_keys
from foundation.cipher import Cipher
from foundation.inbox import inbox
from foundation.rotation import Place
from foundation.sign_ins import sign_in_requests, sign_ins
from foundation.totp import second_factors
from foundation.vault import vault


def _same_value(cipher: Cipher, row: Mapping[str, Any], text: str) -> dict[str, Any]:
    return {"fingerprint": cipher.fingerprint(f"{row['kind']}:{text}", row["conversation"])}


def _same_number(cipher: Cipher, row: Mapping[str, Any], text: str) -> dict[str, Any]:
    return {"fingerprint": number_fingerprint(cipher, json.loads(text)["number"])}


PLACES = (
    Place(vault, "ciphertext", "vault:{conversation}:{token}", _same_value),
    Place(inbox, "body", "inbox:{conversation}"),
    Place(cases, "private", "case:{number}"),
    Place(reminders, "access", "reminders:{conversation}", _same_number),
    Place(sign_ins, "access", "sign-in:{conversation}"),
    Place(sign_in_requests, "secrets", "sign-in:{conversation}"),
    Place(second_factors, "secret", "second factor:{account_id}"),
    Place(platform_tokens, "ciphertext", "{account}"),
    Place(audit_keys, "wrapped", KEPT_KEY),
)
NOT_ENCRYPTED = frozenset({"attachments.content", "uploads.content", "warning_baselines.content"})
"""Other columns of bytes, as `table.column`: what is published or to be published, and counts of questions."""
