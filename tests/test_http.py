"""The guard's own HTTP server: what it takes for a request, and what it refuses."""

from __future__ import annotations

import asyncio
import json

import pytest

from maillon.edges.http import Response, listen, rendered, run

_DONE = rendered(Response(200, {"x-maillon-decision": "allow"}))


def replies(path, *pieces):
    """Send pieces over one connection; return all that comes back, and the requests that were handed on."""
    asked = []

    def answer(request, reply):
        asked.append(request)
        headers = {name: value for name, value in request.headers.items() if name != "host"}
        body = json.dumps([request.method, request.target, headers, request.body.decode()]).encode()
        reply(_DONE if request.target == "/quick" else Response(200, {}, body))

    async def main():
        server = await listen(f"unix:{path}", answer, asked.append)
        reader, writer = await asyncio.open_unix_connection(str(path))
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.write_eof()
        came = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        await writer.wait_closed()
        server.close()
        await server.wait_closed()
        found.append(came)

    found = []
    run(main())
    return found[0], asked


def get(target, *headers):
    return "\r\n".join([f"GET {target} HTTP/1.1", "Host: a", *headers, "", ""]).encode()


def test_requests_that_come_together_are_answered_in_their_order(tmp_path):
    came, asked = replies(tmp_path / "s", get("/1") + get("/quick", "X-A: 1") + get("/3") + get("/4"))
    assert [one.target for one in asked] == ["/1", "/quick", "/3", "/4"]
    assert [one.headers.get("x-a") for one in asked] == [None, "1", None, None]
    assert came.count(b"HTTP/1.1 200 OK") == 4
    assert came.index(b'"/1"') < came.index(b"x-maillon-decision") < came.index(b'"/3"') < came.index(b'"/4"')


@pytest.mark.parametrize("size", [1, 7, 40])
def test_a_request_in_pieces_is_the_same_request(tmp_path, size):
    whole = get("/dossiers/1?a=%C3%A9", "X-Account: m.durand", "User-Agent: Firefox")
    _, asked = replies(tmp_path / "s", *(whole[at : at + size] for at in range(0, len(whole), size)))
    (one,) = asked
    assert one.headers["x-account"] == "m.durand"
    assert one.headers["user-agent"] == "Firefox"


def test_trailers_are_no_headers(tmp_path):
    body = b"POST /a HTTP/1.1\r\nHost: a\r\nX-Account: own\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
    _, asked = replies(tmp_path / "s", body + b"X-Account: other\r\nX-New: 1\r\n\r\n" + get("/next"))
    first, second = asked
    assert (first.headers["x-account"], first.body) == ("own", b"abc")
    assert "x-new" not in first.headers
    assert "x-account" not in second.headers


@pytest.mark.parametrize(
    ("status", "raw"),
    [
        (b"400", get("/", "X-Account: own", "x-account: other")),
        (b"431", get("/", "X-A: " + "a" * 33_000)),
        (b"431", get("/" + "a" * 33_000)),
        (b"431", b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X-A: 1\r\n" * 5000),
        (b"413", b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" + b"a" * 70_000),
    ],
)
def test_what_is_ambiguous_or_too_long_is_refused_and_reaches_nobody(tmp_path, status, raw):
    came, asked = replies(tmp_path / "s", raw)
    assert came.startswith(b"HTTP/1.1 " + status)
    assert came.endswith(b"\r\n\r\n")
    assert not asked
