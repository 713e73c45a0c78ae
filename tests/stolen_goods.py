"""Leaks as they come, invented: stealers' folders, lines, archives; with secrets that nothing may ever show."""

from __future__ import annotations

import io
import tarfile
import zipfile
import zlib
from pathlib import Path

SECRET = "Zq7!planted"
"""Every planted password and cookie begins so."""

PORTAL = "portail.sante-exemple.example"
ACCOUNTS = """account;email;rpps;login
m.durand;marie.durand@chu-exemple.example;10100000008;mdurand
p.roy;p.roy@cabinet.example;;
l.blanc;;;lblanc
"""


def redline(root: str) -> dict[str, bytes]:
    """RedLine: URL, Username, Password, Application, a rule of equal signs."""
    return {
        f"{root}/UserInformation.txt": (
            b"Build ID: x\r\nIP: 192.0.2.7\r\nUserName: Marie\r\nCountry: FR\r\nLog date: 03.02.2026 21:14:09\r\n"
        ),
        f"{root}/Passwords.txt": (
            f"*** REDLINE ***\r\n\r\nURL: https://{PORTAL}/login\r\nUsername: mdurand\r\nPassword: {SECRET}:red;1\r\n"
            "Application: Google_[Chrome]_Default\r\n===============\r\n"
            f"URL: https://shop.example/\r\nUsername: someone@else.example\r\nPassword: {SECRET}other\r\n"
            "Application: Google_[Chrome]_Default\r\n===============\r\n"
        ).encode(),
        f"{root}/Cookies/Google_[Chrome]_Default Network.txt": (
            f".{PORTAL}\tTRUE\t/\tTRUE\t1799999999\tSESSION\t{SECRET}cookie\r\n"
            f".other.example\tTRUE\t/\tFALSE\t1799999999\tid\t{SECRET}cookie2\r\n"
        ).encode(),
        f"{root}/Autofills/Google_[Chrome]_Default.txt": b"Name: email\r\nValue: marie.durand@chu-exemple.example\r\n",
    }


def raccoon(root: str) -> dict[str, bytes]:
    """Raccoon: URL, USER, PASS; the cookies of a browser in a folder of their own."""
    return {
        f"{root}/System Info.txt": b"System Information:\n - Locale: French\n - Local Time: 2026-01-15 08:00:00\n",
        f"{root}/passwords.txt": f"URL:https://mail.example\nUSER:p.roy@cabinet.example\nPASS:{SECRET}racc\n\n".encode(),
        f"{root}/browsers/cookies/Chrome_Default.txt": f".x.example\tFALSE\t/\tFALSE\t0\ta\t{SECRET}\n".encode(),
    }


def vidar(root: str) -> dict[str, bytes]:
    """Vidar: Soft, Host, Login, Password."""
    return {
        f"{root}/information.txt": b"Version: 9\nDate: 12/2/2026 10:11:12\nMachineID: 1\n",
        f"{root}/passwords.txt": (
            f"Soft: Google Chrome (Default)\nHost: https://{PORTAL}:8443/a?b=c\nLogin: 810100000008\n"
            f"Password: {SECRET}vid\n\n"
            f"Soft: Firefox\nHost: https://{PORTAL}/\nLogin: nobody.known\nPassword: {SECRET}unk\n\n"
        ).encode(),
    }


def lumma(root: str) -> dict[str, bytes]:
    """Lumma: All Passwords.txt; here nothing but cookies of the service on a device whose person is not known."""
    return {
        f"{root}/System.txt": b"LummaC2 Build\n- Local Date: x\n",
        f"{root}/All Passwords.txt": f"SOFT: Edge\nURL: https://a.example\nUSER: b\nPASS: {SECRET}lum\n\n".encode(),
        f"{root}/Chrome/Default/Cookies.txt": (
            f"www.{PORTAL}\tFALSE\t/\tTRUE\t0\tJSESSIONID\t{SECRET}lumcookie\n".encode()
        ),
    }


def everything() -> dict[str, bytes]:
    """Four devices of four families."""
    return {**redline("logs/FR_1"), **raccoon("logs/FR_2"), **vidar("logs/FR_3"), **lumma("logs/FR_4")}


def lines() -> bytes:
    """Lines of all makings, each with a secret; half of them concern nobody of ours."""
    return "\n".join(
        [
            f"https://{PORTAL}/auth:mdurand:{SECRET}ulp:with:colons",
            f"android://aGVsbG8=@com.shop.app/:p.roy@cabinet.example:{SECRET}app",
            f"marie.durand@chu-exemple.example:{SECRET}combo",
            f"MARIE.DURAND@CHU-EXEMPLE.EXAMPLE:{SECRET}combo",
            f"https://evil-{PORTAL}/x:lblanc:{SECRET}notours",
            f"https://nowhere.example/x:stranger@x.example:{SECRET}stranger",
            f"lblanc:{SECRET}plainlogin",
            f"https://{PORTAL}/x:somebody.unknown:{SECRET}unknown",
        ]
    ).encode()


def zipped(members: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def tarred(members: dict[str, bytes], path: Path, mode: str = "w:gz") -> Path:
    with tarfile.open(path, mode) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


def laid(members: dict[str, bytes], folder: Path) -> Path:
    for name, data in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def rared(members: dict[str, bytes], path: Path, *, encrypted: bool = False) -> Path:
    """Write a RAR 5 archive of stored members (RAR 5.0 archive format, rarlab.com/technote.htm)."""

    def vint(number: int) -> bytes:
        out = bytearray()
        while number > 127:
            out.append(number & 127 | 128)
            number >>= 7
        return bytes([*out, number])

    def header(*fields: bytes) -> bytes:
        body = b"".join(fields)
        sized = vint(len(body)) + body
        return zlib.crc32(sized).to_bytes(4, "little") + sized

    parts = [b"Rar!\x1a\x07\x01\x00"]
    if encrypted:
        parts.append(header(vint(4), vint(0), vint(0), vint(0), b"\x0f", bytes(16)))
    parts.append(header(vint(1), vint(0), vint(0)))
    for name, data in members.items():
        text = name.encode()
        parts.append(
            header(
                *map(vint, (2, 2, len(data), 4, len(data), 0o100644)),
                zlib.crc32(data).to_bytes(4, "little"),
                *map(vint, (0, 1, len(text))),
                text,
            )
        )
        parts.append(data)
    parts.append(header(vint(5), vint(0), vint(0)))
    path.write_bytes(b"".join(parts))
    return path
