"""A server's processes: a socket, uvicorn, and an orderly end."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from os import PathLike
from types import FrameType
from typing import Any

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from tqdm import tqdm
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from wordllama.model import WordLlama
from wordllama.opening import IndexFile
from wordllama.server.application import application
from wordllama.server.connection import Connection
from wordllama.server.connections import Connections
from wordllama.server.limits import Limits
from wordllama.server.service import Service

FILES = 64
"""Descriptors kept for what is no connection."""
TURNS = 50
"""Hundredths of a second for what was cut off to be told so."""
LOCK_SECONDS = 10
"""So long a request waits for another process that writes to the index."""
HEALTH_SECONDS = 10
"""A worker process that doesn't answer its parent for so long is replaced; one that dies while it
is asked is found to be dead only then."""


def serve(
    model: WordLlama | Callable[[], WordLlama],
    *,
    name: str = "wordllama",
    host: str = "127.0.0.1",
    port: int = 8080,
    limits: Limits | None = None,
    api_key: str | None = None,
    hosts: Iterable[str] = (),
    drain_seconds: int = 30,
    workers: int = 1,
    index: str | PathLike[str] | None = None,
    read_only: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT: then no request is taken, and those begun are finished.

    Port 0 takes a free one; the address is said on standard error. Those that are not finished
    after `drain_seconds` get 503, and the process ends. `hosts` are names that the server answers
    to beside localhost, `host` and IP addresses, if it has no key (see `app`). The limits hold for
    each of the `workers` processes; several take a function that loads the model, which each calls.
    `index` is the file of an index that there is, of this model, with endpoints of its own.
    Raises OSError where the port can't be had, ValueError for several workers of a loaded model.
    """
    load = None if isinstance(model, WordLlama) else model
    if workers > 1 and load is None:
        raise ValueError(
            "workers load the model themselves: give a function that does, "
            "such as functools.partial(WordLlama.load, 'l2_supercat')"
        )
    limits = _within_descriptors(limits or Limits())
    loaded = model if isinstance(model, WordLlama) else model()
    opened = partial(_opened, index, read_only)
    service = Service(loaded, name, limits, opened(loaded))
    options: dict[str, Any] = {"api_key": api_key, "hosts": [host, *hosts]}
    ready = _with_end(
        application(service, **options), service
    )  # what is wrong is told before the port is taken
    listening = _socket(host, port)
    shown = f"[{listening.getsockname()[0]}]" if ":" in host else listening.getsockname()[0]
    address = f"http://{shown}:{listening.getsockname()[1]}"
    print(f"{name} ({loaded.dim} dimensions) on {address}", file=sys.stderr, flush=True)
    config = partial(
        uvicorn.Config,
        http=partial(Connection, Connections(limits)),  # type: ignore[arg-type]
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=drain_seconds,
        timeout_keep_alive=limits.idle_seconds,
        timeout_worker_healthcheck=HEALTH_SECONDS,
        lifespan="on",
        proxy_headers=False,
        ws="none",
        workers=workers,
    )
    if workers == 1 or load is None:
        _run(config(ready), service, listening)
    else:
        if service.index is not None:
            service.index.file.close()
        del loaded, service, ready
        factory = partial(_worker, load, name, limits, opened, options)
        _run_workers(config(factory, factory=True), listening)


def _run(config: uvicorn.Config, service: Service, listening: socket.socket) -> None:
    def done(signum: int, frame: FrameType | None) -> None:
        if service.busy:  # with what was cut off: nothing can stop its threads but this
            sys.stderr.flush()
            os._exit(0)
        sys.exit(0)

    signal.signal(signal.SIGTERM, done)  # uvicorn raises the signal again when it has drained
    signal.signal(signal.SIGINT, done)
    _warm(service)
    uvicorn.Server(config).run(sockets=[listening])


def _with_end(inner: ASGIApp, service: Service) -> ASGIApp:
    """The application, which ends when those that were cut off have been told."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await inner(scope, receive, send)
            return
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        for _ in range(TURNS):
            if not service.admission.places:
                break
            await asyncio.sleep(0.01)
        await send({"type": "lifespan.shutdown.complete"})

    return answer


def _run_workers(config: uvicorn.Config, listening: socket.socket) -> None:
    with tempfile.TemporaryDirectory(prefix="wordllama-metrics-") as folder:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        processes = Multiprocess(config, [listening])
        processes.run()
    if any(each.exitcode == STARTUP_FAILURE for each in processes.processes):
        sys.exit(STARTUP_FAILURE)


def _opened(
    index: str | PathLike[str] | None, read_only: bool, model: WordLlama
) -> IndexFile | None:
    if index is None:
        return None
    return IndexFile(index, model=model, read_only=read_only, timeout=LOCK_SECONDS)


def _worker(
    load: Callable[[], WordLlama],
    name: str,
    limits: Limits,
    opened: Callable[[WordLlama], IndexFile | None],
    options: dict[str, Any],
) -> Any:
    """The application in a worker process, which ends when its parent is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_follow, args=[parent], daemon=True).start()
    tqdm.set_lock(threading.RLock())  # its own is for processes, and left behind by this one's end
    try:
        model = load()
        service = Service(model, name, limits, opened(model))
        _warm(service)
        return _with_end(application(service, **options), service)
    except Exception as error:
        print(f"wordllama: a worker could not start: {error}", file=sys.stderr)
        sys.exit(STARTUP_FAILURE)


def _follow(parent: Any) -> None:
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)


def _warm(service: Service) -> None:
    service.model.embed("the tokenizer is read before the first request comes")
    gc.freeze()  # what is here stays: to look through it again and again takes 30 ms each time


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def _within_descriptors(limits: Limits) -> Limits:
    """The limits with no more connections than the process may open files for."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return limits
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = limits.connections + FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        return replace(limits, connections=max(1, soft - FILES))
    return limits
