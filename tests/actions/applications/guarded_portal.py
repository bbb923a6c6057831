"""A portal in memory that gives applications to whoever has the right proof, and keeps count of what it was asked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actions.applications.look_up import Person
from actions.portal.access import LastFour, OneTimeCode, SignedIn, WatchToken
from actions.portal.application import Application, CodeRequest, State, Summary
from actions.portal.errors import CodeExpired, NotMatched, PortalError
from actions.surroundings import Surroundings, use
from foundation.clock import Clock
from foundation.database import Database
from foundation.settings import Settings

NUMBER, OTHER, COMPANY = "SLS2026-110412-0087", "SLS2026-110418-0102", "QY2026-111207-0015"
LAST_FOUR, CODE = "123X", "483920"
PERSON, SOMEBODY_ELSE = Person("web:a", "web"), Person("wechat:b", "wechat")


class GuardedPortal:
    def __init__(self, *lacks: str) -> None:
        self.lacks = lacks
        """Operations that it does not offer."""
        self.asked: list[str] = []
        """The names of the operations, in order."""
        self.fault: PortalError | None = None
        self.of_person = [NUMBER, OTHER]
        self.used: set[str] = set()

    def offers(self, operation: str) -> bool:
        return operation not in self.lacks

    async def application(self, number: str, proof: LastFour | OneTimeCode | SignedIn) -> Application:
        self._ask("application")
        if isinstance(proof, SignedIn):
            right = proof.token == "token" and number in self.of_person
        elif isinstance(proof, OneTimeCode):
            if proof.request_id in self.used:
                raise CodeExpired("used")
            right = (proof.request_id, proof.value) == (f"for {number}", CODE)
        else:
            right = number in (NUMBER, OTHER) and proof.value == LAST_FOUR
        if not right:
            raise NotMatched("no such number, or a wrong proof")
        return application(number)

    async def send_code(self, number: str) -> CodeRequest:
        self._ask("send_code")
        return CodeRequest(f"for {number}", 300, 60)

    async def watched(self, token: WatchToken) -> Application:
        raise NotImplementedError

    async def mine(self, person: SignedIn) -> list[Summary]:
        self._ask("mine")
        return [
            Summary(number, State.REVIEW, f"{title}申领") for number, title in zip(self.of_person, ("居住证", "社保卡"))
        ]

    async def health(self) -> None:
        raise NotImplementedError

    def _ask(self, operation: str) -> None:
        self.asked.append(operation)
        if self.fault is not None:
            raise self.fault


def application(number: str = NUMBER, **changes: Any) -> Application:
    return replace(Application(number, State.REVIEW, "居住证申领", watch_token="watch"), **changes)


def around(portal: GuardedPortal, database: Database, clock: Clock, settings: Settings) -> Surroundings:
    """Surroundings with this portal, which the process uses from now on."""
    here = Surroundings.of_settings(settings, portal=portal, database=database, clock=clock)
    use(here)
    return here
