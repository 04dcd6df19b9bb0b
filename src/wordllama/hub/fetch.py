"""Files over HTTP: written under a temporary name, checked, and renamed."""

from __future__ import annotations

import urllib.request
from collections.abc import Mapping
from contextlib import nullcontext
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import IO, Any, BinaryIO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from wordllama.atomic import atomic_write
from wordllama.modelfiles.tensors import sha256_of

_CHUNK = 1 << 18
_ATTEMPTS = 5
_CONNECT_S = 5.0
"""A hub has several addresses; each gets this long to answer a connection."""


class FetchError(OSError):
    """A file could not be had; the message names the source and the reason."""


class MissingError(FetchError):
    """The source answers, and does not have the file."""


class TooLargeError(FetchError):
    """The source has, or sends, more than the file may have."""


def check(file: BinaryIO, sha256: str | None, source: str) -> None:
    """Raise FetchError unless an open file's SHA-256 is the one given (None: anything will do)."""
    file.seek(0)
    if sha256 is not None and (found := sha256_of(file)) != sha256:
        raise FetchError(f"{source}: has SHA-256 {found}, expected {sha256}")


def get(
    url: str,
    path: Path,
    sha256: str | None = None,
    timeout: float = 10,
    token: str | None = None,
    progress: bool = False,
    largest: int | None = None,
) -> None:
    """Download a file to `path`, whole and checked or not at all.

    A transfer that breaks off is resumed as long as every attempt brings more bytes. Without
    `sha256`, the checksum that a Hugging Face server promises in `X-Linked-Etag` is used.

    Args:
        url: http or https; redirects are followed, though never from https to http.
        path: where to; its folder exists.
        sha256: what the file must have.
        timeout: how long the server may be silent, in seconds.
        token: sent as a bearer token to the host of `url` alone.
        progress: show a bar on standard error.
        largest: how many bytes to take; a server that announces or sends more is given up.

    Raises:
        MissingError: the server answers 404.
        FetchError: anything else that went wrong.
    """
    with atomic_write(path) as file:
        transfer = _Transfer(url, file, sha256, timeout, token, progress, largest)
        for _ in range(_ATTEMPTS):
            before = file.tell()
            try:
                transfer.run()
                break
            except HTTPError as error:
                kind = MissingError if error.code in (404, 410) else FetchError
                raise kind(f"{url}: {error.code} {error.reason}") from error
            except TooLargeError:
                raise
            except (HTTPException, OSError, ValueError) as error:
                reason = error.reason if isinstance(error, URLError) else error
                failure = FetchError(f"{url}: {reason or type(error).__name__}")
                failure.__cause__ = error
                if file.tell() <= before:
                    raise failure from error
        else:
            raise failure
        check(file, transfer.sha256, url)


class _Transfer:
    """One download: what has come, and how to go on after a break."""

    def __init__(
        self,
        url: str,
        file: BinaryIO,
        sha256: str | None,
        timeout: float,
        token: str | None,
        progress: bool,
        largest: int | None,
    ) -> None:
        self.url, self.file, self.sha256 = url, file, sha256
        self.timeout, self.token, self.progress = timeout, token, progress
        self.largest = largest
        self.tag: str | None = None

    def run(self) -> None:
        redirects = _Redirects()
        opener = urllib.request.build_opener(redirects, _Http, _Https)
        request = urllib.request.Request(self.url, headers={"User-Agent": "wordllama"})
        if self.token:
            request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        if self.file.tell() and (self.tag or self.sha256):
            request.add_header("Range", f"bytes={self.file.tell()}-")
            if self.tag:
                request.add_header("If-Range", self.tag)
        with opener.open(request, timeout=self.timeout) as response:
            self._note(redirects.seen, response)
            self._position(response)
            self._receive(response)

    def _note(self, redirect: Mapping[str, str], response: HTTPResponse) -> None:
        linked = redirect.get("x-linked-etag") or response.headers.get("X-Linked-Etag") or ""
        promised = linked.removeprefix("W/").strip('"').lower()
        if self.sha256 is None and len(promised) == 64:
            self.sha256 = promised
        tag = response.headers.get("ETag")
        self.tag = tag if tag and not tag.startswith("W/") else None

    def _position(self, response: HTTPResponse) -> None:
        """Start anew unless the server goes on where the file ends."""
        expected = f"bytes {self.file.tell()}-"
        given = response.headers.get("Content-Range", "")
        if response.status != 206 or not given.startswith(expected):
            self.file.seek(0)
            self.file.truncate()

    def _receive(self, response: HTTPResponse) -> None:
        start, length = self.file.tell(), response.headers.get("Content-Length", "")
        total = start + int(length) if length.isdecimal() else None
        self._check_size(total or 0, "announces")
        with _bar(self.url, start, total) if self.progress else nullcontext() as bar:
            while chunk := response.read1(_CHUNK):
                self._check_size(self.file.tell() + len(chunk), "sends")
                self.file.write(chunk)
                if bar is not None:
                    bar.update(len(chunk))
        if total is not None and self.file.tell() != total:
            raise FetchError(f"broke off after {self.file.tell()} of {total} bytes")

    def _check_size(self, size: int, does: str) -> None:
        if self.largest is not None and size > self.largest:
            raise TooLargeError(
                f"{self.url}: {does} {size} bytes or more, expected at most {self.largest}"
            )


def _bar(url: str, start: int, total: int | None) -> Any:
    from tqdm import tqdm

    name = url.rpartition("/")[2]
    return tqdm(desc=name, initial=start, total=total, unit="B", unit_scale=True)


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follow redirects, never from https to http, and keep the headers seen on the way."""

    def __init__(self) -> None:
        self.seen: dict[str, str] = {}

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        self.seen.update({name.lower(): value for name, value in headers.items()})
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise FetchError(f"redirected to {newurl}, which is not https")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _HttpConnection(HTTPConnection):
    def connect(self) -> None:
        patience, self.timeout = self.timeout, _quick(self.timeout)
        super().connect()
        self.sock.settimeout(patience)


class _HttpsConnection(HTTPSConnection):
    def connect(self) -> None:
        patience, self.timeout = self.timeout, _quick(self.timeout)
        super().connect()
        self.sock.settimeout(patience)


def _quick(timeout: float | None) -> float:
    return _CONNECT_S if timeout is None else min(timeout, _CONNECT_S)


class _Http(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_HttpConnection, req)


class _Https(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_HttpsConnection, req)
