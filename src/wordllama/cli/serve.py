"""`wordllama serve`."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from typer import Option

from wordllama.cli.options import MODEL, Dim, Model, load


def command(
    model: Model = MODEL,
    dim: Dim = None,
    host: Annotated[str, Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, Option("--port", "-p", min=0, max=65535, help="0: a free one.")] = 8080,
    name: Annotated[
        str | None, Option("--name", help="What the API calls the model; else as --model.")
    ] = None,
    api_key: Annotated[
        str | None,
        Option("--api-key", envvar="WORDLLAMA_API_KEY", help="The bearer key that clients send."),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        Option(
            "--allow-host",
            help="A name that clients call the server by, beside localhost and IP addresses; "
            "'*': any. With a key, any is allowed.",
        ),
    ] = None,
    workers: Annotated[
        int, Option("--workers", min=1, help="Processes; each limit holds for each of them.")
    ] = 1,
    max_body: Annotated[int, Option("--max-body", min=1, help="Bytes of a request's body.")] = 16
    << 20,
    max_texts: Annotated[int, Option("--max-texts", min=1, help="Texts of a request.")] = 2048,
    max_characters: Annotated[
        int, Option("--max-characters", min=1, help="Characters of a text.")
    ] = 1_000_000,
    max_headers: Annotated[
        int, Option("--max-headers", min=1, help="Bytes of a request's headers.")
    ] = 64 << 10,
    max_requests: Annotated[
        int, Option("--max-requests", min=1, help="Requests at once; one more gets 503.")
    ] = 1024,
    max_held: Annotated[
        int,
        Option("--max-held", min=1, help="Bytes of all bodies and answers; more gets 503."),
    ] = 512 << 20,
    max_connections: Annotated[
        int,
        Option("--max-connections", min=1, help="One more ends the one that is idle longest."),
    ] = 1000,
    timeout: Annotated[
        int,
        Option(
            "--timeout",
            min=1,
            help="Seconds for a request to arrive, and for its answer to be taken.",
        ),
    ] = 60,
    idle: Annotated[
        int, Option("--idle", min=1, help="Seconds that a connection may wait for a request.")
    ] = 60,
    drain: Annotated[
        int, Option("--drain", min=0, help="Seconds that SIGTERM gives to requests begun.")
    ] = 30,
) -> None:
    """Serve the model over HTTP.

    OpenAI's endpoints, text-embeddings-inference's, and our own:
    /docs describes them, /metrics counts for Prometheus. SIGTERM ends it after the requests begun.

    \b
    Examples:
      $ wordllama serve -p 8091 & curl -s --retry 9 --retry-connrefused localhost:8091/info; kill $!
      l2_supercat (256 dimensions) on http://127.0.0.1:8091
      {"model_id":"l2_supercat",...
    """
    from wordllama.server import Limits, serve

    limits = Limits(
        body_bytes=max_body,
        texts=max_texts,
        characters=max_characters,
        header_bytes=max_headers,
        requests=max_requests,
        held_bytes=max_held,
        connections=max_connections,
        request_seconds=timeout,
        idle_seconds=idle,
    )
    serve(
        partial(load, model, dim),
        name=name or model,
        host=host,
        port=port,
        limits=limits,
        api_key=api_key,
        hosts=allow_host or (),
        drain_seconds=drain,
        workers=workers,
    )
