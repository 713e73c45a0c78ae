"""A content is read once, whatever its name and compression are by now; what only looks like it is read too."""

from __future__ import annotations

import gzip
import json
import lzma

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillon.edges.sources.files import File, open_blocks
from maillon.edges.sources.seen import Seen

PACKERS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "xz": lambda content: lzma.compress(content, preset=0),
    "zstd": zstandard.compress,
}


def lines(first, last, mark="log"):
    return b"".join(b"%s line %d\n" % (mark.encode(), n) for n in range(first, last))


class Reading:
    """A reader with a memory: each run reads what is new in the files it is given."""

    def __init__(self):
        self.memory = []

    def run(self, *paths, size=300):
        """Return what was read and how many records were duplicates."""
        seen = Seen(json.loads(json.dumps(self.memory)))
        files = [File(path) for path in paths]
        read, duplicates = b"", 0
        begins = seen.begin(files)
        self.memory = seen.memory()
        for file, begin in zip(files, begins, strict=True):
            duplicates += begin.duplicates
            known = begin.known
            if begin.offset < 0:
                continue
            for block in open_blocks(file, begin.offset, size):
                if block.may_grow:
                    break
                read += block.data
                known = known.after(block, block.data.count(b"\n"))
                self.memory[begin.number] = vars(known)
        return read, duplicates


@pytest.fixture
def reading():
    return Reading()


@pytest.fixture
def put(tmp_path):
    def write(name, data, pack="plain"):
        path = tmp_path / name
        path.write_bytes(PACKERS[pack](data))
        return path

    return write


@pytest.mark.parametrize("count", [3, 500])
def test_a_log_that_grew_is_continued(reading, put, count):
    assert reading.run(put("access.log", lines(0, count))) == (lines(0, count), 0)
    assert reading.run(put("access.log", lines(0, count + 9))) == (lines(count, count + 9), count)
    assert reading.run(put("access.log", lines(0, count + 9))) == (b"", count + 9)


@pytest.mark.parametrize("pack", sorted(PACKERS))
@pytest.mark.parametrize("count", [3, 500])
def test_a_log_rotated_and_compressed_since_is_continued_and_the_new_one_read(reading, put, pack, count):
    reading.run(put("access.log", lines(0, count)))
    old = put("access.log.1", lines(0, count + 20), pack)
    new = put("access.log", lines(count + 20, count + 50))
    assert reading.run(new, old) == (lines(count + 20, count + 50) + lines(count, count + 20), count)
    assert reading.run(old, new) == (b"", count + 50)


@pytest.mark.parametrize("pack", sorted(PACKERS))
def test_the_same_log_twice_in_one_run_is_read_once(reading, put, pack):
    one, two = put("access.log", lines(0, 700)), put("copy", lines(0, 700), pack)
    assert reading.run(one, two) == (lines(0, 700), 700)


@pytest.mark.parametrize("short", [0, 1, 3, 200])
@pytest.mark.parametrize("order", [1, -1])
def test_an_older_and_shorter_copy_is_read_once_in_either_order(reading, put, short, order):
    one, two = put("old.gz", lines(0, short), "gzip"), put("access.log", lines(0, 700))
    assert reading.run(*[one, two][::order]) == (lines(0, 700), short)


@pytest.mark.parametrize("head", [b"# the same header\n", b"# the same header\n" * 90])
@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("pack", sorted(PACKERS))
def test_logs_that_only_begin_alike_are_both_read(reading, put, head, order, pack):
    one, two = put("a.log", head + lines(0, 100, "one"), pack), put("b.log", head + lines(0, 300, "two"), pack)
    read, duplicates = reading.run(*[one, two][::order])
    assert sorted(read.split(b"\n")) == sorted((2 * head + lines(0, 100, "one") + lines(0, 300, "two")).split(b"\n"))
    assert duplicates == 0
    read, duplicates = reading.run(one, two)
    assert read == b""
    assert duplicates == 2 * head.count(b"\n") + 400


def test_a_log_of_only_the_same_header_does_not_hide_a_whole_one(reading, put):
    header = b"# header\n"
    assert reading.run(put("a.log", header), put("b.log", header + lines(0, 300))) == (header + lines(0, 300), 1)


def test_a_log_emptied_and_written_anew_is_read_from_its_start(reading, put):
    reading.run(put("access.log", lines(0, 500)))
    assert reading.run(put("access.log", lines(500, 900))) == (lines(500, 900), 0)


def test_a_collision_of_fingerprints_is_told_by_the_place_reached(reading, put):
    header = b"# the same header\n" * 90
    reading.run(put("access.log", header + lines(0, 50, "one")))
    other = header + lines(0, 90, "two")
    assert reading.run(put("access.log", other)) == (other, 0)


def test_an_empty_log_is_nothing_and_leaves_no_memory(reading, put):
    for _ in range(3):
        assert reading.run(put("empty.log", b"")) == (b"", 0)
        assert len(reading.memory) == 1
    assert reading.run(put("empty.log", lines(0, 5))) == (lines(0, 5), 0)
    assert reading.run(put("empty.log", lines(0, 8))) == (lines(5, 8), 5)


def test_a_log_that_is_empty_when_looked_at_and_grows_before_it_is_read_is_known_again(put, tmp_path):
    path = put("access.log", b"")
    seen = Seen()
    (begin,) = seen.begin([File(path)])
    put("access.log", lines(0, 40))
    (block,) = open_blocks(File(path))
    again = Seen([vars(begin.known.after(block, 40))])
    (begin,) = again.begin([File(path)])
    assert (begin.offset, begin.duplicates) == (len(lines(0, 40)), 40)


def test_a_line_that_is_still_being_written_is_read_when_it_is_whole(reading, put):
    whole = lines(0, 10)
    assert reading.run(put("access.log", whole[:-5])) == (lines(0, 9), 0)
    assert reading.run(put("access.log", whole[:-2])) == (b"", 9)
    assert reading.run(put("access.log", whole + b"li")) == (lines(9, 10), 9)


def test_a_first_line_that_is_still_being_written_is_read_when_it_is_whole(reading, put):
    assert reading.run(put("access.log", b"lo")) == (b"", 0)
    assert reading.run(put("access.log", b"log line 0\n")) == (b"log line 0\n", 0)


def test_after_a_line_that_was_too_long_reading_goes_on(reading, put):
    long_line = b"x" * 5_000 + b"\n"
    reading.run(put("access.log", lines(0, 3) + long_line))
    assert reading.run(put("access.log", lines(0, 3) + long_line + lines(3, 6)))[0] == lines(3, 6)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(data=st.data())
def test_a_log_cut_into_rotated_files_between_runs_is_read_exactly_once(tmp_path, data):
    """Between two runs the log grows, is rotated or not, and the rotated files are compressed at any time."""
    reading, total, start, read = Reading(), 0, 0, b""
    current, rotated = tmp_path / "access.log", []
    for path in tmp_path.iterdir():
        path.unlink()
    for step in range(data.draw(st.integers(1, 6))):
        total += data.draw(st.integers(0, 120))
        tail = data.draw(st.sampled_from([b"", b"log li"]))
        current.write_bytes(lines(start, total) + tail)
        if data.draw(st.booleans()):
            pack = data.draw(st.sampled_from(sorted(PACKERS)))
            name = tmp_path / f"access.log.{step}"
            name.write_bytes(PACKERS[pack](lines(start, total)))
            rotated.append(name)
            start = total
            current.write_bytes(b"")
        read += reading.run(*rotated, current, size=data.draw(st.integers(20, 2_000)))[0]
    assert read == lines(0, total)
