"""Runs the custom actions inside the worker: the same `Action` classes, without an action server."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import ActionExecutor


class InProcessActions:
    """Stands where Rasa expects the action server's endpoint."""

    url = "in-process"

    def __init__(self, package: str = "actions") -> None:
        self.kwargs = {"enable_selective_domain": True}
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    async def request(self, json: dict[str, Any], **_: Any) -> dict[str, Any] | None:
        """Run the action that Rasa asks for; returns its events and responses as the action server would."""
        answer: dict[str, Any] | None = await self._executor.run(json)
        return answer
