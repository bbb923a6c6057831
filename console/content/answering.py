"""The workers' way of answering in the console's process, for trials: opened when somebody first tries something.

It costs a second or two and some 250 MB, most of it the sentence encoder's; a console in which nobody tries anything
stays small.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request

from console.house import house
from foundation.errors import ConfigError

if TYPE_CHECKING:
    from knowledge_base.trials.answerer import Answerer

_opening = threading.Lock()


def answerer(request: Request) -> Answerer:
    """The application's one. Blocks: call it in a thread.

    Raises:
        HTTPException 503: no models were trained.
    """
    with _opening:
        state, here = request.app.state, house(request)
        if not hasattr(state, "answerer"):
            # It brings scikit-learn, without which the console starts faster.
            from knowledge_base.trials.answerer import open_answerer

            try:
                state.answerer = open_answerer(here.settings, here.database)
            except ConfigError:
                raise HTTPException(503, "no_models") from None
        found: Answerer = state.answerer
        return found
