"""Compilation of the hot loops: one decorator, and a cache folder that is never stale.

numba's on-disk cache looks only at the file of the function itself, so a change in a callee from another file would
go unseen. The cache folder is therefore named by a digest of every source of this package and of the versions that
compiled it. `MAILLON_PLAIN=1` leaves the functions as plain Python: same results, slower, and a debugger can step in.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

PLAIN = os.environ.get("MAILLON_PLAIN", "") not in {"", "0"}


def _digest_of_sources() -> str:
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for source in sorted(package.rglob("*.py")):
        text = source.read_bytes()
        if b"njit" in text:
            digest.update(source.relative_to(package).as_posix().encode() + b"\0" + text)
    digest.update(f"{sys.version_info[:2]} {numba.__version__} {np.__version__}".encode())
    return digest.hexdigest()[:16]


def _writable_cache() -> Path:
    """Return a private folder for compiled code: the user's cache, or a folder of this process's own."""
    base = Path(os.environ.get("MAILLON_CACHE") or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = base / "maillon" / f"compiled-{_digest_of_sources()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="maillon-compiled-"))


if not PLAIN:
    import numba
    import numpy as np
    from numba.core.caching import FunctionCache
    from numba.core.runtime import rtsys

    if "NUMBA_CACHE_DIR" not in os.environ:
        os.environ["NUMBA_CACHE_DIR"] = str(_writable_cache())
        numba.config.reload_config()

    class _Cache(FunctionCache):  # type: ignore[misc]
        """Finds compiled code without waking the compiler, which takes a fifth of a second: a miss wakes it later."""

        def load_overload(self, sig: Any, target_context: Any) -> Any:  # noqa: ANN401 - numba's own
            rtsys.initialize(target_context)
            return self._load_overload(sig, target_context)


def njit(function: F) -> F:
    """Compile `function` without the interpreter (no GIL, cached on disk, no fast-math), or return it as it is."""
    if PLAIN:
        return function
    compiled: F = numba.njit(nogil=True)(function)
    compiled._cache = _Cache(function)  # type: ignore[attr-defined]  # noqa: SLF001 - numba offers no other way
    return compiled
