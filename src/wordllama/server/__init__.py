"""The server: OpenAI's, text-embeddings-inference's and our own endpoints over one model.

`wordllama serve` runs it; `app(model)` gives the ASGI application to put behind a server of yours.
"""

from __future__ import annotations

from wordllama.extras import require

for module in ("httptools", "orjson", "prometheus_client", "pydantic", "starlette", "uvicorn"):
    require(module, extra="server")

from wordllama.server.application import app  # noqa: E402
from wordllama.server.limits import Limits  # noqa: E402
from wordllama.server.running import serve  # noqa: E402

__all__ = ["Limits", "app", "serve"]
