"""`wordllama mcp` as an assistant sees it: a real process, and the official client over stdio."""

from __future__ import annotations

import asyncio
import datetime
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError

from wordllama import WordLlama, open_index

COMMAND = [sys.executable, "-m", "wordllama", "mcp"]
LONG = "The long guide to brakes. " * 200
Call = Callable[..., Awaitable[Any]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with WordLlama.load("l2_words").index(tmp_path / "notes.db") as index:
        index.add(
            [
                {
                    "id": "a/1",
                    "text": "The car needs new brakes.",
                    "day": datetime.date(2024, 5, 1),
                },
                {"id": 2, "text": LONG, "file": "guide.md", "heading": "Cars > Brakes"},
                {"id": "7", "text": "Holiday in Portugal.", "raw": b"\xff", "most": float("inf")},
            ]
        )
    return tmp_path / "notes.db"


def talk(
    path: Path, conversation: Callable[[Client, Call], Awaitable[None]], *options: str
) -> None:
    """A conversation with the command, and what its tools answer: (is an error, text, data)."""

    async def run() -> None:
        command, *arguments = COMMAND
        parameters = StdioServerParameters(command=command, args=[*arguments, str(path), *options])
        async with Client(parameters) as client:

            async def call(name: str, **arguments: Any) -> tuple[bool, str, Any]:
                result = await client.call_tool(name, arguments)
                return result.is_error, result.content[0].text, result.structured_content

            await conversation(client, call)

    asyncio.run(run())


def test_it_finds_reads_and_says_what_is_there_and_what_is_wrong(path: Path) -> None:
    async def conversation(client: Client, call: Call) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(tools) == ["search", "similar", "get", "info"]
        assert all(tool.annotations.read_only_hint for tool in tools.values())
        _, text, data = await call("info")
        assert 'file (text): "guide.md"' in text
        assert (data["records"], data["writable"]) == (3, False)
        _, text, data = await call("search", query="brakes", characters=30)
        assert [hit["id"] for hit in data["hits"][:2]] == [2, "a/1"]
        assert data["hits"][0]["fields"] == {"file": "guide.md", "heading": "Cars > Brakes"}
        assert (
            f"[characters 0 to 30 of {len(LONG):,}; the rest: get with ids [2], start 30]" in text
        )
        found = await call("search", query="brakes", where={"file": ["guide.md"]}, mode="keyword")
        assert [hit["id"] for hit in found[2]["hits"]] == [2]
        read = [
            (await call("get", ids=["2"], start=n, characters=1500))[2]
            for n in range(0, 5200, 1500)
        ]
        assert "".join(part["records"][0]["text"] for part in read) == LONG
        _, _, data = await call("get", ids=["a/1", 7])
        assert [each["fields"] for each in data["records"]] == [
            {"day": "2024-05-01"},
            {"raw": "/w==", "most": "Infinity"},
        ]
        assert (await call("similar", id="a/1", k=1))[2]["hits"][0]["id"] == 2
        (content,) = (await client.read_resource("record://a%2F1")).contents
        assert content.text == "The car needs new brakes."
        await what_can_not_be_done_is_said(client, call)

    async def what_can_not_be_done_is_said(client: Client, call: Call) -> None:
        for arguments, reason in [
            ({"query": "a", "where": {"nope": 1}}, "where names 'nope', but the fields are day,"),
            ({"query": "a", "where": "1=1"}, "valid dictionary"),
            ({"query": "a", "where": {"day": {"GLOB": 1}}}, "'GLOB', expected one of ="),
            ({"query": "a", "wher": {"file": "x"}}, "wher\n  Extra inputs are not permitted"),
            ({"query": "a", "k": 51}, "less than or equal to 50"),
            ({}, "Field required"),
        ]:
            error, text, _ = await call("search", **arguments)
            assert error
            assert reason in text
        assert "no record has the id 'x'" in (await call("get", ids=["a/1", "x"]))[1]
        assert "no record has the id" in (await call("similar", id=10**15))[1]
        assert (await call("add", records=[{"text": "a"}]))[0]
        with pytest.raises(MCPError, match="no record has the id '/etc/passwd'"):
            await client.read_resource("record://%2Fetc%2Fpasswd")
        path.rename(path.with_name("away.db"))
        error, text, _ = await call("search", query="a")
        assert (error, "is gone, or another file is in its place" in text) == (True, True)

    talk(path, conversation)


def test_it_writes_only_if_told_so_and_sees_what_others_write(path: Path) -> None:
    async def conversation(client: Client, call: Call) -> None:
        record = {"id": "b", "text": "fresh bread", "fields": {"day": "2025-01-02"}}
        assert (await call("add", records=[record]))[2] == {
            "ids": ["b"],
            "replaced": 0,
            "skipped": [],
        }
        for wrong in ({"id": True}, {"fields": {"text": "another"}}, {"fields": {"id": 1}}):
            assert (await call("add", records=[record | wrong]))[0]
        error, text, _ = await call("add", records=[record | {"year": 2024}])
        assert error
        assert 'put year into fields, as {"text": ..., "fields": {"year": ...}}' in text
        assert "a date" in (await call("add", records=[record | {"fields": {"day": "May"}}]))[1]
        with open_index(path) as index:
            assert index["b"].fields["day"] == datetime.date(2025, 1, 2)
            index.add(["fresh milk"], ids=["m"])
        assert (await call("search", query="milk", k=1))[2]["hits"][0]["id"] == "m"
        assert (await call("delete", ids=["m", "nobody"]))[0]
        assert (await call("delete", ids=["m", 2]))[2] == {"deleted": 2}
        assert open_index(path).ids == ["a/1", "7", "b"]

    talk(path, conversation, "--write")


def test_standard_output_is_the_protocol_s_alone(path: Path) -> None:
    hello = {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "t", "version": "0"},
    }
    lines = [
        "no JSON",
        json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}),
    ]
    done = subprocess.run(
        [*COMMAND, str(path)],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["result"]["serverInfo"]["name"] for each in answers if "result" in each] == [
        "wordllama"
    ]
