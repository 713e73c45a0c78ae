"""How much one account or address may ask: token buckets, bounded in number."""

from __future__ import annotations

from collections.abc import Callable

_MOST = 1 << 16


class Buckets:
    """One bucket a name: `burst` at once, `per_second` lasting. `told` is called once an hour for each that floods."""

    def __init__(self, per_second: float, burst: int, told: Callable[[str, float], None] | None = None) -> None:
        self._each = 1.0 / per_second  # seconds until one more may be asked
        self._most = (burst - 1) * self._each
        self._told = told
        self._full: dict[str, float] = {}  # when the bucket is full again
        self._said: dict[str, float] = {}
        self.refused = 0

    def take(self, name: str, now: float) -> float:
        """Return how many seconds `name` must wait, 0 where it need not."""
        full = self._full.get(name)
        if full is None:
            full = now
            if len(self._full) >= _MOST:  # whoever came first has most likely a full bucket again
                del self._full[next(iter(self._full))]
        elif full < now:
            full = now
        wait = full - now - self._most
        if wait <= 0.0:
            self._full[name] = full + self._each
            return 0.0
        self.refused += 1
        if self._told and now - self._said.get(name, 0.0) > 3600:
            self._said[name] = now
            if len(self._said) > _MOST:
                del self._said[next(iter(self._said))]
            self._told(name, now)
        return wait

    def empty(self, name: str, now: float) -> bool:
        """Tell whether `name` must wait, without taking anything."""
        return self._full.get(name, now) - now > self._most
