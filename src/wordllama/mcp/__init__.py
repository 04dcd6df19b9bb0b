"""An index for assistants, over the Model Context Protocol: `wordllama mcp notes.db`."""

from __future__ import annotations

from wordllama.extras import require

require("mcp", extra="mcp")

from wordllama.mcp.server import server  # noqa: E402

__all__ = ["server"]
