from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from maillon.facts.record import SLICES, UNROUTED
from maillon.read.lines import line_starts, whole_lines
from maillon.read.slices import PADDING, Texts, build


def text_of(buffer, row, name):
    return buffer[row[name] : row[name] + row[f"{name}_len"]].tobytes().decode()


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=20))
def test_each_string_comes_back(pairs):
    count = len(pairs)
    texts = {"account": Texts([pair[0] for pair in pairs]), "target": Texts()}
    for pair in pairs:
        texts["target"].extend([pair[1]])
    buffer, rows = build(texts, range(count), [1] * count, [0] * count, status=[200] * count)
    assert [(text_of(buffer, row, "account"), text_of(buffer, row, "target")) for row in rows] == pairs
    assert buffer[len(buffer) - PADDING :].sum() == 0
    assert len(buffer) == PADDING + sum(rows[f"{name}_len"].sum() for name in SLICES)
    assert (rows["action"] == UNROUTED).all()
    assert (rows["status"] == 200).all()


@given(st.lists(st.binary(max_size=6).map(lambda line: line.replace(b"\n", b"")), max_size=10), st.booleans())
def test_lines_end_at_lf_only(lines, last_feed):
    block = b"\n".join(lines) + (b"\n" if last_feed else b"")
    starts = line_starts(block)
    pieces = [block[start:end] for start, end in pairwise(starts)]
    assert b"".join(pieces) == block
    assert len(pieces) == block.count(b"\n") + (not block.endswith(b"\n") and block != b"")
    assert all(b"\n" not in piece[:-1] for piece in pieces)


def test_a_cut_line_of_a_sample_is_left_out():
    assert whole_lines(b"a\nb\nc") == b"a\nb\n"
    assert whole_lines(b"abc") == b"abc"
    assert np.array_equal(line_starts(b""), [0])
