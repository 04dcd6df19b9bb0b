"""Operators of a query."""

from __future__ import annotations

import pytest

from wordllama.keywords import Query, parse


@pytest.mark.parametrize("begin", ['"a', '-"a ', '"-', "-a"])
def test_a_long_text_with_a_quote_left_open_is_read_at_once(begin: str) -> None:
    """In steps by its length, that is; by the square of it, this would take hours."""
    text = begin + "ab " * 300_000
    assert len(parse(text).text) > 800_000
    assert parse('" - " a') == Query('" - " a')
