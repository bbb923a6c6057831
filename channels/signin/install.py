"""Signing in, put together for a gateway."""

from __future__ import annotations

from typing import Any

from sanic import Sanic

from channels.gateway import Gateway
from channels.signin.browser import Browsers
from channels.signin.http import Http
from channels.signin.registration import Registration
from channels.signin.routes import SignIn, routes
from channels.signin.service import IdentityService
from channels.web.session import Sessions
from channels.web.signing_in import signing_in
from foundation.cipher import Cipher
from foundation.clock import Clock


def install(app: Sanic, registration: Registration, gateway: Gateway, cipher: Cipher, clock: Clock) -> None:
    """Add the addresses of a sign-in, and those by which the chat page begins one."""
    http = Http()
    service = IdentityService(registration, http, lambda: clock.now().timestamp())
    browsers = Browsers(cipher, encrypted=registration.encrypted)
    sessions = Sessions(gateway.settings.key(), others=gateway.settings.old_keys())
    app.blueprint(routes(SignIn(gateway, service, browsers, cipher, clock)))
    app.blueprint(signing_in(gateway, sessions, browsers, cipher, clock, registration.public_url))

    @app.after_server_stop
    async def close(app: Any, loop: Any) -> None:
        await http.close()
