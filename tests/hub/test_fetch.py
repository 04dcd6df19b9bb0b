"""A file comes over HTTP whole and checked, or not at all."""

import hashlib
import os
import socket
import ssl
import subprocess

import pytest

from wordllama.hub.fetch import FetchError, MissingError, get

from .conftest import running

BODY = bytes(range(256)) * 4000
SHA = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def path(tmp_path):
    (tmp_path / "down").mkdir()
    return tmp_path / "down" / "file"


def assert_nothing(path):
    assert os.listdir(path.parent) == []


def test_a_file_comes_whole(server, path):
    server.content["/a"] = BODY
    get(f"{server.url}/a", path, SHA)
    assert path.read_bytes() == BODY
    assert os.listdir(path.parent) == ["file"]


def test_an_empty_file_comes(server, path):
    server.content["/a"] = b""
    get(f"{server.url}/a", path)
    assert path.read_bytes() == b""


def test_redirects_are_followed(server, path):
    server.redirects = {"/a": "/b", "/b": f"{server.url}/c"}
    server.content["/c"] = BODY
    get(f"{server.url}/a", path, SHA)
    assert path.read_bytes() == BODY


def test_redirects_in_a_circle_end(server, path):
    server.redirects = {"/a": "/b", "/b": "/a"}
    with pytest.raises(FetchError, match="/a: 302"):
        get(f"{server.url}/a", path)
    assert_nothing(path)


def test_redirects_to_files_of_this_machine_are_refused(server, path, tmp_path):
    (tmp_path / "secret").write_text("secret")
    server.redirects["/a"] = (tmp_path / "secret").as_uri()
    with pytest.raises(FetchError, match="/a"):
        get(f"{server.url}/a", path)
    assert_nothing(path)


@pytest.mark.parametrize(("status", "kind"), [(404, MissingError), (410, MissingError)])
def test_a_missing_file_is_told_apart(server, path, status, kind):
    server.status["/a"] = status
    with pytest.raises(kind, match=f"/a: {status}"):
        get(f"{server.url}/a", path)
    assert_nothing(path)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_other_refusals_are_errors(server, path, status):
    server.status["/a"] = status
    with pytest.raises(FetchError, match=f"/a: {status}") as raised:
        get(f"{server.url}/a", path)
    assert not isinstance(raised.value, MissingError)
    assert server.paths() == ["/a"]


def test_a_broken_transfer_goes_on_where_it_stopped(server, path):
    server.content["/a"] = BODY
    server.cuts["/a"] = [1000, 2000]
    get(f"{server.url}/a", path)
    assert path.read_bytes() == BODY
    assert server.ranges_asked() == [None, "bytes=1000-", "bytes=3000-"]


def test_a_broken_transfer_starts_anew_where_ranges_are_not_served(server, path):
    server.content["/a"] = BODY
    server.cuts["/a"] = [1000]
    server.ranges = False
    get(f"{server.url}/a", path, SHA)
    assert path.read_bytes() == BODY


def test_a_broken_transfer_starts_anew_where_nothing_tells_versions_apart(server, path):
    server.content["/a"] = BODY
    server.cuts["/a"] = [1000]
    server.etags = False
    get(f"{server.url}/a", path)
    assert path.read_bytes() == BODY
    assert server.ranges_asked() == [None, None]


def test_a_file_that_changes_between_attempts_is_not_patched_together(server, path):
    server.content["/a"] = BODY
    server.headers["/a"] = {"ETag": '"first"'}
    server.etags = False
    server.cuts["/a"] = [1000]
    get(f"{server.url}/a", path)  # If-Range names a tag that the file no longer has
    assert path.read_bytes() == BODY
    assert server.ranges_asked() == [None, "bytes=1000-"]


def test_a_transfer_that_breaks_again_and_again_fails(server, path):
    server.content["/a"] = BODY
    server.cuts["/a"] = [10] * 100
    with pytest.raises(FetchError, match=f"broke off after 50 of {len(BODY)} bytes"):
        get(f"{server.url}/a", path)
    assert_nothing(path)


def test_a_transfer_that_brings_nothing_is_not_repeated(server, path):
    server.content["/a"] = BODY
    server.cuts["/a"] = [0] * 100
    with pytest.raises(FetchError, match="broke off after 0"):
        get(f"{server.url}/a", path)
    assert server.paths() == ["/a"]


def test_a_wrong_checksum_is_refused(server, path):
    server.content["/a"] = BODY[:-1] + b"x"
    with pytest.raises(FetchError, match=f"expected {SHA}"):
        get(f"{server.url}/a", path, SHA)
    assert_nothing(path)


def test_the_checksum_that_the_hub_promises_is_held_to(server, path):
    server.redirects["/a"] = "/b"
    server.headers["/a"] = {"X-Linked-Etag": f'"{SHA}"'}
    server.content["/b"] = BODY
    get(f"{server.url}/a", path)
    assert path.read_bytes() == BODY
    path.unlink()
    server.content["/b"] = BODY[::-1]
    with pytest.raises(FetchError, match=f"expected {SHA}"):
        get(f"{server.url}/a", path)
    assert_nothing(path)


def test_a_silent_server_is_given_up(server, path):
    server.content["/a"] = BODY
    server.stalls["/a"] = 0
    with pytest.raises(FetchError, match="timed out"):
        get(f"{server.url}/a", path, timeout=0.2)
    assert_nothing(path)


def test_a_server_that_falls_silent_is_asked_for_the_rest(server, path):
    server.content["/a"] = BODY
    server.stalls["/a"] = 1000
    with pytest.raises(FetchError, match="timed out"):
        get(f"{server.url}/a", path, timeout=1)
    assert server.ranges_asked()[:3] == [None, "bytes=1000-", "bytes=2000-"]
    assert_nothing(path)


def test_nobody_listening_is_an_error(path):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(FetchError, match=r"refused"):
            get(f"http://127.0.0.1:{port}/a", path)
    assert_nothing(path)


def test_a_body_without_end_is_given_up(server, path):
    server.content["/a"] = BODY
    server.endless.add("/a")
    with pytest.raises(FetchError, match=r"/a: sends \d+ bytes or more, expected at most 999999"):
        get(f"{server.url}/a", path, largest=999_999)
    assert_nothing(path)
    assert len(server.asked) == 1


def test_a_body_that_is_announced_too_large_is_not_read(server, path):
    server.content["/a"] = BODY
    server.cuts["/a"] = [0]
    with pytest.raises(FetchError, match=f"announces {len(BODY)} bytes or more, expected"):
        get(f"{server.url}/a", path, largest=9)
    assert_nothing(path)
    server.cuts["/a"] = [len(BODY) // 2]
    get(f"{server.url}/a", path, largest=len(BODY))
    assert path.read_bytes() == BODY


def test_what_is_not_http_is_an_error(path):
    with pytest.raises(FetchError, match="no-such-scheme"):
        get("no-such-scheme://x/a", path)


def test_a_token_is_not_sent_on_to_where_a_redirect_leads(server, path):
    server.redirects["/a"] = "/b"
    server.content["/b"] = BODY
    get(f"{server.url}/a", path, token="secret")
    sent = [headers.get("Authorization") for _, headers in server.asked]
    assert sent == ["Bearer secret", None]


@pytest.fixture
def secure(server, tmp_path, monkeypatch):
    """The same files over https, with a certificate of our own that is trusted."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -keyout {key} -out {certificate}"
    command += " -days 1 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    subprocess.run(command.split(), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with running(server, context) as address:
        yield f"https://localhost:{address[1]}"


def test_a_file_comes_over_https(server, secure, path):
    server.content["/a"] = BODY
    server.cuts["/a"] = [1000]
    get(f"{secure}/a", path)
    assert path.read_bytes() == BODY


def test_a_certificate_that_nobody_vouches_for_is_refused(secure, path, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(FetchError, match="certificate verify failed"):
        get(f"{secure}/a", path)


def test_https_never_leads_to_http(server, secure, path):
    server.redirects["/a"] = f"{server.url}/b"
    server.content["/b"] = BODY
    with pytest.raises(FetchError, match="not https"):
        get(f"{secure}/a", path)
    assert_nothing(path)


def test_a_bar_shows_on_standard_error(server, path, capfd):
    server.content["/a"] = BODY
    get(f"{server.url}/a", path, progress=True)
    assert "a: 100%" in capfd.readouterr().err
    get(f"{server.url}/a", path)
    assert capfd.readouterr().err == ""
