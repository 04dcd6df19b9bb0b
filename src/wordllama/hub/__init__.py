"""From the name of a model to its files: the package, the cache, the hub, the published wheel."""

from wordllama.hub.lookup import Found, download, find, snapshot

__all__ = ["Found", "download", "find", "snapshot"]
