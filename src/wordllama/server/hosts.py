"""Which names a request may call the server by.

A web page of a stranger can give its own name the address 127.0.0.1 ("DNS rebinding"), and the
browser then lets it read what a server here answers. Its requests carry the page's name as Host,
so only names that belong to this server are answered. An address can't be rebound.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from starlette.types import Scope

from wordllama.server.limits import RefusedError

ANY = "*"
KEPT = 100
"""Headers that need not be looked at twice."""


class Hosts:
    """The names that are answered, beside localhost and every IP address.

    >>> hosts = Hosts(["Search.example"])
    >>> [hosts.allow(name) for name in ("search.example:80", "localhost", "[::1]:8080", "10.0.0.7")]
    [True, True, True, True]
    >>> hosts.allow("rebound.example"), Hosts(["*"]).allow("rebound.example")
    (False, True)
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = {_name(each) for each in ("localhost", *names)}
        self._answered: set[bytes] = set()  # headers that were allowed, as they came

    def allow(self, host: str) -> bool:
        """Whether a request with this Host header is answered."""
        name = _name(host)
        return ANY in self._names or name in self._names or _is_address(name)

    def check(self, scope: Scope) -> None:
        """RefusedError (400, 403) of a request whose Host is missing, twice there, or not ours."""
        given = [value for name, value in scope["headers"] if name == b"host"]
        if len(given) > 1 or (not given and scope["http_version"] != "1.0"):
            raise RefusedError(400, f"a request has one Host header, not {len(given)}")
        for value in given:
            if value in self._answered:
                continue
            host = value.decode("latin-1")
            if self.allow(host):
                if len(self._answered) < KEPT:
                    self._answered.add(value)
            else:
                name = _name(host)[:80]
                message = f"the server is not known as {name!r}; to serve it under that name, "
                raise RefusedError(403, message + "start it with --allow-host or --api-key")


def check_origin(scope: Scope) -> None:
    """RefusedError (403) of a request that a page of another site sends.

    A browser sends such requests, whose answers it then hides from the page, and names its origin.
    """
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    host = headers.get(b"host", b"").lower()
    if origin is not None and origin.partition(b"://")[2].lower() != host:
        message = f"a page of {origin.decode('latin-1')[:80]!r} may not change the index"
        raise RefusedError(403, message)


def _name(host: str) -> str:
    """The name or address without its port, lower case."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() and ":" not in name else host).rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
