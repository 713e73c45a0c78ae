import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maillon.read.json_objects import object_of, objects
from maillon.read.lines import line_starts

LINES = st.one_of(
    st.dictionaries(st.text(max_size=3), st.one_of(st.text(max_size=5), st.integers(), st.none()), max_size=3).map(
        lambda value: json.dumps(value).encode()
    ),
    st.sampled_from(
        [
            *(
                b"",
                b"{",
                b"}",
                b"{}{}",
                b"{} {}",
                b'{"a":{}',
                b"}{",
                b"[1]",
                b'"x"',
                b" {} ",
                b"{}\r",
                b"\xef\xbb\xbf{}",
            ),
            *(b"2026-03-01T08:12:03Z stdout F {}", b'{"a":"\xff"}', b'{"a":"\\xC3\\xA9"}', b'{"a":"\\ud800"}', b"{}x"),
        ]
    ),
    st.binary(max_size=12).map(lambda line: line.replace(b"\n", b"")),
)


@given(st.lists(LINES, max_size=12), st.booleans())
def test_a_run_gives_what_its_lines_give(lines, last_feed):
    block = b"\n".join(lines) + (b"\n" if last_feed else b"")
    starts = line_starts(block)
    count = len(starts) - 1
    alone = [object_of(block[start:end]) for start, end in pairwise(starts)]
    assert (objects(block, starts, 0, count) if count else []) == alone


@pytest.mark.parametrize(
    ("line", "value"),
    [
        (b'{"a":"\xe9t\xe9"}', {"a": "�t�"}),
        (b'{"a":"caf\\xC3\\xA9 \\x22x\\x22"}', {"a": 'café "x"'}),  # nginx's default escape
        (b'{"a":"C:\\\\x41"}', {"a": "C:\\x41"}),
        (b'{"a":"C:\\\\x41","b":"\\x41"}', {"a": "C:\\x41", "b": "A"}),
        (b'{"a":"x\x1b[31m\x00y"}', {"a": "x [31m y"}),
        (b'{"a":"\\ud83d"}', {"a": "�"}),
        (b'{"a":1,"a":2}', {"a": 2}),
    ],
)
def test_what_servers_get_wrong_is_mended(line, value):
    assert object_of(line) == value


@pytest.mark.parametrize(
    "bomb",
    [b"[" * 100_000, b'{"a":' * 100_000, b'{"a":' + b"[" * 100_000, b'{"a":1e999}', b'{"a":' + b"9" * 5000 + b"}"],
)
def test_deep_or_huge_is_no_object(bomb):
    assert object_of(bomb) is None
    block = b"{}\n" + bomb + b"\n{}\n"
    assert objects(block, line_starts(block), 0, 3) == [{}, None, {}]
