"""The transmitter behind the guard's listener: answered in a thread of its own, so that no decision waits for it.

A receiver's calls open files and may make keys; a verification is pushed after its answer has gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from maillon.edges.http import Request, Response
from maillon.edges.responders.configured import Configured
from maillon.edges.responders.signal_settings import Settings
from maillon.facts.errors import MaillonError

_THREAD = ThreadPoolExecutor(1, "signals")

Reply = Callable[[Response], None]


def signals(responders: Sequence[Configured], now: Callable[[], int]) -> Callable[[Request, Reply], bool] | None:
    """Return what answers a receiver's request and says whether it was one; None where there is no transmitter."""
    chosen = next((one.settings for one in responders if isinstance(one.settings, Settings)), None)
    if chosen is None:
        return None
    from maillon.edges.responders.signal_endpoints import is_for_signals

    def answer(request: Request, reply: Reply) -> bool:
        if not is_for_signals(request.target, chosen):
            return False
        done = asyncio.get_running_loop().run_in_executor(_THREAD, _handled, request, chosen, now())
        done.add_done_callback(lambda one: _told(one.result(), reply, chosen, now()))
        return True

    return answer


def _handled(request: Request, settings: Settings, now: int) -> Response:
    from maillon.edges.responders.signal_endpoints import handle

    try:
        return handle(request, settings, now)
    except MaillonError:
        return Response(503)


def _told(response: Response, reply: Reply, settings: Settings, now: int) -> None:
    from maillon.edges.responders.shared_signals import deliver

    reply(response)
    if response.status == 204:
        _THREAD.submit(deliver, settings, now)
