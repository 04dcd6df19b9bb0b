"""A model's name gives whole files: from the package, the caches, the hub, or the wheel."""

import fcntl
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import termios
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save
from tokenizers import Tokenizer, models

from wordllama import hub
from wordllama.hub import registry
from wordllama.hub.registry import ModelURI
from wordllama.modelfiles.folder import read_model

from .conftest import write_wheel

WEIGHTS, TOKENIZER = "l2_supercat_256.safetensors", "l2_supercat_tokenizer_config.json"
REPO = "/dleemiller/word-llama-l2-supercat/resolve/main"
LLAMA = "/meta-llama/Llama-2-70b-hf/resolve/main/tokenizer.json"
SMALL = {
    "model.safetensors": save({"embeddings": np.ones((2, 4), "f4")}),
    "tokenizer.json": Tokenizer(models.WordLevel({"a": 0, "b": 1}, "a")).to_str().encode(),
    "config.json": b'{"normalize": true}',
}


def serve(server, repo, files):
    for name, content in files.items():
        server.content[f"/{repo}/resolve/main/{name}"] = content


@pytest.fixture
def hosted(server, published, index):
    """The server with the default model on it; no wheel to fall back to."""
    for name, content in published.items():
        server.content[f"{REPO}/{name}"] = content
    return server


@pytest.fixture
def cached(tmp_path, published):
    """A cache folder that holds the default model."""
    return fill(tmp_path / "cache", published)


def fill(cache, published):
    for folder, name in (("weights", WEIGHTS), ("tokenizers", TOKENIZER)):
        (cache / folder).mkdir(parents=True)
        (cache / folder / name).write_bytes(published[name])
    return cache


def files_in(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


# -- the default model ---------------------------------------------------------------------------


def test_the_default_model_comes_from_the_hub_once(hosted, tmp_path, published):
    found = hub.find(cache_dir=tmp_path / "c")
    assert found == hub.find(cache_dir=str(tmp_path / "c"))
    assert found.trusted
    assert found.weights == tmp_path / "c" / "weights" / WEIGHTS
    assert found.tokenizer == tmp_path / "c" / "tokenizers" / TOKENIZER
    assert found.weights.read_bytes() == published[WEIGHTS]
    assert hosted.paths() == [f"{REPO}/{WEIGHTS}", f"{REPO}/{TOKENIZER}"]


def test_the_cache_is_in_the_home_folder(hosted):
    hub.find()
    cache = Path.home() / ".cache" / "wordllama"
    assert files_in(cache) == [".lock", f"tokenizers/{TOKENIZER}", f"weights/{WEIGHTS}"]


def test_the_default_model_comes_from_the_wheel_where_the_hub_fails(
    server, index, tmp_path, published
):
    write_wheel(index, published)
    found = hub.find(cache_dir=tmp_path)
    assert found.trusted
    assert found.weights.read_bytes() == published[WEIGHTS]
    assert found.tokenizer.read_bytes() == published[TOKENIZER]


def test_a_hub_with_other_weights_is_not_believed(hosted, index, tmp_path, published):
    hosted.content[f"{REPO}/{WEIGHTS}"] = published[WEIGHTS][:-1] + b"x"
    write_wheel(index, published)
    assert hub.find(cache_dir=tmp_path).weights.read_bytes() == published[WEIGHTS]


def test_another_repository_s_tokenizer_will_do(hosted, tmp_path, published):
    hosted.content[LLAMA] = hosted.content.pop(f"{REPO}/{TOKENIZER}")
    assert hub.find(cache_dir=tmp_path).tokenizer.read_bytes() == published[TOKENIZER]


@pytest.mark.parametrize("name", [WEIGHTS, TOKENIZER])
def test_only_what_is_missing_is_fetched(hosted, cached, name):
    next(cached.rglob(name)).unlink()
    hub.find(cache_dir=cached)
    assert hosted.paths() == [f"{REPO}/{name}"]


@pytest.mark.parametrize("name", [WEIGHTS, TOKENIZER])
@pytest.mark.parametrize("damage", ["truncated", "changed", "emptied"])
def test_a_damaged_file_in_the_cache_is_fetched_anew(hosted, cached, published, name, damage):
    path = next(cached.rglob(name))
    whole = published[name]
    bad = {"truncated": whole[:-1], "changed": b"x" + whole[1:], "emptied": b""}
    path.write_bytes(bad[damage])
    hub.find(cache_dir=cached)
    assert path.read_bytes() == whole
    assert hosted.paths() == [f"{REPO}/{name}"]


def test_a_damaged_file_is_an_error_offline(server, cached):
    (cached / "weights" / WEIGHTS).write_bytes(b"x")
    with pytest.raises(FileNotFoundError, match=r"damaged: has SHA-256 2d71.*, expected 64b4"):
        hub.find(cache_dir=cached, disable_download=True)


# -- the network forbidden -----------------------------------------------------------------------


@pytest.mark.parametrize("value", ["1", "true", "YES", "on"])
def test_offline_touches_no_network(hosted, index, tmp_path, published, monkeypatch, value):
    write_wheel(index, published)
    monkeypatch.setenv("HF_HUB_OFFLINE", value)
    with pytest.raises(FileNotFoundError, match="HF_HUB_OFFLINE is set"):
        hub.find(cache_dir=tmp_path / "c")
    assert hosted.paths() == []
    assert not (tmp_path / "c").exists()


def test_disable_download_touches_no_network(hosted, index, tmp_path, published):
    write_wheel(index, published)
    with pytest.raises(FileNotFoundError, match="disable_download=True"):
        hub.find(cache_dir=tmp_path / "c", disable_download=True)
    assert hosted.paths() == []
    assert not (tmp_path / "c").exists()


def test_the_cache_is_enough_without_a_network(server, cached, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert hub.find(cache_dir=cached, disable_download=True).trusted
    assert server.paths() == []


# -- failures ------------------------------------------------------------------------------------


def test_one_error_names_every_place_tried(server, index, tmp_path):
    with pytest.raises(FileNotFoundError) as raised:
        hub.find(cache_dir=tmp_path / "c")
    message = str(raised.value)
    assert message.startswith("l2_supercat (dim=256) is nowhere to be found; tried:")
    for place in (
        f"{tmp_path}/c/weights/{WEIGHTS}: not there",
        f"{tmp_path}/c/tokenizers/{TOKENIZER}: not there",
        f"{server.url}{REPO}/{WEIGHTS}: 404",
        "pip download wordllama==0.4.0.post1: ERROR",
    ):
        assert f"\n  - {place}" in message
    assert files_in(tmp_path / "c") == [".lock"]


def test_no_more_is_taken_than_a_file_is_known_to_have(hosted, tmp_path, published):
    hosted.endless.add(f"{REPO}/{WEIGHTS}")
    with pytest.raises(FileNotFoundError, match=f"expected at most {len(published[WEIGHTS])}"):
        hub.find(cache_dir=tmp_path / "c")
    assert files_in(tmp_path / "c") == [".lock"]


def test_a_server_that_falls_silent_is_given_up(hosted, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", "0.1")
    hosted.content[f"{REPO}/l2_supercat_64.safetensors"] = b"something"
    hosted.stalls[f"{REPO}/l2_supercat_64.safetensors"] = 0
    with pytest.raises(FileNotFoundError, match="timed out"):
        hub.find(dim=64, cache_dir=tmp_path / "c")
    assert files_in(tmp_path / "c") == [".lock"]


def test_a_cache_that_cannot_be_made_is_an_error(hosted, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileNotFoundError, match=r"cannot be written .* another cache_dir"):
        hub.find(cache_dir=tmp_path / "file" / "cache")


@pytest.mark.parametrize("endpoint", ["localhost", "http://", "http://[", "http://a b", "ftp://é"])
def test_an_endpoint_that_is_no_url_is_an_error(tmp_path, monkeypatch, endpoint):
    monkeypatch.setenv("HF_ENDPOINT", endpoint)
    with pytest.raises(FileNotFoundError, match=f"- {re.escape(endpoint).rstrip('/')}"):
        hub.find(dim=64, cache_dir=tmp_path)


@pytest.mark.parametrize("seconds", ["soon", "0", "-1", "nan"])
def test_a_timeout_that_is_no_time_is_refused(server, tmp_path, monkeypatch, seconds):
    monkeypatch.setenv("HF_HUB_DOWNLOAD_TIMEOUT", seconds)
    with pytest.raises(ValueError, match=f"HF_HUB_DOWNLOAD_TIMEOUT is '{seconds}'"):
        hub.find(cache_dir=tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="takes another user's place")
def test_a_user_without_a_home_is_asked_for_a_cache():
    code = "import os; from wordllama import hub; os.environ.pop('HOME'); os.setuid(54321);"
    command = [sys.executable, "-c", f"{code} hub.find()"]
    ran = subprocess.run(command, capture_output=True, text=True)
    assert "ValueError: cache_dir is None, and this user has no home folder" in ran.stderr


@pytest.fixture
def nobody():
    """Without the rights of an administrator, for whom nothing is read-only."""
    if os.name == "nt" or os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    yield
    os.seteuid(0)


@pytest.fixture
def read_only(published):
    """A cache with the default model that nobody may write to."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder), published)
        for path in (Path(folder), *Path(folder).rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield Path(folder)
        for path in (Path(folder), *Path(folder).rglob("*")):
            path.chmod(0o755)


def test_a_read_only_cache_is_enough(server, read_only, nobody):
    assert hub.find(cache_dir=read_only).trusted


def test_a_read_only_cache_is_an_error_where_something_is_missing(server, read_only, nobody):
    with pytest.raises(FileNotFoundError, match="cannot be written"):
        hub.find(dim=64, cache_dir=read_only)


def test_a_cache_that_may_not_be_looked_into_is_named(server, nobody):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0)
        with pytest.raises(FileNotFoundError, match=rf"{WEIGHTS}: Permission denied"):
            hub.find(cache_dir=Path(folder) / "c", disable_download=True)
        Path(folder).chmod(0o700)


# -- many at once --------------------------------------------------------------------------------

FIND = "import sys; from wordllama import hub; print(hub.find(cache_dir=sys.argv[1]).weights)"


def test_ten_processes_at_once_fetch_once(hosted, tmp_path, published):
    command = [sys.executable, "-c", FIND, tmp_path / "c"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(10)]
    outputs = [process.communicate()[0].strip() for process in running]
    assert [process.returncode for process in running] == [0] * 10
    assert set(outputs) == {str(tmp_path / "c" / "weights" / WEIGHTS)}
    assert Path(outputs[0]).read_bytes() == published[WEIGHTS]
    assert hosted.paths() == [f"{REPO}/{WEIGHTS}", f"{REPO}/{TOKENIZER}"]


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
def test_a_process_killed_in_mid_download_holds_nobody_up(hosted, tmp_path, published):
    hosted.stalls[f"{REPO}/{WEIGHTS}"] = 1000
    killed = subprocess.Popen([sys.executable, "-c", FIND, tmp_path / "c"])
    while not list(tmp_path.glob("c/weights/.*.tmp")):
        assert killed.poll() is None
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    del hosted.stalls[f"{REPO}/{WEIGHTS}"]
    assert hub.find(cache_dir=tmp_path / "c").weights.read_bytes() == published[WEIGHTS]
    assert os.listdir(tmp_path / "c" / "weights") == [WEIGHTS]


# -- what is shown -------------------------------------------------------------------------------


def shown_on_a_terminal(command):
    master, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=terminal)
    os.close(terminal)
    shown = b""
    with suppress(OSError):  # how the end of a terminal shows
        while more := os.read(master, 1 << 16):
            shown += more
    os.close(master)
    assert running.wait() == 0
    return shown.decode()


def test_downloads_show_on_a_terminal_and_nowhere_else(hosted, tmp_path):
    shown = shown_on_a_terminal([sys.executable, "-c", FIND, tmp_path / "a"])
    assert f"{WEIGHTS}: 100%" in shown
    assert f"{TOKENIZER}: 100%" in shown
    command = [sys.executable, "-c", FIND, tmp_path / "b"]
    assert subprocess.run(command, capture_output=True, check=True).stderr == b""


def test_pip_shows_its_work_on_a_terminal(server, index, tmp_path, published):
    write_wheel(index, published)
    shown = shown_on_a_terminal([sys.executable, "-c", FIND, tmp_path / "c"])
    assert "wordllama-0.4.0.post1" in shown


# -- other models --------------------------------------------------------------------------------


def test_other_widths_come_from_the_hub_and_are_not_trusted(hosted, tmp_path):
    weights = save({"embedding.weight": np.ones((32000, 64), "f2")})
    hosted.content[f"{REPO}/l2_supercat_64_binary.safetensors"] = weights
    found = hub.find("l2_supercat", dim=64, binary=True, cache_dir=tmp_path)
    assert found.weights.read_bytes() == weights
    assert not found.trusted
    model = read_model(found.weights, tokenizer=found.tokenizer)
    assert model.binary
    assert model.dim == 64


def test_a_broken_download_of_the_published_package_is_fetched_anew(hosted, cached):
    weights = save({"embedding.weight": np.ones((32000, 64), "f2")})
    hosted.content[f"{REPO}/l2_supercat_64.safetensors"] = weights
    path = cached / "weights" / "l2_supercat_64.safetensors"
    path.write_bytes(weights[:1000])
    assert hub.find(dim=64, cache_dir=cached).weights.read_bytes() == weights


def test_a_hub_that_gives_something_else_is_an_error(hosted, tmp_path):
    hosted.content[f"{REPO}/l2_supercat_64.safetensors"] = b"<html>Please log in</html>"
    with pytest.raises(FileNotFoundError, match=r"_64\.safetensors: damaged: a header of"):
        hub.find(dim=64, cache_dir=tmp_path / "c")
    assert files_in(tmp_path / "c") == [".lock"]


def test_a_model2vec_model_goes_by_its_published_name(server, tmp_path):
    serve(server, "minishlab/potion-base-2M", SMALL)
    found = hub.find("potion_base_2m", dim=64, cache_dir=tmp_path)
    assert files_in(tmp_path)[1:] == [
        "tokenizers/m2v_potion_2m_tokenizer_config.json",
        "weights/potion_base_2m_64.safetensors",
    ]
    assert read_model(found.weights, tokenizer=found.tokenizer).dim == 4


def test_models_of_one_s_own_are_looked_for_in_the_cache_only(server, tmp_path):
    mine = ModelURI("me/mine", (4,), (), "mine.json")
    with pytest.raises(FileNotFoundError, match="nothing is downloaded for a ModelURI"):
        hub.find(mine, dim=4, cache_dir=tmp_path)
    for folder, name, content in (
        ("weights", "custom_4.safetensors", SMALL["model.safetensors"]),
        ("tokenizers", "mine.json", SMALL["tokenizer.json"]),
    ):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_bytes(content)
    assert hub.find(mine, dim=4, cache_dir=tmp_path).tokenizer.name == "mine.json"
    assert server.paths() == []


@pytest.mark.parametrize("name", ["../x.json", "..", "", "a/b", "a\\b", "/etc/passwd"])
def test_names_of_files_that_leave_the_cache_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="expected one without folders"):
        hub.find(ModelURI("me/mine", (4,), (), name), dim=4, cache_dir=tmp_path)


def test_a_model_that_comes_with_the_package_is_found_first(server, tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "SHIPPED", tmp_path)
    (tmp_path / "tiny").mkdir()
    for name, content in SMALL.items():
        (tmp_path / "tiny" / name).write_bytes(content)
    found = hub.find("tiny", dim=4)
    assert found.weights == tmp_path / "tiny" / "model.safetensors"
    assert found.tokenizer == tmp_path / "tiny" / "tokenizer.json"
    assert read_model(found.weights, tokenizer=found.tokenizer).normalize
    assert registry.list_configs()["shipped"] == ["tiny"]
    assert server.paths() == []
    with pytest.raises(ValueError, match="dim is 256, expected 4, as tiny has"):
        hub.find("tiny")
    for name in ("", ".", "..", "../tiny", "tiny/", "/tiny", str(tmp_path / "tiny")):
        with pytest.raises(ValueError, match="expected a folder, owner/name, or one of"):
            hub.find(name)


def test_unknown_names_and_widths_are_refused():
    with pytest.raises(ValueError, match=r"config is 'nothing', expected .*'l2_supercat'"):
        hub.find("nothing")
    with pytest.raises(ValueError, match=r"dim is 100, expected one of the dims of l2_supercat"):
        hub.find(dim=100)
    with pytest.raises(ValueError, match=r"binary dims of potion_base_8m: \[\]"):
        hub.find("potion_base_8m", binary=True)


def test_every_name_can_be_asked_for_at_each_of_its_widths(server, tmp_path):
    for name, model in registry.MODELS.items():
        for binary, dims in ((False, model.available_dims), (True, model.binary_dims)):
            for dim in dims:
                with pytest.raises(FileNotFoundError, match=rf"{name} .*nowhere to be found"):
                    hub.find(name, dim, binary, tmp_path, disable_download=True)
    assert set(registry.list_names()) == {*registry.MODELS, "l2_words"}


# -- download ------------------------------------------------------------------------------------


def test_download_gives_what_find_gives(hosted, tmp_path):
    found = hub.download(cache_dir=tmp_path)
    assert found == hub.find(cache_dir=tmp_path, disable_download=True)
    assert hub.download("dleemiller/word-llama-l2-supercat", cache_dir=tmp_path) == found


def test_download_knows_a_model_s_only_width(server, tmp_path):
    serve(server, "minishlab/potion-base-2M", SMALL)
    assert hub.download("potion_base_2m", cache_dir=tmp_path).weights.name.endswith(
        "_64.safetensors"
    )


def test_download_fetches_a_repository(server, tmp_path):
    serve(server, "me/mine", SMALL)
    found = hub.download("me/mine", cache_dir=tmp_path)
    assert found.weights == tmp_path / "models" / "me--mine" / "model.safetensors"
    assert found.tokenizer == tmp_path / "models" / "me--mine" / "tokenizer.json"
    with pytest.raises(ValueError, match="expected a folder, owner/name, or one of"):
        hub.download("nothing")


def test_the_command_prints_where_the_files_lie(server, tmp_path):
    serve(server, "me/mine", SMALL)
    command = [Path(sys.executable).with_name("wordllama"), "download", "me/mine"]
    ran = subprocess.run(
        [*command, "--cache-dir", tmp_path], capture_output=True, text=True, check=True
    )
    folder = tmp_path / "models" / "me--mine"
    assert ran.stdout.splitlines() == [
        str(folder / "model.safetensors"),
        str(folder / "tokenizer.json"),
    ]


# -- repositories --------------------------------------------------------------------------------


def test_a_repository_comes_as_a_folder_once(server, tmp_path):
    serve(server, "me/mine", SMALL)
    folder = hub.snapshot("me/mine", tmp_path)
    assert folder == tmp_path / "models" / "me--mine"
    assert files_in(folder) == sorted(SMALL)
    assert read_model(folder).normalize
    asked = len(server.asked)
    assert hub.snapshot("me/mine", tmp_path) == folder
    assert len(server.asked) == asked


def test_a_repository_with_sentence_transformers_layout_comes(server, tmp_path):
    files = {f"0_StaticEmbedding/{name}": SMALL[name] for name in SMALL if name != "config.json"}
    serve(server, "me/mine", files)
    serve(server, "me/mine", {"modules.json": b'[{"type": "models.Normalize"}]'})
    assert read_model(hub.snapshot("me/mine", tmp_path)).normalize


def test_a_repository_that_is_not_there_is_an_error(server, tmp_path):
    with pytest.raises(FileNotFoundError) as raised:
        hub.snapshot("me/mine", tmp_path)
    for name in ("config.json", "tokenizer.json", "0_StaticEmbedding/tokenizer.json"):
        assert f"{server.url}/me/mine/resolve/main/{name}: 404" in str(raised.value)


def test_a_repository_is_not_fetched_offline(server, tmp_path, monkeypatch):
    serve(server, "me/mine", SMALL)
    with pytest.raises(FileNotFoundError, match="downloads are disabled"):
        hub.snapshot("me/mine", tmp_path, disable_download=True)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(FileNotFoundError, match="downloads are disabled"):
        hub.snapshot("me/mine", tmp_path)
    assert server.paths() == []


@pytest.mark.parametrize("endpoint_error", [500, 403])
def test_a_config_that_cannot_be_had_now_is_not_taken_for_none(server, tmp_path, endpoint_error):
    serve(server, "me/mine", SMALL)
    server.status["/me/mine/resolve/main/config.json"] = endpoint_error
    with pytest.raises(FileNotFoundError, match=str(endpoint_error)):
        hub.snapshot("me/mine", tmp_path)


@pytest.mark.parametrize(
    "name", ["a", "a/b/c", "../x", "a/..", "a/", "/a", "a/b c", "a/b?c", "a/b#c", "a\\b/c", ".a/b"]
)
def test_what_is_no_name_of_a_repository_is_refused(server, tmp_path, name):
    with pytest.raises(ValueError, match="expected owner/name"):
        hub.snapshot(name, tmp_path)
    assert server.paths() == []


def test_hugging_face_s_own_cache_is_used(server, tmp_path, published, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    mine = in_hugging_face_s_cache(tmp_path / "hf", "me/mine", SMALL)
    in_hugging_face_s_cache(tmp_path / "hf", "dleemiller/word-llama-l2-supercat", published)
    assert hub.snapshot("me/mine", tmp_path / "c", disable_download=True) == mine
    assert read_model(mine).normalize
    assert hub.find(cache_dir=tmp_path / "c").trusted
    assert server.paths() == []


def in_hugging_face_s_cache(home, repo, files):
    """What `huggingface_hub` leaves behind: blobs, and links to them in a snapshot's folder."""
    top = home / "hub" / f"models--{repo.replace('/', '--')}"
    snapshot = top / "snapshots" / "0123abc"
    for folder in (top / "refs", top / "blobs", snapshot):
        folder.mkdir(parents=True)
    (top / "refs" / "main").write_text("0123abc")
    for i, (name, content) in enumerate(files.items()):
        (top / "blobs" / str(i)).write_bytes(content)
        (snapshot / name).symlink_to(top / "blobs" / str(i))
    return snapshot
