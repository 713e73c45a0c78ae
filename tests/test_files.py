"""Log files: every byte is given once, in blocks of whole lines, whatever the compression and whatever the damage."""

from __future__ import annotations

import gzip
import io
import lzma
import os
import re
import subprocess
import sys
import zlib

import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from maillon.edges.sources.files import File, Skip, expand, open_blocks, sample, stem
from maillon.facts.errors import SourceError, UsageError

PACKERS = {
    "plain": bytes,
    "gzip": gzip.compress,
    "xz": lambda content: lzma.compress(content, preset=0),
    "zstd": zstandard.compress,
}
LINES = b"".join(b"line %d of the log\n" % n for n in range(5_000))
in_a_file = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)


def written(tmp_path, data, name="log"):
    path = tmp_path / name
    path.write_bytes(data)
    return File(path)


def ranges(blocks):
    """Return the (position, length) of all data and skips in the order in which they stand in the file."""
    out = []
    for block in blocks:
        out += [(skip.position, skip.length) for skip in block.skipped]
        out.append((block.position, len(block.data)))
    return [one for one in out if one[1]]


@in_a_file
@given(
    lines=st.lists(st.binary(max_size=60).map(lambda line: line.replace(b"\n", b"")), max_size=40),
    last=st.sampled_from([b"", b"\n"]),
    size=st.integers(1, 50),
    pack=st.sampled_from(sorted(PACKERS)),
    cut=st.floats(0, 1),
)
def test_blocks_are_the_content_cut_at_line_ends(tmp_path, lines, last, size, pack, cut):
    content = b"\n".join(lines) + last
    # Two members of a gzip, two streams of an xz, two frames of a zstd follow each other.
    middle = int(len(content) * cut)
    packed = PACKERS[pack](content[:middle]) + PACKERS[pack](content[middle:]) if content else b""
    if pack == "plain" and re.match(rb"\x1f\x8b|\xfd7zXZ\x00|\x28\xb5\x2f\xfd", packed):
        return  # a plain text that begins like an archive is taken for one
    blocks = list(open_blocks(written(tmp_path, packed), 0, size))

    place = 0
    for position, length in ranges(blocks):
        assert position == place
        place += length
    assert place == len(content)
    for block in blocks:
        assert block.data == content[block.position : block.position + len(block.data)]
        assert block.damage == ""
        assert len(block.data) <= size
        assert block.partial == (bool(block.data) and not block.data.endswith(b"\n"))
        assert block.may_grow == (block.partial and pack == "plain")
        assert not block.partial or b"\n" not in block.data
        for skip in block.skipped:
            line = content[skip.position : skip.position + skip.length]
            assert line.find(b"\n") in (-1, len(line) - 1)
            assert len(line) >= size
    assert not any(block.partial for block in blocks[:-1])


@in_a_file
@given(pack=st.sampled_from(sorted(PACKERS)), line=st.integers(0, 5_000), size=st.integers(30, 20_000))
def test_reading_from_an_offset_gives_the_rest(tmp_path, pack, line, size):
    offset = sum(map(len, LINES.splitlines(keepends=True)[:line]))
    blocks = list(open_blocks(written(tmp_path, PACKERS[pack](LINES)), offset, size))
    assert b"".join(block.data for block in blocks) == LINES[offset:]
    assert [block.position for block in blocks][:1] == [offset][: len(blocks)]


def readable(packed, pack):
    """Return what a truncated archive still holds, by the libraries' incremental interfaces."""
    if pack == "gzip":
        return zlib.decompressobj(31).decompress(packed)
    if pack == "xz":
        return lzma.LZMADecompressor().decompress(packed)
    return zstandard.ZstdDecompressor().decompressobj().decompress(packed)


@pytest.mark.parametrize("pack", ["gzip", "xz", "zstd"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.77, 0.999])
def test_a_truncated_archive_gives_all_that_can_be_read_and_says_so(tmp_path, pack, share):
    content = b"".join(b"%d %s\n" % (n, os.urandom(40).hex().encode()) for n in range(8_000))
    packed = PACKERS[pack](content)
    cut = packed[: int(len(packed) * share)]
    blocks = list(open_blocks(written(tmp_path, cut), 0, 100_000))
    assert b"".join(block.data for block in blocks) == readable(cut, pack)
    assert [block.damage for block in blocks if block.damage] == ["it ends early"]
    assert blocks[-1].damage


@pytest.mark.parametrize("pack", ["gzip", "xz", "zstd"])
def test_a_corrupt_archive_gives_a_warning_and_no_error(tmp_path, pack):
    packed = bytearray(PACKERS[pack](os.urandom(50_000).hex().encode() + b"\n" + LINES))
    packed[len(packed) // 2 : len(packed) // 2 + 40] = bytes(40)
    blocks = list(open_blocks(written(tmp_path, bytes(packed))))
    assert blocks[-1].damage in ("its compression is broken", "it ends early")


def test_rubbish_after_an_archive_is_told(tmp_path):
    for pack in ("gzip", "zstd"):
        blocks = list(open_blocks(written(tmp_path, PACKERS[pack](LINES) + b"rubbish")))
        assert b"".join(block.data for block in blocks) == LINES
        assert blocks[-1].damage == "its compression is broken"


@pytest.mark.parametrize("pack", sorted(PACKERS))
def test_a_line_longer_than_a_block_is_passed_over_in_bounded_memory(tmp_path, pack):
    long_line = b"x" * 60_000_000 + b"\n"
    file = written(tmp_path, PACKERS[pack](b"before\n" + long_line + b"after\n"))
    code = (
        "import resource, sys\n"
        "from pathlib import Path\n"
        "from maillon.edges.sources.files import File, open_blocks\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "blocks = list(open_blocks(File(Path(sys.argv[1])), 0, 1 << 20))\n"
        "print([(b.data, b.position, b.skipped) for b in blocks])\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, file.path], capture_output=True, check=True, text=True)
    told, kilobytes = done.stdout.splitlines()
    wanted = [(b"before\n", 0, ()), (b"after\n", 7 + len(long_line), (Skip(7, len(long_line)),))]
    assert told == repr(wanted)
    assert int(kilobytes) < 40_000


def test_an_empty_file_has_no_block(tmp_path):
    assert list(open_blocks(written(tmp_path, b""))) == []
    assert list(open_blocks(written(tmp_path, gzip.compress(b"")))) == []


def test_a_sample_is_whole_lines_and_reads_no_further(tmp_path):
    for pack in PACKERS.values():
        taken = sample(written(tmp_path, pack(LINES)), 1_000)
        assert LINES.startswith(taken)
        assert 900 < len(taken) <= 1_000
        assert taken.endswith(b"\n")


@pytest.mark.parametrize("pack", sorted(PACKERS))
def test_standard_input_is_sampled_and_then_read_whole(monkeypatch, pack):
    content = b"".join(b"%d %s\n" % (n, os.urandom(40).hex().encode()) for n in range(30_000))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(PACKERS[pack](content))))
    (source,) = expand(["-"])
    (file,) = source.files
    assert content.startswith(sample(file, 10_000))
    assert b"".join(block.data for block in open_blocks(file, 0, 100_000)) == content


# --- what the command line names ---------------------------------------------------------------------------------


def names(sources):
    return {source.name: sorted(file.path.name for file in source.files) for source in sources}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("access.log", "access"),
        ("access.log.1", "access"),
        ("access.log.2.gz", "access"),
        ("access.log-20260301.zst", "access"),
        ("access-2026-03-01.log.xz", "access"),
        ("access_log.1772323200", "access_log"),
        ("localhost_access.2026-03-01.txt", "localhost_access"),
        ("app.2026-03-01.12.log.gz", "app"),
        ("app.1.log", "app"),
        ("error.log.2026-03-01-13", "error"),
        ("web-01.log", "web-01"),
        ("web-02.log.3.gz", "web-02"),
        ("10.1.2.3.log", "10.1.2.3"),
        ("srv-10.1.2.3.log", "srv-10.1.2.3"),
        ("2026-03-01.log", "2026-03-01"),
        ("20260301", "20260301"),
        ("log", "log"),
        ("events.jsonl", "events"),
    ],
)
def test_files_of_a_rotated_set_share_a_stem(name, wanted):
    assert stem(name) == wanted


def test_a_rotated_set_is_one_source_and_two_machines_are_two(tmp_path):
    for name in ("access.log", "access.log.1", "access.log.2.gz", "access.log-20260301.zst", "web-1.log", "web-2.log"):
        written(tmp_path, b"x\n", name)
    assert names(expand([str(tmp_path)])) == {
        "access": ["access.log", "access.log-20260301.zst", "access.log.1", "access.log.2.gz"],
        "web-1": ["web-1.log"],
        "web-2": ["web-2.log"],
    }


def test_directories_are_read_below_without_what_is_hidden(tmp_path):
    for name in ("a/deep/er/access.log", "a/.git/x.log", "a/.hidden.log", "b/error.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x\n")
    assert names(expand([str(tmp_path)])) == {"access": ["access.log"], "error": ["error.log"]}
    assert names(expand([f"{tmp_path}/**/*.log"])) == {"access": ["access.log"], "error": ["error.log"]}
    assert names(expand([f"{tmp_path}/b/*", f"{tmp_path}/b/error.log"])) == {"error": ["error.log"]}


def test_sets_of_one_name_in_several_folders_are_told_apart(tmp_path):
    for name in ("a/nginx/access.log", "b/nginx/access.log", "b/nginx/access.log.1", "c/error.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x\n")
    assert [source.name for source in expand([str(tmp_path)])] == ["a/nginx/access", "b/nginx/access", "error"]


def test_links_in_circles_end(tmp_path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "access.log").write_bytes(b"x\n")
    (tmp_path / "logs" / "again").symlink_to(tmp_path / "logs")
    (tmp_path / "logs" / "itself.log").symlink_to(tmp_path / "logs" / "itself.log")
    for argument in (tmp_path, f"{tmp_path}/**", f"{tmp_path}/**/*.log"):
        (source,) = expand([str(argument)])
        assert [file.path.name for file in source.files] == ["access.log"]
    with pytest.raises(UsageError, match=r"itself\.log: "):
        expand([str(tmp_path / "logs" / "itself.log")])


def test_all_mistakes_are_told_at_once(tmp_path):
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    arguments = [str(tmp_path / name) for name in ("absent.log", "*.nothing", "empty", "pipe")]
    with pytest.raises(UsageError) as caught:
        expand([*arguments, ""])
    assert str(caught.value) == (
        f"{arguments[0]}: No such file or directory; {arguments[1]}: no file matches; "
        f"{arguments[2]}: no log in this directory; "
        f"{arguments[3]}: not an ordinary file; pipe its content to `maillon scan -`; : No such file or directory"
    )


def test_a_file_with_a_pattern_in_its_name_is_itself(tmp_path):
    written(tmp_path, b"x\n", "access[1].log")
    (source,) = expand([str(tmp_path / "access[1].log")])
    assert source.files[0].path.name == "access[1].log"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody without rights here")
def test_what_the_rights_forbid_is_told_and_never_left_out(tmp_path):
    for name in ("open/access.log", "open/secret.log", "open/closed/x.log"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x\n")
    (tmp_path / "open" / "secret.log").chmod(0)
    (tmp_path / "open" / "closed").chmod(0)
    tmp_path.chmod(0o755)
    code = (
        "import os\n"
        "from maillon.edges.sources.files import expand\n"
        "os.setuid(65534)\n"
        "try: expand(['open'])\n"
        "except Exception as error: print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True).stdout
    assert told == (
        "open/closed cannot be read: Permission denied; open/secret.log cannot be read: its rights forbid it\n"
    )


def test_a_file_that_vanished_is_an_error_of_its_own(tmp_path):
    file = written(tmp_path, b"x\n")
    file.path.unlink()
    with pytest.raises(SourceError, match="cannot be read: No such file or directory"):
        list(open_blocks(file))
