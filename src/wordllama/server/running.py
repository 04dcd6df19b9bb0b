"""A server process: a socket, uvicorn, and an orderly end."""

from __future__ import annotations

import gc
import signal
import socket
import sys
from types import FrameType

from wordllama.model import WordLlama
from wordllama.server.application import app
from wordllama.server.limits import Limits


def serve(
    model: WordLlama,
    *,
    name: str = "wordllama",
    host: str = "127.0.0.1",
    port: int = 8080,
    limits: Limits | None = None,
    api_key: str | None = None,
    drain_seconds: int = 30,
) -> None:
    """Serve until SIGTERM or SIGINT: then no request is taken, and those begun are finished.

    Port 0 takes a free one; the address is said on standard error. Those that are not finished
    after `drain_seconds` are cut off. Raises OSError where the port can't be had.
    """
    import uvicorn

    application = app(model, name=name, limits=limits, api_key=api_key)
    model.embed("the tokenizer is read before the first request comes")
    listening = _socket(host, port)
    address = listening.getsockname()
    config = uvicorn.Config(
        application,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=drain_seconds,
        lifespan="off",
        proxy_headers=False,
        ws="none",
    )
    signal.signal(signal.SIGTERM, _done)  # uvicorn raises the signal again when it has drained
    signal.signal(signal.SIGINT, _done)
    shown = f"[{address[0]}]" if ":" in address[0] else address[0]
    print(f"{name} ({model.dim} dimensions) on http://{shown}:{address[1]}", file=sys.stderr)
    sys.stderr.flush()
    gc.freeze()  # what is here stays: to look through it again and again takes 30 ms each time
    uvicorn.Server(config).run(sockets=[listening])


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def _done(signum: int, frame: FrameType | None) -> None:
    sys.exit(0)
