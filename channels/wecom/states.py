"""Who serves a customer of 微信客服: told by events, asked for where none has told, and changed to hand over."""

from __future__ import annotations

import time
from collections.abc import Callable

from channels.wecom.kf_api import SILENT, KfApi, State

FRESH = 60.0
"""Seconds for which what was told is believed; another process may have been told since."""
MOST = 20_000
CHANGES = {1: State.PERSON, 2: State.PERSON, 3: State.ENDED, 4: State.PERSON}
"""`change_type` of session_status_change (document/path/94670): accepted from the queue, passed on, ended, resumed."""


class States:
    def __init__(self, api: KfApi, now: Callable[[], float] = time.monotonic) -> None:
        self._api, self._now = api, now
        self._known: dict[tuple[str, str], tuple[int, float]] = {}

    async def silent(self, open_kfid: str, customer: str) -> bool:
        """Whether a person serves the customer, or is to, so that the bot says nothing.

        Raises:
            SendError: the platform does not tell.
        """
        known = self._known.get((open_kfid, customer))
        # Who writes after the end begins anew, in the state that the account is set to.
        if known is None or known[0] == State.ENDED or known[1] < self._now() - FRESH:
            return await self.ask(open_kfid, customer) in SILENT
        return known[0] in SILENT

    async def ask(self, open_kfid: str, customer: str) -> int:
        """The state as the platform has it now.

        Raises:
            SendError: it does not tell.
        """
        state = await self._api.state(open_kfid, customer)
        self._keep(open_kfid, customer, state)
        return state

    def changed(self, open_kfid: str, customer: str, change_type: object) -> None:
        """Keep what an event told."""
        if isinstance(change_type, int) and change_type in CHANGES:
            self._keep(open_kfid, customer, CHANGES[change_type])

    async def hand_over(self, open_kfid: str, customer: str, servicer: str | None = None) -> None:
        """Give a customer to a person: to `servicer`, or into the queue. The bot is silent from then on.

        Say what is to be said before: afterwards the platform takes no message of ours.

        Raises:
            SendError: the platform does not allow it, as once the conversation has ended.
        """
        state = State.QUEUE if servicer is None else State.PERSON
        await self._api.transfer(open_kfid, customer, state, servicer)
        self._keep(open_kfid, customer, state)

    def _keep(self, open_kfid: str, customer: str, state: int) -> None:
        if len(self._known) >= MOST:
            since = self._now() - FRESH
            self._known = {key: known for key, known in self._known.items() if known[1] > since}
        self._known[open_kfid, customer] = (state, self._now())
