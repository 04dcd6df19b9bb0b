"""A connection to a client: uvicorn's protocol, bounded in what it takes and for how long.

What uvicorn leaves open is closed here: headers without end, requests and answers that never get
through, clients that only hold a connection, and more connections than there are descriptors.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from wordllama.server.connections import Connections, Deadline
from wordllama.server.limits import RefusedError
from wordllama.server.refusals import refused

LINGER = 2
"""Seconds in which a client that still sends may read why it is refused; what it sends is thrown
away. Closed at once, the connection would be reset, and the answer lost."""
PIPELINED = 100
"""Requests that a client may send ahead of their answers."""

MALFORMED = RefusedError(400, "this is not HTTP/1.1; the connection is closed")
OTHER_VERSION = RefusedError(505, "send HTTP/1.1 or HTTP/1.0")
NO_PROXY = RefusedError(501, "this server is no proxy")
LONG_HEAD = RefusedError(431, "the request line and headers are too long")
PIPELINE_FULL = RefusedError(503, f"at most {PIPELINED} requests are taken ahead of their answers")
NO_ROOM = RefusedError(503, "too many connections; try again in a second")
LATE = RefusedError(408, "the request took too long to arrive")


class Connection(HttpToolsProtocol):
    """One connection.

    A refusal that concerns the connection (malformed, too long, too late) is sent after the answers
    to the requests before it, and ends the connection.
    """

    def __init__(self, connections: Connections, **rest: Any) -> None:
        super().__init__(**rest)
        self._connections = connections
        self._limits = connections.limits
        self._arriving = False  # a request has begun and not ended
        self._head_size = 0  # of the request line, headers and trailers of this request
        self._unparsed = 0  # bytes since the parser last told of anything
        self._fault: RefusedError | None = None  # found in a callback of the parser
        self._refusal: RefusedError | None = None  # to be sent last
        seconds = self._limits.request_seconds
        self._arrival = Deadline(self.loop, seconds, self._late)
        self._departure = Deadline(self.loop, seconds, lambda: self.transport.abort())
        self._linger = Deadline(self.loop, LINGER, lambda: self.transport.abort())

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection, if there is room for it."""
        super().connection_made(transport)
        if self._connections.add(self):
            idle, seconds = self.timeout_keep_alive_handler, self._limits.idle_seconds
            self.timeout_keep_alive_task = self.loop.call_later(seconds, idle)
        else:
            self._refusal = NO_ROOM
            self._write_refusal()
            transport.close()
            self._departure.start()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._connections.remove(self)
        self._unset_keepalive_if_required()
        for deadline in (self._arrival, self._departure, self._linger):
            deadline.stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came; bound what is not complete in size and time."""
        if self._refusal is not None:
            return
        self._unset_keepalive_if_required()
        self._unparsed += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError:
            self._refuse(self._fault or MALFORMED)
            return
        if self._unparsed > self._limits.header_bytes:
            self._refuse(LONG_HEAD)
        elif self._arriving or self._answered:
            self._arrival.start()

    def _feed(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                data = self._without_upgrade() + data[upgrade.args[0] :]
                self.parser = httptools.HttpRequestParser(self)
                self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def _without_upgrade(self) -> bytes:
        """The head of the request that offers another protocol, without the offer.

        Java's HTTP client offers HTTP/2 with each request. The parser would take the body for that
        protocol's, but we may stay with HTTP/1.1.
        """
        closes = any(
            b"close" in value.lower() for name, value in self.headers if name == b"connection"
        )
        kept = [each for each in self.headers if each[0] not in (b"connection", b"upgrade")]
        kept += [(b"connection", b"close")] if closes else []
        line = self.parser.get_method() + b" " + self.url + b" HTTP/1.1\r\n"
        return line + b"".join(name + b": " + value + b"\r\n" for name, value in kept) + b"\r\n"

    def eof_received(self) -> bool:  # type: ignore[override]
        """A client that sends no more still gets its answer: True keeps the connection open."""
        if self._refusal is not None or self._arriving or self._answered:
            return False
        self.cycle.keep_alive = False
        return True

    # What the parser tells

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._arriving = True
        self._head_size = self._unparsed = 0

    def on_url(self, url: bytes) -> None:
        """A part of the request line."""
        self._grow(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer after the body."""
        self._unparsed = 0
        self._grow(len(name) + len(value))
        super().on_header(name, value)

    def _grow(self, size: int) -> None:
        self._head_size += size
        if self._head_size > self._limits.header_bytes:
            self._stop(LONG_HEAD)

    def _stop(self, fault: RefusedError) -> None:
        """End parsing; the exception only gets through the parser."""
        self._fault = fault
        raise ValueError(fault.message)

    def on_headers_complete(self) -> None:
        """The headers are all there: the request goes to the application."""
        self._unparsed = 0
        if self.parser.get_http_version() not in ("1.0", "1.1"):
            self._stop(OTHER_VERSION)
        if self.parser.get_method() == b"CONNECT":
            self._stop(NO_PROXY)
        if len(self.pipeline) >= PIPELINED:
            self._stop(PIPELINE_FULL)
        if self.parser.should_upgrade():
            return  # read once more, without that
        self._connections.busy(self)
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        """The size of a part of the body."""
        self._unparsed = 0

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is there."""
        if self.parser.should_upgrade():
            return
        self._arriving = False
        self._unparsed = 0
        self._arrival.stop()
        super().on_message_complete()

    # Answers

    def on_response_complete(self) -> None:
        """An answer is written."""
        if self._refusal is not None and not self.pipeline:
            self._end()
            return
        super().on_response_complete()
        if self.transport.is_closing():
            self._departure.start()
        elif not self.pipeline and self._answered:
            self._connections.idle(self)

    @property
    def _answered(self) -> bool:
        """Whether no request is being answered."""
        return self.cycle is None or self.cycle.response_complete

    def _late(self) -> None:
        """The request that arrives has had its time, if the server was free to read it."""
        if self.pipeline or not (self._answered or self.cycle.more_body):
            self._arrival.start()
        else:
            self._refuse(LATE)

    def _refuse(self, refusal: RefusedError) -> None:
        """Read no more; send the refusal when the requests before are answered."""
        self._refusal = refusal
        self._arrival.stop()
        self.flow.pause_reading()
        cycle = self.cycle
        if self._answered or not cycle.more_body:  # it concerns no request that was passed on
            if self._answered:
                self._end()
        elif self.pipeline:
            self.pipeline.popleft()  # the last that came
        else:
            started = cycle.response_started
            cycle.disconnected = True  # for the application the client is gone
            cycle.message_event.set()
            self._end(answer=not started)

    def _end(self, answer: bool = True) -> None:
        """Send the refusal and close."""
        if answer and not self.transport.is_closing():
            self._write_refusal()
            self.transport.write_eof()
            self.flow.resume_reading()
            self._connections.idle(self)
            self._linger.start()
        else:
            self.transport.close()
            self._departure.start()

    def _write_refusal(self) -> None:
        assert self._refusal is not None
        path = getattr(self, "url", b"").partition(b"?")[0].decode("latin-1")
        response = refused(path, self._refusal)
        status = HTTPStatus(response.status_code)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode(), b"connection: close"]
        lines += [name + b": " + value for name, value in response.raw_headers]
        head = b"\r\n".join(lines) + b"\r\n\r\n"
        self.transport.write(head + bytes(response.body))

    # Clients that do not go

    def timeout_keep_alive_handler(self) -> None:
        """No request came."""
        super().timeout_keep_alive_handler()
        self._departure.start()

    def shutdown(self) -> None:
        """The server ends."""
        super().shutdown()
        if self.transport.is_closing():
            self._departure.start()

    def pause_writing(self) -> None:
        """The client is slow to take its answer."""
        super().pause_writing()
        self._departure.start()

    def resume_writing(self) -> None:
        """The client has taken most of its answer."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._departure.stop()
