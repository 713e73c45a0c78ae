"""How much one account or address may ask: token buckets, bounded in number."""

from __future__ import annotations

from collections.abc import Callable

_MOST = 1 << 16


class Buckets:
    """One bucket a name: `burst` at once, `per_second` lasting. `told` is called once an hour for each that floods."""

    def __init__(self, per_second: float, burst: int, told: Callable[[str, float], None] | None = None) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._told = told
        self._held: dict[str, tuple[float, float]] = {}
        self._said: dict[str, float] = {}
        self.refused = 0

    def take(self, name: str, now: float) -> float:
        """Return how many seconds `name` must wait, 0 where it need not."""
        held = self._held.get(name)
        if held is None:
            if len(self._held) >= _MOST:  # whoever came first has most likely a full bucket again
                del self._held[next(iter(self._held))]
            self._held[name] = (self._burst - 1.0, now)
            return 0.0
        level = held[0] + (now - held[1]) * self._per_second
        if level >= 1.0:
            self._held[name] = ((min(self._burst, level)) - 1.0, now)
            return 0.0
        self._held[name] = (level, now)
        self.refused += 1
        if self._told and now - self._said.get(name, 0.0) > 3600:
            self._said[name] = now
            if len(self._said) > _MOST:
                del self._said[next(iter(self._said))]
            self._told(name, now)
        return (1.0 - level) / self._per_second

    def empty(self, name: str, now: float) -> bool:
        """Tell whether `name` must wait, without taking anything."""
        level, last = self._held.get(name, (self._burst, now))
        return level + max(0.0, now - last) * self._per_second < 1.0
