"""An office without a portal: it offers nothing, and is asked nothing. `ZHENGWU_PORTAL_URL=none` says so."""

from __future__ import annotations

from typing import NoReturn

from actions.portal.access import LastFour, OneTimeCode, SignedIn, WatchToken
from actions.portal.application import Application, CodeRequest, Summary
from actions.portal.errors import NotOffered
from actions.portal.portal import Operation, Portal

LOOKING: tuple[Operation, ...] = ("with_last_four", "with_code", "signed_in", "mine")
"""The ways to find out where an application stands."""


class NoPortal:
    """A Portal."""

    def offers(self, operation: Operation) -> bool:
        return False

    async def application(self, number: str, proof: LastFour | OneTimeCode | SignedIn) -> Application:
        self._refuse()

    async def send_code(self, number: str) -> CodeRequest:
        self._refuse()

    async def watched(self, token: WatchToken) -> Application:
        self._refuse()

    async def mine(self, person: SignedIn) -> list[Summary]:
        self._refuse()

    async def health(self) -> None:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise NotOffered("this office has no portal")


def can_look(portal: Portal) -> bool:
    """Whether there is any way to find out where an application stands."""
    return any(portal.offers(operation) for operation in LOOKING)
