"""What the rest of the program asks of a portal; `client.py` is the one implementation, tests have others."""

from __future__ import annotations

from typing import Literal, Protocol

from actions.portal.access import LastFour, OneTimeCode, SignedIn, WatchToken
from actions.portal.application import Application, CodeRequest, Summary

Operation = Literal["with_last_four", "with_code", "signed_in", "send_code", "watched", "mine", "health"]
"""What can be asked: `application` with each kind of proof, and the other methods by their names."""


class Portal(Protocol):
    """Each method answers or raises a PortalError within the deadline (3 s in all), and never blocks the event loop.

    What the portal does not offer raises NotOffered.
    """

    def offers(self, operation: Operation) -> bool:
        """Whether this portal has the operation at all; known without asking it."""

    async def application(self, number: str, proof: LastFour | OneTimeCode | SignedIn) -> Application:
        """One application. Raises NotMatched for an unknown number as for a wrong proof."""

    async def send_code(self, number: str) -> CodeRequest:
        """Send a one-time code to the phone on file. Answers the same for a number that does not exist."""

    async def watched(self, token: WatchToken) -> Application:
        """The application that a watch token is for. Raises AccessExpired."""

    async def mine(self, person: SignedIn) -> list[Summary]:
        """A signed-in person's applications, latest first. Raises AccessExpired."""

    async def health(self) -> None:
        """Raises a PortalError unless the portal answers us."""
