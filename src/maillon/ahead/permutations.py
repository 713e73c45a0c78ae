"""The permutations of a brand's words, by dnstwist's generator (it asks no name server, and opens nothing)."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from maillon.ahead.skeleton import readable, skeleton
from maillon.facts.errors import UsageError

_SHORTEST = 5
"""Letters of a permutation: shorter ones are found in honest names too often."""

_RULES = (
    *("addition", "bitsquatting", "cyrillic", "homoglyph", "insertion", "omission", "plural", "repetition"),
    *("replacement", "transposition", "vowel-swap"),
)


def permutations(tokens: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return skeletons of permutations → (token, dnstwist's rule); none is itself a token or holds its own.

    Raises UsageError where the library is missing.
    """
    try:
        library = import_module("dnstwist")
    except ModuleNotFoundError:
        raise UsageError("finding look-alikes needs a library: pip install 'maillon[lookalikes]'") from None
    words = {one: skeleton(one) for one in tokens}
    out: dict[str, tuple[str, str]] = {}
    for token, own in words.items():
        fuzzer = library.Fuzzer(f"{token}.fr")
        fuzzer.generate(fuzzers=list(_RULES))
        for one in fuzzer.permutations():
            label = skeleton(readable(one["domain"].removesuffix(".fr"))).replace("-", "").replace(".", "")
            if len(label) >= _SHORTEST and own not in label and label not in words.values():
                out.setdefault(label, (token, one["fuzzer"]))
    return out
