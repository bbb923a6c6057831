"""Runs the custom actions inside the worker: the same `Action` classes, without an action server."""

from __future__ import annotations

from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

from rasa_sdk.executor import ActionExecutor
from sqlalchemy.exc import DBAPIError

from bot.trackers import running_turn


class InProcessActions:
    """Stands where Rasa expects the action server's endpoint."""

    url = "in-process"

    def __init__(self, package: str = "actions") -> None:
        self.kwargs = {"enable_selective_domain": True}
        self._executor = ActionExecutor()
        for module in modules(package):
            self._executor.register_package(module)

    async def request(self, json: dict[str, Any], **_: Any) -> dict[str, Any] | None:
        """Run the action that Rasa asks for; returns its events and responses as the action server would.

        Rasa goes on without an action that fails, so one that could not reach the database is noted in the turn.
        """
        try:
            answer: dict[str, Any] | None = await self._executor.run(json)
        except DBAPIError as error:
            if (turn := running_turn.get(None)) is not None:
                turn.failure = error
            raise
        return answer


def modules(package: str) -> list[ModuleType]:
    """Every module of a package; the module itself where it is none.

    The executor's own search would also import whatever is called like one of our sub-packages: `portal`.
    """
    root = import_module(package)
    if not hasattr(root, "__path__"):
        return [root]
    return [import_module(one.name) for one in walk_packages(root.__path__, f"{package}.") if not one.ispkg]
