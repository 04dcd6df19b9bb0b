"""Calls that are interrupted, threads that are late at exit, and children forked meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from wordllama.kernel import chosen, reference

NATIVE = pytest.mark.skipif(chosen is reference, reason="NumPy looks for signals by itself")

BEGIN = """
import os, signal, sys, threading
import numpy as np
from wordllama.kernel import Cuts, Rows, WordTable, Bpe, {kernel} as kernel
def bytes_of(strings, whole):
    return [list(s.encode()) for s in strings]
rows = Rows(np.ones((256, 64), np.float32))
table = kernel.WordTable(Cuts("spaces"), bytes_of)
table.token_ids(["a b"])
"""

# Each would take hours; the signal comes once the call has begun.
LONG_CALLS = {
    "embed": """
texts = ["a b " * 5_000_000] * 100_000
out = np.empty((len(texts), 64), np.float32)
call = lambda: table.embed(texts, rows, out)
""",
    "one long text": """
texts = ["a b " * 25_000_000]
out = np.empty((1, 64), np.float32)
call = lambda: [table.embed(texts, rows, out) for _ in range(10_000)]
""",
    "token_ids": """
texts = ["a b " * 5_000_000] * 100_000
call = lambda: table.token_ids(texts)
""",
    "merges": """
letters = {f"<0x{i:02X}>": i for i in range(256)} | {"a": 256, "b": 257}
tokens = letters | {"a" * 2**i: 257 + i for i in range(1, 20)}
merges = "\\n".join(f"{'a' * 2**i} {'a' * 2**i}" for i in range(19))
nowhere = Cuts("adjacent", frozenset({"aa", "ab", "ba", "bb"}))
table = kernel.WordTable(nowhere, bytes_of, 0, Bpe(tokens, merges))
texts = ["ab" + "a" * 3_000_000] * 10_000
call = lambda: table.token_ids(texts, threads=2)
""",
    "pool": """
ids = np.zeros(50_000_000, np.int32)
offsets = np.array([0, len(ids)])
out = np.empty((1, 64), np.float32)
call = lambda: [kernel.pool(ids, offsets, rows, out) for _ in range(10_000)]
""",
    "topk": """
a = np.ones((200_000, 64), np.float32)
call = lambda: kernel.topk(a, a, 3, cosine=True)
""",
    "scores": """
a = np.ones((4000, 4096), np.float32)
call = lambda: [kernel.scores(a, a[:2000]) for _ in range(10_000)]
""",
    "pairs": """
a = np.tile(np.eye(256, dtype=np.float32), (800, 1))
call = lambda: kernel.pairs_above(a, None, 1.5)
""",
    "pairs of bits": """
a = np.zeros((300_000, 16), np.uint64)
call = lambda: kernel.pairs_above(a, None, 1.5)
""",
    "hamming": """
a = np.zeros((4000, 4096), np.uint64)
call = lambda: [kernel.hamming(a, a[:2000]) for _ in range(10_000)]
""",
}

INTERRUPTED = """
began = threading.Event()
def interrupt():
    began.wait()
    for _ in range(200):  # this thread's turns pass while the call is at work
        sum(range(10_000))
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt).start()
try:
    began.set()
    call()
    print("ended before it was interrupted")
except KeyboardInterrupt:
    a = np.ones((3, 64), np.float32)
    print("interrupted", kernel.topk(a, a, 1)[1].ravel().tolist(), len(table.token_ids(["a b"])[0]))
"""


def run(code: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=timeout
    )


def begin(kernel: object) -> str:
    return BEGIN.format(kernel=kernel.__name__.rpartition(".")[2])  # type: ignore[attr-defined]


@NATIVE
@pytest.mark.parametrize("name", LONG_CALLS)
def test_ctrl_c_ends_a_long_call_and_leaves_the_kernel_usable(name):
    done = run(begin(chosen) + LONG_CALLS[name] + INTERRUPTED)
    assert done.stdout.startswith("interrupted [0, 0, 0]"), done.stdout + done.stderr


@NATIVE
def test_a_signal_whose_handler_raises_nothing_changes_nothing():
    done = run(
        begin(chosen)
        + """
seen = []
signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)
a = np.random.default_rng(0).normal(size=(20_000, 64)).astype(np.float32)
while True:
    scores, rows = kernel.topk(a[:200], a, 5)
    if seen:
        break
want = kernel.topk(a[:200], a, 5, threads=1)
print(np.array_equal(scores, want[0]) and np.array_equal(rows, want[1]))
"""
    )
    assert done.stdout == "True\n", done.stderr


AT_EXIT = """
texts = [f"{i} words and {i * i} more" for i in range(3000)]
def work():
    out = np.empty((len(texts), 64), np.float32)
    while True:
        kernel.WordTable(Cuts("spaces"), bytes_of).embed(texts, rows, out)
        began.set()
began = threading.Event()
for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
began.wait()
print("end")
"""


def test_a_daemon_thread_at_work_does_not_abort_the_exit(kernel):
    for _ in range(2):
        done = run(begin(kernel) + AT_EXIT)
        assert (done.returncode, done.stdout, done.stderr) == (0, "end\n", "")


def test_the_kernel_still_works_in_functions_called_at_exit(kernel):
    code = """
import atexit
def late():
    print(table.token_ids(["a b"])[0].tolist())
atexit.register(late)
"""
    early = "import atexit; atexit.register(lambda: late())\n"
    done = run(early + begin(kernel) + code)
    assert done.stdout == "[97, 32, 98]\n" * 2, done.stderr


FORKS = """
numbers = iter(range(10**9))
def write():
    while not done:
        table.token_ids([" ".join(f"word{next(numbers)}" for _ in range(200))])
done = []
threads = [threading.Thread(target=write) for _ in range(3)]
for thread in threads:
    thread.start()
bad = 0
for _ in range(60):
    child = os.fork()
    if child == 0:
        signal.alarm(20)  # ends it where it hangs
        ids = table.token_ids(["a b", "fresh words"])[0]
        os._exit(bytes(ids.tolist()) != b"a bfresh words")
    bad += os.waitpid(child, 0)[1] != 0
done.append(1)
for thread in threads:
    thread.join()
print(bad, "of 60 failed")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_forked_while_threads_write_to_the_table_can_use_it(kernel):
    done = run(begin(kernel) + FORKS)
    assert done.stdout == "0 of 60 failed\n", done.stderr
