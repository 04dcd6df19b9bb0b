"""`wordllama serve`."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

from typer import Option

from wordllama.cli.options import MODEL, Dim, IndexModel, load

if TYPE_CHECKING:
    from wordllama import WordLlama


def command(
    model: IndexModel = None,
    dim: Dim = None,
    host: Annotated[str, Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, Option("--port", "-p", min=0, max=65535, help="The port; 0 for a free one.")
    ] = 8080,
    index: Annotated[
        str | None,
        Option(
            "--index",
            help="The file of an index, to search and change it; its model is served.",
        ),
    ] = None,
    read_only: Annotated[bool, Option("--read-only", help="Let nobody change the index.")] = False,
    name: Annotated[
        str | None, Option("--name", help="What the API calls the model (default: as --model).")
    ] = None,
    api_key: Annotated[
        str | None,
        Option(
            "--api-key", envvar="WORDLLAMA_API_KEY", help="The bearer key that clients must send."
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        Option(
            "--allow-host",
            help="A name that clients may call the server by, besides localhost and IP addresses; "
            "'*' for any. With a key, any is allowed.",
        ),
    ] = None,
    workers: Annotated[
        int, Option("--workers", min=1, help="The number of processes; limits apply to each.")
    ] = 1,
    max_body: Annotated[
        int, Option("--max-body", min=1, help="The largest request body, in bytes.")
    ] = 16 << 20,
    max_texts: Annotated[
        int, Option("--max-texts", min=1, help="The most texts in a request.")
    ] = 2048,
    max_characters: Annotated[
        int, Option("--max-characters", min=1, help="The most characters in a text.")
    ] = 1_000_000,
    max_headers: Annotated[
        int, Option("--max-headers", min=1, help="The largest request headers, in bytes.")
    ] = 64 << 10,
    max_requests: Annotated[
        int, Option("--max-requests", min=1, help="The most requests at once; more get 503.")
    ] = 1024,
    max_held: Annotated[
        int,
        Option(
            "--max-held", min=1, help="The most bytes in all bodies and answers; beyond that, 503."
        ),
    ] = 512 << 20,
    max_connections: Annotated[
        int,
        Option(
            "--max-connections",
            min=1,
            help="The most connections; one more closes the longest idle.",
        ),
    ] = 1000,
    timeout: Annotated[
        int,
        Option(
            "--timeout",
            min=1,
            help="Seconds for a request to arrive, and for its answer to be read.",
        ),
    ] = 60,
    idle: Annotated[
        int, Option("--idle", min=1, help="Seconds that a connection may be idle.")
    ] = 60,
    drain: Annotated[
        int, Option("--drain", min=0, help="Seconds to finish requests after SIGTERM.")
    ] = 30,
) -> None:
    """Serve the model over HTTP.

    It has the endpoints of OpenAI and text-embeddings-inference, and its own; /docs describes them,
    and /metrics is for Prometheus. On SIGTERM it finishes its requests and ends.

    \b
    Examples:
      $ wordllama serve -p 8091 & curl -s --retry 9 --retry-connrefused localhost:8091/info; kill $!
      l2_supercat (256 dimensions) on http://127.0.0.1:8091
      {"model_id":"l2_supercat",...
    """
    from wordllama.index import made_with
    from wordllama.opening import model_of
    from wordllama.server import Limits, serve

    if read_only and index is None:
        raise ValueError("--read-only is about an index; give its file: --index notes.db")
    loaded: Callable[[], WordLlama] = partial(load, model or MODEL, dim)
    if index is not None and model is None and dim is None:
        loaded, model = partial(model_of, index), made_with(index).name
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
        loaded,
        index=index,
        read_only=read_only,
        name=name or model or MODEL,
        host=host,
        port=port,
        limits=limits,
        api_key=api_key,
        hosts=allow_host or (),
        drain_seconds=drain,
        workers=workers,
    )
