"""How many requests a second does the server answer, and how soon?

`wrk` (Debian's package) on loopback, 64 connections, over WordNet's glosses (wordnet-base) and
whole documents; beside it model2vec with the same weights behind the same web stack. Each figure
is the median of three runs, taken in turns. Run: `python benchmarks/server.py`.
"""

from __future__ import annotations

import contextlib
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import machine
import texts

from wordllama import WordLlama

HERE = Path(__file__).parent
RUNS = 3
SECONDS = 5
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}
SCRIPT = """
local bodies = {}
for line in io.lines("%s") do bodies[#bodies + 1] = line end
local at = 0
request = function()
  at = at %% #bodies + 1
  return wrk.format("POST", "/embed", {["Content-Type"] = "application/json"}, bodies[at])
end
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as servers:
        folder = Path(temporary)
        WordLlama.load().save(folder / "model")
        ours = [sys.executable, "-m", "wordllama", "serve", "-m", str(folder / "model"), "-p"]
        theirs = [sys.executable, str(HERE / "peer_server.py"), str(folder / "model")]
        ports = {
            "wordllama": servers.enter_context(running(ours)),
            "model2vec": servers.enter_context(running(theirs)),
        }
        rows = [measure(name, script, ports) for name, script in loads(folder)]
    report(rows)


def loads(folder: Path) -> Iterator[tuple[str, Path]]:
    """(what is sent, a wrk script that sends it)."""
    glosses, documents = texts.glosses(), texts.documents()
    kinds: dict[str, list[str | list[str]]] = {
        "one gloss": list(glosses[:20_000]),
        "32 glosses": [glosses[i : i + 32] for i in range(0, 20_000, 32)],
        "one document": [document for document in documents if len(document) < 20_000][:500],
    }
    for name, bodies in kinds.items():
        lines = folder / f"{name}.jsonl"
        lines.write_text("\n".join(json.dumps({"inputs": body}) for body in bodies))
        script = folder / f"{name}.lua"
        script.write_text(SCRIPT % lines)
        yield name, script


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[int]:
    """The port of a server process that listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen([*command, str(port)], stderr=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


def measure(name: str, script: Path, ports: dict[str, int]) -> dict[str, str | float]:
    row: dict[str, str | float] = {"request": name}
    figures: dict[str, list[tuple[float, float, float]]] = {server: [] for server in ports}
    for port in ports.values():
        wrk(port, script, 2)
    for _ in range(RUNS):
        for server, port in ports.items():
            figures[server].append(wrk(port, script, SECONDS))
    for server, runs in figures.items():
        rate, p50, p99 = (median(each) for each in zip(*runs, strict=True))
        row |= {f"{server} requests/s": rate, f"{server} p50 ms": p50, f"{server} p99 ms": p99}
    return row


def wrk(port: int, script: Path, seconds: int) -> tuple[float, float, float]:
    """(requests a second, p50, p99 in ms); an answer other than 200 is an error."""
    command = [
        "wrk",
        "-t1",
        "-c64",
        f"-d{seconds}s",
        "--timeout",
        "60s",
        "--latency",
        "-s",
        str(script),
    ]
    command.append(f"http://127.0.0.1:{port}")
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        raise RuntimeError(said)
    (rate,) = re.findall(r"Requests/sec:\s+([\d.]+)", said)
    times = {
        percent: float(value) * UNITS[unit]
        for percent, value, unit in re.findall(r"(50|99)%\s+([\d.]+)(us|ms|s)", said)
    }
    return float(rate), times["50"], times["99"]


def report(rows: list[dict[str, str | float]]) -> None:
    lines = [
        "| request | wordllama, requests/s | p50 | p99 | model2vec, same | p50 | p99 | ratio |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        cells = [str(row["request"])]
        for server in ("wordllama", "model2vec"):
            cells += [f"{row[f'{server} requests/s']:,.0f}"]
            cells += [f"{row[f'{server} {p} ms']:.1f} ms" for p in ("p50", "p99")]
        ratio = float(row["wordllama requests/s"]) / float(row["model2vec requests/s"])
        lines.append(f"| {' | '.join(cells)} | {ratio:.2f}x |")
    table = "\n".join(lines)
    results = HERE / "results"
    results.mkdir(exist_ok=True)
    content = {"machine": machine.describe(), "results": rows}
    (results / "server.json").write_text(json.dumps(content, indent=1) + "\n")
    note = "One server process, one thread of wrk with 64 connections, on the same machine"
    (results / "server.md").write_text(f"{note} ({machine.line()}).\n\n{table}\n")
    print(table)


if __name__ == "__main__":
    main()
