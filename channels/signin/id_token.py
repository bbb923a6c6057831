"""Whether an ID token is the identity service's word, for us, about this sign-in (OpenID Connect Core 1.0, 3.1.3.7)."""

from __future__ import annotations

import hmac
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from channels.signin.errors import Invalid

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"})
"""Signatures with a private key. Neither "none" nor HS256, for which a public key might be taken as the secret."""
LEEWAY = 60
"""Seconds by which our clock and the service's may differ."""


class UnknownKey(Invalid):
    """It was signed with a key that is not among those we know: they may have changed."""


def verify(
    id_token: str, keys: KeySet, *, issuer: str, client_id: str, nonce: str, access_token: str, now: float
) -> dict[str, Any]:
    """What it says, if it holds.

    Raises:
        UnknownKey: fetch the keys anew and try once more.
        Invalid: it does not hold; the text says which part.
    """
    try:
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        token = jwt.decode(id_token, keys, registry=registry)
        _check(token, issuer, client_id, nonce, access_token, now)
        return dict(token.claims)
    except InvalidKeyIdError:
        raise UnknownKey("the ID token is signed with an unknown key") from None
    except JoseError as error:
        # Its text may quote the token; its name, and of a claim the name, do not.
        claim = getattr(error, "claim", None)
        raise Invalid(f"the ID token does not hold: {error.error}{f' ({claim})' if claim else ''}") from None
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise Invalid(f"the ID token cannot be read: {type(error).__name__}") from None


def _check(token: jwt.Token, issuer: str, client_id: str, nonce: str, access_token: str, now: float) -> None:
    options: Any = {
        "iss": {"essential": True, "value": issuer},
        "aud": {"essential": True, "value": client_id},
        "sub": {"essential": True},
    }
    params = {"client_id": client_id, "nonce": nonce, "access_token": access_token}
    claims = CodeIDToken(token.claims, token.header, options, params)
    claims.validate(now=int(now), leeway=LEEWAY)
    said = claims["nonce"]
    if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
        raise ValueError("nonce")
